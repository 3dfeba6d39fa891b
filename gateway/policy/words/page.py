"""Printable HTML pages: no script, nothing from elsewhere, every text escaped, usable with a keyboard alone.

Pages are trees of `Element`, and text can only become text: there is no way to put markup in. Colour is never the only
sign. Says nothing about policies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias, Union

__all__ = ["Child", "Element", "page", "tag"]

Child: TypeAlias = Union["Element", str]

_VOID = frozenset({"meta", "br", "hr", "col"})
_TAGS = frozenset(
    "a article aside body br caption col colgroup dd details div dl dt em footer h1 h2 h3 h4 head header hr html li "
    "main meta nav ol p section small span strong style sub summary sup table tbody td th thead title tr ul".split()
)
_STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{font:16px/1.5 Georgia,'DejaVu Serif',serif;color:#1a1a1a;background:#fff;
max-width:75rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;line-height:1.2}
h2{font-size:1.25rem;margin-top:2rem;border-bottom:1px solid #888;padding-bottom:.2rem}
h3{font-size:1.05rem;margin:1.2rem 0 .2rem}
p{margin:.3rem 0}ul{margin:.3rem 0;padding-left:1.3rem}
a{color:#0b4a8f}a:focus,summary:focus{outline:3px solid #b35900;outline-offset:2px}

.note,.law,.digest{color:#444;font-size:.9rem}
.digest{overflow-wrap:anywhere;font-family:'DejaVu Sans Mono',monospace;font-size:.75rem}
.why{font-style:italic}
table{border-collapse:collapse;margin:.8rem 0;font-size:.88rem;font-family:'DejaVu Sans',Verdana,sans-serif}
caption{text-align:left;font-weight:bold;padding:.3rem 0}
th,td{border:1px solid #999;padding:.2rem .4rem;text-align:left;vertical-align:top}
thead th{background:#eee}tbody th{font-weight:normal;min-width:17rem;max-width:26rem;overflow-wrap:anywhere}
td{max-width:11rem;overflow-wrap:anywhere}.wide td{max-width:32rem}
tr.class th{font-weight:bold;background:#f4f4f4}
td a{color:inherit;text-decoration:underline dotted}
.l-none{background:#fff}.l-stop{background:#e3e3e3}.l-part{background:#ffe9b8}
.l-full{background:#bfe3c6}.l-mixed{background:#d9e6f7}
:target{outline:3px solid #b35900}
@media print{body{max-width:none;padding:0;font-size:10pt}
a{color:inherit}nav{display:none}tr,article{break-inside:avoid}
thead{display:table-header-group}td,th{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name, attributes and children. Strings among the children are text."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Child, ...]


def tag(name: str, /, *children: Child | Iterable[Child], **attributes: str) -> Element:
    """Make an element. `class_` stands for `class`; underscores in names become hyphens. `ValueError` for others.

    Attributes that could run something or load something from elsewhere cannot be written.
    """
    if name not in _TAGS:
        raise ValueError(name)
    named = tuple((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    for key, value in named:
        if key.startswith("on") or key in ("src", "style") or (key == "href" and ":" in value.partition("#")[0]):
            raise ValueError(key)
    flat: list[Child] = []
    for child in children:
        flat.extend([child] if isinstance(child, Element | str) else child)
    return Element(name, named, tuple(flat))


def page(language: str, title: str, *body: Child) -> str:
    """Give a whole page. `language` is its `lang`; the style stands inside, and nothing is loaded."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", _STYLE),
    )
    main = tag("main", *body, id="main")
    return "<!DOCTYPE html>\n" + _written(tag("html", head, tag("body", main), lang=language)) + "\n"


def _written(root: Element) -> str:
    parts: list[str] = []
    waiting: list[Child | tuple[str]] = [root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            parts.append(one[0])
        elif isinstance(one, str):
            parts.append(escape(one))
        else:
            attributes = "".join(f' {key}="{escape(value)}"' for key, value in one.attributes)
            parts.append(f"<{one.name}{attributes}>")
            if one.name in _VOID:
                continue
            if one.name == "style":
                parts.append(f"{_STYLE}</style>")
                continue
            waiting.append((f"</{one.name}>",))
            waiting.extend(reversed(one.children))
    return "".join(parts)

"""Writing pieces in the canonical layout.

Two blanks a level, items of a list one level below their key, one blank after `:` and `,`, quotes only where a text
needs them. What was written in brackets stays in brackets if it fits into a line and no comment stands in it; else it
is written as a block. Comments behind something keep their column where there is room.
"""

import re
from collections.abc import Iterator

from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.mapping.layout.pieces import Piece

__all__ = ["WIDEST", "written"]

WIDEST = 120
"""The longest line in characters, without the comment behind it; a single text may be longer."""

_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@`=<~")
_TYPED = re.compile(
    r"[-+.]?[0-9][0-9_,.:eE+-]*[TtZz0-9_,.:eE +-]*|0[xob][0-9A-Fa-f_]+|"
    r"true|false|yes|no|on|off|y|n|null|~|\.inf|\.nan",
    re.IGNORECASE,
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def written(top: Piece, tail: list[str]) -> str:
    """Give the text of a file; it ends in a line end."""
    lines = [*_children(top, 0), *tail] if top.children else [_inline(top.value), *tail]
    return "\n".join(lines) + "\n"


def _children(piece: Piece, depth: int) -> Iterator[str]:
    for child in piece.children:
        indent = "  " * depth
        above = child.above if child.key is not None else [*child.above, *_hoisted(child, depth)]
        yield from (f"{indent}{line}" if line else "" for line in above)
        if child.key is None:
            yield from _item(child, depth)
        else:
            yield from _entry(child, f"{indent}{_text(child.key, flow=False, key=True)}:", depth)


def _hoisted(piece: Piece, depth: int) -> list[str]:
    """Take what stands behind a dash alone, or between it and what follows: it belongs to the item as a whole.

    A dash begins nothing on its own, so such a comment would be read as one of the next line.
    """
    found: list[str] = []
    while piece.key is None and piece.children and not _in_line(piece, len("  " * depth) + 2):
        if piece.behind:
            found.append(piece.behind)
            piece.behind = ""
        first = piece.children[0]
        found += [line for line in first.above if line]
        first.above = []
        piece, depth = first, depth + 1
    return found


def _entry(piece: Piece, head: str, depth: int) -> Iterator[str]:
    """An entry of a map behind its indentation and key."""
    if piece.raw:
        yield _noted(f"{head} {piece.raw[0]}", piece)
        yield from _raw(piece, depth + 1)
    elif _in_line(piece, len(head) + 1):
        yield _noted(f"{head} {_inline(piece.value)}", piece)
    elif _wraps(piece):
        yield from _wrapped(piece, f"{head} [", depth + 1)
    else:
        yield _noted(head, piece)
        yield from _children(piece, depth + 1)


def _item(piece: Piece, depth: int) -> Iterator[str]:
    """An item of a list; the first entry of a map stands behind its dash."""
    indent = "  " * depth
    if piece.raw:
        yield _noted(f"{indent}- {piece.raw[0]}", piece)
        yield from _raw(piece, depth + 1)
    elif _in_line(piece, len(indent) + 2):
        yield _noted(f"{indent}- {_inline(piece.value)}", piece)
    elif isinstance(piece.value, MapNode):
        first, *rest = _children(piece, depth + 1)
        yield f"{indent}- {first.lstrip(' ')}"
        yield from rest
    else:
        yield f"{indent}-"
        yield from _children(piece, depth + 1)


def _raw(piece: Piece, depth: int) -> Iterator[str]:
    yield from (f"{'  ' * depth}{line}" if line else "" for line in piece.raw[1:])


def _in_line(piece: Piece, start: int) -> bool:
    if isinstance(piece.value, TextNode):
        return True
    if not piece.children:
        return True
    return piece.flow and not piece.remarks and start + len(_inline(piece.value)) <= WIDEST


def _wraps(piece: Piece) -> bool:
    """True for a long list of texts in brackets: it goes on in the next line, a block would be a column of words."""
    plain = all(isinstance(child.value, TextNode) for child in piece.children)
    return piece.flow and isinstance(piece.value, ListNode) and plain and not piece.remarks and not piece.behind


def _wrapped(piece: Piece, head: str, depth: int) -> Iterator[str]:
    line = head
    for number, child in enumerate(piece.children):
        word = _inline(child.value, flow=True) + ("]" if number == len(piece.children) - 1 else ",")
        if number and len(line) + 1 + len(word) > WIDEST:
            yield line
            line = "  " * depth + word
        else:
            line += word if not number else f" {word}"
    yield line


def _noted(line: str, piece: Piece) -> str:
    if not piece.behind:
        return line
    return f"{line:<{piece.column - 1}}{piece.behind}" if len(line) < piece.column - 2 else f"{line}  {piece.behind}"


# -- texts ------------------------------------------------------------------------------------------------------------


def _inline(node: Node, *, flow: bool = False) -> str:
    match node:
        case TextNode():
            return _text(node, flow=flow, key=False)
        case ListNode():
            return f"[{', '.join(_inline(item, flow=True) for item in node)}]"
        case MapNode():
            entries = (f"{_text(entry.key, flow=True, key=True)}: {_inline(entry.value, flow=True)}" for entry in node)
            return f"{{{', '.join(entries)}}}"


def _text(node: TextNode, *, flow: bool, key: bool) -> str:
    """A text as it is written here: without quotes where it is read back as itself and cannot be misread by a person.

    Quotes stay around what has signs with a meaning of their own, around signs alone, and around what other readers of
    YAML take for a number, a date or a truth value; the kind of quotes is the author's.
    """
    text = node.text
    if node.style == "plain":
        bare = _plain(text, flow=flow, key=key)
    else:
        clear = not any(sign in "\\#" for sign in text) and any(sign.isalnum() for sign in text)
        bare = clear and _TYPED.fullmatch(text) is None and _plain(text, flow=True, key=key)
    if bare:
        return text
    single = node.style == "single" or "\\" in text
    if single and text.isprintable() and ("'" not in text or node.style == "single"):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _plain(text: str, *, flow: bool, key: bool) -> bool:
    if not text or text != text.strip() or not text.isprintable():
        return False
    if text[0] in _FIRST and not (text[0] in "-?:" and text[1:2].strip() and text[1:2] not in ",[]{}"):
        return False
    if ": " in text or " #" in text or text.endswith(":") or text.startswith(("---", "...")):
        return False
    if flow and any(sign in ",[]{}" for sign in text):
        return False
    if flow and text[0] in "-?:":
        return False
    return not (key and len(text) > WIDEST)


def _escaped(sign: str) -> str:
    known = _ESCAPES.get(sign)
    if known is not None:
        return known
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65_536 else f"\\U{code:08x}"

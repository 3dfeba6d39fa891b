"""Places inside documents, printed and parsed: members and items, elements and attributes, rows and columns.

Guarantees `parse(print(place)) == place` for every place that can be built. A place says where, never what: callers
keep names that only the document knows out of it (`ANY` stands for such a name).
"""

import re
from dataclasses import dataclass, field

__all__ = [
    "ANY",
    "JsonPath",
    "RowPath",
    "XmlPath",
    "XmlStep",
    "json_path",
    "parse_json_path",
    "parse_row_path",
    "parse_xml_path",
    "row_path",
    "xml_path",
]

ANY = -1
"""A step to some member whose name may not be shown: printed `[*]`, the wildcard of RFC 9535."""

JsonPath = tuple[str | int, ...]
"""Member names and item positions from the outermost value; `ANY` for a member that may not be named."""

_ESCAPED = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "'": "\\'", "\\": "\\\\"}
_PLAIN = {printed[1]: char for char, printed in _ESCAPED.items()}
_NEEDS_ESCAPE = re.compile(r"[\x00-\x1f'\\]")
_JSON_STEP = re.compile(r"\[(?:(0|[1-9][0-9]*)|(\*)|'((?:[^'\\\x00-\x1f]|\\[btnfr'\\]|\\u00[01][0-9a-f])*)')\]")
_JSON_ESCAPE = re.compile(r"\\(?:u(00[01][0-9a-f])|([btnfr'\\]))")
_XML_STEP = re.compile(r"/(@)?([^/@\[\]\s]+)(?:\[([1-9][0-9]*)\])?")
_ROW = re.compile(r"row\[([1-9][0-9]*)\](?:/([^/\[\]]+))?")


def json_path(steps: JsonPath) -> str:
    """Print a normalized path (RFC 9535, 2.7): `$['persons'][0]['names']`."""
    return "$" + "".join(_json_step(step) for step in steps)


def parse_json_path(text: str) -> JsonPath:
    """Read what `json_path` prints. Raises `ValueError` for anything else."""
    steps: list[str | int] = []
    at = 1
    while text.startswith("$") and at < len(text):
        found = _JSON_STEP.match(text, at)
        if found is None:
            break
        index, wildcard, name = found.groups()
        if wildcard:
            steps.append(ANY)
        else:
            steps.append(int(index) if index is not None else _JSON_ESCAPE.sub(_unescape, name))
        at = found.end()
    if not text.startswith("$") or at < len(text):
        raise ValueError("not a normalized path")
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class XmlStep:
    """One step: an element by local name, or `*`, with its 1-based position among its equals; or an attribute.

    `position` is 0 where an element has no equals beside it, and for attributes.
    """

    name: str = field(repr=False)
    position: int = 0
    attribute: bool = False


XmlPath = tuple[XmlStep, ...]


def xml_path(steps: XmlPath) -> str:
    """Print `/Notice/Person[2]/@id`."""
    return "".join(
        f"/{'@' if step.attribute else ''}{step.name}{f'[{step.position}]' if step.position else ''}" for step in steps
    )


def parse_xml_path(text: str) -> XmlPath:
    """Read what `xml_path` prints. Raises `ValueError` for anything else."""
    steps: list[XmlStep] = []
    at = 0
    while at < len(text):
        found = _XML_STEP.match(text, at)
        if found is None:
            raise ValueError("not a path of elements")
        steps.append(XmlStep(found[2], int(found[3] or 0), attribute=bool(found[1])))
        at = found.end()
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class RowPath:
    """A row by its 1-based number, not counting the header, and the column by its declared name, if any."""

    row: int
    column: str = ""


def row_path(place: RowPath) -> str:
    """Print `row[3]/surname`."""
    return f"row[{place.row}]" + (f"/{place.column}" if place.column else "")


def parse_row_path(text: str) -> RowPath:
    """Read what `row_path` prints. Raises `ValueError` for anything else."""
    found = _ROW.fullmatch(text)
    if found is None:
        raise ValueError("not a row and column")
    return RowPath(int(found[1]), found[2] or "")


def _json_step(step: str | int) -> str:
    if isinstance(step, int):
        return "[*]" if step == ANY else f"[{step}]"
    return "['" + _NEEDS_ESCAPE.sub(lambda found: _ESCAPED.get(found[0], f"\\u{ord(found[0]):04x}"), step) + "']"


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _PLAIN[found[2]]

"""What is lawful in a document and still worth a warning to its sender.

Guarantees that a remark holds a place and never a text. Refuses nothing and changes nothing.
"""

from collections.abc import Iterator
from itertools import islice

from gateway.document.path import ANY, JsonPath, RowPath, json_path, row_path
from gateway.document.tree import Document, FileSet, JsonValue, RecordTree, Rows, StreamedDocument, XmlElement
from gateway.errors import Fault, Place, Severity

__all__ = ["damaged_places", "is_damaged", "remarks"]

_MOST = 100
_REPLACEMENT = "\ufffd"


def remarks(document: Document, names: frozenset[str] = frozenset()) -> tuple[Fault, ...]:
    """Give a warning (DOC-015) for each text with a replacement character, at most 100.

    Such a text was damaged before it came here: somebody decoded it wrongly. `names` are the member names that the
    schema of a JSON document knows; others are not shown in its paths.
    """
    return tuple(islice((_warning(place) for place in damaged_places(document, names)), _MOST))


def _warning(place: Place) -> Fault:
    fix = "ask the sender which encoding the text had at its origin"
    return Fault("DOC-015", "a replacement character: text was damaged earlier", place, fix, Severity.WARNING)


def damaged_places(document: Document, names: frozenset[str] = frozenset()) -> Iterator[Place]:
    """Give the places of texts with a replacement character, in the order of the document."""
    match document:
        case XmlElement():
            yield from _in_xml(document)
        case Rows():
            for number, row in enumerate(document.rows, 1):
                for column, cell in row.cells.items():
                    if _REPLACEMENT in cell:
                        yield Place(line=row.line, path=row_path(RowPath(number, column)))
        case RecordTree():
            root = document.root
            yield from _in_xml(root) if isinstance(root, XmlElement) else _in_json(root, names)
        case StreamedDocument():
            yield from (Place(line=line, path=path) for line, path in document.damaged(names))
        case FileSet():
            for member, part in document.members.items():
                for place in damaged_places(part, names):
                    yield Place(member, place.line, place.column, place.path)
        case _:
            yield from _in_json(document, names)


def _in_xml(root: XmlElement) -> Iterator[Place]:
    stack = [root]
    while stack:
        element = stack.pop()
        if is_damaged(element):
            yield Place(line=element.line)
        stack.extend(reversed(element.children))


def is_damaged(element: XmlElement) -> bool:
    """True if the text of an element itself, or one of its attributes, has a replacement character."""
    return _REPLACEMENT in element.text or any(_REPLACEMENT in value for value in element.attributes.values())


def _in_json(value: JsonValue, names: frozenset[str]) -> Iterator[Place]:
    stack: list[tuple[JsonPath, JsonValue]] = [((), value)]
    while stack:
        way, item = stack.pop()
        if isinstance(item, str):
            if _REPLACEMENT in item:
                yield Place(path=json_path(way))
        elif isinstance(item, list):
            stack.extend(reversed([((*way, index), part) for index, part in enumerate(item)]))
        elif isinstance(item, dict):
            if any(_REPLACEMENT in name for name in item):
                yield Place(path=json_path(way))
            shown = [(name if name in names else ANY, part) for name, part in item.items()]
            stack.extend(reversed([((*way, step), part) for step, part in shown]))

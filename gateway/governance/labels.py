"""The label sheet: which source values become which role, status, mark, classification, information, origin, purpose.

A mapping that turns "witness" into "contact" widens disclosure although no policy changed, so the officers sign this
sheet, too. It holds every rule that writes a label, the blocks and conditions around it, and every table such rules
look up. Links and references count as labels: roles are carried over them (`policy/case.py`). A mapping change that
leaves all of these as they are does not change its digest. Errs on the side of change: the source (its columns and
namespaces say which value a path means), indexes, patterns, defaults, markings and calls of parts belong to its sheet
as wholes.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from enum import Enum

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Place
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import Block, Field, Lookup, Ref
from gateway.mapping.load.reading import resolve
from gateway.names import Digest

__all__ = ["label_sheet", "label_sheet_digest", "writes_label"]

_LABELS = frozenset(
    "roles statuses role links purpose handling classification flags markings conditions consents tlp retain_until "
    "status exercise originator statement basis origin_country stated_unknown reviewed".split()
)
"""Names of target steps that say what a value is, to whom it belongs, or what may be done with it."""

_WHOLE = ("source", "index", "patterns", "defaults", "mark_by", "checks")


def writes_label(field: Field) -> bool:
    """True if a rule writes a label or a reference; then everything in it counts, fields of its blocks included."""
    return bool(_LABELS & set(field.key.steps)) or (not isinstance(field.content, tuple) and _refers(field.content))


def label_sheet_digest(mappings: Iterable[MappingFile], files: Mapping[str, bytes], stated: JsonObject) -> Digest:
    """The digest of the sheets of all mappings of the agencies, and of what the plan states where a message does not.

    `stated` decides, too, what is ours, whose data they are, and what is a drill: home, countries, statuses.
    """
    sheets: JsonObject = {mapping.file: label_sheet(mapping, files) for mapping in mappings}
    return sha256(canonical({"mappings": sheets, "stated": stated}))


def label_sheet(mapping: MappingFile, files: Mapping[str, bytes]) -> JsonObject:
    """The sheet of one mapping as plain values; tables by the digest of their file."""
    rules: JsonObject = {"splits": _plain(mapping.splits), "parts": _plain(mapping.parts)}
    rules |= {name: _plain(getattr(mapping, name), whole=True) for name in _WHOLE}
    used = {*_tables((mapping.splits, mapping.parts)), *_tables((mapping.mark_by, mapping.index), whole=True)}
    tables: JsonObject = {}
    for use in mapping.tables:
        if use.name.text in used:
            path = resolve(mapping.file, use.path.text) or use.path.text
            tables[use.name.text] = sha256(files.get(path, b""))
    return {"rules": rules, "tables": tables}


def _plain(value: object, *, whole: bool = False) -> JsonValue:
    """The words of a rule without their places; without `whole`, fields that say nothing of labels are left out."""
    if isinstance(value, Place) or value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        kept = (each for each in value if whole or not isinstance(each, Field) or _speaks(each))
        return [_plain(each, whole=whole or (isinstance(each, Field) and writes_label(each))) for each in kept]
    if dataclasses.is_dataclass(value):
        members: JsonObject = {"is": type(value).__name__}
        for each in dataclasses.fields(value):
            member = getattr(value, each.name)
            if not isinstance(member, Place):
                members[each.name] = _plain(member, whole=whole)
        return members
    return type(value).__name__


def _speaks(value: object) -> bool:
    """True if this field writes a label, or a field or the call of a part inside it may."""
    if isinstance(value, Field) and writes_label(value):
        return True
    if isinstance(value, Block) and value.part is not None:
        # Which nodes a part is called for decides who gets the labels that it writes.
        return True
    return any(_speaks(each) for each in _inside(value))


def _refers(value: object) -> bool:
    return isinstance(value, Ref) or any(_refers(each) for each in _inside(value))


def _tables(value: object, *, whole: bool = False) -> Iterable[str]:
    """The names of the tables that are looked up by what `_plain` keeps."""
    if isinstance(value, Field):
        whole = whole or writes_label(value)
        if not whole and not _speaks(value):
            return
    if isinstance(value, Lookup):
        yield value.table.text
    for each in _inside(value):
        yield from _tables(each, whole=whole)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, tuple | list):
        yield from value
    elif dataclasses.is_dataclass(value) and not isinstance(value, Place | type):
        yield from (getattr(value, each.name) for each in dataclasses.fields(value))

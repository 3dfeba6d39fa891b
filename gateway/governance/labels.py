"""The label sheet: which source values become which role, status, mark, classification, information, origin, purpose.

A mapping that turns "witness" into "contact" widens disclosure although no policy changed, so the officers sign this
sheet, too. It holds every rule that writes a label, the blocks and conditions around it, and every table such rules
look up. A mapping change that leaves all of these as they are does not change its digest. Errs on the side of change:
indexes, patterns, defaults and markings of a mapping belong to its sheet as wholes.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from enum import Enum

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Place
from gateway.mapping.language.file import Mapping as MappingFile
from gateway.mapping.language.rules import Field, Lookup
from gateway.mapping.load.reading import resolve
from gateway.names import Digest

__all__ = ["LABELS", "label_sheet", "label_sheet_digest"]

LABELS = frozenset(
    "roles statuses role purpose handling classification flags markings conditions consents tlp retain_until "
    "status exercise originator statement basis origin_country stated_unknown reviewed".split()
)
"""Names of target steps that say what a value is, to whom it belongs, or what may be done with it."""

_WHOLE = ("index", "patterns", "defaults", "mark_by", "checks")


def label_sheet_digest(mappings: Iterable[MappingFile], files: Mapping[str, bytes]) -> Digest:
    """The digest of the sheets of all mappings of the agencies, in the order of their files."""
    sheets: JsonObject = {mapping.file: label_sheet(mapping, files) for mapping in mappings}
    return sha256(canonical(sheets))


def label_sheet(mapping: MappingFile, files: Mapping[str, bytes]) -> JsonObject:
    """The sheet of one mapping as plain values; tables by the digest of their file."""
    rules: JsonObject = {"splits": _plain(mapping.splits), "parts": _plain(mapping.parts)}
    rules |= {name: _plain(getattr(mapping, name)) for name in _WHOLE}
    used = set(_tables((mapping.splits, mapping.parts, mapping.mark_by, mapping.index)))
    tables: JsonObject = {}
    for use in mapping.tables:
        if use.name.text in used:
            path = resolve(mapping.file, use.path.text) or use.path.text
            tables[use.name.text] = sha256(files.get(path, b""))
    return {"rules": rules, "tables": tables, "source": mapping.source.format.text}


def _plain(value: object) -> JsonValue:
    """The words of a rule without their places; fields that neither are a label nor hold one are left out."""
    if isinstance(value, Place) or value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value if not isinstance(each, Field) or _speaks(each)]
    if dataclasses.is_dataclass(value):
        members: JsonObject = {"is": type(value).__name__}
        for each in dataclasses.fields(value):
            member = getattr(value, each.name)
            if not isinstance(member, Place):
                members[each.name] = _plain(member)
        return members
    return type(value).__name__


def _speaks(value: object) -> bool:
    """True if this field writes a label, or a field inside it does. A part is named, and has its rules by itself."""
    if isinstance(value, Field) and LABELS & set(value.key.steps):
        return True
    return any(_speaks(each) for each in _inside(value))


def _tables(value: object) -> Iterable[str]:
    """The names of the tables that label rules look up."""
    if isinstance(value, Field) and not _speaks(value):
        return
    if isinstance(value, Lookup):
        yield value.table.text
    for each in _inside(value):
        yield from _tables(each)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, tuple | list):
        yield from value
    elif dataclasses.is_dataclass(value) and not isinstance(value, Place | type):
        yield from (getattr(value, each.name) for each in dataclasses.fields(value))

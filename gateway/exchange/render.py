"""The catalogue as files: `catalogue.json` for programs, `FIELDS.md` for people, `context.jsonld` for linked data.

Guarantees that the same catalogue gives the same bytes. Writes no disk: `schemas/exchange/generate.py` does.
"""

from collections.abc import Iterator
from decimal import Decimal

from gateway.document.json_codec import write_json
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault, InvariantBroken
from gateway.exchange.catalogue import Catalogue
from gateway.exchange.ladders import LADDERS, LEVELS
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape, ValueKind
from gateway.exchange.vocabulary import Vocabulary

__all__ = ["catalogue_json", "context_jsonld", "fields_md"]

_OURS = "https://gateway.example/schemas/exchange/v1/message.json#"
_STATEMENT = ".statement."
_HANDLING = ".handling."


def catalogue_json(version: str, catalogue: Catalogue) -> bytes:
    """Give the catalogue as indented JSON with a line end; facts that are false or empty are left out."""
    ladders: JsonObject = {
        ladder.name: {
            "levels": list(ladder.levels),
            "transforms": {level: str(does) for level, does in ladder.transforms.items()},
        }
        for ladder in LADDERS.values()
    }
    document: JsonObject = {
        "generated": "by schemas/exchange/generate.py from the schemas; do not edit",
        "format": version,
        "levels": list(LEVELS),
        "ladders": ladders,
        "needs": {kind: list(members) for kind, members in catalogue.needs.items()},
        "fields": {str(row.field): _facts(row) for row in catalogue.fields.values()},
    }
    return write_json(document, indent=True) + b"\n"


def _facts(row: CatalogueField) -> JsonObject:
    facts: JsonObject = {
        "class": row.data_class,
        "ladder": row.ladder,
        "kind": str(row.kind),
        "path": row.path,
        "special": row.special,
        "free_text": row.free_text,
        "required": row.required,
        "vocabulary": row.vocabulary,
        "refs": list(row.refs),
        "follows": list(row.follows),
        "unit": row.unit or "",
        "decided_by": "" if row.decided_by == row.field else row.decided_by,
        "since": row.since,
        "deprecated": row.deprecated,
        "niem": list(row.niem),
        "standard": list(row.standard),
    }
    return {name: value for name, value in facts.items() if value not in (False, "", [])}


def fields_md(version: str, catalogue: Catalogue, vocabulary: Vocabulary) -> bytes:
    """Give the catalogue as a document: every leaf in a table per part of the message, then ladders and lists.

    Statements and portion marks stand everywhere with the same facts: they are shown once, with their places.
    """
    lines = [
        "# Fields of the exchange format",
        "",
        f"Generated from the schemas of `{version}` by `schemas/exchange/generate.py`; do not edit. The field id is",
        "the path without `[]`. **R** required in its object, **S** special data (LED art. 10), **T** free text.",
        "The parts of a code or date (`code` with `scheme`; `value` with `to` and `qualifier`) are decided together;",
        "`raw` has its own class.",
        "",
    ]
    for part in dict.fromkeys(str(row.field).partition(".")[0] for row in catalogue.fields.values()):
        rows = [row for row in catalogue.fields.values() if str(row.field).partition(".")[0] == part]
        lines += [
            f"## {part}",
            "",
            "| field | kind | class | ladder | | note |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_line(row) for row in rows if not _shared(row)]
        lines.append("")
    lines += _shared_section(catalogue)
    lines += _ladder_section()
    lines += ["## Word lists", "", "| list | codes | source |", "| --- | --- | --- |"]
    lines += [f"| `{w.name}` | {_shown(tuple(w.codes))} | {w.source} |" for w in vocabulary.lists.values()]
    return ("\n".join(lines) + "\n").encode()


def _shared(row: CatalogueField) -> bool:
    return _STATEMENT in row.field or (_HANDLING in row.field and not row.field.startswith("header."))


def _line(row: CatalogueField, name: str = "") -> str:
    kind = str(row.kind)
    if row.vocabulary:
        kind += f"\\<{row.vocabulary}>"
    if row.refs:
        kind += "\\<" + ", ".join(row.refs) + ">"
    marks = "".join(m for m, there in (("R", row.required), ("S", row.special), ("T", row.free_text)) if there)
    notes = [row.note]
    if row.follows:
        notes.append("follows " + ", ".join(f"`{other}`" for other in row.follows))
    notes += [f"<{iri}>" for iri in (*row.niem, *row.standard)]
    shown = name or str(row.field)
    note = "; ".join(part.rstrip(".") for part in notes if part)
    return f"| `{shown}` | {kind} | {row.data_class} | {row.ladder} | {marks} | {note} |"


def _shared_section(catalogue: Catalogue) -> Iterator[str]:
    for title, marker in (("Statements", _STATEMENT), ("Portion marks", _HANDLING)):
        rows = [row for row in catalogue.fields.values() if _shared(row) and marker in row.field]
        owners = dict.fromkeys(str(row.field).partition(marker)[0] for row in rows)
        yield from (f"## {title}", "", "At " + ", ".join(f"`{owner}`" for owner in owners) + ".", "")
        yield from ("| leaf | kind | class | ladder | | note |", "| --- | --- | --- | --- | --- | --- |")
        first = [row for row in rows if str(row.field).partition(marker)[0] == next(iter(owners))]
        for row in first:
            line = _line(row, "*" + marker + str(row.field).partition(marker)[2])
            yield line.replace(f"`{next(iter(owners))}.", "`*.")
        yield ""


def _ladder_section() -> Iterator[str]:
    yield from ("## Ladders", "", "| ladder | levels, from least | what each does |", "| --- | --- | --- |")
    for ladder in LADDERS.values():
        does = ", ".join(f"{level}: {what}" for level, what in ladder.transforms.items())
        yield f"| `{ladder.name}` | {', '.join(ladder.levels)} | {does} |"
    yield ""


def _shown(codes: tuple[str, ...]) -> str:
    listed = ", ".join(f"`{code}`" for code in codes[:20])
    return listed if len(codes) <= 20 else f"{listed} and {len(codes) - 20} more"


def context_jsonld(catalogue: Catalogue) -> bytes:
    """Give a JSON-LD 1.1 context: each leaf under the one IRI its schema states, else under our own `$id`.

    The IRIs are candidates until each is reviewed: a near match is `skos:closeMatch`, never equal.
    """
    context: JsonObject = {"@version": Decimal("1.1"), "@base": "urn:uuid:", "id": "@id", **_terms(catalogue.root)}
    return write_json({"@context": context}, indent=True) + b"\n"


def _terms(shape: ObjectShape) -> JsonObject:
    return {name: _term(member) for name, member in shape.members.items() if name != "id"}


def _term(shape: Shape) -> JsonValue:
    inner = shape.item if isinstance(shape, ListShape) else shape
    container: JsonObject = {"@container": "@set" if shape.set else "@list"} if isinstance(shape, ListShape) else {}
    if isinstance(inner, ObjectShape):
        return {"@id": f"{_OURS}{inner.id}", **container, "@context": _terms(inner)}
    if isinstance(inner, ListShape):
        raise InvariantBroken(Fault("EXC-102", "a list directly inside a list"))
    stated = (*inner.niem, *inner.standard)
    iri = stated[0] if len(stated) == 1 else f"{_OURS}{inner.field}"
    reference: JsonObject = {"@type": "@id"} if inner.kind is ValueKind.REF else {}
    return {"@id": iri, **reference, **container} if reference or container else iri

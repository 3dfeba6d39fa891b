"""JSON Schema, compiled from files in memory: a fast validator for every message, the reference one beside it.

Guarantees that no reference is ever fetched, that formats are asserted, that patterns run in linear time, and that
faults hold a path, the broken keyword and words of the schema, never a value or a member name that only the document
knows.
Drafts 2020-12, 2019-09 and 7; without `$schema` it is 2020-12. Does not change or complete the value that it checks.
"""

import decimal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import urldefrag, urljoin

import jsonschema
import jsonschema_rs
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gateway.document.json_codec import read_json
from gateway.document.json_faults import UNDECIDED, brief_fault, detailed_faults, keyword_fault, shown_path
from gateway.document.limits import Limits
from gateway.document.path import json_path
from gateway.document.tree import JsonValue
from gateway.document.walk import copied, levels, way_to
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place

__all__ = ["JsonSchema", "compile_json_schema"]

_BASE = "https://files.invalid/"  # a name that no resolver knows (RFC 2606); nothing is fetched anyway
_MOST_FAULTS = 100
_MANY = 1_000
_LIMITS = Limits(depth=128, nodes=2_000_000, name=1_024)
_PATTERNS = jsonschema_rs.RegexOptions()


@dataclass(frozen=True, slots=True, eq=False)
class JsonSchema:
    """A compiled schema. `documents` are the parsed files by their path, `names` every member name they mention."""

    entry: str
    documents: Mapping[str, JsonValue] = field(repr=False)
    names: frozenset[str] = field(repr=False)
    _validator: jsonschema_rs.Validator = field(repr=False)
    _formats: bool = field(repr=False)

    def check(self, value: JsonValue) -> tuple[Fault, ...]:
        """Give every fault of a value, at most 100, in the order of the schema; none if it is valid.

        Where alternatives fail, the faults of the one that came furthest follow. Of a value with more than 1,000 faults
        only path and keyword are told: finding out more costs the library far more than validating.
        """
        if self._validator.is_valid(value):
            return ()
        faults: list[Fault]
        broken = self._validator.evaluate(value).errors()
        if len(broken) > _MANY:
            faults = [
                brief_fault(each["instanceLocation"], each["schemaLocation"], value, self.names)
                for each in broken[:_MOST_FAULTS]
            ]
        else:
            errors = self._validator.iter_errors(value)
            faults = [fault for error in errors for fault in detailed_faults(error, self.names)]
        return tuple(faults[:_MOST_FAULTS]) or (Fault(*UNDECIDED, Place(path="$")),)

    def reference_check(self, value: JsonValue) -> tuple[Fault, ...]:
        """The same question to the reference implementation, slowly: for tests that compare the two."""
        reference = _reference(self.documents, self.entry, formats=self._formats)
        faults: list[Fault] = []
        with decimal.localcontext() as context:
            context.prec = 2_500  # remainders of the largest numbers that a reader lets through
            for error in reference.iter_errors(copied(value, _as_integer)):
                path = shown_path(error.absolute_path, self.names)
                faults.append(keyword_fault(str(error.validator or "falseSchema"), path))
        return tuple(faults)


def compile_json_schema(files: Mapping[str, bytes], entry: str, *, formats: bool = True) -> JsonSchema:
    """Compile a schema from files in memory, by their posix paths.

    A file is found under its `$id` and under its path; references are relative to the first of these that it has. A
    path that is an address already stands for itself. `formats` false takes `format` as a comment, as the drafts do.

    Raises `DefinitionRefused`: DOC-080 for a file that is not strict JSON, DOC-081 for a schema that its meta-schema
    refuses, DOC-082 for a reference outside `files`, DOC-083 for a pattern that needs more than linear time, DOC-084 if
    `entry` is not among the files.
    """
    if entry not in files:
        raise DefinitionRefused(Fault("DOC-084", "no such schema file", Place(entry), "name one of the given files"))
    documents = {name: _document(name, data) for name, data in files.items()}
    registry = _registry(documents)
    # Every file is compiled, not only what the entry reaches, so that a fault is found in the file that has it.
    compiled = {name: _compiled(name, document, registry, formats=formats) for name, document in documents.items()}
    return JsonSchema(entry, documents, frozenset(_names(documents.values())), compiled[entry], formats)


def _registry(documents: Mapping[str, JsonValue]) -> jsonschema_rs.Registry:
    fault = Fault("DOC-081", "these files make no set of schemas", fix="check $id and $schema in each of them")
    try:
        return jsonschema_rs.Registry(
            [(address, document) for name, document in documents.items() for address in _addresses(name, document)],
            draft=jsonschema_rs.Draft202012,
            retriever=_deny,
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        fault = next(_outside(documents), fault)
    raise DefinitionRefused(fault)


def _outside(documents: Mapping[str, JsonValue]) -> Iterator[Fault]:
    """The references that lead to no file, with the place of each."""
    inside = {address for name, document in documents.items() for address in _addresses(name, document)}
    for document in documents.values():
        inside.update(_text(item, "$id") for level in levels(document) for item in level)
    for name, document in documents.items():
        base = _address(name, document)

        def leaves(item: JsonValue, _depth: int, base: str = base) -> bool:
            reference = _text(item, "$ref")
            return bool(reference) and urldefrag(urljoin(base, reference)).url not in inside

        if any(leaves(item, 0) for level in levels(document) for item in level):
            yield _OUTSIDE.located(Place(name, path=json_path(way_to(document, leaves))))


def _text(item: JsonValue, member: str) -> str:
    value = item.get(member) if isinstance(item, dict) else None
    return value if isinstance(value, str) else ""


def _compiled(
    name: str, document: JsonValue, registry: jsonschema_rs.Registry, *, formats: bool
) -> jsonschema_rs.Validator:
    fault = Fault("DOC-081", "not a schema", Place(name), "begin the file with an object")
    if isinstance(document, (dict, bool)):
        try:
            return jsonschema_rs.validator_for(
                document,
                registry=registry,
                retriever=_deny,
                base_uri=_address(name, document),
                validate_formats=formats,
                mask="***",
                pattern_options=_PATTERNS,
            )
        except jsonschema_rs.ValidationError as error:
            fault = _schema_fault(name, error)
        except jsonschema_rs.ReferencingError:
            fault = _OUTSIDE.located(Place(name))
    raise DefinitionRefused(fault)


_OUTSIDE = Fault(
    "DOC-082", "a reference that leads to nothing in the given schema files", fix="add the file, or correct it"
)


def _schema_fault(name: str, error: jsonschema_rs.ValidationError) -> Fault:
    """Say why a schema cannot be compiled. A schema is configuration: its member names may be shown."""
    place = Place(name, path=json_path(tuple(error.instance_path)))
    match error.kind.name:
        case "$ref":
            return _OUTSIDE.located(place)
        case "format" if {"pattern", "patternProperties"} & set(error.instance_path[-2:]):
            fix = "write it without look-around and back-references"
            return Fault("DOC-083", "a pattern that cannot run in linear time, or none at all", place, fix)
        case keyword:
            return Fault("DOC-081", f"its meta-schema does not allow this ({keyword!r})", place, "correct the schema")


def _document(name: str, data: bytes) -> JsonValue:
    faults: tuple[Fault, ...] = ()
    try:
        return read_json(data, _LIMITS)
    except DocumentRefused as refused:
        faults = refused.faults
    raise DefinitionRefused(
        *(Fault("DOC-080", each.message, Place(name, each.place.line, each.place.column), each.fix) for each in faults)
    )


def _address(name: str, document: JsonValue) -> str:
    """The address against which a file's references are read: what it says in `$id`, else its path."""
    return _addresses(name, document)[0]


def _addresses(name: str, document: JsonValue) -> tuple[str, ...]:
    """Every address under which a file is found, its own first."""
    own = _text(document, "$id")
    path = name if "://" in name else _BASE + name
    return (own, path) if ":" in own and own != path else (path,)


def _names(documents: Iterable[JsonValue]) -> Iterator[str]:
    """Every member name that the schemas mention."""
    for document in documents:
        for level in levels(document):
            for item in level:
                if not isinstance(item, dict):
                    continue
                for keyword in ("properties", "dependentRequired", "dependentSchemas"):
                    members = item.get(keyword)
                    if isinstance(members, dict):
                        yield from members
                required = item.get("required")
                if isinstance(required, list):
                    yield from (name for name in required if isinstance(name, str))


def _deny(_address: str) -> NoReturn:
    raise LookupError


def _reference(documents: Mapping[str, JsonValue], entry: str, *, formats: bool) -> Any:
    resources = [
        (address, Resource.from_contents(document, default_specification=DRAFT202012))
        for name, document in documents.items()
        for address in _addresses(name, document)
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    schema = {"$ref": _address(entry, documents[entry])}
    cls = jsonschema.validators.validator_for(documents[entry], default=jsonschema.Draft202012Validator)
    return cls(schema, registry=registry, format_checker=jsonschema.FormatChecker() if formats else None)


def _as_integer(value: JsonValue) -> JsonValue:
    """An integer that was written as 1.0: the drafts take it for one, the reference implementation only as a float."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value

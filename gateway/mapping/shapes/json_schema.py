"""JSON Schema (2020-12 and draft 7) as shapes, from files in memory.

Guarantees that a shape admits every instance its schema admits: what cannot be expressed (`not`, assertions across
members, dynamic references) widens the shape. References lead to the given files only, by path or by `$id`; nothing
is fetched. A reference that leads nowhere admits anything and is listed in `faults`.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias, cast

from referencing import Registry, Resource, Specification
from referencing._core import Resolver
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT7, DRAFT202012

from gateway.document.json_codec import read_json
from gateway.document.tree import JsonValue
from gateway.errors import DocumentRefused, Fault, Place
from gateway.mapping.run.json_marks import json_marks
from gateway.mapping.shapes.shape import (
    ANY,
    ANYTHING,
    NEVER,
    SCALARS,
    Child,
    Facts,
    Occurrence,
    Origin,
    Shape,
    alternatives,
    intersection,
)
from gateway.mapping.shapes.union import with_branches, with_possible

__all__ = ["JsonShapes"]

_Schema: TypeAlias = bool | dict[str, JsonValue]
_Resolver: TypeAlias = "Resolver[JsonValue]"

_KINDS = {
    "object": {"object"},
    "array": {"list"},
    "string": {"text"},
    "number": {"decimal"},
    "integer": {"integer"},
    "boolean": {"boolean"},
    "null": {"null"},
}
_EVERY_KIND = frozenset().union(*_KINDS.values())
_FORMATS = {"date": "date", "date-time": "datetime", "time": "time"}
_DEEPEST = 60
_FILE = "file:///"


class JsonShapes:
    """The shapes of one schema file and of the files it refers to."""

    def __init__(
        self, files: Mapping[str, bytes], entry: str, documents: Mapping[str, JsonValue] | None = None
    ) -> None:
        """`documents` are files that have been read already; without their bytes their places are unknown."""
        self._files = files
        self._entry = entry
        self._documents: dict[str, JsonValue] = dict(documents or {})
        self._ids: dict[str, str] | None = None
        self._memo: dict[int, Shape] = {}
        self._depth = 0
        self._places: dict[int, tuple[str, tuple[str, ...]]] | None = None
        self._marks: dict[str, dict[tuple[str, ...], tuple[int, int]]] = {}
        self.faults: list[Fault] = []
        content = self._document(entry)
        self._draft7 = isinstance(content, dict) and "draft-07" in str(content.get("$schema", ""))
        self._specification: Specification[JsonValue] = cast(
            "Specification[JsonValue]", DRAFT7 if self._draft7 else DRAFT202012
        )
        self._registry: Registry[JsonValue] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]  # attrs
        self._resolver = self._registry.resolver(base_uri=_FILE + entry)
        self.root = Child("", self._shape(cast("_Schema", content), self._resolver), origin=self._origin(content, ""))

    def definition(self, name: str) -> Shape | None:
        """Give the shape of an entry of the root's `$defs`, or None."""
        content = self._document(self._entry)
        found = _object(content).get("$defs")
        part = _object(found).get(name)
        return self._shape(part, self._resolver) if isinstance(part, dict) else None

    # -- files --------------------------------------------------------------------------------------------------------

    def _document(self, file: str) -> JsonValue:
        if file not in self._documents:
            self._documents[file] = read_json(self._files[file])
        return self._documents[file]

    def _retrieve(self, uri: str) -> "Resource[JsonValue]":
        """Give the file of a path or `$id`; raise for everything else, without a look outside."""
        file = uri.removeprefix(_FILE) if uri.startswith(_FILE) else self._file_of_id(uri)
        if file not in self._files and file not in self._documents:
            raise NoSuchResource(uri)
        try:
            content = self._document(file)
        except DocumentRefused as refused:
            self.faults.append(Fault("S102", "the schema file is not valid JSON", refused.faults[0].place))
            raise NoSuchResource(uri) from None
        return Resource.from_contents(content, default_specification=self._specification)

    def _file_of_id(self, uri: str) -> str:
        if self._ids is None:
            self._ids = {}
            top = self._entry.split("/")[0] if "/" in self._entry else ""
            for file, document in self._documents.items():
                identity = _object(document).get("$id")
                if isinstance(identity, str):
                    self._ids.setdefault(identity.rstrip("#"), file)
            for file, data in self._files.items():
                if file.endswith(".json") and file.startswith(top) and b'"$id"' in data:
                    written = re.search(rb'"\$id"\s*:\s*"([^"\\]*)"', data)
                    if written:
                        self._ids.setdefault(written.group(1).decode("utf-8", "replace").rstrip("#"), file)
        return self._ids.get(uri.rstrip("#"), "")

    # -- places -------------------------------------------------------------------------------------------------------

    def _origin(self, container: JsonValue, name: str) -> Origin:
        said = _object(_object(container).get(name)).get("description")
        return Origin(lambda: self._place(container, name), said if isinstance(said, str) else "")

    def _place(self, container: JsonValue, name: str) -> Place:
        """Find a member by the identity of the object that holds it; the whole file is indexed on the first call."""
        if self._places is None or id(container) not in self._places:
            self._places = {}
            for file, document in self._documents.items():
                for pointer, value in _containers(document):
                    self._places[id(value)] = (file, pointer)
        file, pointer = self._places.get(id(container), ("", ()))
        if file not in self._files:
            return Place()
        if file not in self._marks:
            self._marks[file] = json_marks(self._files[file].decode("utf-8-sig", "replace"))
        line, column = self._marks[file].get((*pointer, name) if name else pointer, (1, 1))
        return Place(file=file, line=line, column=column)

    # -- shapes -------------------------------------------------------------------------------------------------------

    def _shape(self, schema: _Schema, resolver: _Resolver) -> Shape:
        if schema is False:
            return NEVER
        if not isinstance(schema, dict):
            return ANY
        members = schema
        if id(members) not in self._memo:
            if "$id" in members:
                resource = Resource.from_contents(cast("JsonValue", members), default_specification=self._specification)
                resolver = resolver.in_subresource(resource)
            self._memo[id(members)] = Shape(lambda: self._facts(members, resolver), members)
        return self._memo[id(members)]

    def _facts(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Facts:
        if self._depth >= _DEEPEST:
            message = f"schemas refer to one another more than {_DEEPEST} deep"
            self.faults.append(Fault("S107", message, Place(file=self._entry)))
            return ANYTHING
        self._depth += 1
        try:
            return self._read(schema, resolver)
        finally:
            self._depth -= 1

    def _read(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Facts:
        if self._draft7 and "$ref" in schema:
            return self._referred(schema["$ref"], resolver).facts
        whole = Shape.of(self._own(schema, resolver))
        for part in self._conjuncts(schema, resolver):
            whole = intersection(whole, part)
        facts = with_possible(whole.facts, list(self._possible(schema, resolver)))
        if schema.get("unevaluatedProperties") is False and not self._evaluates_others(schema, resolver, 0):
            facts = with_branches(facts)
        return facts

    def _conjuncts(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Iterator[Shape]:
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                dynamic = keyword == "$dynamicRef" and "#" in str(schema[keyword])
                yield ANY if dynamic else self._referred(schema[keyword], resolver)
        for part in _list(schema.get("allOf")):
            yield self._shape(cast("_Schema", part), resolver)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                yield alternatives(self._shape(cast("_Schema", part), resolver) for part in _list(schema[keyword]))

    def _possible(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Iterator[Shape]:
        """The subschemas that hold for some instances only: what they declare is known, and optional."""
        for keyword in ("if", "then", "else"):
            if keyword in schema:
                yield self._shape(cast("_Schema", schema[keyword]), resolver)
        for keyword in ("dependentSchemas", "dependencies"):
            for part in _object(schema.get(keyword)).values():
                if isinstance(part, dict):
                    yield self._shape(part, resolver)

    def _referred(self, reference: JsonValue, resolver: _Resolver) -> Shape:
        try:
            found = resolver.lookup(str(reference))
        except Unresolvable:
            self.faults.append(
                Fault("S103", "the schema refers to something that is not among the files", Place(file=self._entry))
            )
            return ANY
        return self._shape(cast("_Schema", found.contents), found.resolver)

    def _own(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Facts:
        kinds, codes = _kinds(schema)
        patterns = (str(schema["pattern"]),) if "pattern" in schema else ()
        shortest, longest = _number(schema.get("minLength")) or 0, _number(schema.get("maxLength"))
        form = _FORMATS.get(str(schema.get("format", "")), "")
        return Facts(
            kinds=kinds,
            codes=codes,
            patterns=patterns,
            shortest=shortest,
            longest=longest,
            format=form,
            blank="text" in kinds and not form and _blank(codes, patterns, shortest, longest),
            children=self._children(schema, resolver) if "object" in kinds else {},
            others=self._others(schema, resolver) if "object" in kinds else None,
            item=self._item(schema, resolver) if "list" in kinds else None,
            prefix=self._prefix(schema, resolver) if "list" in kinds else (),
        )

    def _children(self, schema: dict[str, JsonValue], resolver: _Resolver) -> dict[str, Child]:
        properties = _object(schema.get("properties"))
        required = {str(name) for name in _list(schema.get("required"))}
        children = {}
        for name, part in properties.items():
            shape = self._shape(cast("_Schema", part), resolver)
            occurs = Occurrence(1 if name in required else 0, 1)
            children[name] = Child(name, shape, occurs, self._origin(schema["properties"], name))
        others = self._others(schema, resolver)
        for name in sorted(required - properties.keys()):
            if others is not None:
                children[name] = Child(name, others, Occurrence(), self._origin(schema, "required"))
        return children

    def _others(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Shape | None:
        beyond = schema.get("additionalProperties", True)
        shapes = [] if beyond is False else [self._shape(cast("_Schema", beyond), resolver)]
        patterned = _object(schema.get("patternProperties")).values()
        shapes += [self._shape(cast("_Schema", part), resolver) for part in patterned]
        return alternatives(shapes) if shapes else None

    def _prefix(self, schema: dict[str, JsonValue], resolver: _Resolver) -> tuple[Child, ...]:
        listed = schema.get("items") if isinstance(schema.get("items"), list) else schema.get("prefixItems")
        return tuple(
            Child(str(index), self._shape(cast("_Schema", part), resolver), origin=self._origin(listed, str(index)))
            for index, part in enumerate(_list(listed))
        )

    def _item(self, schema: dict[str, JsonValue], resolver: _Resolver) -> Child:
        prefix = [child.shape for child in self._prefix(schema, resolver)]
        keyword = "additionalItems" if isinstance(schema.get("items"), list) else "items"
        rest = schema.get(keyword, True)
        high = _number(schema.get("maxItems"))
        if rest is False:
            high = len(prefix) if high is None else min(high, len(prefix))
        shapes = prefix + ([] if rest is False else [self._shape(cast("_Schema", rest), resolver)])
        occurs = Occurrence(_number(schema.get("minItems")) or 0, high)
        return Child("", alternatives(shapes) if shapes else NEVER, occurs, self._origin(schema, keyword))

    def _evaluates_others(self, schema: JsonValue, resolver: _Resolver, depth: int) -> bool:
        """True if a subschema in place may evaluate members that no `properties` names."""
        if not isinstance(schema, dict) or depth > 8:
            return depth > 8
        if (
            "patternProperties" in schema
            or "$dynamicRef" in schema
            or schema.get("additionalProperties", False) is not False
        ):
            return True
        if depth and schema.get("unevaluatedProperties", False) is not False:
            return True
        parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in _list(schema.get(keyword))]
        parts += [schema[keyword] for keyword in ("if", "then", "else") if keyword in schema]
        parts += list(_object(schema.get("dependentSchemas")).values())
        if any(self._evaluates_others(part, resolver, depth + 1) for part in parts):
            return True
        if "$ref" not in schema:
            return False
        try:
            found = resolver.lookup(str(schema["$ref"]))
        except Unresolvable:
            return True
        return self._evaluates_others(found.contents, found.resolver, depth + 1)


def _containers(document: JsonValue) -> Iterator[tuple[tuple[str, ...], JsonValue]]:
    stack: list[tuple[tuple[str, ...], JsonValue]] = [((), document)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(((*pointer, name), member) for name, member in value.items())
            yield pointer, value
        elif isinstance(value, list):
            stack.extend(((*pointer, str(index)), item) for index, item in enumerate(value))
            yield pointer, value


def _kinds(schema: dict[str, JsonValue]) -> tuple[frozenset[str], tuple[str, ...] | None]:
    named = schema.get("type")
    kinds = _EVERY_KIND
    if named is not None:
        names = named if isinstance(named, list) else [named]
        kinds = frozenset().union(*(_KINDS.get(str(name), _EVERY_KIND) for name in names))
    values = _list(schema.get("enum")) if "enum" in schema else [schema["const"]] if "const" in schema else None
    if values is None:
        return kinds, None
    return (
        frozenset(kind for value in values for kind in [_kind_of(value)] if _admitted(kind, kinds)),
        tuple(dict.fromkeys(_text(value) for value in values if _kind_of(value) in SCALARS)),
    )


def _admitted(kind: str, kinds: frozenset[str]) -> bool:
    return kind in kinds or (kind == "integer" and "decimal" in kinds) or (kind == "decimal" and "integer" in kinds)


def _kind_of(value: JsonValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case Decimal():
            return "decimal"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _blank(codes: tuple[str, ...] | None, patterns: tuple[str, ...], shortest: int, longest: int | None) -> bool:
    """True if an admitted text may be empty, or blank where a pattern decides."""
    if codes is not None:
        return any(not code.strip() for code in codes)
    if shortest:
        return False
    most = 16 if longest is None else min(longest, 16)
    samples = [blank * length for length in range(most + 1) for blank in (" ", "\n")]
    for pattern in patterns:
        try:
            expression = re.compile(pattern)
        except re.error:
            continue
        samples = [sample for sample in samples if expression.search(sample)]
    return bool(samples)


def _number(value: JsonValue) -> int | None:
    return int(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _object(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}

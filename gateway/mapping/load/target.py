"""Reading target keys: `header.handling.flags[]`, `Doc/@kind`, column names; and the keys of `mark:`."""

import re
from collections.abc import Callable

from gateway.document.yaml_nodes import Node, TextNode
from gateway.mapping.language.rules import Field, TargetKey, Value
from gateway.mapping.language.spelling import Located, Scanner
from gateway.mapping.load.reading import Reading, located
from gateway.mapping.paths.jsonpath_text import read_string

__all__ = ["parse_key", "read_marks"]

_NAME = re.compile(r"[A-Za-z_\u0080-\U0010ffff$][\w$-]*")
_ELEMENT = re.compile(r"[\w.\-:]+")


def parse_key(text: Located, target: str) -> TargetKey:
    """Parse a key in the notation of a target format. Raises `DefinitionRefused` (T001)."""
    scanner = Scanner(text, "T001", "not a target key")
    if target == "xml":
        steps, attribute = _elements(scanner)
    elif target == "csv" and not text.text.endswith("[]"):
        return TargetKey(text.text, (text.text,), many=False, attribute=False, place=text.place)
    else:
        steps, attribute = _members(scanner), False
    many = scanner.take("[]")
    if not scanner.ended:
        fix = "'[]' stands at the end; what is inside goes under 'fields:'" if many else ""
        raise scanner.fault("unexpected character", end=scanner.position + 1, fix=fix)
    if many and attribute:
        raise scanner.fault("an attribute does not repeat", start=0)
    return TargetKey(text.text, tuple(steps), many, attribute, text.place)


def read_marks(reading: Reading, node: Node, read_value: Callable[[Node], Value | None]) -> tuple[Field, ...]:
    """Read `mark:`: keys of the exchange format below `statement` or `handling`, each with a value."""
    found = reading.mapping(node, "mark")
    fields: list[Field] = []
    for entry in () if found is None else found.entries:
        mark = _mark_key(reading, entry.key)
        value = read_value(entry.value)
        if mark is not None and value is not None:
            fields.append(Field(mark, value, entry.key.place))
    return tuple(fields)


def _mark_key(reading: Reading, key: TextNode) -> TargetKey | None:
    text = located(key)
    mark = reading.attempt(lambda: parse_key(text, "exchange"))
    if mark is None:
        return None
    if mark.steps[0] not in {"statement", "handling"} or len(mark.steps) < 2:
        reading.fault("T002", "a mark is statement.* or handling.*", key.place)
        return None
    return mark


def _members(scanner: Scanner) -> list[str]:
    steps = [_member(scanner)]
    while True:
        if scanner.take(".") or scanner.peek("['"):
            steps.append(_member(scanner))
        else:
            return steps


def _member(scanner: Scanner) -> str:
    start = scanner.position
    if scanner.take("["):
        if not (scanner.peek("'") or scanner.peek('"')):
            raise scanner.fault("expected a name in quotes", start=start)
        name = read_string(scanner)
        scanner.expect("]")
        return name
    found = scanner.match(_NAME)
    if found is None:
        raise scanner.fault("expected a name", end=start + 1)
    return found


def _elements(scanner: Scanner) -> tuple[list[str], bool]:
    if scanner.text == ".":
        scanner.position += 1
        return [], False
    scanner.take("./")
    steps: list[str] = []
    while True:
        attribute = scanner.take("@")
        name = scanner.match(_ELEMENT)
        if name is None:
            raise scanner.fault("expected the name of an element or attribute", end=scanner.position + 1)
        steps.append(name)
        if attribute or not scanner.take("/"):
            return steps, attribute

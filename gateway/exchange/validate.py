"""Is this a message of the format? Every fault, with code, field and place, and never a value.

First the schema, then everything that a schema cannot see: references, links, roles, markings, thread, dates, codes,
limits (exchange-format.md 9 and 10). All are reported, also where the schema already found some. Changes nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from gateway.document.path import parse_json_path
from gateway.document.tree import JsonObject
from gateway.errors import Fault
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.layout import BODIES, SINGULAR
from gateway.exchange.references import check_field_names, check_links, check_references, check_roles, check_unknown
from gateway.exchange.rules import check_depth, check_kind, check_limits, check_markings, check_thread
from gateway.exchange.sweep import MOST_FAULTS, sweep

__all__ = ["validate"]

_CODES = {
    "DOC-050": "EXC-002",
    "DOC-051": "EXC-001",
    "DOC-052": "EXC-003",
    "DOC-053": "EXC-004",
    "DOC-054": "EXC-005",
    "DOC-055": "EXC-006",
    "DOC-056": "EXC-007",
    "DOC-057": "EXC-008",
    "DOC-058": "EXC-009",
}
"""Code of the schema validator -> ours."""


def validate(message: JsonObject, fmt: ExchangeFormat) -> tuple[Fault, ...]:
    """Give every fault of a message, at most `MOST_FAULTS`; none if it may be exchanged.

    Costs two to three microseconds per leaf of a valid message.
    """
    by_schema = tuple(_ours(each) for each in fmt.schema.check(message))
    deep = check_depth(message) if by_schema else ()
    return tuple(islice(chain(by_schema, deep, _beyond_the_schema(message, fmt)), MOST_FAULTS))


def _beyond_the_schema(message: JsonObject, fmt: ExchangeFormat) -> Iterator[Fault]:
    found = sweep(message, fmt)
    yield from found.faults
    yield from check_references(found)
    yield from check_links(found, fmt.vocabulary["link"])
    yield from check_roles(message)
    yield from check_unknown(found, fmt.catalogue)
    yield from check_field_names(message, fmt.catalogue)
    yield from check_kind(message, found)
    yield from check_markings(message, fmt.vocabulary.words("classification"))
    yield from check_thread(message)
    yield from check_limits(message)


def _ours(found: Fault) -> Fault:
    """A fault of the schema in our words: our code, and the field that its path leads to."""
    steps = [step for step in parse_json_path(found.place.path) if isinstance(step, str)]
    code = _CODES.get(found.code, "EXC-010")
    if code == "EXC-001" and len(steps) == 1 and steps[0] in BODIES:
        fix = "a message has the body of its kind, and no other"
        return replace(found, code="EXC-011", message="a body of another kind", fix=fix, field=steps[0])
    first = [SINGULAR.get(step, step) for step in steps[:1]]
    return replace(found, code=code, field=".".join([*first, *steps[1:]]))

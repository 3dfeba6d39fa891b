"""One value at a time: texts in normal form, dates that exist, codes that are in their list, sets in order.

Each check gives the faults of one object or leaf and knows nothing of the rest of the message. What has the wrong form
for the schema is passed over: the schema reports it.
"""

import re
from collections.abc import Iterator, Mapping
from unicodedata import is_normalized

from gateway.document.path import JsonPath, json_path
from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Fault, Place
from gateway.exchange.dates import after, day_of, is_real
from gateway.exchange.shape import CatalogueField, ObjectShape, Unit, ValueKind
from gateway.exchange.vocabulary import Vocabulary, WordList

__all__ = [
    "TIMES",
    "Day",
    "check_code",
    "check_date",
    "check_grades",
    "check_leaf",
    "check_period",
    "check_set",
    "fault",
    "issued_day",
]

Day = str
"""`YYYY-MM-DD`, or empty where the message does not say when it was issued."""

_DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?(?:(?<=-..)T.*)?", re.ASCII)
_AS_RECEIVED = frozenset({ValueKind.ORIGINAL, ValueKind.LONG_ORIGINAL})
TIMES = frozenset({ValueKind.INSTANT, ValueKind.DAY})
"""Kinds of leaf that are a full date or time by themselves."""


def fault(code: str, message: str, path: JsonPath, field: str, fix: str = "") -> Fault:
    """Make a fault at a place in a message. Every step of the path must be a member name of the format."""
    return Fault(code, message, Place(path=json_path(path)), fix, field=field)


def check_leaf(row: CatalogueField, value: str, path: JsonPath) -> Iterator[Fault]:
    """Check a text: normal form C, not blank, and for times that the day exists."""
    if row.kind not in _AS_RECEIVED and not value.isascii() and not is_normalized("NFC", value):
        yield fault("EXC-050", "this text is not in normal form C", path, row.field, "let the mapping clean with `nfc`")
    if value.isspace():
        yield fault("EXC-051", "this text is blank", path, row.field, "leave out what is not stated")
    if row.kind in TIMES and _DATE.fullmatch(value) and not is_real(value):
        yield fault("EXC-030", "this date does not exist", path, row.field)


def check_set(shape_id: str, items: list[JsonValue], path: JsonPath) -> Iterator[Fault]:
    """Check that a set is sorted; that it repeats nothing is the schema's business."""
    texts = [item for item in items if isinstance(item, str)]
    if texts != sorted(texts):
        yield fault("EXC-052", "the items of a set must be sorted", path, shape_id, "sort by code point")


def check_code(
    shape: ObjectShape,
    value: JsonObject,
    path: JsonPath,
    *,
    words: WordList,
    schemes: frozenset[str] | None,
    issued: Day,
) -> Iterator[Fault]:
    """Check a code: in our list and in force when the message was issued, or from a registered foreign list."""
    code, scheme = value.get("code"), value.get("scheme")
    if isinstance(scheme, str):
        if schemes is not None and scheme not in schemes:
            fix = "register the list in the deployment, or translate the code"
            yield fault("EXC-042", "this foreign list is not registered", (*path, "scheme"), f"{shape.id}.scheme", fix)
        return
    if not isinstance(code, str):
        return
    found = words.codes.get(code)
    if found is None:
        fix = f"take a code from the list {words.name!r}, or state the scheme it is from"
        yield fault("EXC-040", "this code is not in its list", (*path, "code"), f"{shape.id}.code", fix)
    elif issued and not found.valid_on(issued):
        problem = "this code was not valid on the day of issue"
        yield fault("EXC-041", problem, (*path, "code"), f"{shape.id}.code", f"see the list {words.name!r}")


def check_date(shape: ObjectShape, value: JsonObject, path: JsonPath) -> Iterator[Fault]:
    """Check a date or moment: that it exists, and that the end of `between` is not before its beginning."""
    ends: list[str] = []
    for part in ("value", "to"):
        text = value.get(part)
        if not isinstance(text, str) or not _DATE.fullmatch(text):
            continue
        if is_real(text):
            ends.append(text)
        else:
            yield fault("EXC-030", "this date does not exist", (*path, part), f"{shape.id}.{part}")
    if len(ends) == 2 and after(ends[0], ends[1]):
        yield fault("EXC-031", "the end is before the beginning", path, shape.id)


def check_period(shape: ObjectShape, value: JsonObject, path: JsonPath, issued: Day) -> Iterator[Fault]:
    """Check dates against each other: `from` before `to`, and no birth after the message was issued."""
    start, end = _value(value.get("from")), _value(value.get("to"))
    if _is_date(shape, "from") and _is_date(shape, "to") and start and end and after(start, end):
        yield fault("EXC-031", "the end is before the beginning", path, shape.id)
    if shape.id == "person.births" and issued:
        birth = value.get("date")
        born = _value(birth)
        before = isinstance(birth, dict) and birth.get("qualifier") == "before"
        if born and not before and after(born, issued):
            yield fault("EXC-032", "a birth after the message was issued", (*path, "date"), f"{shape.id}.date")


def check_grades(
    shape: ObjectShape,
    value: JsonObject,
    path: JsonPath,
    *,
    vocabulary: Vocabulary,
    schemes: frozenset[str] | None,
) -> Iterator[Fault]:
    """Check the grades of a statement against the grade scheme that it names."""
    scheme = value.get("grade_scheme")
    if not isinstance(scheme, str):
        return
    known = vocabulary["grade-scheme"].codes.get(scheme)
    if known is None:
        if schemes is not None and scheme not in schemes:
            place = (*path, "grade_scheme")
            yield fault("EXC-042", "this foreign list is not registered", place, f"{shape.id}.grade_scheme")
        return
    grades: Mapping[str, tuple[str, ...]] = {
        "source_grade": known.source_grades,
        "information_grade": known.information_grades,
    }
    for name, allowed in grades.items():
        grade = value.get(name)
        if isinstance(grade, str) and grade not in allowed:
            fix = "one of: " + ", ".join(allowed)
            yield fault("EXC-043", "a grade that the scheme does not have", (*path, name), f"{shape.id}.{name}", fix)


def _is_date(shape: ObjectShape, name: str) -> bool:
    member = shape.members.get(name)
    return isinstance(member, ObjectShape) and member.unit in {Unit.DATE, Unit.MOMENT}


def _value(date: JsonValue) -> str:
    text = date.get("value") if isinstance(date, dict) else None
    return text if isinstance(text, str) and _DATE.fullmatch(text) and is_real(text) else ""


def issued_day(header: JsonValue) -> Day:
    """Give the day on which a message was issued, by the originator's own clock; empty if it does not say."""
    issued = header.get("issued") if isinstance(header, dict) else None
    return day_of(issued) if isinstance(issued, str) and _DATE.fullmatch(issued) and is_real(issued) else ""

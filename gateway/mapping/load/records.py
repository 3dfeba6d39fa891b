"""Reading `source.records`: record types of fixed width, and whether they contradict one another.

Guarantees that in what was loaded no two ranges of a record overlap (S302), no line can be two record types (S303), and
every record stands under one that exists, without a circle (S304).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from gateway.document.yaml_nodes import ListNode, Node, TextNode
from gateway.errors import Fault, Place
from gateway.mapping.language.records import RecordField, RecordMark, RecordSlots, RecordType
from gateway.mapping.language.rules import Word
from gateway.mapping.language.words import words_of
from gateway.mapping.load.reading import Reading, suggestion

__all__ = ["read_records"]

_RECORD_WORDS = words_of("a record")
_SLOT_WORDS = words_of("slots")
_FIELD_WORDS = words_of("a field")
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_MOST_SLOTS = 1_000
_SLOT = "slot"


def read_records(reading: Reading, node: Node | None, place: Place, *, cells: bool = False) -> tuple[RecordType, ...]:
    """Read the record types of a file of fixed width; with `cells`, of delimited lines: then positions count cells."""
    if node is None:
        fix = "write records: {NAME: {is: {1-2: P1}, fields: {name: 3-32}}}"
        reading.fault("W003", "a file of fixed width needs its records", place, fix)
        return ()
    records = tuple(
        record
        for name, item in reading.pairs(node, "records")
        if (record := _record(reading, name, item, cells=cells)) is not None
    )
    reading.unique((record.name for record in records), "record")
    _judge_nesting(reading, records)
    _judge_marks(reading, records)
    return records


def _record(reading: Reading, name: Word, node: Node, *, cells: bool) -> RecordType | None:
    words = reading.words(node, _RECORD_WORDS, "a record", (*_SLOT_WORDS, *_FIELD_WORDS))
    if words is None:
        return None
    unit = reading.one_of(words.get("unit"), "unit", ("characters", "bytes"))
    if cells and unit is not None:
        reading.fault("W006", "positions of delimited records count cells", unit.place, "leave out unit")
    under = reading.word(words.get("under"), "under")
    slots = tuple(
        made
        for slot, item in (reading.pairs(words["slots"], "slots") if "slots" in words else ())
        if (made := _slots(reading, slot, item)) is not None
    )
    record = RecordType(
        name,
        tuple(_marks(reading, words.get("is"), cells=cells)),
        under,
        reading.boolean(words.get("many"), "many", default=under is None),
        "cells" if cells else "characters" if unit is None else unit.text,
        tuple(_fields(reading, words.get("fields"))),
        slots,
        node.place,
    )
    if cells:
        parts = [(one.first, one.last, one.place) for one in record.marks]
        parts += [(one.first, one.last, one.place) for one in record.fields]
        parts += [(one.first, one.last, one.place) for each in slots for one in each.fields]
        for place in (place for first, last, place in parts if first != last):
            reading.fault("W005", "a cell is one position, such as 3", place)
    if not record.fields and not record.slots:
        reading.fault("W003", f"the record '{name.text}' has no fields", node.place, "write fields: {name: 3-32}")
    names = (*(field.name for field in record.fields), *(one.name for one in slots))
    reading.unique(names, "field")
    ranges = [(one.name, one.first, one.last) for one in record.fields]
    _judge_overlap(reading, [*ranges, *((one.name, one.first, one.last) for one in slots)])
    return record


def _range(reading: Reading, text: str, place: Place) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(text)
    first = int(found[1]) if found else 0
    last = int(found[2] or found[1]) if found else 0
    if first < 1 or last < first:
        reading.fault("W005", "a range is two positions from 1, such as 3-32, or one", place)
        return None
    return first, last


def _marks(reading: Reading, node: Node | None, *, cells: bool) -> Iterator[RecordMark]:
    for written, item in reading.pairs(node, "is") if node is not None else ():
        found = _range(reading, written.text, written.place)
        one = None if isinstance(item, ListNode) else reading.word(item, "the text that tells a record")
        texts = reading.word_list(item, "the texts that tell a record") if isinstance(item, ListNode) else ()
        texts = texts if one is None else (one,)
        if found is None:
            continue
        width = found[1] - found[0] + 1
        for text in texts:
            if len(text.text) > width and not cells:
                message = f"{len(text.text)} characters do not fit into {width}"
                reading.fault("W005", message, text.place)
        if texts:
            padded = tuple(Word(text.text.ljust(width), text.place) for text in texts)
            yield RecordMark(found[0], found[1], padded, written.place)


def _fields(reading: Reading, node: Node | None) -> Iterator[RecordField]:
    for name, item in reading.pairs(node, "fields") if node is not None else ():
        kind, nulls = "text", None
        at: Word | None
        if isinstance(item, ListNode):
            reading.fault("W002", "a field is a range, or a mapping with at", item.place)
            continue
        if isinstance(item, TextNode):
            at = reading.word(item, "a range")
        else:
            words = reading.words(item, _FIELD_WORDS, "a field", _RECORD_WORDS)
            if words is None:
                continue
            at = reading.required(words.get("at"), "at", item.place)
            typed = reading.one_of(words.get("type"), "type", ("text", "integer", "decimal"))
            kind = "text" if typed is None else typed.text
            nulls = reading.word_list(words["nulls"], "nulls") if "nulls" in words else None
        if at is None or not at.text:
            continue
        found = _range(reading, at.text, at.place)
        if found is not None:
            yield RecordField(name, found[0], found[1], kind, nulls, at.place)


def _slots(reading: Reading, name: Word, node: Node) -> RecordSlots | None:
    words = reading.words(node, _SLOT_WORDS, "slots", (*_RECORD_WORDS, *_FIELD_WORDS))
    if words is None:
        return None
    count = _number(reading, words.get("count"), "count", node.place, _MOST_SLOTS)
    first = _number(reading, words.get("from"), "from", node.place)
    width = _number(reading, words.get("width"), "width", node.place)
    fields = tuple(_fields(reading, words.get("fields")))
    if not fields:
        reading.fault("W003", f"the slots '{name.text}' have no fields", node.place)
    reading.unique((Word(_SLOT, node.place), *(field.name for field in fields)), "field")
    _judge_overlap(reading, [(field.name, field.first, field.last) for field in fields])
    for field in fields:
        if width and field.last > width:
            message = f"the field '{field.name.text}' ends behind its slot of {width}"
            reading.fault("S302", message, field.place, "ranges of slots count within one slot")
    if not count or not first or not width:
        return None
    return RecordSlots(name, first, width, count, fields, node.place)


def _number(reading: Reading, node: Node | None, what: str, place: Place, most: int = 99_999) -> int:
    word = reading.required(node, what, place)
    if word.text.isascii() and word.text.isdigit() and 1 <= int(word.text) <= most:
        return int(word.text)
    if word.text:
        reading.fault("W005", f"{what} is a whole number from 1 to {most}", word.place)
    return 0


# -- contradictions ---------------------------------------------------------------------------------------------------


def _judge_overlap(reading: Reading, ranges: list[tuple[Word, int, int]]) -> None:
    """A position belongs to one field: else a change of one would change another unseen."""
    ordered = sorted(ranges, key=lambda one: one[1])
    for (name, _, last), (other, first, _) in pairwise(ordered):
        if first <= last:
            message = f"'{other.text}' begins at {first}, inside '{name.text}', which ends at {last}"
            reading.faults.append(Fault("S302", message, other.place, "correct the ranges", at=name.place))


def _judge_marks(reading: Reading, records: tuple[RecordType, ...]) -> None:
    """Two types must differ at a position that both look at."""
    for number, record in enumerate(records):
        for other in records[number + 1 :]:
            if record.unit != other.unit or not _apart(record, other):
                message = f"a line can be '{record.name.text}' and '{other.name.text}'"
                fix = "tell them apart with is, at positions that both name"
                reading.faults.append(Fault("S303", message, other.name.place, fix, at=record.name.place))


def _apart(record: RecordType, other: RecordType) -> bool:
    for mark in record.marks:
        for mate in other.marks:
            first, last = max(mark.first, mate.first), min(mark.last, mate.last)
            if first > last:
                continue
            whole = record.unit == "cells"
            here = {
                text.text if whole else text.text[first - mark.first : last - mark.first + 1] for text in mark.texts
            }
            there = {
                text.text if whole else text.text[first - mate.first : last - mate.first + 1] for text in mate.texts
            }
            if not here & there:
                return True
    return False


def _judge_nesting(reading: Reading, records: tuple[RecordType, ...]) -> None:
    above = {record.name.text: record.under.text for record in records if record.under is not None}
    names = {record.name.text for record in records}
    for record in records:
        if record.under is None:
            continue
        if record.under.text not in names:
            hint = suggestion(record.under.text, names)
            reading.fault("S304", f"no record is named '{record.under.text}'{hint}", record.under.place)
            continue
        here = record.under.text
        seen = {record.name.text}
        while here in above and here not in seen:
            seen.add(here)
            here = above[here]
        if here in seen:
            reading.fault("S304", f"'{record.name.text}' stands under itself", record.under.place)
        taken = {field.name.text for field in _of(records, record.under.text).fields}
        taken |= {slots.name.text for slots in _of(records, record.under.text).slots}
        if record.name.text in taken:
            message = f"'{record.under.text}' has a field '{record.name.text}' as well"
            reading.fault("W007", message, record.name.place, "name the record or the field differently")


def _of(records: tuple[RecordType, ...], name: str) -> RecordType:
    return next(record for record in records if record.name.text == name)

"""Changing one value of a sample of records: fixed width, delimited, EDIFACT, JSON Lines.

The place is found in the tree that a mapping reads, and changed in the bytes, so that everything else stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.document.charset import decode, encode
from gateway.document.delimited_codec import DelimitedLayout
from gateway.document.edifact_codec import Segment, read_edifact, write_edifact
from gateway.document.limits import DEFAULT
from gateway.document.rows_codec import RowsLayout, cell_lines
from gateway.document.tree import RecordTree, XmlElement
from gateway.mapping.cases.change import CannotChange, change_json, position_of
from gateway.mapping.cases.load import Change
from gateway.mapping.language.file import Source
from gateway.mapping.language.records import RecordField
from gateway.mapping.paths.path import Axis, JsonIndex, JsonStep, XmlStep
from gateway.mapping.run.read_edifact import Spot, interchange_tree
from gateway.mapping.run.read_fixed import FixedReader, delimited_layout
from gateway.mapping.shapes.edifact_layout import EdifactLayout

__all__ = ["change_delimited", "change_edifact", "change_fixed", "change_lines"]

_SLOT = "slot"


@dataclass(frozen=True, slots=True)
class _Sample:
    data: bytes = field(repr=False)
    name: str = ""


def change_lines(data: bytes, changes: tuple[Change, ...]) -> bytes:
    """Change members of the values of JSON Lines: `$[2].name` is in the third line."""
    lines = data.split(b"\n")
    for change in changes:
        first = change.path.steps[0] if change.path.steps else None
        at = first.selectors[0] if isinstance(first, JsonStep) and len(first.selectors) == 1 else None
        if not isinstance(at, JsonIndex) or not 0 <= at.index < len(lines) or not lines[at.index].strip():
            raise CannotChange(change, "a change of JSON Lines begins with the line: $[0].name")
        inner = replace(change, path=replace(change.path, steps=change.path.steps[1:]))
        lines[at.index] = change_json(lines[at.index], (inner,))
    return b"\n".join(lines)


# -- fixed width ------------------------------------------------------------------------------------------------------


def change_fixed(data: bytes, changes: tuple[Change, ...], source: Source) -> bytes:
    """Change fields of a sample of fixed width: `P[2]/D[1]/number`, filled up with blanks."""
    for change in changes:
        data = _changed_line(data, change, source)
    return data


def change_delimited(data: bytes, changes: tuple[Change, ...], source: Source) -> bytes:
    """Change cells of a sample of delimited records: `P[2]/D[1]/number`. Quotes stand where they are needed."""
    layout = delimited_layout(source)
    rows = layout.rows(data)
    lines = list(cell_lines(data, rows))
    for change in changes:
        way = _way(FixedReader(source, DEFAULT).read([_Sample(_joined(lines, layout, rows))]), change)
        one, shift, _ = _range(way, source, change)
        number = way[-1].line
        at, cells = next((at, cells) for at, (line, cells) in enumerate(lines) if line == number)
        place = shift + one.first - 1
        longer = [*cells, *[""] * (place + 1 - len(cells))]
        lines[at] = (number, [*longer[:place], change.text.text, *longer[place + 1 :]])
    return _joined(lines, layout, rows)


def _joined(lines: list[tuple[int, list[str]]], layout: DelimitedLayout, rows: RowsLayout) -> bytes:
    end = "\r\n" if rows.line_end == "crlf" else "\n"
    special = {layout.delimiter, rows.quote, "\n", "\r"}

    def written(cell: str) -> str:
        return f'"{cell.replace(rows.quote, rows.quote * 2)}"' if special & set(cell) else cell

    text = "".join(layout.delimiter.join(written(cell) for cell in cells) + end for _, cells in lines)
    return encode(text, layout.encoding)


def _changed_line(data: bytes, change: Change, source: Source) -> bytes:
    way = _way(FixedReader(source, DEFAULT).read([_Sample(data)]), change)
    encoding = "utf-8" if source.encoding is None else source.encoding.text
    field_, shift, unit = _range(way, source, change)
    text = decode(data, encoding, DEFAULT)
    if source.line_end == "none":
        start = (way[-1].line - 1) * source.width
        end = start + source.width
    else:
        start = sum(len(line) + 1 for line in text.split("\n")[: way[-1].line - 1])
        end = text.find("\n", start)
        end = len(text) if end < 0 else end - text[start:end].endswith("\r")
    line = text[start:end]
    first, last = shift + field_.first, shift + field_.last
    if unit == "bytes":
        row = line.encode(encoding).ljust(last)
        cell = change.text.text.encode(encoding)
        changed = (row[: first - 1] + cell.ljust(last - first + 1) + row[last:]).decode(encoding, "replace")
        length = len(cell)
    else:
        padded = line.ljust(last)
        changed = padded[: first - 1] + change.text.text.ljust(last - first + 1) + padded[last:]
        length = len(change.text.text)
    if length > last - first + 1:
        raise CannotChange(change, f"the field has {last - first + 1} {unit}")
    return encode(text[:start] + changed + text[end:], encoding)


def _range(way: Sequence[XmlElement], source: Source, change: Change) -> tuple[RecordField, int, str]:
    """Give the field that a way ends in, how far its slot begins behind the line's first position, and its unit."""
    names = {record.name.text: record for record in source.records}
    leaf, above = way[-1], way[-2] if len(way) > 1 else way[-1]
    record = next((names[one.name] for one in reversed(way) if one.name in names), None)
    if record is not None and above.name == record.name.text:
        for one in record.fields:
            if one.name.text == leaf.name:
                return one, 0, record.unit
    for slots in record.slots if record is not None and leaf.name != _SLOT else ():
        number = next((child.text for child in above.children if child.name == _SLOT), "")
        for one in slots.fields if slots.name.text == above.name else ():
            if one.name.text == leaf.name and record is not None:
                return one, slots.first - 1 + (int(number) - 1) * slots.width, record.unit
    raise CannotChange(change, "only fields can be changed")


# -- EDIFACT ----------------------------------------------------------------------------------------------------------


def change_edifact(data: bytes, changes: tuple[Change, ...], layout: EdifactLayout, encoding: str) -> bytes:
    """Change data elements of an interchange: `message[1]/traveller[2]/NAD/C080/3036[1]`."""
    for change in changes:
        interchange = read_edifact(data, encoding=encoding)
        spots: dict[int, Spot] = {}
        leaf = _way(interchange_tree(interchange, layout, spots), change)[-1]
        spot = spots.get(id(leaf))
        if spot is None:
            raise CannotChange(change, "only data elements can be changed")
        segments = [
            _changed_segment(segment, spot, change.text.text) if segment.number == spot[0] else segment
            for segment in interchange.segments
        ]
        data = write_edifact(interchange.characters, segments, interchange.encoding)
    return data


def _changed_segment(segment: Segment, spot: Spot, text: str) -> Segment:
    _, at, repetition, part = spot
    elements = [[list(parts) for parts in element] for element in segment.elements]
    elements[at][repetition][part] = text
    made = tuple(tuple(tuple(parts) for parts in element) for element in elements)
    return Segment(segment.tag, made, segment.number, segment.line)


# -- both -------------------------------------------------------------------------------------------------------------


def _way(document: object, change: Change) -> list[XmlElement]:
    """Give the elements on the way to the place of a change, without the top."""
    root = document.root if isinstance(document, RecordTree) else None
    if not isinstance(root, XmlElement) or not change.path.steps:
        raise CannotChange(change, "the whole document cannot be changed")
    way = [root]
    for step in change.path.steps:
        if not isinstance(step, XmlStep) or step.axis is not Axis.CHILD:
            raise CannotChange(change, "a change names one place: names and positions only")
        places = [number for number, child in enumerate(way[-1].children) if child.name == step.name]
        way.append(way[-1].children[position_of(step, places, change)])
    if way[-1].children:
        raise CannotChange(change, "only single values can be changed")
    return way[1:]

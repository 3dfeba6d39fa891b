"""Changing one value of a sample: the same message with one thing wrong, without a file of its own.

Paths are those of the mapping's source, of names and positions only. The sample is read, changed and written again, so
that the changed bytes go through everything that an agency's bytes go through.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from gateway.document.json_codec import read_json, write_json
from gateway.document.rows_codec import RowsLayout, read_rows, write_rows
from gateway.document.tree import JsonValue, Row, XmlElement
from gateway.document.xml_codec import read_xml, write_xml
from gateway.errors import Fault
from gateway.mapping.cases.load import Change
from gateway.mapping.paths.path import Axis, JsonIndex, JsonName, JsonStep, XmlLast, XmlPosition, XmlStep

__all__ = ["CannotChange", "change_json", "change_rows", "change_xml", "position_of"]


class CannotChange(Exception):
    """A change that leads nowhere in its sample: the test is wrong, not the mapping."""

    def __init__(self, change: Change, message: str) -> None:
        super().__init__(message)
        self.fault = Fault("R701", message, change.path.place)


def change_json(data: bytes, changes: tuple[Change, ...]) -> bytes:
    """Change members and items of a JSON sample. A number stays a number where the new text is one."""
    value = read_json(data)
    for change in changes:
        steps = [_json_step(step, change) for step in change.path.steps]
        if not steps:
            raise CannotChange(change, "the whole document cannot be changed")
        value = _json_changed(value, steps, change)
    return write_json(value)


def _json_changed(value: JsonValue, steps: list[str | int], change: Change) -> JsonValue:
    if not steps:
        if isinstance(value, dict | list):
            raise CannotChange(change, "only single values can be changed")
        return _typed(change.text.text, value)
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        return {**value, step: _json_changed(value[step], rest, change)}
    if isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
        copy = list(value)
        copy[step] = _json_changed(value[step], rest, change)
        return copy
    raise CannotChange(change, "the sample has no such place")


def _json_step(step: XmlStep | JsonStep, change: Change) -> str | int:
    if isinstance(step, JsonStep) and not step.descendant and len(step.selectors) == 1:
        selector = step.selectors[0]
        if isinstance(selector, JsonName):
            return selector.name
        if isinstance(selector, JsonIndex):
            return selector.index
    raise CannotChange(change, "a change names one place: members and positions only")


def _typed(text: str, old: JsonValue) -> JsonValue:
    if isinstance(old, bool) and text in {"true", "false"}:
        return text == "true"
    if isinstance(old, int | Decimal) and not isinstance(old, bool):
        try:
            number = Decimal(text)
        except ArithmeticError:
            return text
        return int(number) if number == number.to_integral_value() and "." not in text else number
    return text


def change_xml(data: bytes, changes: tuple[Change, ...], *, encoding: str, namespaces: Mapping[str, str]) -> bytes:
    """Change texts and attributes of an XML sample. Unprefixed elements are in the namespace of the empty prefix."""
    tree = read_xml(data, encoding=encoding)
    for change in changes:
        steps = [step for step in change.path.steps if isinstance(step, XmlStep)]
        if change.path.rooted:
            steps = steps[1:]
        tree = _changed(tree, steps, change, namespaces)
    written = {prefix: uri for prefix, uri in namespaces.items() if uri}
    return write_xml(tree, encoding=encoding, namespaces=written)


def _changed(element: XmlElement, steps: list[XmlStep], change: Change, namespaces: Mapping[str, str]) -> XmlElement:
    if not steps or steps[0].axis is Axis.TEXT:
        if element.children:
            raise CannotChange(change, "an element with children has no value to change")
        return replace(element, text=change.text.text, content=())
    step, rest = steps[0], steps[1:]
    if step.axis is Axis.ATTRIBUTE:
        if step.name not in element.attributes:
            raise CannotChange(change, "the sample has no such attribute")
        return replace(element, attributes={**element.attributes, step.name: change.text.text})
    if step.axis is not Axis.CHILD:
        raise CannotChange(change, "a change names one place: names and positions only")
    space = namespaces.get(step.prefix, "")
    name = f"{{{space}}}{step.name}" if space else step.name
    places = [number for number, child in enumerate(element.children) if child.name == name]
    chosen = position_of(step, places, change)
    inner = _changed(element.children[chosen], rest, change, namespaces)
    children = tuple(inner if number == chosen else child for number, child in enumerate(element.children))
    kept = tuple(inner if part is element.children[chosen] else part for part in element.content)
    return replace(element, children=children, content=kept)


def position_of(step: XmlStep, places: list[int], change: Change) -> int:
    """Give the one of several places of equal names that a step means. Raises `CannotChange`."""
    wanted = 1
    for predicate in step.predicates:
        if isinstance(predicate, XmlPosition):
            wanted = predicate.number
        elif isinstance(predicate, XmlLast):
            wanted = len(places)
        else:
            raise CannotChange(change, "a change names one place: names and positions only")
    if not 1 <= wanted <= len(places):
        raise CannotChange(change, "the sample has no such place")
    return places[wanted - 1]


def change_rows(data: bytes, changes: tuple[Change, ...], layout: RowsLayout) -> bytes:
    """Change cells of a CSV sample: `row[2]/name`."""
    rows = read_rows(data, layout)
    changed = list(rows.rows)
    for change in changes:
        steps = [step for step in change.path.steps if isinstance(step, XmlStep)]
        if len(steps) < 2 or steps[-2].name != "row":
            raise CannotChange(change, "a change of a table names row and column: row[2]/name")
        number = position_of(steps[-2], list(range(len(changed))), change)
        if steps[-1].name not in changed[number].cells:
            raise CannotChange(change, "the sample has no such column")
        cells = {**changed[number].cells, steps[-1].name: change.text.text}
        changed[number] = Row(cells, changed[number].line)
    return write_rows(replace(rows, rows=tuple(changed)), layout, formula_guard="unchanged")

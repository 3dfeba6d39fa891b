"""Markings that name places of the source (`mark_by`), put on what was read there: STIX granular markings and the like.

A selector is read below the node that encloses the marking, in the notation of the source: `labels.[0]` or
`names[1].family` in JSON, `Name[2]/Given` in XML, a column in rows; from the top with `$` or `/`. Guarantees that a
marking is never lost for want of a place: where a selector cannot be read, or nothing in the message was read where it
points, everything made of the enclosing node is marked. What conditions looked at leaves no trace and is covered so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.document.tree import JsonObject, JsonValue, XmlElement
from gateway.mapping.language.rules import ErrorWord
from gateway.mapping.program.program import Mark, MarkByPlan, Program
from gateway.mapping.run.conditions import expanded
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got, Policies
from gateway.mapping.run.node import Node, RowStep, Step, Way
from gateway.mapping.run.report import Reporter
from gateway.mapping.run.run import Pending, Run, RunFault
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.ways import place_of_way, steps_of
from gateway.mapping.run.write import Into, Writer, descend
from gateway.mapping.shapes.targets import Target

__all__ = ["KeptEntry", "SourceMarker"]

KeptEntry: TypeAlias = tuple[Way | None, JsonObject]
"""Where a kept text was read, and its entry in `extensions`."""

_PIECE = re.compile(r"\.?\[(?P<at>[0-9]+)\]|\.?(?P<name>[^.\[\]]+)")
_STEP = re.compile(r"(?P<name>@?[\w.\-:]+|text\(\))(\[(?P<at>[0-9]+)\])?(?:/|$)")
_POINTER = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<at>[0-9]+)\]")

_Spot: TypeAlias = tuple[JsonObject, ...]
"""An object of the message and the objects around it, from the outermost."""


@dataclass(frozen=True, slots=True)
class _Read:
    """Where a value of the message was read, and where it stands."""

    ways: tuple[str, ...]
    pointer: tuple[str | int, ...]


class SourceMarker:
    """Places the markings of one program on one message after the other."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._program = program
        self._evaluator = evaluator
        self._top = RunScope(evaluator.session.top, 0)

    def place(self, message: JsonObject, run: Run, reporter: Reporter, kept: Sequence[KeptEntry]) -> None:
        """Mark a message whose values and references are settled."""
        found = [(plan, self._evaluator.candidates(plan.source, self._top)) for plan in self._program.mark_by]
        if not any(found for _, found in found):
            return
        reads = [*self._reads(run, reporter)]
        for plan, nodes in found:
            if isinstance(nodes, Got):
                self._fault(run, nodes.code, plan, 0, warning=False)
                continue
            for position, node in enumerate(nodes):
                self._one(plan, position, node, message, run, _Message(message, run, reporter, reads, kept))

    @staticmethod
    def _fault(run: Run, code: str, plan: MarkByPlan, frame: int, *, warning: bool) -> None:
        fault = RunFault(code, warning, plan.marks[0].field, frame, -1, 0)
        run.fault(fault, ErrorWord.DROP if warning else ErrorWord.QUARANTINE)

    def _one(
        self, plan: MarkByPlan, position: int, node: Node, message: JsonObject, run: Run, made: "_Message"
    ) -> None:
        frame = len(run.frames)
        run.frames.append((plan.block, -1, position, 0))
        run.nodes.append(node.value)
        scope = RunScope(node, frame, "", self._top)
        marks = [*self._values(plan, scope, message, run)]
        if not marks:
            return
        base = _enclosing(node)
        places: list[str] = []
        read = True
        texts = [
            self._evaluator.clean_text(one, plan.selects.nulls)
            for one in expanded(self._evaluator.walk(plan.selects, scope))
        ]
        for text in texts:
            steps = None if text is None else _selected(text, base, self._evaluator.session.document)
            place = "" if steps is None else _key(steps)
            read = read and steps is not None and made.has_read(place)
            places.append(place)
        spots = [*made.at(place for place in places if place)]
        if not read or not texts:
            self._fault(run, "R121", plan, frame, warning=True)
            spots += made.of(_key(base))
        for mark, value in marks:
            for spot in spots:
                if not self._write(mark, value, spot, message):
                    self._fault(run, "R120", plan, frame, warning=False)

    def _values(
        self, plan: MarkByPlan, scope: RunScope, message: JsonObject, run: Run
    ) -> Iterator[tuple[Mark, JsonValue]]:
        writer = Writer(self._program, run, message)
        policies = Policies(self._program.on_missing, self._program.on_error)
        for mark in plan.marks:
            got = self._evaluator.value(mark.value, scope, policies)
            field = self._program.fields[mark.field]
            if mark.handling and got.state == "bad":
                fault = RunFault(got.code, False, field.number, scope.frame, got.value_number, got.position)
                run.fault(fault, ErrorWord.QUARANTINE)
                continue
            value = writer.produce(got, mark.fit, field, scope, Into(message))
            if value is not None and not isinstance(value, Pending):
                yield mark, value

    def _write(self, mark: Mark, value: JsonValue, spot: _Spot, message: JsonObject) -> bool:
        """Write one mark; False where another value stands there already."""
        carrier = spot[1] if len(spot) > 1 and "id" in spot[1] else descend(message, ("header",))
        if not mark.handling:
            carrier = _carrier(spot, message, self._program.target) or carrier
        holder = descend(carrier, ("handling" if mark.handling else "statement",))
        if mark.many:
            items = holder.setdefault(mark.name, [])
            if isinstance(items, list) and value not in items:
                items.append(value)
            return True
        return holder.setdefault(mark.name, value) == value

    def _reads(self, run: Run, reporter: Reporter) -> Iterator[_Read]:
        for leaf in run.lineage:
            ways = tuple(_key(steps_of(way)) for way in reporter.ways(run, leaf))
            if ways:
                yield _Read(ways, _steps(reporter.pointer(run, leaf[0], leaf[1])))


class _Message:
    """What a message is made of, by where it was read."""

    def __init__(
        self, message: JsonObject, run: Run, reporter: Reporter, reads: list[_Read], kept: Sequence[KeptEntry]
    ) -> None:
        self._message = message
        self._run = run
        self._reporter = reporter
        self._reads = reads
        self._kept = [(_key(steps_of(way)), entry) for way, entry in kept]

    def has_read(self, place: str) -> bool:
        """True if something of the message was read at or below a place."""
        if any(_below(way, place) for read in self._reads for way in read.ways):
            return True
        return any(_below(way, place) for way, _ in self._kept)

    def at(self, places: Iterable[str]) -> Iterator[_Spot]:
        """Give the objects that hold what was read at or below places."""
        for place in places:
            for read in self._reads:
                if any(_below(way, place) for way in read.ways):
                    yield self._spot(read.pointer)
            for way, entry in self._kept:
                if _below(way, place):
                    yield self._message, entry

    def of(self, base: str) -> Iterator[_Spot]:
        """Give everything that was made of a node: the entities that stand on it, and those that read below it."""
        wanted = {
            entry.id
            for entries in self._run.entities.values()
            for entry in entries
            if _below(_key(steps_of(self._reporter.scope(self._run.frames, entry.frame).node.way)), base)
        }
        for items in self._message.values():
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and item.get("id") in wanted:
                    yield self._message, item
        for spot in self.at([base]):
            yield spot[:2] if len(spot) > 1 and "id" in spot[1] else spot

    def _spot(self, pointer: tuple[str | int, ...]) -> _Spot:
        found: list[JsonObject] = [self._message]
        here: JsonValue = self._message
        for step in pointer:
            if isinstance(here, dict) and isinstance(step, str):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and step < len(here):
                here = here[step]
            else:
                break
            if isinstance(here, dict):
                found.append(here)
        return tuple(found)


def _carrier(spot: _Spot, message: JsonObject, top: Target | None) -> JsonObject | None:
    """Find the smallest object on the way that may carry a statement."""
    carrier: JsonObject | None = None
    target, here = top, message
    for inner in spot[1:]:
        name = next((name for name, value in here.items() if _holds(value, inner)), "")
        child = None if target is None else target.facts.children.get(name)
        target = None if target is None or child is None else target.to(child)
        if target is not None and isinstance(here[name], list):
            target = target.item()
        if target is not None and "statement" in target.facts.children:
            carrier = inner
        here = inner
    return carrier


def _holds(value: JsonValue, inner: JsonObject) -> bool:
    return value is inner or (isinstance(value, list) and any(one is inner for one in value))


def _steps(pointer: str) -> tuple[str | int, ...]:
    return tuple(int(found["at"]) if found["at"] is not None else found["name"] for found in _POINTER.finditer(pointer))


def _enclosing(node: Node) -> list[Step]:
    """Give the way to what encloses a marking: its object, its parent element, or its own row."""
    steps = steps_of(node.way)
    if steps and isinstance(steps[0], RowStep):
        return steps[:1]
    while steps and isinstance(steps[-1], int):
        steps.pop()
    if len(steps) == 1 and isinstance(steps[0], XmlElement):
        return steps
    return steps[:-1]


def _selected(text: str, base: list[Step], document: object) -> list[Step] | None:
    """Give the way to what a selector names below `base`, None where it names nothing."""
    if base and isinstance(base[0], RowStep):
        return [*base, text]
    if base and isinstance(base[0], XmlElement):
        return _element(text, base)
    steps = [] if text.startswith("$") else list(base)
    text = text.removeprefix("$")
    at = 0
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            return None
        steps.append(int(found["at"]) if found["at"] is not None else found["name"])
        at = found.end()
    return steps if _leads(steps, document) else None


def _leads(steps: Sequence[Step], here: object) -> bool:
    """True if a way leads to something in a JSON document."""
    for step in steps:
        if isinstance(here, dict) and isinstance(step, str) and step in here:
            here = here[step]
            continue
        if not isinstance(here, list) or not isinstance(step, int) or step >= len(here):
            return False
        here = here[step]
    return True


def _element(text: str, base: list[Step]) -> list[Step] | None:
    """Follow local names and positions; the prefixes of a document are not known here."""
    steps = list(base)
    rooted = text.startswith("/")
    if rooted:
        steps, text = steps[:1], text[1:]
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        here = steps[-1]
        if found is None or not isinstance(here, XmlElement):
            return None
        at = found.end()
        name = found["name"].rpartition(":")[2] if not found["name"].startswith("@") else found["name"]
        if rooted:
            rooted = False
            if here.name.rpartition("}")[2] != name:
                return None
            continue
        if name.startswith("@"):
            known = next((one for one in here.attributes if one.rpartition("}")[2] == name[1:]), None)
            steps.append(f"@{known}" if known is not None else "")
            if known is None:
                return None
        elif name == "text()":
            return steps
        else:
            same = [child for child in here.children if child.name.rpartition("}")[2] == name]
            position = int(found["at"] or 1) - 1
            if (found["at"] is None and len(same) > 1) or not 0 <= position < len(same):
                return None
            steps.append(same[position])
    return steps


def _key(steps: Sequence[Step]) -> str:
    """Write a way so that what is below it begins with it."""
    way: Way | None = None
    for step in steps:
        way = (way, step)
    place = place_of_way(way)
    return f"{place.file}:{place.line}:/{place.path}" if steps and isinstance(steps[0], RowStep) else place.path


def _below(way: str, place: str) -> bool:
    return way == place or (way.startswith(place) and (place.endswith("/") or way[len(place)] in "[/"))

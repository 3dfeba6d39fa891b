"""Markings that name places of the source (`mark_by`), put on what was read there: STIX granular markings and the like.

A selector is read below the node that encloses the marking, in the notation of the source: `labels.[0]` or
`names[1].family` in JSON, `Name[2]/Given` in XML, a column in rows; from the top with `$` or `/`. Guarantees that a
marking is never lost for want of a place: where a selector cannot be read, or nothing in the message was read where it
points, everything made of the enclosing node is marked. What conditions looked at leaves no trace and is covered so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.document.tree import JsonObject, JsonValue, XmlElement
from gateway.mapping.language.rules import ErrorWord
from gateway.mapping.program.program import Mark, MarkByPlan, Program
from gateway.mapping.run.conditions import expanded
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got, Policies
from gateway.mapping.run.node import Node, RowStep, Step, Way
from gateway.mapping.run.report import Reporter
from gateway.mapping.run.run import ASIDE, Pending, Placed, Run, RunFault
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.ways import place_of_way, steps_of
from gateway.mapping.run.write import Into, Writer, descend

__all__ = ["SourceMarker"]

_PIECE = re.compile(r"\.?\[(?P<at>[0-9]+)\]|\.?(?P<name>[^.\[\]]+)")
_STEP = re.compile(r"(?P<name>@?[\w.\-:]+|text\(\))(\[(?P<at>[0-9]+)\])?(?:/|$)")


@dataclass(frozen=True, slots=True)
class _Read:
    """Something of the message: where it was read, its target, and what names it in `Run.placed`."""

    ways: tuple[str, ...]
    target: tuple[str | int, ...]
    field: int
    frame: int


class SourceMarker:
    """Places the markings of one program on one message after the other."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._program = program
        self._evaluator = evaluator
        self._top = RunScope(evaluator.session.top, 0)

    def place(self, message: JsonObject, run: Run, reporter: Reporter) -> None:
        """Mark a message whose values, references and kept texts are settled."""
        found = [(plan, self._evaluator.candidates(plan.source, self._top)) for plan in self._program.mark_by]
        if not any(nodes for _, nodes in found):
            return
        marking = _Marking(self._program, self._evaluator, message, run, reporter)
        for plan, nodes in found:
            if isinstance(nodes, Got):
                marking.fault(nodes.code, plan, 0, warning=False)
                continue
            for position, node in enumerate(nodes):
                marking.one(plan, position, node, self._top)


class _Marking:
    """The markings of one message."""

    def __init__(
        self, program: Program, evaluator: Evaluator, message: JsonObject, run: Run, reporter: Reporter
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._message = message
        self._run = run
        self._reporter = reporter
        self._reads = [*self._leaves(), *self._kept()]

    def _leaves(self) -> Iterator[_Read]:
        for leaf in self._run.lineage:
            ways = tuple(_key(steps_of(way)) for way in self._reporter.ways(self._run, leaf))
            if ways:
                field, frame, _ = leaf
                yield _Read(ways, self._reporter.target(self._run, field, frame), field, frame)

    def _kept(self) -> Iterator[_Read]:
        extensions = self._message.get("extensions")
        first = len(extensions) - len(self._run.kept) if isinstance(extensions, list) else 0
        for number, kept in enumerate(self._run.kept):
            way = self._reporter.way(self._run, kept.frame, kept.value, kept.position)
            yield _Read((_key(steps_of(way)),), ("extensions", first + number), ASIDE, number)

    def fault(self, code: str, plan: MarkByPlan, frame: int, *, warning: bool) -> None:
        """Note a fault of a marking."""
        fault = RunFault(code, warning, plan.marks[0].field, frame, -1, 0)
        self._run.fault(fault, ErrorWord.DROP if warning else ErrorWord.QUARANTINE)

    # -- one marking ------------------------------------------------------------------------------------------------

    def one(self, plan: MarkByPlan, position: int, node: Node, top: RunScope) -> None:
        """Read one marking, find what it is about, and mark that."""
        frame = self._frame(plan, position, node, 0)
        scope = RunScope(node, frame, "", top)
        marks = [*self._values(plan, scope)]
        if not marks:
            return
        base = _enclosing(node)
        chosen: list[_Read] = []
        texts = expanded(self._evaluator.walk(plan.selects, scope))
        good = bool(texts)
        for text in texts:
            selector = self._evaluator.clean_text(text, plan.selects.nulls)
            steps = None if selector is None else _selected(selector, base, self._evaluator.session.document)
            here = [] if steps is None else self._below(_key(steps))
            good = good and bool(here)
            chosen += here
        if not good:
            self.fault("R121", plan, frame, warning=True)
            chosen += self._made_of(_key(base))
        for mark, value, trace in marks:
            placed = {self._carrier(mark, read): read for read in chosen}
            for carrier, read in placed.items():
                if not self._write(mark, value, carrier):
                    self.fault("R120", plan, frame, warning=False)
                link = Placed(read.field, read.frame, 0 if carrier == ("header",) else len(carrier))
                self._run.placed.append(link)
                inner = self._frame(plan, position, node, len(self._run.placed) - 1)
                self._run.lineage.append((mark.field, inner, trace))

    def _frame(self, plan: MarkByPlan, position: int, node: Node, link: int) -> int:
        self._run.frames.append((plan.block, -1, position, link))
        self._run.nodes.append(node.value)
        return len(self._run.frames) - 1

    def _values(self, plan: MarkByPlan, scope: RunScope) -> Iterator[tuple[Mark, JsonValue, tuple[int, ...]]]:
        writer = Writer(self._program, self._run, self._message)
        policies = Policies(self._program.on_missing, self._program.on_error)
        for mark in plan.marks:
            got = self._evaluator.value(mark.value, scope, policies)
            field = self._program.fields[mark.field]
            if mark.handling and got.state == "bad":
                fault = RunFault(got.code, False, field.number, scope.frame, got.value_number, got.position)
                self._run.fault(fault, ErrorWord.QUARANTINE)
                continue
            before = len(self._run.lineage)
            value = writer.produce(got, mark.fit, field, scope, Into(self._message))
            if value is not None and not isinstance(value, Pending):
                # What was produced once is written in several places, each with a record of its own.
                *_, (_, _, trace) = self._run.lineage[before:]
                del self._run.lineage[before:]
                yield mark, value, trace

    # -- what is marked ---------------------------------------------------------------------------------------------

    def _below(self, place: str) -> list[_Read]:
        """Give what was read at or below a place."""
        return [read for read in self._reads if any(_is_below(way, place) for way in read.ways)]

    def _made_of(self, base: str) -> list[_Read]:
        """Give everything that was made of a node: the entities that stand on it, and what was read below it."""
        found: list[_Read] = []
        for entry in (entry for entries in self._run.entities.values() for entry in entries):
            way = self._reporter.scope(self._run.frames, entry.frame).node.way
            target = self._reporter.target(self._run, -1, entry.frame)
            if _is_below(_key(steps_of(way)), base) and self._objects(target)[-1].get("id") == entry.id:
                found.append(_Read((), target, -1, entry.frame))
        return found + [replace(read, target=read.target[:2]) for read in self._below(base)]

    def _objects(self, target: Iterable[str | int]) -> list[JsonObject]:
        """Give the objects on the way to a target; the message is the first."""
        found = [self._message]
        here: JsonValue = self._message
        for step in target:
            if isinstance(here, dict) and isinstance(step, str):
                here = here.get(step)
            elif isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here):
                here = here[step]
            else:
                break
            if isinstance(here, dict):
                found.append(here)
        return found

    def _carrier(self, mark: Mark, read: _Read) -> tuple[str | int, ...]:
        """Give the target of what carries a mark: handling the entity, a statement the smallest object that may."""
        entity = read.target[:2] if len(self._objects(read.target[:2])) == 2 else ("header",)
        if entity != ("header",) and "id" not in self._objects(entity)[-1]:
            entity = ("header",)
        if mark.handling:
            return entity
        carrier, target = entity, self._program.target
        for number, step in enumerate(read.target, start=1):
            if isinstance(step, int):
                target = None if target is None else target.item()
            else:
                child = None if target is None else target.facts.children.get(step)
                target = None if target is None or child is None else target.to(child)
            if target is not None and "statement" in target.facts.children and not target.listed:
                carrier = read.target[:number]
        return carrier

    def _write(self, mark: Mark, value: JsonValue, carrier: tuple[str | int, ...]) -> bool:
        """Write one mark; False where another value stands there already."""
        found = self._objects(carrier)[-1] if carrier != ("header",) else descend(self._message, ("header",))
        holder = descend(found, ("handling" if mark.handling else "statement",))
        if mark.many:
            items = holder.setdefault(mark.name, [])
            if isinstance(items, list) and value not in items:
                items.append(value)
            return True
        return holder.setdefault(mark.name, value) == value


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


def _is_below(way: str, place: str) -> bool:
    return way == place or (way.startswith(place) and (place.endswith("/") or way[len(place)] in "[/"))

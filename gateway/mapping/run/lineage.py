"""Rendering lineage: for every filled leaf of a message the rule, the places read, table rows, branch and converters.

Guarantees one record per leaf, in the order of the message, also for what the gateway wrote itself; and no value of the
document in any of them: targets, places, rules and names of converters only. Made on demand: a run keeps integers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Place
from gateway.exchange.message import leaves
from gateway.mapping.program.program import Field, Mark, Program
from gateway.mapping.program.values import ChooseOrigin, FirstOrigin, ReadOrigin, RefOrigin, TextOrigin, Value
from gateway.mapping.run.got import DEFAULTED, NULLED
from gateway.mapping.run.report import Reporter
from gateway.mapping.run.run import ASIDE, Leaf, Placed, Run

__all__ = ["How", "LineageRecord", "TableAnswer", "Target", "lineage_of", "numbers_of", "target_text"]

Target: TypeAlias = tuple[str | int, ...]
"""Member names and positions from the message."""

_FIRST_ROW = -10


class How(StrEnum):
    """How a leaf came to be filled."""

    RULE = "rule"
    MARK = "mark"
    KEPT = "kept"
    """Set aside by `on_error: keep`."""
    NULL = "null"
    """Not filled: the source spells it as null."""
    GATEWAY = "gateway"
    """Written by the gateway: ids, what the source says it does not know."""


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """A row of a code table that was used, and how well it matches."""

    place: Place
    match: str


@dataclass(frozen=True, slots=True)
class LineageRecord:
    """Where one leaf of a message came from.

    `text` prints the target; `sources` are places in the document; `branch` is the alternative that was taken, if there
    were several; `notes` are fixed words: constant, default, substitute, reference, spelled as null.
    """

    target: Target
    text: str
    how: How
    rule: Place = Place()
    sources: tuple[Place, ...] = ()
    rows: tuple[TableAnswer, ...] = ()
    branch: Place = Place()
    converters: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Claims:
    """Which records say that they filled a place of the message, or something below it."""

    by_target: dict[Target, list[LineageRecord]] = field(default_factory=dict)
    items: dict[Target, int] = field(default_factory=dict)
    """How many items the lists of the message have."""

    def add(self, target: Target, record: LineageRecord) -> None:
        self.by_target.setdefault(target, []).append(record)

    def of(self, leaf: Target) -> LineageRecord | None:
        """The record of the deepest claim; of several on one list that of the item, else all as one."""
        for length in range(len(leaf), 0, -1):
            claims = self.by_target.get(leaf[:length])
            if claims is None:
                continue
            if len(claims) == 1:
                return claims[0]
            at = leaf[length] if length < len(leaf) else 0
            items = self.items.get(leaf[:length], 0)
            return claims[at] if isinstance(at, int) and items == len(claims) else _joined(claims)
        return None


def _joined(claims: list[LineageRecord]) -> LineageRecord:
    """Several marks that may have written the same word: one record with the places of all."""
    return replace(
        claims[0],
        sources=tuple(dict.fromkeys(place for claim in claims for place in claim.sources)),
        rows=tuple(dict.fromkeys(row for claim in claims for row in claim.rows)),
    )


def lineage_of(program: Program, reporter: Reporter, run: Run, message: JsonObject) -> list[LineageRecord]:
    """Give one record per leaf of `message`, as the mapping left it; then one per value that is spelled as null.

    `reporter` belongs to a run of the same program on the same document. Cost: linear in the leaves, places are walked.
    """
    renderer = _Renderer(program, reporter, run)
    xml = program.mapping.target.format.text == "xml"
    claims, nulls = renderer.claims(message)
    records: list[LineageRecord] = []
    for _, leaf, _ in leaves(message):
        found = claims.of(leaf)
        text = target_text(leaf, xml=xml)
        if found is None:
            notes = ("id",) if leaf[-1] == "id" else ()
            records.append(LineageRecord(leaf, text, How.GATEWAY, notes=notes))
        else:
            records.append(replace(found, target=leaf, text=text))
    return [*records, *(replace(null, text=target_text(null.target, xml=xml)) for null in nulls)]


def target_text(target: Target, *, xml: bool = False) -> str:
    """Print a target: `persons[0].births[0].date.value`, or `Subject/Doc[0]/@kind` in XML."""
    text = ""
    for step in target:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step != "#text":
            name = step.rpartition("}")[2]
            name = f"@{name}" if step.startswith("@") and not name.startswith("@") else name
            text += f"{('/' if xml else '.') if text else ''}{name}"
    return text


class _Renderer:
    """Renders one run."""

    def __init__(self, program: Program, reporter: Reporter, run: Run) -> None:
        self._program = program
        self._reporter = reporter
        self._run = run
        self._values = program.values
        self._marks: dict[int, tuple[Mark, bool]] = {}
        for one in program.fields:
            self._note_marks(one.marks, own=True)
        for block in program.blocks:
            self._note_marks(block.marks, own=False)
        for plan in program.mark_by:
            self._note_marks(plan.marks, own=False)

    def _note_marks(self, marks: Iterable[Mark], *, own: bool) -> None:
        for mark in marks:
            for number in numbers_of(mark.value):
                self._marks[number] = mark, own

    def claims(self, message: JsonObject) -> tuple[_Claims, list[LineageRecord]]:
        """Give what every entry of the run claims to have filled, and the values that were spelled as null."""
        claims = _Claims()
        nulls: list[LineageRecord] = []
        for leaf in self._run.lineage:
            number, frame, trace = leaf
            mark = next((self._marks[read] for read in trace[::2] if read in self._marks), None)
            place = self._program.fields[number].place
            if NULLED in trace[1::2]:
                record = LineageRecord(self._reporter.target(self._run, number, frame), "", How.NULL, place)
                nulls.append(replace(record, notes=("spelled as null",)))
            elif mark is not None:
                record = self._record(leaf, How.MARK, mark[0].value, mark[0].value.place)
                claims.add(self._marked(*mark, number, frame, message), record)
            else:
                rule = self._rule(self._program.fields[number], trace)
                record = self._record(leaf, How.RULE, rule, place)
                claims.add(self._reporter.target(self._run, number, frame), record)
        for target, record in self._kept(message):
            claims.add(target, record)
        for target in claims.by_target:
            items = _at(message, target)
            claims.items[target] = len(items) if isinstance(items, list) else 0
        return claims, nulls

    def _rule(self, field: Field, trace: tuple[int, ...]) -> Value | None:
        """Give the value rule of a field that left this trace: its own, or that of one of its blocks."""
        if isinstance(field.content, Value):
            return field.content
        read = set(trace[::2])
        blocks = (block for block in self._program.blocks if block.field == field.number and block.value is not None)
        return next((block.value for block in blocks if block.value and read & set(numbers_of(block.value))), None)

    def _record(self, leaf: Leaf, how: How, rule: Value | None, place: Place) -> LineageRecord:
        _, frame, trace = leaf
        sources: list[Place] = []
        rows: list[TableAnswer] = []
        notes: list[str] = []
        for read, mark in zip(trace[::2], trace[1::2], strict=True):
            value = self._values[read]
            if mark >= 0 and isinstance(value.origin, ReadOrigin):
                sources.append(self._reporter.place(self._run, frame, read, mark))
            elif mark >= 0:
                notes.append("reference" if isinstance(value.origin, RefOrigin) else "constant")
            elif mark == DEFAULTED:
                notes.append("default" if value.default is not None else "substitute")
            elif mark <= _FIRST_ROW and value.lookup is not None:
                row = value.lookup.table.rows[_FIRST_ROW - mark]
                rows.append(TableAnswer(row.place, str(row.match)))
        way = _Way(trace)
        if rule is not None:
            way.follow(rule)
        branch = way.branch if way.branch.line else self._branch(frame)
        return LineageRecord(
            (), "", how, place, tuple(sources), tuple(rows), branch, tuple(way.converters), tuple(notes)
        )

    def _branch(self, frame: int) -> Place:
        """The block that was chosen among several, where the frame stands in one."""
        while frame > 0:
            rule, outer, _, _ = self._run.frames[frame]
            around = self._run.frames[outer][0] if outer > 0 else -1
            if around >= 0 and self._program.blocks[around].choose:
                return self._program.blocks[rule].place
            frame = outer
        return Place()

    # -- marks and what was kept ------------------------------------------------------------------------------------

    def _marked(self, mark: Mark, own: bool, number: int, frame: int, message: JsonObject) -> Target:
        """Say where a mark went: as `Writer.mark` decides it."""
        rule, _, _, link = self._run.frames[frame]
        if rule >= 0 and self._program.blocks[rule].field < 0:
            carrier = self._placed(self._run.placed[link], message)
            return (*carrier, "handling" if mark.handling else "statement", mark.name)
        if mark.handling:
            return (*self._entity(frame), "handling", mark.name)
        return (*self._carrier(mark, own, number, frame, message), "statement", mark.name)

    def _placed(self, placed: Placed, message: JsonObject) -> Target:
        """Say what a marking of the source was put on."""
        if not placed.depth:
            return ("header",)
        if placed.field == ASIDE:
            extensions = message.get("extensions")
            count = len(extensions) if isinstance(extensions, list) else 0
            return ("extensions", count - len(self._run.kept) + placed.frame)
        return self._reporter.target(self._run, placed.field, placed.frame)[: placed.depth]

    def _entity(self, frame: int) -> Target:
        for at in self._objects(frame):
            if self._program.blocks[self._run.frames[at][0]].entity is not None:
                return self._reporter.target(self._run, -1, at)
        return ("header",)

    def _carrier(self, mark: Mark, own: bool, number: int, frame: int, message: JsonObject) -> Target:
        steps = self._program.fields[number].steps if own else ()
        inside = next(self._objects(frame), 0)
        if mark.depth == len(steps):
            target = self._reporter.target(self._run, number if own or self._is_value(frame) else -1, frame)
            found = _at(message, target)
            if isinstance(found, list) and found:
                target, found = (*target, len(found) - 1), found[-1]
            if isinstance(found, dict):
                return target
        if 0 <= mark.depth < len(steps):
            return (*self._reporter.target(self._run, -1, inside), *steps[: mark.depth])
        for at in self._objects(frame):
            if self._program.blocks[self._run.frames[at][0]].fit.statement:
                return self._reporter.target(self._run, -1, at)
        return ("header",)

    def _is_value(self, frame: int) -> bool:
        rule = self._run.frames[frame][0]
        return rule >= 0 and self._program.blocks[rule].value is not None

    def _objects(self, frame: int) -> Iterator[int]:
        """The frames that fill an object, from the inside out; the message itself is none of them."""
        while frame > 0:
            rule, outer, _, _ = self._run.frames[frame]
            block = self._program.blocks[rule]
            if not block.choose and block.value is None:
                yield frame
            frame = outer

    def _kept(self, message: JsonObject) -> Iterator[tuple[Target, LineageRecord]]:
        extensions = message.get("extensions")
        count = len(extensions) if isinstance(extensions, list) else 0
        first = count - len(self._run.kept)
        for at, kept in enumerate(self._run.kept, start=first):
            place = self._program.fields[kept.field].place
            source = self._reporter.place(self._run, kept.frame, kept.value, kept.position)
            yield ("extensions", at), LineageRecord((), "", How.KEPT, place, (source,))


class _Way:
    """The way a value took through a rule: the last branch, and the converters in their order."""

    def __init__(self, trace: tuple[int, ...]) -> None:
        pairs = list(zip(trace[::2], trace[1::2], strict=True))
        self._read = {read for read, _ in pairs}
        # What a default or a substitute stands in for has not been converted.
        self._fixed = {read for read, mark in pairs if mark == DEFAULTED}
        self.branch = Place()
        self.converters: list[str] = []

    def follow(self, value: Value) -> bool:
        """Follow the values that were read; true when this is one of them, or made of one."""
        found = value.number in self._read
        match value.origin:
            case ChooseOrigin(branches=branches):
                for branch in branches:
                    found |= self._taken(branch.value)
            case FirstOrigin(values=values):
                for inner in values:
                    found |= self._taken(inner)
            case TextOrigin(names=names):
                for _, inner in names:
                    found |= self.follow(inner)
            case _:
                pass
        if found and value.number not in self._fixed:
            self.converters += [stage.name for stage in value.stages]
        return found

    def _taken(self, value: Value) -> bool:
        found = self.follow(value)
        if found and not self.branch.line:
            self.branch = value.place
        return found


def numbers_of(value: Value) -> Iterator[int]:
    """Give the number of a value and of all values it is made of."""
    yield value.number
    match value.origin:
        case ChooseOrigin(branches=branches):
            for branch in branches:
                yield from numbers_of(branch.value)
        case FirstOrigin(values=values):
            for inner in values:
                yield from numbers_of(inner)
        case TextOrigin(names=names):
            for _, inner in names:
                yield from numbers_of(inner)
        case _:
            return


def _at(message: JsonValue, target: Target) -> JsonValue:
    here = message
    for step in target:
        if isinstance(here, dict) and isinstance(step, str):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here

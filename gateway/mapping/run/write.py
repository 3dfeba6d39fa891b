"""Writing values into a message: policies applied, codes and dates as wholes, references set aside, marks placed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from gateway.document.tree import JsonObject, JsonValue
from gateway.mapping.convert.converter import Bad
from gateway.mapping.convert.date_formats import PartialDate
from gateway.mapping.language.rules import ErrorWord, MissingWord
from gateway.mapping.program.program import Block, Field, Mark, Program
from gateway.mapping.run.fit import Fit, printed
from gateway.mapping.run.got import DEFAULTED, NULLED, Got, RefRequest
from gateway.mapping.run.run import ItemState, Kept, Pending, Run, RunFault, Unknown, Written
from gateway.mapping.run.scopes import RunScope

__all__ = ["Into", "Writer", "descend", "is_bare"]


@dataclass(slots=True, eq=False)
class Into:
    """The object that rules write into: whether it may carry a statement, its item, its entity, what is around it."""

    object: JsonObject = field(repr=False)
    carries: bool = False
    item: ItemState | None = None
    entity: JsonObject | None = field(default=None, repr=False)
    outer: "Into | None" = None


def descend(start: JsonObject, steps: Iterable[str]) -> JsonObject:
    """Give the object at the end of some steps; what is not there is made."""
    here = start
    for step in steps:
        below = here.setdefault(step, {})
        if not isinstance(below, dict):
            below = here[step] = {}
        here = below
    return here


def is_bare(made: JsonObject, *, entity: bool) -> bool:
    """True for an object in which nothing was filled; of an entity the id alone is nothing, for no rule wrote it."""
    return len(made) <= int(entity)


class Writer:
    """Writes one message."""

    def __init__(self, program: Program, run: Run, message: JsonObject) -> None:
        self._program = program
        self._run = run
        self._message = message

    # -- values -----------------------------------------------------------------------------------------------------

    def produce(self, got: Got, fit: Fit, field: Field, scope: RunScope, into: Into) -> Written | None:
        """Give what is written for a value, or None when nothing is; faults and lineage are noted."""
        if got.state == "skipped":
            return None
        if got.state == "missing":
            self._missing(got, field, scope, into)
            return None
        if got.state == "bad":
            return self._bad(got, fit, field, scope, into)
        if isinstance(got.value, RefRequest):
            return self._pending(got, got.value, field, scope, into)
        if isinstance(got.value, PartialDate) and got.value.unknown:
            if into.entity is not None:
                self._run.unknown.append(Unknown(into.entity, field.path))
            return None
        written = fit.write(got.value, got.raw)
        if isinstance(written, Bad):
            got.code = written.code
            return self._bad(got, fit, field, scope, into)
        if got.cut:
            self._fault("K208", got, field, scope, warning=True)
        self._run.lineage.append((field.number, scope.frame, got.trace))
        return written

    def _fault(self, code: str, got: Got, field: Field, scope: RunScope, *, warning: bool) -> None:
        self._run.faults.append(RunFault(code, warning, field.number, scope.frame, got.value_number, got.position))

    def _missing(self, got: Got, field: Field, scope: RunScope, into: Into) -> None:
        if NULLED in got.trace:
            self._run.lineage.append((field.number, scope.frame, got.trace))
        word = got.policies.on_missing
        if word is MissingWord.SKIP or got.withheld:
            return
        fault = RunFault("R104", word is MissingWord.DROP_ITEM, field.number, scope.frame, got.value_number, 0)
        if word is MissingWord.DROP_ITEM and into.item is not None:
            into.item.dropped = True
            self._run.faults.append(fault)
            return
        self._run.fault(
            fault._replace(warning=False), ErrorWord.REFUSE if word is MissingWord.REFUSE else ErrorWord.QUARANTINE
        )

    def _bad(self, got: Got, fit: Fit, field: Field, scope: RunScope, into: Into) -> JsonValue | None:
        """Apply `on_error` to a value that is there and cannot be used."""
        policy = got.policies.on_error
        word = policy.word
        if word is ErrorWord.DROP_ITEM and into.item is None:
            word = ErrorWord.QUARANTINE
        warning = word not in {ErrorWord.QUARANTINE, ErrorWord.REFUSE}
        if word is ErrorWord.USE and policy.use is not None:
            return self._use(policy.use.text, got, fit, field, scope, keep=policy.keep)
        if word is ErrorWord.KEEP:
            kept = self._keep(got, fit, field, scope, into)
            self._fault(got.code, got, field, scope, warning=True)
            return kept
        fault = RunFault(got.code, warning, field.number, scope.frame, got.value_number, got.position)
        self._run.fault(fault, word)
        if word is ErrorWord.DROP_ITEM and into.item is not None:
            into.item.dropped = True
        return None

    def _use(self, text: str, got: Got, fit: Fit, field: Field, scope: RunScope, *, keep: bool) -> JsonValue | None:
        written = fit.write(text, got.raw if keep else None)
        if isinstance(written, Bad):
            fault = RunFault(written.code, False, field.number, scope.frame, got.value_number, got.position)
            self._run.fault(fault, ErrorWord.QUARANTINE)
            return None
        self._fault(got.code, got, field, scope, warning=True)
        self._run.lineage.append((field.number, scope.frame, (got.value_number, DEFAULTED)))
        return written

    def _keep(self, got: Got, fit: Fit, field: Field, scope: RunScope, into: Into) -> JsonValue | None:
        """Keep the text in `raw`, or else for `extensions`."""
        raw = got.raw or printed(got.value)
        written = fit.only_raw(raw)
        if written is not None:
            self._run.lineage.append((field.number, scope.frame, (got.value_number, got.position)))
            return written
        if raw and not self._program.outbound:
            about = "" if into.entity is None else str(into.entity["id"])
            self._run.kept.append(Kept(about, field.number, scope.frame, got.value_number, got.position, raw))
        return None

    def _pending(self, got: Got, request: RefRequest, field: Field, scope: RunScope, into: Into) -> Pending:
        pending = Pending(
            request.origin.blocks,
            request.keys,
            field.number,
            scope.frame,
            got.value_number,
            got.policies.on_error,
            into.item,
        )
        self._run.pending.append(pending)
        self._run.lineage.append((field.number, scope.frame, got.trace))
        return pending

    def bad_way(self, got: Got, field: Field, block: Block, scope: RunScope, into: Into) -> None:
        """Apply `on_error` where the way to the nodes of a block is bad: there is nothing to keep or to replace."""
        word = got.policies.on_error.word
        if word is ErrorWord.DROP_ITEM and into.item is None:
            word = ErrorWord.QUARANTINE
        warning = word not in {ErrorWord.QUARANTINE, ErrorWord.REFUSE}
        fault = RunFault(got.code, warning, field.number, scope.frame, got.value_number, got.position, block.number)
        self._run.fault(fault, word)
        if word is ErrorWord.DROP_ITEM and into.item is not None:
            into.item.dropped = True
        if word in {ErrorWord.KEEP, ErrorWord.USE} and got.raw and not self._program.outbound:
            about = "" if into.entity is None else str(into.entity["id"])
            self._run.kept.append(Kept(about, field.number, scope.frame, got.value_number, got.position, got.raw))

    # -- places -----------------------------------------------------------------------------------------------------

    def put(self, field: Field, into: Into, written: Written) -> None:
        """Write a value at its steps, as the next item where the target is a list."""
        holder = descend(into.object, field.steps[:-1])
        name = field.steps[-1]
        container: JsonObject | list[JsonValue] = holder
        if field.many:
            items = holder.setdefault(name, [])
            if not isinstance(items, list):
                items = holder[name] = []
            items.append(cast("JsonValue", written))
            container = items
        else:
            holder[name] = cast("JsonValue", written)
        if isinstance(written, Pending):
            written.container, written.key = cast("dict[str, object] | list[object]", container), name

    def length(self, field: Field, into: Into) -> int:
        """Give the position that the next item of a list will have."""
        items = self._found(field, into)
        return len(items) if isinstance(items, list) else 0

    def existing(self, field: Field, into: Into) -> JsonObject:
        """Give the object that a block adds to, or a new one."""
        found = None if field.many else self._found(field, into)
        return found if isinstance(found, dict) else {}

    def attach(self, field: Field, into: Into, made: JsonObject, state: ItemState | None) -> None:
        """Put a filled object in its place."""
        holder = descend(into.object, field.steps[:-1])
        if not field.many:
            holder[field.steps[-1]] = made
            return
        items = holder.setdefault(field.steps[-1], [])
        if not isinstance(items, list):
            items = holder[field.steps[-1]] = []
        items.append(made)
        if state is not None:
            state.items = items

    @staticmethod
    def _found(field: Field, into: Into) -> JsonValue:
        here: JsonValue = into.object
        for step in field.steps:
            here = here.get(step) if isinstance(here, dict) else None
        return here

    # -- marks ------------------------------------------------------------------------------------------------------

    def mark(
        self, mark: Mark, got: Got, field: Field, scope: RunScope, into: Into, written: Written, *, own: bool
    ) -> None:
        """Write one mark: a statement on the smallest object that may carry one, handling on the entity."""
        if mark.handling and got.state == "bad":
            fault = RunFault(got.code, False, field.number, scope.frame, got.value_number, got.position)
            self._run.fault(fault, ErrorWord.QUARANTINE)
            return
        value = self.produce(got, mark.fit, field, scope, into)
        if value is None or isinstance(value, Pending):
            return
        if mark.handling:
            carrier = into.entity if into.entity is not None else descend(self._message, ("header",))
        else:
            carrier = self._carrier(mark, field, into, written, own=own)
        holder = descend(carrier, ("handling" if mark.handling else "statement",))
        if mark.many:
            items = holder.setdefault(mark.name, [])
            if isinstance(items, list) and value not in items:
                items.append(value)
        elif mark.name not in holder:
            holder[mark.name] = value
        elif own and holder[mark.name] != value:
            fault = RunFault("R120", False, field.number, scope.frame, got.value_number, got.position)
            self._run.fault(fault, ErrorWord.QUARANTINE)

    def _carrier(self, mark: Mark, field: Field, into: Into, written: Written, *, own: bool) -> JsonObject:
        steps = field.steps if own else ()
        if mark.depth == len(steps) and isinstance(written, dict):
            return written
        if 0 <= mark.depth < len(steps):
            return descend(into.object, steps[: mark.depth])
        around: Into | None = into
        while around is not None:
            if around.carries:
                return around.object
            around = around.outer
        return descend(self._message, ("header",))

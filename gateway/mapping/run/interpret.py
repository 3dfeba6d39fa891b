"""The reference interpreter: runs a program on a document, one message after the other, plainly and completely.

Guarantees that the same document, program and identity give the same messages, faults and lineage; that every problem
of a message is reported and its outcome is the worst of its values; and that an item is either in the result, dropped
by a policy with a fault, empty, or counted as taken by no rule. Knows no clock and keeps nothing between messages.
"""

from collections.abc import Sequence
from typing import TypeAlias

from gateway.document.tree import JsonObject, JsonValue
from gateway.mapping.language.rules import ErrorWord, PickKind
from gateway.mapping.program.program import Block, Field, Mark, Program, Split
from gateway.mapping.program.values import PickPlan
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got, Policies
from gateway.mapping.run.node import Node
from gateway.mapping.run.run import (
    MAX_FRAMES,
    Entry,
    ItemState,
    MakeId,
    Rejected,
    Run,
    RunFault,
    Written,
    identity_of,
)
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.write import Into, Writer, descend, is_bare

__all__ = ["Interpreter", "Marked", "MessageTooLarge", "Work"]

_TOO_LARGE = "R903"


class MessageTooLarge(Exception):
    """The message is beyond the step limit."""


Marked: TypeAlias = tuple[int, int, int, int, int]
"""How many leaves, references, kept texts, unknowns and items there were."""


class Interpreter:
    """Runs one program. `message` may be called for one item after the other; state lives in the `Run`."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._program = program
        self._evaluator = evaluator
        self._policies = Policies(program.on_missing, program.on_error)

    def message(self, split: Split, node: Node, position: int, make_id: MakeId) -> tuple[JsonObject, Run]:
        """Map one message. The result still has references to be settled (`settle`)."""
        run = Run(self._program.blocks)
        message: JsonObject = {}
        run.frames.append((-1 - split.number, -1, position, 0))
        run.nodes.append(node.value)
        writer = Writer(self._program, run, message)
        scope = RunScope(node, 0, split.scope)
        work = Work(self._program, self._evaluator, self._policies, run, writer, make_id)
        try:
            work.fields(split.fields, scope, Into(message))
        except MessageTooLarge:
            run.fault(
                RunFault(_TOO_LARGE, warning=False, field=-1, frame=0, value=-1, position=0), ErrorWord.QUARANTINE
            )
        return message, run


class Work:
    """The mapping of one message."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        policies: Policies,
        run: Run,
        writer: Writer,
        make_id: MakeId,
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._policies = policies
        self._run = run
        self._writer = writer
        self._make_id = make_id

    def fields(self, fields: Sequence[Field], scope: RunScope, into: Into) -> None:
        """Fill the fields of an object, in the order of the file."""
        for field in fields:
            if isinstance(field.content, tuple):
                for block in field.content:
                    self.block(block, field, scope, into)
            else:
                got = self._evaluator.value(field.content, scope, self._policies)
                written = self._writer.produce(got, field.fit, field, scope, into)
                if written is not None:
                    self._writer.put(field, into, written)
                    self.marks(field.marks, field, scope, into, written, own=True)
            if field.required_list:
                descend(into.object, field.steps[:-1]).setdefault(field.steps[-1], [])

    # -- blocks -----------------------------------------------------------------------------------------------------

    def block(self, block: Block, field: Field, scope: RunScope, into: Into) -> None:
        """Run a block of a field."""
        if not self._evaluator.holds(block.when, scope):
            return
        nodes: Sequence[Node] = [scope.node]
        if block.source is not None:
            found = self._evaluator.candidates(block.source, scope)
            if isinstance(found, Got):
                self._writer.bad_way(found, field, block, scope, into)
                return
            nodes = found
        chosen = self._chosen(block, nodes, scope)
        if block.source is not None and not block.many and len(chosen) > 1:
            self._writer.bad_way(Got("bad", self._policies, code="R101"), field, block, scope, into)
            return
        if block.pick is not None:
            chosen = self._picked(block, block.pick, chosen, field, scope, into)
        for position, node in chosen:
            self._item(block, field, position, node, scope, into)

    def _chosen(self, block: Block, nodes: Sequence[Node], scope: RunScope) -> list[tuple[int, Node]]:
        """Give the nodes that `where` takes; those it does not take are counted where a group is told apart by it."""
        tracked = block.group in self._program.tracked
        if block.where is None and not (tracked and block.every is not None):
            return list(enumerate(nodes))
        chosen: list[tuple[int, Node]] = []
        for position, node in enumerate(nodes):
            if self._evaluator.holds(block.where, RunScope(node, scope.frame, block.name, scope)):
                chosen.append((position, node))
        if tracked:
            self.count(block, nodes, {position for position, _ in chosen}, scope)
        return chosen

    def count(self, block: Block, nodes: Sequence[Node], taken: set[int], scope: RunScope) -> None:
        """Note which nodes of a group a block took, by position, and which it left: also those its filters left."""
        run = self._run
        if block.every is not None:
            identities = {id(nodes[position].value) for position in taken}
            found = self._evaluator.candidates(block.every, scope)
            nodes = [] if isinstance(found, Got) else found
            taken = {position for position, node in enumerate(nodes) if id(node.value) in identities}
        for position, node in enumerate(nodes):
            token = run.token(node.value, block.group, scope.frame, position)
            if position in taken:
                run.selected.setdefault(block.group, set()).add(token)
            else:
                rejected = Rejected(node.value, token, block.number, scope.frame, position)
                run.rejected.setdefault(block.group, []).append(rejected)

    def _picked(
        self,
        block: Block,
        pick: PickPlan,
        chosen: list[tuple[int, Node]],
        field: Field,
        scope: RunScope,
        into: Into,
    ) -> list[tuple[int, Node]]:
        """Give one node of all, or one for each key."""
        groups: dict[tuple[str, ...], list[tuple[int, Node]]] = {}
        for position, node in chosen:
            key = self.key(block, RunScope(node, scope.frame, block.name, scope)) if block.keys else ()
            groups.setdefault(key or (), []).append((position, node))
        picked: list[tuple[int, Node]] = []
        for members in groups.values():
            if pick.kind is PickKind.ONLY and len(members) > 1:
                self._writer.bad_way(Got("bad", self._policies, code="R102"), field, block, scope, into)
                continue
            picked.append(members[self._evaluator.chosen(pick, [node for _, node in members], scope)])
        return sorted(picked, key=lambda one: one[0])

    def key(self, block: Block, scope: RunScope) -> tuple[str, ...] | None:
        """Read the key of an item, None when a part of it is missing."""
        texts = [self._evaluator.key_text(key, scope) for key in block.keys]
        key = tuple(text for text in texts if text is not None)
        return key if len(key) == len(texts) else None

    # -- items ------------------------------------------------------------------------------------------------------

    def _item(self, block: Block, field: Field, position: int, node: Node, scope: RunScope, into: Into) -> None:
        run = self._run
        if len(run.frames) >= MAX_FRAMES:
            raise MessageTooLarge
        frame = len(run.frames)
        run.frames.append((block.number, scope.frame, position, self._writer.length(field, into)))
        run.nodes.append(node.value)
        inner = RunScope(node, frame, block.name, scope)
        if block.choose:
            for test, branch in block.choose:
                if self._evaluator.holds(test, inner):
                    self.block(branch, field, inner, into)
                    return
            return
        mark = self.marked()
        state = ItemState(outer=into.item, frame=frame) if field.many else into.item
        if block.value is not None:
            self.value_item(block, field, inner, into, state, mark)
        else:
            self._object_item(block, field, inner, into, state, mark)

    def value_item(
        self, block: Block, field: Field, scope: RunScope, into: Into, state: ItemState | None, mark: Marked
    ) -> None:
        """Fill an item that is a value."""
        if block.value is None:
            return
        got = self._evaluator.value(block.value, scope, self._policies)
        own = Into(into.object, into.carries, state, into.entity, into.outer)
        written = self._writer.produce(got, block.fit, field, scope, own)
        if field.many and state is not None and state.dropped:
            self.back(mark)
        elif written is not None:
            self._writer.put(field, into, written)
            self.marks(block.marks, field, scope, into, written, own=False)

    def _object_item(
        self, block: Block, field: Field, scope: RunScope, into: Into, state: ItemState | None, mark: Marked
    ) -> None:
        made = self._writer.existing(field, into)
        key: tuple[str, ...] | None = None
        if block.entity is not None:
            key = self.key(block, scope) if block.keys else None
            if not self.admitted(block, field, key, scope.frame):
                return
            label = block.entity.label
            made["id"] = self._make_id(label, self.json_key(key, scope.frame))
        own = Into(made, block.fit.statement, state, made if block.entity is not None else into.entity, into)
        if field.many and state is not None:
            state.object = made
        self.fields(block.fields, scope, own)
        if field.many and state is not None and state.dropped:
            self.back(mark)
            return
        if is_bare(made, entity=block.entity is not None):
            return
        self.marks(block.marks, field, scope, own, made, own=False)
        self._writer.attach(field, into, made, state)
        if field.many and state is not None:
            self._run.items.append(state)
        if block.entity is not None:
            entry = Entry(key, identity_of(scope.node.value), str(made["id"]), scope.frame)
            self._run.entities.setdefault(block.entity.label, []).append(entry)

    def admitted(self, block: Block, field: Field, key: tuple[str, ...] | None, frame: int) -> bool:
        """False for a second item with one key; an item whose key is missing is counted by position, with a fault."""
        if block.entity is None or not block.keys:
            return True
        code = ""
        if key is None:
            code = "R115"
        elif any(entry.key == key for entry in self._run.entities.get(block.entity.label, ())):
            code = "J403"
        if code:
            fault = RunFault(code, warning=False, field=field.number, frame=frame, value=-1, position=0)
            self._run.fault(fault, ErrorWord.QUARANTINE)
        return code != "J403"

    def json_key(self, key: tuple[str, ...] | None, frame: int) -> JsonValue:
        """Give the key of an id: its texts, or the positions of the nodes on the way."""
        if key is not None:
            return list(key) if len(key) > 1 else key[0]
        positions: list[JsonValue] = []
        while frame > 0:
            _, outer, position, _ = self._run.frames[frame]
            positions.insert(0, position)
            frame = outer
        return positions if len(positions) > 1 else positions[0]

    def marked(self) -> Marked:
        """Say how far the run has come, to go back to when an item is dropped."""
        run = self._run
        return len(run.lineage), len(run.pending), len(run.kept), len(run.unknown), len(run.items)

    def back(self, mark: Marked) -> None:
        """Forget what a dropped item left behind, but not its faults."""
        run = self._run
        for things, kept in zip((run.lineage, run.pending, run.kept, run.unknown, run.items), mark, strict=True):
            del things[kept:]  # type: ignore[attr-defined]  # all are lists

    # -- marks ------------------------------------------------------------------------------------------------------

    def marks(
        self, marks: Sequence[Mark], field: Field, scope: RunScope, into: Into, written: Written, *, own: bool
    ) -> None:
        """Write the marks of a value (`own`) or of a block; those of a value go before those of its blocks."""
        for mark in marks:
            got = self._evaluator.value(mark.value, scope, self._policies)
            self._writer.mark(mark, got, field, scope, into, written, own=own)

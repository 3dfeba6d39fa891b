"""Rendering what a run left behind: places in the document, pointers into the message, faults; lineage as integers.

Places are found by walking again, so that a run costs integers only. Guarantees that no value of the document is ever
part of what is rendered.
"""

from collections.abc import Callable, Iterator

import orjson

from gateway.errors import Fault, Place, Severity
from gateway.mapping.codes import CODES
from gateway.mapping.language.rules import ErrorWord
from gateway.mapping.program.program import Program, Split
from gateway.mapping.program.values import ReadOrigin, RefOrigin, RouteSource, Source, Value
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got
from gateway.mapping.run.node import Node, Way
from gateway.mapping.run.run import Frame, Kept, Leaf, Placed, Run, RunFault
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.session import DocumentFault
from gateway.mapping.run.ways import Positions, enclosing, place_of_way
from gateway.names import Digest

__all__ = ["Reporter", "lineage_bytes", "mapping_of", "read_lineage", "stamped"]

_OWN_TEXT = "#text"


class Reporter:
    """Renders the runs of one document."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._program = program
        self._evaluator = evaluator
        self._items: Callable[[Split, int], Node] | None = None
        self._positions = Positions()
        self._walked: dict[tuple[int, int], tuple[object, list[Node]]] = {}

    def read_again(self, items: Callable[[Split, int], Node]) -> None:
        """Say how to get the node of an item of a document that is not kept whole."""
        self._items = items

    def forget(self) -> None:
        """Let go of what was walked to for a message, where its item is not kept."""
        if self._items is not None:
            self._walked.clear()
            self._positions.clear()

    # -- where ------------------------------------------------------------------------------------------------------

    def scope(self, frames: list[Frame], number: int) -> RunScope:
        """Walk again to the node of a frame."""
        chain: list[int] = []
        while number >= 0:
            chain.append(number)
            number = frames[number][1]
        scope: RunScope | None = None
        for at in reversed(chain):
            scope = self._inner(frames[at], at, scope)
        return scope if scope is not None else RunScope(self._evaluator.session.top, 0)

    def _inner(self, frame: Frame, number: int, outer: RunScope | None) -> RunScope:
        top = RunScope(self._evaluator.session.top, 0)
        rule, _, position, _ = frame
        if rule < 0:
            split = self._program.splits[-1 - rule]
            if self._items is not None:
                return RunScope(self._items(split, position), number, split.scope)
            node = top.node if split.source is None else self._candidate(split.source, top, position)
            return RunScope(node, number, split.scope)
        block = self._program.blocks[rule]
        around = outer if outer is not None else top
        node = around.node if block.source is None else self._candidate(block.source, around, position)
        return RunScope(node, number, block.name, around)

    def _candidate(self, source: Source, scope: RunScope, position: int) -> Node:
        """Walk once per source and node: a message may have a thousand places in one list."""
        key = (id(source), id(scope.node.value))
        known = self._walked.get(key)
        if known is None:
            found = self._evaluator.candidates(source, scope)
            # The node is kept with what it leads to, so that its identity is not given to another.
            known = self._walked[key] = (scope.node.value, [] if isinstance(found, Got) else found)
        nodes = known[1]
        return nodes[position] if position < len(nodes) else scope.node

    def place(self, run: Run, frame: int, value: int, position: int) -> Place:
        """Give the place in the document of what a value read, or of the node of the frame."""
        return place_of_way(self.way(run, frame, value, position), self._positions)

    def way(self, run: Run, frame: int, value: int, position: int) -> Way | None:
        """Give the way to what a value read, or to the node of the frame."""
        scope = self.scope(run.frames, frame)
        found = None if value < 0 else self._read(self._program.values[value], scope, position)
        return (scope.node if found is None else found).way

    def ways(self, run: Run, leaf: Leaf) -> Iterator[Way | None]:
        """Give the ways to all that a filled target was read from, keys of references too; made values have none."""
        _, frame, trace = leaf
        for read, position in zip(trace[::2], trace[1::2], strict=True):
            origin = self._program.values[read].origin
            if position >= 0 and isinstance(origin, ReadOrigin):
                yield self.way(run, frame, read, position)
            elif isinstance(origin, RefOrigin):
                for key in origin.keys or ():
                    found = self._evaluator.candidates(key, self.scope(run.frames, frame))
                    yield from (node.way for node in ([] if isinstance(found, Got) else found))

    def _block_place(self, run: Run, frame: int, block: int, position: int, *, every: bool) -> Place:
        """Give the place of a node that a block could have gone to; `every` counts those its filters left, too."""
        scope = self.scope(run.frames, frame)
        rule = self._program.blocks[block]
        source = rule.every if every and rule.every is not None else rule.source
        return place_of_way(
            (scope.node if source is None else self._candidate(source, scope, position)).way, self._positions
        )

    def ancestry(self, frames: list[Frame], number: int) -> Iterator[object]:
        """Give the nodes of a frame and of the frames around it, each followed by what encloses it in the document."""
        scope: RunScope | None = self.scope(frames, number)
        while scope is not None:
            yield scope.node.value
            yield from enclosing(scope.node.way, self._evaluator.session.document)
            scope = scope.outer

    def _read(self, value: Value, scope: RunScope, position: int) -> Node | None:
        origin = value.origin
        if not isinstance(origin, ReadOrigin):
            return None
        source = origin.source
        if isinstance(source, RouteSource) and value.pick is None:
            nodes = self._evaluator.walk(source.route, scope)
        else:
            found = self._evaluator.candidates(source, scope)
            nodes = [] if isinstance(found, Got) else found
        return nodes[position] if position < len(nodes) else None

    def pointer(self, run: Run, field: int, frame: int) -> str:
        """Give the target of a field in a frame: `persons[0].births[0].date`."""
        text = "/" if self._program.mapping.target.format.text == "xml" else "."
        return ".".join(printed for piece in self._pieces(run, field, frame) if (printed := _printed(piece, text)))

    def target(self, run: Run, field: int, frame: int) -> tuple[str | int, ...]:
        """Give the target of a field in a frame as steps into the message; of field -1 the object of the frame."""
        return tuple(step for piece in self._pieces(run, field, frame) for step in piece)

    def _pieces(self, run: Run, field: int, frame: int) -> list[tuple[str | int, ...]]:
        """Give the steps of each block on the way, outermost first."""
        pieces: list[tuple[str | int, ...]] = []
        last = field
        if field >= 0:
            pieces.append(self._steps(field, -1))
        while frame > 0:
            rule, frame, _, at = run.frames[frame]
            block = self._program.blocks[rule]
            if block.choose or block.field < 0:
                continue
            if block.field == last and len(pieces) == 1 and block.value is not None:
                pieces[0] = self._steps(block.field, at)
            else:
                pieces.append(self._steps(block.field, at))
            last = block.field
        return pieces[::-1]

    def _steps(self, number: int, at: int) -> tuple[str | int, ...]:
        field = self._program.fields[number]
        return (*field.steps, at) if field.many and at >= 0 else field.steps

    # -- faults -----------------------------------------------------------------------------------------------------

    def fault(self, run: Run, fault: RunFault) -> Fault:
        """Render a fault of a run."""
        place = self._program.mapping.place
        if fault.value >= 0:
            place = self._program.values[fault.value].place
        elif fault.block >= 0:
            place = self._program.blocks[fault.block].place
        elif fault.field >= 0:
            place = self._program.fields[fault.field].place
        return Fault(
            fault.code,
            CODES.get(fault.code, "the value cannot be used"),
            place,
            severity=Severity.WARNING if fault.warning else Severity.ERROR,
            at=(
                self._block_place(run, fault.frame, fault.block, fault.position, every=fault.code == "V310")
                if fault.block >= 0 and fault.value < 0
                else self.place(run, fault.frame, fault.value, fault.position)
            ),
            field=self.pointer(run, fault.field, fault.frame),
        )

    def document_fault(self, fault: DocumentFault) -> Fault:
        """Render a fault of the document as a whole."""
        warning = fault.word not in {ErrorWord.QUARANTINE, ErrorWord.REFUSE}
        severity = Severity.WARNING if warning else Severity.ERROR
        return Fault(
            fault.code,
            CODES[fault.code],
            fault.place,
            severity=severity,
            at=place_of_way(fault.node.way, self._positions),
        )


def _printed(steps: tuple[str | int, ...], separator: str) -> str:
    names = [step.rpartition("}")[2] for step in steps if isinstance(step, str) and step != _OWN_TEXT]
    index = f"[{steps[-1]}]" if steps and isinstance(steps[-1], int) else ""
    return separator.join(names) + index


def lineage_bytes(run: Run) -> bytes:
    """Give frames, leaves, what was kept aside, where markings were placed: JSON of integers, no values, no names."""
    kept = [(one.field, one.frame, one.value, one.position) for one in run.kept]
    content: dict[str, object] = {"frames": run.frames, "leaves": run.lineage, "kept": kept}
    if run.placed:
        content["placed"] = [tuple(one) for one in run.placed]
    return orjson.dumps(content)


def stamped(lineage: bytes, mapping: Digest) -> bytes:
    """Give the lineage as it is recorded: with the digest of the mapping, without which its numbers mean nothing."""
    return b'{"mapping":"%b"%b' % (mapping.encode(), b"," + lineage[1:] if lineage else b"}")


def mapping_of(lineage: bytes) -> Digest:
    """Give the digest of the mapping that a recorded lineage is of; empty where no mapping was chosen."""
    return Digest(orjson.loads(lineage).get("mapping", "")) if lineage else Digest("")


def read_lineage(data: bytes) -> Run:
    """Give a run with the frames, leaves and kept places of a lineage, recorded or not."""
    content = orjson.loads(data)
    run = Run(())
    run.frames.extend((block, outer, position, at) for block, outer, position, at in content.get("frames", ()))
    run.lineage.extend((field, frame, tuple(trace)) for field, frame, trace in content.get("leaves", ()))
    run.kept.extend(Kept("", field, frame, value, at, "") for field, frame, value, at in content.get("kept", ()))
    run.placed.extend(Placed(*one) for one in content.get("placed", ()))
    return run

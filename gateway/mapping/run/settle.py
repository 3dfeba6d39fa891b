"""What is decided at the end of a message: references, items taken by no rule, kept texts, stated unknowns.

Guarantees that a reference in the result leads to an entity of the result, also when entities were dropped because
their own references led nowhere; that nodes which no condition took are counted once; and that what a policy kept
stands in `extensions` with the place it was read at.
"""

from gateway.document.tree import JsonObject, JsonValue
from gateway.errors import Place
from gateway.mapping.language.rules import ErrorWord
from gateway.mapping.program.program import Program
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.node import Node
from gateway.mapping.run.report import Reporter
from gateway.mapping.run.run import Entry, ItemState, Kept, MakeId, Pending, Run, RunFault, identity_of
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.source_marks import SourceMarker
from gateway.mapping.run.write import is_bare

__all__ = ["Settler"]

_SOURCE_LIMIT = 512


class Settler:
    """Settles messages of one program."""

    def __init__(self, program: Program, evaluator: Evaluator) -> None:
        self._program = program
        self._evaluator = evaluator
        self._marker = SourceMarker(program, evaluator) if program.mark_by else None
        self._single = {block.entity.label for block in program.blocks if block.entity is not None and not block.many}

    def settle(
        self,
        message: JsonObject,
        run: Run,
        agency: str,
        make_id: MakeId,
        reporter: Reporter,
    ) -> None:
        """Finish a message in place."""
        if run.pending:
            _References(run, message, self._single, reporter).settle()
        if run.rejected:
            self._unselected(run)
        for number, kept in enumerate(run.kept):
            found = reporter.place(run, kept.frame, kept.value, kept.position)
            _keep(message, kept, number, agency, make_id, found)
        for unknown in run.unknown:
            fields = unknown.entity.setdefault("stated_unknown", [])
            if isinstance(fields, list) and unknown.path not in fields:
                fields.append(unknown.path)
        if self._marker is not None:
            self._marker.place(message, run, reporter)

    def _unselected(self, run: Run) -> None:
        """Note one fault per group of nodes of which some were taken by no rule."""
        for group, rejected in run.rejected.items():
            taken = run.selected.get(group, set())
            for entry in rejected:
                aside = entry.token in taken or id(entry.node) in self._evaluator.superseded
                if aside or self._ignored(group, Node(entry.node), entry.frame):
                    continue
                fault = RunFault("V310", False, -1, entry.frame, -1, entry.position, entry.block)
                run.fault(fault, ErrorWord.QUARANTINE)
                break

    def _ignored(self, group: str, node: Node, frame: int) -> bool:
        scope = RunScope(node, frame)
        return any(
            ignored.group == group and self._evaluator.leaves_out(ignored, scope) for ignored in self._program.ignored
        )


def _keep(message: JsonObject, kept: Kept, number: int, agency: str, make_id: MakeId, place: Place) -> None:
    extensions = message.setdefault("extensions", [])
    if not isinstance(extensions, list):
        return
    path = place.path or "/"
    if place.file or path == "$":
        path = str(place)
    name = path.replace("['", "/").replace("']", "").rpartition("/")[2]
    entry: JsonObject = {"id": make_id("kept", number)}
    if kept.about:
        entry["about"] = kept.about
    entry |= {"source": agency, "path": path[-_SOURCE_LIMIT:], "name": name or "value", "value": kept.text}
    extensions.append(entry)


class _Entities:
    """The entities of one block, by what references ask for; the first of several wins."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.by_frame = {entry.frame: entry for entry in entries}
        self.by_node: dict[int, Entry] = {}
        self._by_key: dict[tuple[str, ...], Entry] = {}
        for entry in entries:
            if entry.node:
                self.by_node.setdefault(entry.node, entry)
            if entry.key is not None:
                self._by_key.setdefault(entry.key, entry)

    def keyed(self, key: tuple[str, ...]) -> Entry | None:
        """Give the entity with a key."""
        return self._by_key.get(key)


class _References:
    """The references of one message."""

    def __init__(self, run: Run, message: JsonObject, single: set[str], reporter: Reporter) -> None:
        self._run = run
        self._reporter = reporter
        self._tables: dict[str, _Entities] = {}
        self._message = message
        self._single = single
        self._gone: set[str] = set()

    def settle(self) -> None:
        """Look references up until nothing changes: an item that falls out may take others with it."""
        open_ = list(self._run.pending)
        removed = False
        while True:
            found = [(pending, self._find(pending)) for pending in open_ if self._alive(pending)]
            failed = [pending for pending, entity in found if entity is None]
            if not failed:
                break
            removed = True
            for pending in failed:
                self._fail(pending)
            open_ = [pending for pending in open_ if pending not in failed]
        for pending, entity in found:
            _write(pending, entity or "")
        if removed:
            _prune(self._message)
            self._renumber()

    def _find(self, pending: Pending) -> str | None:
        for label in pending.blocks:
            table = self._tables.get(label)
            if table is None:
                table = self._tables[label] = _Entities(self._run.entities.get(label, []))
            found = table.keyed(pending.keys) if pending.keys is not None else self._near(table, pending, label)
            if found is not None and found.id not in self._gone:
                return found.id
        return None

    def _near(self, table: "_Entities", pending: Pending, label: str) -> Entry | None:
        """Find the entity made in an enclosing frame, from an enclosing node, or by a block that makes one only."""
        if not table.entries:
            return None
        if len(table.entries) == 1 and label in self._single:
            return table.entries[0]
        frame = pending.frame
        while frame >= 0:
            if frame in table.by_frame:
                return table.by_frame[frame]
            frame = self._run.frames[frame][1]
        found = table.by_node.get(identity_of(self._run.nodes[pending.frame]))
        if found is not None:
            return found
        for node in self._reporter.ancestry(self._run.frames, pending.frame):
            found = table.by_node.get(identity_of(node))
            if found is not None:
                return found
        return None

    @staticmethod
    def _alive(pending: Pending) -> bool:
        item = pending.item
        while item is not None:
            if item.dropped:
                return False
            item = item.outer
        return True

    def _fail(self, pending: Pending) -> None:
        """Apply `on_error` to a reference that leads nowhere."""
        word = pending.policy.word
        if word is ErrorWord.USE or (word is ErrorWord.DROP_ITEM and pending.item is None):
            word = ErrorWord.QUARANTINE
        warning = word not in {ErrorWord.QUARANTINE, ErrorWord.REFUSE}
        fault = RunFault("R117", warning, pending.field, pending.frame, pending.value, 0)
        self._run.fault(fault, word)
        if word is ErrorWord.KEEP and pending.keys:
            text = " ".join(pending.keys)
            self._run.kept.append(Kept("", pending.field, pending.frame, pending.value, 0, text))
        _take_out(pending)
        item = pending.item
        if item is None:
            self._run.lineage[:] = [leaf for leaf in self._run.lineage if leaf[:2] != (pending.field, pending.frame)]
            return
        if word is ErrorWord.DROP_ITEM or (
            item.object is not None and is_bare(_pruned(item.object), entity="id" in item.object)
        ):
            self._drop(item)

    def _drop(self, item: ItemState) -> None:
        item.dropped = True
        if item.items is not None and item.object is not None:
            # Items compare by identity here: two equal items are still two.
            item.items[:] = [one for one in item.items if one is not item.object]
            self._gone.add(str(item.object.get("id", "")))

    def _renumber(self) -> None:
        """Let lineage and frames follow the items that are left."""
        run = self._run
        gone = {item.frame for item in run.items if item.dropped}
        run.lineage[:] = [leaf for leaf in run.lineage if not self._inside(leaf[1], gone)]
        for item in run.items:
            if not item.dropped and item.items is not None:
                at = next((at for at, one in enumerate(item.items) if one is item.object), -1)
                run.frames[item.frame] = (*run.frames[item.frame][:3], at)

    def _inside(self, frame: int, gone: set[int]) -> bool:
        while frame > 0:
            if frame in gone:
                return True
            frame = self._run.frames[frame][1]
        return False


def _pruned(value: JsonObject) -> JsonObject:
    _prune(value)
    return value


def _prune(value: JsonValue) -> None:
    """Take empty objects and lists out, innermost first."""
    if isinstance(value, dict):
        for name, inner in list(value.items()):
            _prune(inner)
            if inner in ({}, []):
                del value[name]
    elif isinstance(value, list):
        for inner in value:
            _prune(inner)
        value[:] = [inner for inner in value if inner not in ({}, [])]


def _take_out(pending: Pending) -> None:
    container = pending.container
    if isinstance(container, dict):
        container.pop(pending.key, None)
    elif isinstance(container, list):
        container[:] = [one for one in container if one is not pending]


def _write(pending: Pending, found: str) -> None:
    container = pending.container
    if isinstance(container, dict):
        container[pending.key] = found
    elif isinstance(container, list):
        for at, one in enumerate(container):
            if one is pending:
                container[at] = found

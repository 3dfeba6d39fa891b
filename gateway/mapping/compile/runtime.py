"""What compiled mappings run on: the context of a message, the way back to the interpreter, and the engine.

Compiled code does what is usual itself and hands everything else, one rule at a time, to the interpreter, which starts
that rule anew. So both engines agree on what is rare by construction, and tests compare them on what is usual.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from gateway.document.tree import JsonObject, XmlElement
from gateway.mapping.language.rules import ErrorWord
from gateway.mapping.program.program import Block, Field, Program, Split
from gateway.mapping.program.values import RefOrigin, Test, Value
from gateway.mapping.run.conditions import expanded
from gateway.mapping.run.evaluate import Evaluator
from gateway.mapping.run.got import Got
from gateway.mapping.run.interpret import MessageTooLarge, Work
from gateway.mapping.run.node import Node, Virtual
from gateway.mapping.run.run import Entry, ItemState, MakeId, Pending, Rejected, Run, RunFault, Written, identity_of
from gateway.mapping.run.scopes import RunScope
from gateway.mapping.run.write import Into, Writer

__all__ = [
    "EMPTY",
    "CompiledEngine",
    "Context",
    "Function",
    "Many",
    "attribute_of",
    "attributes_of",
    "kids",
    "members",
    "scalar_text",
    "text_below",
    "virtual_child",
]

EMPTY: dict[str, object] = {}
"""Stands in for what is not there; never written to."""


class Many(dict[str, object]):
    """Stands in for the children of several elements: whatever is asked for is several, which the slow way judges."""

    def get(self, _key: object, _default: object = None) -> object:
        """Give what is no element."""
        return self


_MANY = Many()


def kids(element: object) -> dict[str, object]:
    """Give the children of an element by name: an element, or a list of several."""
    if element is None:
        return EMPTY
    if element.__class__ is not XmlElement:
        return _MANY
    found: dict[str, object] = {}
    for child in element.children:
        name = child.name
        known = found.get(name)
        if known is None:
            found[name] = child
        elif known.__class__ is list:
            known.append(child)
        else:
            found[name] = [known, child]
    return found


def attribute_of(element: object, name: str) -> object:
    """Give an attribute of an element, None without one; what is several elements is given back."""
    if element.__class__ is XmlElement:
        return element.attributes.get(name)
    return element


def attributes_of(element: object, name: str) -> object:
    """Give an attribute of an element, or those of several."""
    if element.__class__ is XmlElement:
        return element.attributes.get(name)
    if isinstance(element, list):
        return [one.attributes[name] for one in element if name in one.attributes]
    return element


def text_below(element: object, _name: str) -> object:
    """Give the text of an element, None without any; what is several elements is given back."""
    if element.__class__ is XmlElement:
        return element.text or None
    return element


def scalar_text(value: object) -> str | None:
    """Give the text of a JSON scalar without the blanks around it, None for what has no text."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return value.strip() if isinstance(value, str) else None


def virtual_child(node: object, name: str) -> object:
    """Give the text of the only child of a made node, None without one, and the node itself where it is not simple."""
    if not isinstance(node, Virtual):
        return node
    found = node.children.get(name, ())
    if not found:
        return None
    value = found[0].value
    if len(found) > 1:
        return node
    if isinstance(value, Virtual):
        return node if value.text is None else value.text
    return value


def members(node: object, name: str) -> list[object]:
    """Give the children of a made node by name, arrays as their items."""
    found = node.children.get(name, ()) if isinstance(node, Virtual) else ()
    return [one.value for one in expanded(found)]


class Context:
    """One message that is being mapped by compiled code."""

    __slots__ = (
        "_work",
        "_writer",
        "evaluator",
        "frames",
        "lineage",
        "make_id",
        "message",
        "nodes",
        "pending",
        "program",
        "root",
        "run",
        "top",
    )

    def __init__(
        self, program: Program, evaluator: Evaluator, run: Run, message: JsonObject, root: Node, make_id: MakeId
    ) -> None:
        self.program = program
        self.evaluator = evaluator
        self.run = run
        self.frames = run.frames
        self.nodes = run.nodes
        self.lineage = run.lineage
        self.pending = run.pending
        self.make_id = make_id
        self.root = root
        self.top = evaluator.session.top.value
        self.message = message
        self._work: Work | None = None
        self._writer: Writer | None = None

    @property
    def writer(self) -> Writer:
        """What writes for the interpreter; made when it is first needed."""
        if self._writer is None:
            self._writer = Writer(self.program, self.run, self.message)
        return self._writer

    @property
    def work(self) -> Work:
        """The interpreter at work on this message; made when it is first needed."""
        if self._work is None:
            self._work = Work(
                self.program, self.evaluator, self.evaluator.policies, self.run, self.writer, self.make_id
            )
        return self._work

    # -- the way back to the interpreter ----------------------------------------------------------------------------

    def scope(self, frame: int) -> RunScope:
        """Give the scope of a frame, from what was noted on the way."""
        block, outer, _, _ = self.frames[frame]
        if frame == 0:
            return RunScope(self.root, 0, self.program.splits[-1 - block].scope)
        return RunScope(Node(self.nodes[frame]), frame, self.program.blocks[block].name, self.scope(outer))

    @staticmethod
    def into(o: JsonObject, it: ItemState | None, en: JsonObject | None, ca: JsonObject | None) -> Into:
        """Give the object that rules write into, as the interpreter has it."""
        outer = None if ca is None or ca is o else Into(ca, carries=True)
        return Into(o, ca is o, it, en, outer)

    def slow(
        self, field: Field, f: int, o: JsonObject, it: ItemState | None, en: JsonObject | None, ca: JsonObject | None
    ) -> None:
        """Fill one field by the interpreter."""
        self.work.fields((field,), self.scope(f), self.into(o, it, en, ca))

    def slow_block(
        self,
        block: Block,
        field: Field,
        f: int,
        o: JsonObject,
        it: ItemState | None,
        en: JsonObject | None,
        ca: JsonObject | None,
    ) -> None:
        """Run one block by the interpreter."""
        self.work.block(block, field, self.scope(f), self.into(o, it, en, ca))

    def refer(
        self, field: Field, value: Value, keys: tuple[str, ...] | None, f: int, o: JsonObject, it: ItemState | None
    ) -> None:
        """Set a reference aside until all entities are known."""
        origin = value.origin
        if isinstance(origin, RefOrigin):
            policy = value.on_error or self.program.on_error
            pending = Pending(origin.blocks, keys, field.number, f, value.number, policy, it)
            self.run.pending.append(pending)
            self.lineage.append((field.number, f, (value.number, 0)))
            self.writer.put(field, Into(o), pending)

    def holds(self, test: Test, f: int) -> bool:
        """Decide a condition at a frame."""
        return self.evaluator.holds(test, self.scope(f))

    def takes(self, block: Block, node: object, f: int) -> bool:
        """Decide whether a block takes a node."""
        return self.evaluator.holds(block.where, RunScope(Node(node), f, block.name, self.scope(f)))

    def candidates(
        self,
        block: Block,
        field: Field,
        f: int,
        o: JsonObject,
        it: ItemState | None,
        en: JsonObject | None,
        ca: JsonObject | None,
    ) -> Sequence[object]:
        """Give the nodes that a block goes to."""
        if block.source is None:
            return (self.nodes[f],)
        scope = self.scope(f)
        found = self.evaluator.candidates(block.source, scope)
        if isinstance(found, Got):
            self.writer.bad_way(found, field, block, scope, self.into(o, it, en, ca))
            return ()
        return [node.value for node in found]

    # -- items ------------------------------------------------------------------------------------------------------

    def take(self, block: Block, node: object, f: int, position: int) -> None:
        """Note that a node was taken by a condition."""
        taken = self.run.selected.get(block.group)
        if taken is None:
            taken = self.run.selected[block.group] = set()
        taken.add(self.run.token(node, block.group, f, position) if node.__class__ is Virtual else id(node))

    def leave(self, block: Block, node: object, f: int, position: int) -> None:
        """Note that a node was not taken."""
        token = self.run.token(node, block.group, f, position)
        self.run.rejected.setdefault(block.group, []).append(Rejected(node, token, block.number, f, position))

    def count(self, block: Block, nodes: Sequence[object], f: int) -> None:
        """Note that a block takes all that the filters of its path leave, and what they do not leave."""
        found = [Node(node) for node in nodes]
        self.work.count(block, found, set(range(len(found))), self.scope(f))

    def key(self, block: Block, f: int) -> tuple[str, ...] | None:
        """Read the key of an item."""
        return self.work.key(block, self.scope(f))

    def admitted(self, block: Block, field: Field, key: tuple[str, ...] | None, f: int) -> bool:
        """False for a second item with one key."""
        return self.work.admitted(block, field, key, f)

    def new_id(self, label: str, key: tuple[str, ...] | None, f: int) -> str:
        """Give the id of an entity."""
        if key is None:
            _, outer, position, _ = self.frames[f]
            return self.make_id(label, position if outer == 0 else self.work.json_key(None, f))
        return self.make_id(label, list(key) if len(key) > 1 else key[0])

    def enter(self, label: str, key: tuple[str, ...] | None, made: JsonObject, f: int) -> None:
        """Note an entity that was made."""
        entry = Entry(key, identity_of(self.nodes[f]), str(made["id"]), f)
        self.run.entities.setdefault(label, []).append(entry)

    def slow_value(
        self,
        block: Block,
        field: Field,
        f: int,
        o: JsonObject,
        it: ItemState | None,
        en: JsonObject | None,
        ca: JsonObject | None,
        around: ItemState | None,
    ) -> None:
        """Fill one item that is a value by the interpreter; its frame is there already."""
        state = it
        if field.many and it is around:
            state = ItemState(outer=around, frame=f)
        self.work.value_item(block, field, self.scope(f), self.into(o, around, en, ca), state, self.work.marked())

    def block_marks(
        self,
        block: Block,
        field: Field,
        f: int,
        o: JsonObject,
        it: ItemState | None,
        en: JsonObject | None,
        ca: JsonObject | None,
        written: Written,
    ) -> None:
        """Write the marks of a block."""
        self.work.marks(block.marks, field, self.scope(f), self.into(o, it, en, ca), written, own=False)

    def back(self, marks: tuple[int, int, int, int, int]) -> None:
        """Forget what a dropped item left behind."""
        self.work.back(marks)

    def marked(self) -> tuple[int, int, int, int, int]:
        """Say how far the run has come."""
        run = self.run
        return len(run.lineage), len(run.pending), len(run.kept), len(run.unknown), len(run.items)


Function = Callable[[Context, object, int, JsonObject, None, None, None], None]
"""The compiled function of a split."""


class CompiledEngine:
    """Runs compiled functions on one document."""

    def __init__(self, program: Program, evaluator: Evaluator, functions: Mapping[int, Function]) -> None:
        self._program = program
        self._evaluator = evaluator
        self._functions = functions

    def message(self, split: Split, node: Node, position: int, make_id: MakeId) -> tuple[JsonObject, Run]:
        """Map one message; references are not settled yet."""
        run = Run(self._program.blocks)
        message: JsonObject = {}
        run.frames.append((-1 - split.number, -1, position, 0))
        run.nodes.append(node.value)
        context = Context(self._program, self._evaluator, run, message, node, make_id)
        try:
            self._functions[split.number](context, node.value, 0, message, None, None, None)
        except MessageTooLarge:
            run.fault(RunFault("R903", warning=False, field=-1, frame=0, value=-1, position=0), ErrorWord.QUARANTINE)
        return message, run

"""Rules and blocks against their targets: keys exist, one writer each, required targets are proven filled.

Walks the mapping as it will run: blocks move over the source, rules write into the target. The values themselves are
judged in `check_values`.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, replace

from gateway.errors import Place
from gateway.mapping.check.blocks import Blocks, Entered
from gateway.mapping.check.conditions import domain_of
from gateway.mapping.check.fit import Lists, fitting
from gateway.mapping.check.known import Known
from gateway.mapping.check.logic import present
from gateway.mapping.check.reach import Reach, items_of
from gateway.mapping.check.refs import Refs
from gateway.mapping.check.scope import Scope, variable_of
from gateway.mapping.check.study import Study
from gateway.mapping.check.values import Values
from gateway.mapping.language.file import MarkBy, Part, PartItem
from gateway.mapping.language.rules import Block, Choose, ErrorWord, Field, FirstOf, From, Ref, Text, Value
from gateway.mapping.shapes.shape import SCALARS
from gateway.mapping.shapes.targets import Filled, Target

__all__ = ["Fields"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where rules stand in the target: the objects around, from the outermost, for marks."""

    target: Target
    above: tuple[Target, ...] = ()

    def into(self, target: Target) -> "_Place":
        return _Place(target, (*self.above, target))


class Fields:
    """Judges the fields of a mapping."""

    def __init__(
        self, study: Study, values: Values, blocks: Blocks, refs: Refs, parts: Names[str, Part], lists: Lists
    ) -> None:
        self._study = study
        self._values = values
        self._blocks = blocks
        self._refs = refs
        self._parts = parts
        self._lists = lists
        self._used_parts: set[str] = set()

    def message(self, fields: tuple[Field, ...], target: Target, scope: Scope, place: Place) -> Filled:
        """Judge all fields of one message, and give what they fill."""
        node = Filled(place=place)
        self._fields(fields, _Place(target, (target,)), scope, node)
        self._require(target, node, whole=True)
        return node

    # -- fields -------------------------------------------------------------------------------------------------------

    def _fields(self, fields: tuple[Field, ...], at: _Place, scope: Scope, node: Filled) -> None:
        for field in fields:
            self._field(field, at, scope, node)

    def _field(self, field: Field, at: _Place, scope: Scope, node: Filled) -> None:
        aimed = self._aim(field, at, node)
        if aimed is None:
            self._unplaced(field, scope)
            return
        target, here = aimed
        if here.written or (here.children and not isinstance(field.content, tuple)):
            self._study.findings.error("T209", f"two rules write {target.label}", field.key.place, at=here.place)
        here.written = True
        self._content(field, at.into(target.item() if field.key.many else target), scope, here)

    def _aim(self, field: Field, at: _Place, node: Filled) -> tuple[Target, Filled] | None:
        """Find the target of a key, and what fills it so far; None after a fault."""
        key = field.key
        target: Target | None = at.target
        here = node
        for number, step in enumerate(key.steps):
            last = number == len(key.steps) - 1
            if target is None:
                return None
            if number and target.listed:
                message = f"{target.label} is a list; its items are filled under '{target.label}[]'"
                self._study.findings.error("T202", message, key.place)
                return None
            target = target.down(step, self._study.findings, key.place, attribute=key.attribute and last)
            below = here.children.setdefault(step if not (key.attribute and last) else f"@{step}", Filled())
            if not below.place.line:
                below.place = key.place
            here = below
            if target is not None and not target.facts.kinds:
                self._study.findings.error("T211", f"a message of this kind has no {target.label}", key.place)
                here.unknown = True
                return None
        if target is None:
            here.unknown = True
            return None
        if target.given():
            message = f"{target.label} is written by the gateway, no rule writes it"
            self._study.findings.error("T210", message, key.place)
            return None
        if key.many != target.listed:
            self._brackets(target, key.text, key.place, many=key.many)
            here.unknown = True
            return None
        return target, here

    def _unplaced(self, field: Field, scope: Scope) -> None:
        """What a rule without a target reads is read: its fault is told, and not also a field that nothing reads."""
        if isinstance(field.content, Value):
            self._values.known(field.content, scope)
            return
        for block in field.content:
            self._study.give_up(scope, block.move.context if block.move is not None else None)

    def _brackets(self, target: Target, text: str, place: Place, *, many: bool) -> None:
        if many:
            self._study.findings.error("T202", f"{target.label} is no list", place, f"write {text.removesuffix('[]')}:")
        else:
            self._study.findings.error("T202", f"{target.label} is a list", place, f"write {text}[]:")

    def _content(self, field: Field, at: _Place, scope: Scope, node: Filled) -> None:
        content = field.content
        if isinstance(content, Value):
            known = self._value(content, at, scope)
            node.sure, node.why, node.unknown = known.sure, known.why, known.unknown
            node.codes = known.codes
            node.bad = self._left_out(content, known, at.target)
            return
        sure = False
        node.blocks = True
        for block in content:
            filled = Filled(place=node.place)
            self._block(block, at, scope, filled, listed=field.key.many)
            sure = sure or filled.sure
            node.why = node.why or filled.why
            node.unknown = node.unknown or filled.unknown
            if not field.key.many:
                node.children.update(filled.children)
        node.sure = sure
        if sure:
            node.why = ""

    def _left_out(self, value: Value, known: Known, target: Target) -> str:
        """Say why a bad value would leave the target empty, or nothing."""
        if not known.fails or known.unknown:
            return ""
        word = self._values.on_error(value).word
        if word is ErrorWord.DROP:
            return "on_error drops a bad value"
        if word is ErrorWord.KEEP and not target.composite:
            return "on_error keeps a bad value elsewhere"
        return ""

    def _value(self, value: Value, at: _Place, scope: Scope) -> Known:
        target = at.target
        known = self._values.known(
            value, scope, lambda found, rule: fitting(found, rule, target, self._lists, self._study.findings)
        )
        if isinstance(value.origin, Ref):
            self._kind_of(value.origin, target)
        if not target.composite and "object" in target.facts.kinds and not target.facts.readable and not known.unknown:
            message = f"{target.label} has fields; a single value does not fill it"
            self._study.findings.error("T212", message, value.place, "write fields:")
            known = replace(known, unknown=True)
        self._marks(value.mark, at, scope)
        self._identifying(value, target, scope)
        return known

    def _identifying(self, value: Value, target: Target, scope: Scope) -> None:
        """Note what is written where the format gives a pseudonym only; the source's own references are none of it."""
        said = target.shape.annotations
        if not str(said.get("x-ladder", "")).startswith("pseudonym") or said.get("x-class") == "case":
            return
        for origin in _reads(value):
            for reach in self._study.resolve(origin.context, scope):
                for trail in reach.stands_for or (reach.leaf,):
                    self._study.identifying.setdefault(trail, target.label)

    def _kind_of(self, ref: Ref, target: Target) -> None:
        """A reference must lead to a kind of entity its target names (J413)."""
        kinds = target.shape.annotations.get("x-ref")
        if not isinstance(kinds, list):
            return
        for name in ref.names:
            block = self._refs.named.get(name.text)
            if block is not None and kinds and not _is_kind(block.array, kinds):
                message = (
                    f"'{name.text}' makes {block.array}, but {target.label} refers to {' or '.join(map(str, kinds))}"
                )
                self._study.findings.error("J413", message, name.place, at=block.place)

    # -- blocks -------------------------------------------------------------------------------------------------------

    def _block(self, block: Block, at: _Place, scope: Scope, node: Filled, *, listed: bool) -> None:
        """Judge one block; `node` learns whether it fills its target for sure."""
        entity = self._entity(at.target)
        if block.keys and block.pick is None and not entity:
            message = "a key makes the id of an entity, and this block makes none"
            self._study.findings.warning("J414", message, block.keys[0].place, "remove key")
        entered = self._blocks.enter(block, scope, listed=listed, entity=entity)
        if not entered.scopes:
            node.unknown = True
            return
        if not listed and entered.many:
            message = "this block may stand on several nodes, but its target is one"
            self._study.findings.error("P113", message, block.move.place if block.move else block.place, "use at:")
        for inner in entered.scopes:
            self._inside(block, at, inner, node, entered)

    def _entity(self, target: Target) -> bool:
        """True for an item of the message's own arrays that has an id."""
        array = target.label.removesuffix("[]")
        return (
            target.notation == "exchange"
            and array != target.label
            and "." not in array
            and "id" in target.facts.children
        )

    def _inside(self, block: Block, at: _Place, scope: Scope, node: Filled, entered: Entered) -> None:
        one = Filled(place=node.place)
        self._marks(block.mark, at, scope)
        if block.choose:
            self._branches(block, at, scope, one)
        elif block.value is not None:
            known = self._value(block.value, at, scope)
            one.sure, one.why, one.unknown = known.sure, known.why, known.unknown
        else:
            self._fields(block.fields, at, scope, one)
            if block.part is not None:
                self._part(block, at, scope, one)
            self._require(at.target, one, whole=False)
            one.sure = any(child.sure or child.unknown for child in one.children.values())
            one.why = next((child.why for child in one.children.values() if child.why), "nothing in it is always there")
        node.children.update(one.children)
        node.unknown = node.unknown or one.unknown
        node.sure = node.sure or (one.sure and entered.sure)
        node.why = node.why or (entered.why if one.sure else one.why)

    def _branches(self, block: Block, at: _Place, scope: Scope, node: Filled) -> None:
        """Each branch by itself: only one of them writes."""
        results: list[Filled] = []
        total = False
        for branch, here in self._blocks.branches(block, scope):
            filled = Filled(place=branch.place)
            self._block(branch.then, at, here, filled, listed=True)
            results.append(filled)
            total = total or branch.when is None
        for filled in results:
            node.children.update(filled.children)
        node.sure = total and bool(results) and all(filled.sure for filled in results)
        node.why = next((filled.why for filled in results if filled.why), "no branch may hold")
        node.unknown = any(filled.unknown for filled in results)

    def _part(self, block: Block, at: _Place, scope: Scope, node: Filled) -> None:
        part = self._parts.get(block.part.text) if block.part is not None else None
        if part is None:
            node.unknown = True
            return
        self._used_parts.add(part.name.text)
        before = len(self._study.findings.faults)
        for item in part.has:
            self._needed(item, part, block, scope)
        if len(self._study.findings.faults) == before:
            self._fields(part.fields, at, scope, node)

    def marks_by(self, tree: MarkBy, header: Target, scope: Scope) -> None:
        """Judge `mark_by`: its markings are read, and their values fit what carries them."""
        for found in self._study.resolve(tree.each, scope):
            reach = items_of(found)
            self._study.coverage.select(reach, self._blocks.taken(tree.each, scope), tree.place)
            inner = scope.at(reach, item=False, loops=0)
            if tree.selects.here or reach.facts.readable:
                self._study.read(reach, inner, tree.place)
            for selected in self._study.resolve(tree.selects, inner):
                self._study.read(items_of(selected), inner, tree.selects.place)
            self._marks(tree.mark, _Place(header, (header,)), inner)

    def _needed(self, item: PartItem, part: Part, block: Block, scope: Scope) -> None:
        """What a part asks of its context is there, of the type it says, and always unless it says `?` (U004)."""
        place = block.part.place if block.part is not None else block.place
        for found in self._study.walker.go(item.path, scope.here):
            kinds = found.facts.kinds - {"null"}
            wrong = ""
            if item.type.text in SCALARS and not found.open and not _gives(kinds, item.type.text):
                wrong = (
                    f"{found.said} is {' or '.join(sorted(kinds))}, but part '{part.name.text}' needs {item.type.text}"
                )
            elif not item.optional and not found.open and self._may_miss(found, scope):
                wrong = f"{found.said} may be missing here, but part '{part.name.text}' needs it"
            if wrong:
                self._study.findings.error(
                    "U004", wrong, place, "write ? behind its type in the part", at=item.type.place
                )

    def _may_miss(self, reach: Reach, scope: Scope) -> bool:
        variable = variable_of(reach, scope)
        if not domain_of(reach, self._study).optional:
            return False
        return variable not in present(scope.guard, self._study.coverage.domains)

    # -- marks and requirements ---------------------------------------------------------------------------------------

    def _marks(self, marks: tuple[Field, ...], at: _Place, scope: Scope) -> None:
        """A mark stands on the smallest object that may carry it."""
        for mark in marks:
            carrier = next((each for each in reversed(at.above) if mark.key.steps[0] in each.facts.children), None)
            if carrier is None:
                message = f"nothing here can carry {mark.key.steps[0]}"
                self._study.findings.error("T213", message, mark.key.place)
                continue
            self._field(mark, _Place(carrier, at.above), scope, Filled())

    def _require(self, target: Target, node: Filled, *, whole: bool) -> None:
        """Every required child of an object that is written must be proven filled.

        An object that only its required child fills is left out when that is missing; `whole` objects never are.
        """
        needed = target.needs() if not target.composite and "object" in target.facts.kinds else []
        for child in needed:
            name = _step(child)
            filled = node.children.get(name)
            if filled is None:
                if child.facts.kinds:
                    self._unfilled(child, node)
                continue
            if filled.unknown:
                continue
            if not filled.written and filled.children:
                continue
            others = [each for key, each in node.children.items() if key != name]
            if (not filled.sure or filled.bad) and (whole or others):
                self._unsure(child, filled)
        for key, filled in node.children.items():
            if not filled.written and filled.children:
                inner = target.facts.children.get(key)
                if inner is not None:
                    self._require(target.to(inner), filled, whole=whole and bool(inner.occurs.low))

    def _unfilled(self, child: Target, node: Filled) -> None:
        self._study.findings.error("T204", f"{child.label} is required, and no rule fills it", node.place)

    def _unsure(self, child: Target, filled: Filled) -> None:
        if filled.sure:
            message = f"{child.label} is required, but {filled.bad}"
            self._study.findings.error("E201", message, filled.place, "write on_error: quarantine")
            return
        why = filled.why or "its rule may give nothing"
        if filled.blocks:
            message = f"{child.label} is required but {why}; without it the message is quarantined (R902)"
            self._study.findings.warning("T214", message, filled.place)
            return
        code = "O102" if self._study.mapping.outbound else "T203"
        self._study.findings.error(
            code, f"{child.label} is required but {why}; add default or on_missing", filled.place
        )


def _step(target: Target) -> str:
    separator = "/" if target.notation == "xml" else "."
    return target.label.rpartition(separator)[2].removesuffix("[]")


def _reads(value: Value) -> Iterator[From]:
    """The places that a value is read from, those that conditions look at left out."""
    match value.origin:
        case From() as origin:
            yield origin
        case Text(names=names):
            for _, inner in names:
                yield from _reads(inner)
        case FirstOf(values=values):
            for inner in values:
                yield from _reads(inner)
        case Choose(branches=branches):
            for branch in branches:
                yield from _reads(branch.then)
        case _:
            return


def _gives(kinds: frozenset[str], wanted: str) -> bool:
    """True if every value of these kinds can be read as the wanted one; text reads every scalar."""
    if wanted == "text":
        return bool(kinds & SCALARS)
    return wanted in kinds or (wanted == "decimal" and "integer" in kinds)


def _is_kind(array: str, kinds: list[object]) -> bool:
    return any(array == kind or array.rstrip("s") == str(kind).rstrip("s") for kind in kinds)

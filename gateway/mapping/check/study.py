"""The state of checking one mapping: its source, its indexes and patterns, what it reads, the faults so far.

Context expressions are resolved here: a path, an enclosing block, an index, a group, slots, a parsed text.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gateway.errors import Place
from gateway.mapping.check.coverage import Coverage
from gateway.mapping.check.findings import Findings
from gateway.mapping.check.known import Known
from gateway.mapping.check.logic import TRUE, Formula
from gateway.mapping.check.reach import Reach, Trail, items_of
from gateway.mapping.check.scope import Scope
from gateway.mapping.check.walk import Walker
from gateway.mapping.language.file import Index, Mapping
from gateway.mapping.language.rules import All, Context, Group, Inside, Join, Parse, Slots, Value, Word
from gateway.mapping.load.reading import suggestion
from gateway.mapping.paths.path import Path
from gateway.mapping.run.packed import TextPattern
from gateway.mapping.shapes.shape import ANY, Facts, Occurrence, Shape, alternatives
from gateway.mapping.shapes.text import text_shape

__all__ = ["IndexUse", "Study"]


@dataclass(slots=True)
class IndexUse:
    """An index of the mapping: its nodes, the values of its keys, and whether anything uses it.

    `formula` says which items of its group the index holds.
    """

    index: Index
    nodes: Reach | None
    keys: tuple[Reach | None, ...]
    formula: Formula = TRUE
    used: bool = False

    def take(self, coverage: Coverage, place: Place) -> None:
        """Note that a rule goes over the nodes of the index, all of them."""
        if self.nodes is not None:
            coverage.select(self.nodes, self.formula, place)


@dataclass(slots=True)
class Study:
    """One check.

    `unvisited` are nodes whose rules a fault kept from being looked at, `keys` the keys of entities, `identifying` what
    is written where the format pseudonymises. `evaluate` reads a value rule that stands inside a context (`parse`); it
    is set by the value checker.
    """

    mapping: Mapping
    findings: Findings
    walker: Walker
    coverage: Coverage
    patterns: dict[str, TextPattern | None] = field(default_factory=dict)
    indexes: dict[str, IndexUse] = field(default_factory=dict)
    used_tables: set[str] = field(default_factory=set)
    used_patterns: set[str] = field(default_factory=set)
    unvisited: list[Trail] = field(default_factory=list)
    keys: list[tuple[Trail, Place]] = field(default_factory=list)
    identifying: dict[Trail, str] = field(default_factory=dict)
    evaluate: "Callable[[Value, Scope], object] | None" = None

    @property
    def nulls(self) -> frozenset[str]:
        """The texts that the mapping reads as nothing wherever they stand."""
        return frozenset(word.text for word in (*self.mapping.source.nulls, *self.mapping.defaults.nulls))

    def give_up(self, scope: Scope, context: Context | None = None) -> None:
        """Note that rules below a node were not looked at, because of a fault that is told: nothing is said of them."""
        self.unvisited.append(scope.here.trail if not scope.here.virtual else ())
        if isinstance(context, Join | All):
            self.unvisited += [use.nodes.trail for use in self.indexes.values() if use.nodes is not None]

    def visited(self, trail: Trail) -> bool:
        """False where rules were not looked at: what they read, and what they use, is not known."""
        return not any(trail[: len(above)] == above for above in self.unvisited)

    def guessable(self) -> None:
        """Refuse keys that are personal identifiers: who guesses one recognises the id that is made of it (D801)."""
        for trail, place in self.keys:
            if trail in self.identifying:
                message = f"this key is also written as {self.identifying[trail]}; its id tells who guesses it"
                self.findings.error("D801", message, place, "use the source's own number, or leave the key out")

    def read(self, reach: Reach, scope: Scope, place: Place) -> None:
        """Note that something looks at a place."""
        self.coverage.read(reach, scope.guard, place)

    # -- contexts -----------------------------------------------------------------------------------------------------

    def resolve(self, context: Context, scope: Scope) -> list[Reach]:
        """Give the places a context leads to; none after a fault."""
        match context:
            case Path():
                return self._walk(context, scope.here)
            case Inside(name, path):
                block = self.block(name, scope)
                return [] if block is None else [block] if path is None else self._walk(path, block)
            case Join():
                return self._join(context, scope)
            case All(index, path):
                nodes = self._nodes(index)
                return [] if nodes is None else self._onward(path, nodes)
            case Group():
                return self._group(context, scope)
            case Slots():
                return self._slots(context, scope)
            case Parse():
                return self._parse(context, scope)

    def _walk(self, path: Path, start: Reach) -> list[Reach]:
        return self.walker.go(path, start)

    def _onward(self, path: Path | None, nodes: Reach) -> list[Reach]:
        if path is None:
            return [nodes]
        found = self._walk(path, nodes)
        return [replace(one, occurs=nodes.occurs * one.occurs) for one in found]

    def block(self, name: Word, scope: Scope) -> Reach | None:
        """Give the enclosing block of a name, or None after a fault (J406)."""
        found = scope.blocks.get(name.text)
        if found is None:
            hint = suggestion(name.text, scope.blocks)
            self.findings.error("J406", f"no enclosing block is named '{name.text}'{hint}", name.place)
        return found

    def _nodes(self, name: Word) -> Reach | None:
        use = self.indexes.get(name.text)
        if use is None:
            hint = suggestion(name.text, self.indexes)
            self.findings.error("J407", f"no index is named '{name.text}'{hint}", name.place, "declare it under index")
            return None
        use.used = True
        return use.nodes

    def _join(self, join: Join, scope: Scope) -> list[Reach]:
        nodes = self._nodes(join.index)
        for key in join.keys:
            for reach in self.resolve(key, scope):
                self.read(reach, scope, join.place)
        if nodes is None:
            return []
        use = self.indexes[join.index.text]
        self._join_keys(join, use, scope)
        single = replace(nodes, occurs=Occurrence(0, None if use.index.many else 1))
        return self._onward(join.path, single)

    def _join_keys(self, join: Join, use: IndexUse, scope: Scope) -> None:
        """Keys must be as many, and of the same type, on both sides (J401)."""
        if len(join.keys) != len(use.keys):
            message = f"index '{join.index.text}' has {len(use.keys)} keys, not {len(join.keys)}"
            self.findings.error("J401", message, join.place, at=use.index.place)
            return
        for key, wanted in zip(join.keys, use.keys, strict=True):
            found = self.resolve(key, scope)
            if len(found) != 1 or wanted is None:
                continue
            here, there = found[0].facts.kinds - {"null"}, wanted.facts.kinds - {"null"}
            if here and there and not here & there and not found[0].open and not wanted.open:
                message = (
                    f"{found[0].said} is {_kinds(here)}, but the key of index '{join.index.text}' is {_kinds(there)}"
                )
                self.findings.error("J401", message, join.place, at=use.index.place)

    def _group(self, group: Group, scope: Scope) -> list[Reach]:
        """One virtual node per key: the key fields are single and sure, the members are its children."""
        members = [items_of(reach) for path in group.members for reach in self._walk(path, scope.here)]
        links: dict[str, Reach] = {}
        for path in group.by:
            found = [reach for member in members for reach in self._walk(path, member)]
            for reach in found:
                self.read(reach, scope, path.place)
            if found:
                sure = replace(found[0].facts, blank=False)
                links[path.last_name] = replace(found[0], shape=Shape.of(sure), occurs=Occurrence())
        for path, member in zip(group.members, members, strict=False):
            links[path.last_name] = replace(member, occurs=Occurrence(1 if len(members) == 1 else 0, None))
        label = f"a group of {'/'.join(path.text for path in group.members)}"
        shape = Shape.of(Facts(kinds=frozenset({"object"})))
        if not members:
            return []
        trail = members[0].trail
        return [Reach(trail, label, shape, Occurrence(0, None), virtual=True, links=links)]

    def _slots(self, slots: Slots, scope: Scope) -> list[Reach]:
        occurs = Occurrence(0, max(len(slots.paths), slots.last - slots.first + 1))
        if slots.paths:
            found = [reach for path in slots.paths for reach in self._walk(path, scope.here)]
            if not found:
                return []
            shape = alternatives(reach.shape for reach in found)
            trails = tuple(reach.leaf for reach in found)
            return [Reach(("slot",), f"a slot of {found[0].label}", shape, occurs, virtual=True, stands_for=trails)]
        links: dict[str, Reach] = {}
        for name, paths in slots.of:
            found = [reach for path in paths for reach in self._walk(path, scope.here)]
            if not found:
                links[name.text] = Reach(("slot", name.text), "", ANY, Occurrence(0, 1), virtual=True, open=True)
            else:
                shape = alternatives(reach.shape for reach in found)
                trails = tuple(reach.leaf for reach in found)
                links[name.text] = Reach(
                    ("slot", name.text),
                    f"{name.text} of a slot",
                    shape,
                    Occurrence(0, 1),
                    virtual=True,
                    stands_for=trails,
                )
        number = Shape.of(Facts(kinds=frozenset({"integer"}), blank=False))
        links.setdefault("slot", Reach(("slot", "slot"), "the slot's number", number, virtual=True))
        shape = Shape.of(Facts(kinds=frozenset({"object"})))
        return [Reach(("slot",), "a slot", shape, occurs, virtual=True, links=links)]

    def _parse(self, parse: Parse, scope: Scope) -> list[Reach]:
        known = None if self.evaluate is None else self.evaluate(parse.value, scope)
        name = parse.pattern.text
        self.used_patterns.add(name)
        pattern = self.patterns.get(name)
        if name not in self.patterns:
            hint = suggestion(parse.pattern.text, self.patterns)
            self.findings.error("X505", f"no pattern is named '{parse.pattern.text}'{hint}", parse.pattern.place)
        if pattern is None:
            return []
        total = pattern.plain is None and all(kind.many for kind in pattern.kinds)  # no text can fail to fit
        there = Occurrence(1 if total and isinstance(known, Known) and known.sure else 0, 1)
        return [Reach(("parse", name), "the parsed text", text_shape(pattern), there, virtual=True)]


def _kinds(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))

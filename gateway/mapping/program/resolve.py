"""A loaded mapping made into a `Program`: everything a run needs and nothing it would have to look up.

Guarantees that a program which was made runs on every document of its source format: names, paths, tables, patterns,
converters and targets are all resolved, or `DefinitionRefused` carries every fault. Whether paths exist in the schema
and required targets are filled is decided by `check`, not here.
"""

from collections.abc import Callable
from collections.abc import Mapping as Files
from typing import TypeVar

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.check.findings import Findings
from gateway.mapping.check.walk_filters import filtered
from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.language.file import Layout, Mapping, MarkBy, Member
from gateway.mapping.language.file import Split as SplitTree
from gateway.mapping.language.records import RecordField, RecordType
from gateway.mapping.language.rules import ConverterCall, Word
from gateway.mapping.load.reading import resolve as resolve_file
from gateway.mapping.program.program import DocumentCheck, Ignored, IndexPlan, MarkByPlan, Program, Split
from gateway.mapping.program.resolve_blocks import BlockResolver, Spot
from gateway.mapping.program.resolve_paths import SLOTS, Scope, group_of
from gateway.mapping.program.resolve_values import ValueResolver
from gateway.mapping.program.values import Ground
from gateway.mapping.run.fit import NO_LISTS, WordLists
from gateway.mapping.run.packed import compile_text_pattern
from gateway.mapping.shapes.shape import Shape
from gateway.mapping.shapes.targets import Target, target_top
from gateway.mapping.tables import Table, load_table

__all__ = ["resolve"]

_T = TypeVar("_T")


def resolve(mapping: Mapping, files: Files[str, bytes], exchange: Shape, lists: WordLists = NO_LISTS) -> Program:
    """Make a mapping ready; `exchange` is the shape of a message of the exchange format, `lists` are its codes.

    Raises `DefinitionRefused` with every fault found. Cost: linear in the mapping, its parts and tables.
    """
    return _Resolver(mapping, files, exchange, lists).program()


class _Resolver:
    def __init__(self, mapping: Mapping, files: Files[str, bytes], exchange: Shape, lists: WordLists) -> None:
        self._mapping = mapping
        self._files = files
        self._exchange = exchange
        self._faults: list[Fault] = []
        source = mapping.source
        default = "" if source.default_namespace is None else source.default_namespace.text
        prefixes = {prefix.text: uri.text for prefix, uri in source.namespaces}
        tables = {use.name.text: self._table(use.path) for use in mapping.tables}
        self._values = ValueResolver(_top_ground(mapping), default, prefixes, tables)
        self._blocks = BlockResolver(
            self._values,
            {part.name.text: part for part in mapping.parts},
            lists,
            exchange=mapping.target.format.text == "exchange",
            rows=mapping.target.format.text == "csv",
        )
        self._top = Scope(self._values.paths.top, "", {})

    def _attempt(self, run: Callable[[], _T]) -> _T | None:
        try:
            return run()
        except DefinitionRefused as refused:
            self._faults.extend(refused.faults)
            return None

    def _table(self, path: Word) -> Table | DefinitionRefused:
        """Load a table; one that cannot be loaded has its faults told where it is asked too, not another fault."""
        found = resolve_file(self._mapping.file, path.text)
        try:
            return load_table(found or path.text, self._files, path.place)
        except DefinitionRefused as refused:
            self._faults.extend(refused.faults)
            return refused

    def program(self) -> Program:
        """Resolve in the order in which names become known."""
        mapping, values = self._mapping, self._values
        self._patterns()
        self._defaults()
        indexes = tuple(plan for at in range(len(mapping.index)) if (plan := self._index(at)) is not None)
        target = self._target()
        spot = Spot(target, "", () if target is None else (target,))
        splits = tuple(
            split
            for at, tree in enumerate(mapping.splits)
            if (split := self._attempt(lambda tree=tree, at=at: self._split(tree, at, spot))) is not None  # type: ignore[misc]  # bound now
        )
        checks = self._checks()
        ignored = self._ignored()
        marks = tuple(
            marking
            for tree in mapping.mark_by
            if (marking := self._attempt(lambda tree=tree: self._mark_by(tree, target))) is not None  # type: ignore[misc]  # bound now
        )
        faults = [*self._faults, *self._blocks.faults]
        if faults:
            raise DefinitionRefused.of(sorted(set(faults), key=lambda fault: (fault.place, fault.code)))
        return Program(
            mapping=mapping,
            splits=splits,
            indexes=indexes,
            checks=checks,
            ignored=ignored,
            on_missing=mapping.defaults.on_missing,
            on_error=mapping.defaults.on_error,
            empty_is_error=mapping.defaults.empty_is is not None and mapping.defaults.empty_is.text == "error",
            clean=values.clean,
            target=target,
            values=tuple(sorted(values.values, key=lambda value: value.number)),
            fields=tuple(sorted(self._blocks.fields, key=lambda field: field.number)),
            blocks=tuple(sorted(self._blocks.blocks, key=lambda block: block.number)),
            tracked=self._tracked(ignored),
            outbound=mapping.outbound,
            mark_by=marks,
        )

    def _target(self) -> Target | None:
        findings = Findings()
        target = target_top(self._mapping, self._files, self._exchange, findings)
        self._faults.extend(findings.faults)
        return target

    def _patterns(self) -> None:
        for use in self._mapping.patterns:
            patterns = self._values.paths.patterns
            try:
                patterns[use.name.text] = compile_text_pattern(use)
            except DefinitionRefused as refused:
                self._faults.extend(refused.faults)
                patterns[use.name.text] = refused

    def _defaults(self) -> None:
        defaults = self._mapping.defaults
        place = self._mapping.place
        calls = defaults.clean
        if calls is None:
            calls = tuple(ConverterCall(Word(name, place), None, place) for name in ("trim", "nfc"))
        for call in calls:
            converter = CONVERTERS.get(call.name.text)
            if converter is not None and (converter.fails or converter.gives != "text"):
                message = f"'{call.name.text}' can fail, so it cannot clean every text"
                self._faults.append(Fault("K003", message, call.place, "use it in the rules that need it"))
        stages = (self._attempt(lambda call=call: self._values.stage(call, self._top)) for call in calls)  # type: ignore[misc]  # bound now
        self._values.clean = tuple(stage for stage in stages if stage is not None)
        self._values.nulls = frozenset(word.text for word in defaults.nulls)

    def _index(self, number: int) -> IndexPlan | None:
        tree = self._mapping.index[number]
        paths = self._values.paths

        def run() -> IndexPlan:
            route = paths.route(tree.over, self._top)
            group = group_of(route, "")
            inside = Scope(route.ground, group, {})
            return IndexPlan(
                number,
                tree.name.text,
                route,
                tuple(paths.route(key, inside) for key in tree.keys),
                tree.many,
                paths.pick(tree.pick, route.ground, inside),
                "warn" if tree.leftover is None else tree.leftover.text,
                tree.on_error or self._mapping.defaults.on_error,
                route.ground,
                group,
                tree.place,
            )

        plan = self._attempt(run)
        if plan is not None:
            paths.indexes[plan.name] = plan
        return plan

    def _split(self, tree: SplitTree, number: int, spot: Spot) -> Split:
        scope = self._top
        source = every = None
        name = "" if tree.as_name is None else tree.as_name.text
        group = ""
        where = None
        if tree.each is not None:
            reached = self._values.paths.context(tree.each, scope)
            source, group, every = reached.source, reached.group, reached.every
            scope = scope.inside(reached.ground, group, name)
            where = self._values.paths.optional_test(tree.where, scope)
            self._blocks.select(group, where=where is not None or every is not None)
        self._blocks.labels.clear()
        fields = self._blocks.fields_of(tree.fields, scope, spot)
        self._labels_of_split()
        label = "" if tree.name is None else tree.name.text
        return Split(number, label, name, source, where, fields, group, scope.ground, tree.place, every)

    def _labels_of_split(self) -> None:
        """Refs find entities of their own message only, so each split has its own names."""
        declared = frozenset(self._blocks.labels)
        for name, ref in self._values.refs:
            if name not in declared:
                place = next((word.place for word in ref.names if word.text == name), ref.place)
                message = f"no block that makes an entity is named '{name}'"
                known = ", ".join(sorted(declared)) or "none"
                self._faults.append(Fault("J402", message, place, fix=f"blocks with 'as': {known}"))
        self._values.refs.clear()

    def _checks(self) -> tuple[DocumentCheck, ...]:
        checks = []
        for tree in self._mapping.checks:
            test = self._attempt(lambda tree=tree: self._values.paths.test(tree.that, self._top))  # type: ignore[misc]  # bound now
            if test is not None:
                word = "quarantine" if tree.on_error is None else tree.on_error.text
                checks.append(DocumentCheck(test, word, tree.place))
        return tuple(checks)

    def _ignored(self) -> tuple[Ignored, ...]:
        ignored: list[Ignored] = []
        for tree in self._mapping.ignore:
            route = self._attempt(lambda tree=tree: self._values.paths.route(tree.path, self._top))  # type: ignore[misc]  # bound now
            if route is None:
                continue
            group = group_of(route, "")
            inside = Scope(route.ground, group, {})
            test = None
            if tree.where is not None:
                test = self._attempt(
                    lambda tree=tree, inside=inside: self._values.paths.test(tree.where, inside)  # type: ignore[misc]  # bound now
                )
                if test is None:
                    continue
            ignored.append(Ignored(group, route, test, any(filtered(step) for step in route.steps)))
        return tuple(ignored)

    def _mark_by(self, tree: MarkBy, target: Target | None) -> MarkByPlan:
        reached = self._values.paths.context(tree.each, self._top)
        inside = Scope(reached.ground, reached.group, {})
        selects = self._values.paths.route(tree.selects, inside)
        self._blocks.select(reached.group, where=reached.every is not None)
        header = None if target is None else target.facts.children.get("header")
        if target is None or header is None:
            raise DefinitionRefused(Fault("T003", "only messages of the exchange format carry marks", tree.place))
        block, marks = self._blocks.marking(tree, reached, inside, target.to(header))
        return MarkByPlan(block, reached.source, selects, marks)

    def _tracked(self, ignored: tuple[Ignored, ...]) -> frozenset[str]:
        """Give the groups that are selected by conditions only, and are not ignored as a whole.

        Outbound there are none: what a partner's format does not take is a loss that `coverage` lists.
        """
        if self._mapping.outbound:
            return frozenset()
        whole = [entry.group for entry in ignored if entry.test is None and not entry.filtered]
        conditional = self._blocks.conditional - self._blocks.whole
        return frozenset(
            group
            for group in conditional
            if SLOTS not in group and not any(group == other or group.startswith(f"{other}/") for other in whole)
        )


def _top_ground(mapping: Mapping) -> Ground:
    source = mapping.source
    nulls = frozenset(word.text for word in source.nulls)
    match source.format.text:
        case "json" | "jsonl" | "exchange":
            return Ground("json", nulls=nulls)
        case "fixed" | "csv" if source.layout is None:
            return Ground("xml", _record_grounds(source.records, "", nulls))
        case "csv" if source.layout is not None:
            return Ground("virtual", {"row": _row_ground(source.layout, nulls)})
        case "set":
            members = {
                member.name.text: _member_ground(member, nulls | {word.text for word in member.nulls})
                for member in source.members
            }
            return Ground("virtual", members)
        case _:
            return Ground("xml", nulls=nulls)


def _member_ground(member: Member, nulls: frozenset[str]) -> Ground:
    if member.source is not None:
        return Ground("xml", _record_grounds(member.source.records, "", nulls))
    return Ground("virtual", {} if member.layout is None else {"row": _row_ground(member.layout, nulls)})


def _record_grounds(records: tuple[RecordType, ...], above: str, nulls: frozenset[str]) -> dict[str, Ground]:
    """The records under one, or under none, by name."""
    return {
        record.name.text: Ground(
            "xml",
            {
                **_field_grounds(record.fields, nulls),
                **{
                    slots.name.text: Ground("xml", {**_field_grounds(slots.fields, nulls), "slot": Ground("xml")})
                    for slots in record.slots
                },
                **_record_grounds(records, record.name.text, nulls),
            },
        )
        for record in records
        if (record.under.text if record.under is not None else "") == above
    }


def _field_grounds(fields: tuple[RecordField, ...], nulls: frozenset[str]) -> dict[str, Ground]:
    return {
        field.name.text: Ground(
            "xml",
            nulls=nulls | {word.text for word in field.nulls or ()},
            number="" if field.type == "text" else field.type,
        )
        for field in fields
    }


def _row_ground(layout: Layout, nulls: frozenset[str]) -> Ground:
    columns = {
        column.name.text: Ground(
            "text",
            nulls=nulls | {word.text for word in column.nulls or ()},
            number="" if column.type == "text" else column.type,
        )
        for column in layout.columns
    }
    return Ground("row", columns)

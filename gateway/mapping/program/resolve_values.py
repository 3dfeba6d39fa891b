"""Resolving value rules: their origins, converters, tables, policies and numbers."""

from collections.abc import Mapping

from gateway.errors import DefinitionRefused, Fault
from gateway.mapping.convert.catalogue import bind
from gateway.mapping.language.rules import (
    Choose,
    Const,
    ConverterCall,
    FirstOf,
    From,
    Lookup,
    Ref,
    Text,
    Word,
)
from gateway.mapping.language.rules import Value as ValueTree
from gateway.mapping.load.reading import suggestion
from gateway.mapping.program.resolve_paths import PathResolver, Scope
from gateway.mapping.program.values import (
    Branch,
    ChooseOrigin,
    ConstOrigin,
    FirstOrigin,
    Ground,
    LookupPlan,
    Origin,
    ReadOrigin,
    RefOrigin,
    Stage,
    TextOrigin,
    Value,
)
from gateway.mapping.tables import Table

__all__ = ["ValueResolver"]

_TEXT_GROUND = Ground("text")


class ValueResolver:
    """Resolves values against one source, and numbers them in the order of the file."""

    def __init__(
        self,
        top: Ground,
        default_namespace: str,
        prefixes: Mapping[str, str],
        tables: Mapping[str, Table | DefinitionRefused],
    ) -> None:
        self.paths = PathResolver(top, default_namespace, prefixes, self.value)
        self.values: list[Value] = []
        self.refs: list[tuple[str, Ref]] = []
        self.clean: tuple[Stage, ...] = ()
        self.nulls: frozenset[str] = frozenset()
        self._tables = tables
        self._numbers = 0

    def value(self, tree: ValueTree, scope: Scope, nulls: frozenset[str] = frozenset()) -> Value:
        """Resolve one value rule; `nulls` are those of the rule around it. Raises `DefinitionRefused`."""
        number = self._numbers
        self._numbers += 1
        nulls = nulls | {word.text for word in tree.nulls or ()}
        origin, ground = self._origin(tree, scope, nulls)
        nulls = self.nulls | ground.nulls | nulls
        stages = tuple(self.stage(call, scope) for call in tree.converts)
        value = Value(
            number,
            origin,
            tree.place,
            test=self.paths.optional_test(tree.when, scope),
            clean=self.clean,
            nulls=nulls,
            stages=stages,
            lookup=self._lookup(tree, scope),
            pick=self.paths.pick(tree.pick, ground, scope),
            default=None if tree.default is None else tree.default.text,
            on_missing=tree.on_missing,
            on_error=tree.on_error,
            flatten=any(stage.name == "flatten" for stage in stages),
            number_kind=ground.number,
        )
        self.values.append(value)
        return value

    def stage(self, call: ConverterCall, scope: Scope) -> Stage:
        """Bind a converter; what it needs from the document is a value of its own."""
        bound = bind(call)
        depends = None if bound.depends is None else self.value(bound.depends, scope)
        return Stage(call.name.text, bound.function, depends, call.place, bound.methods)

    def _origin(self, tree: ValueTree, scope: Scope, nulls: frozenset[str]) -> tuple[Origin, Ground]:
        match tree.origin:
            case From(context=context):
                reached = self.paths.context(context, scope)
                return ReadOrigin(reached.source), reached.ground
            case Const(word=word):
                return ConstOrigin(word.text), _TEXT_GROUND
            case Text(template=template, names=names):
                pairs = names
                if template is None and not names and tree.lookup is not None:
                    pairs = self._ordered_keys(tree.lookup)
                resolved = tuple((name.text, self.value(value, scope, nulls)) for name, value in pairs)
                return TextOrigin(template, resolved), _TEXT_GROUND
            case FirstOf(values=values):
                return FirstOrigin(tuple(self.value(value, scope, nulls) for value in values)), _TEXT_GROUND
            case Choose(branches=branches):
                resolved_branches = tuple(
                    Branch(self.paths.optional_test(branch.when, scope), self.value(branch.then, scope, nulls))
                    for branch in branches
                )
                return ChooseOrigin(resolved_branches), _TEXT_GROUND
            case Ref(names=names, keys=keys):
                blocks = tuple(name.text for name in names)
                self.refs.extend((name.text, tree.origin) for name in names)
                return RefOrigin(blocks, None if keys is None else self.paths.keys(keys, scope)), _TEXT_GROUND

    # -- tables -----------------------------------------------------------------------------------------------------

    def _table(self, lookup: Lookup) -> Table:
        table = self._tables.get(lookup.table.text)
        if table is None:
            message = f"no table is named '{lookup.table.text}'{suggestion(lookup.table.text, self._tables)}"
            raise DefinitionRefused(Fault("L010", message, lookup.table.place, "declare it under tables"))
        if isinstance(table, DefinitionRefused):
            raise DefinitionRefused.of(table.faults)
        return table

    def _ordered_keys(self, lookup: Lookup) -> tuple[tuple[Word, ValueTree], ...]:
        """Give the named keys of a lookup in the order of the table's columns."""
        table = self._table(lookup)
        named = {name.text: (name, value) for name, value in lookup.keys}
        if set(named) != set(table.sources):
            columns = ", ".join(f"source.{name}" for name in table.sources if name) or "source"
            message = f"the key of table '{lookup.table.text}' has other columns: {columns}"
            raise DefinitionRefused(Fault("L011", message, lookup.place))
        return tuple(named[name] for name in table.sources)

    def _lookup(self, tree: ValueTree, scope: Scope) -> LookupPlan | None:
        lookup = tree.lookup
        if lookup is None:
            return None
        table = self._table(lookup)
        composite = bool(lookup.keys)
        if not composite and table.sources != ("",):
            columns = ", ".join(f"source.{name}" for name in table.sources)
            message = f"table '{lookup.table.text}' has a composite key: {columns}"
            raise DefinitionRefused(Fault("L011", message, lookup.place, "write key: {NAME: PATH, ...}"))
        take = "target" if lookup.take is None else lookup.take.text
        if take not in table.outputs:
            hint = suggestion(take, table.outputs)
            message = f"table '{lookup.table.text}' has no column '{take}'{hint}"
            place = lookup.place if lookup.take is None else lookup.take.place
            raise DefinitionRefused(Fault("L012", message, place))
        if table.dated and lookup.as_of is None:
            message = f"rows of table '{lookup.table.text}' are valid for a time only"
            raise DefinitionRefused(Fault("L013", message, lookup.place, "write as_of: PATH of the date that counts"))
        as_of = None if lookup.as_of is None else self.paths.context(lookup.as_of, scope).source
        return LookupPlan(table, composite, take, as_of, lookup.place)

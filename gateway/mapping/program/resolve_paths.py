"""Resolving paths, contexts and conditions: names of namespaces, columns, indexes, patterns and enclosing blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.check.walk_filters import filtered
from gateway.mapping.language.conditions import (
    And,
    Compare,
    Condition,
    Count,
    Has,
    In,
    Is,
    Literal,
    Matches,
    Not,
    Or,
    Outer,
)
from gateway.mapping.language.conditions import Operand as OperandTree
from gateway.mapping.language.rules import All, Context, Group, Inside, Join, Parse, Pick, Slots
from gateway.mapping.language.rules import Value as ValueTree
from gateway.mapping.load.reading import suggestion
from gateway.mapping.paths.path import (
    Axis,
    JsonName,
    JsonStep,
    JsonWildcard,
    Path,
    Syntax,
    XmlAnd,
    XmlCompare,
    XmlExists,
    XmlExpression,
    XmlNot,
    XmlOr,
    XmlStep,
    XmlTest,
)
from gateway.mapping.program.program import IndexPlan
from gateway.mapping.program.values import (
    AllSource,
    CompareTest,
    CountOperand,
    Ground,
    GroupSource,
    HasTest,
    InTest,
    IsTest,
    JoinSource,
    LiteralOperand,
    LogicTest,
    MatchesTest,
    NotTest,
    Operand,
    ParseSource,
    PickPlan,
    Route,
    RouteSource,
    SlotsSource,
    Source,
    Test,
    Value,
)
from gateway.mapping.run.packed import TextPattern

__all__ = ["ENVELOPE_GROUND", "SLOTS", "PathResolver", "Reached", "Scope", "group_of"]

_TEXT = Ground("text")
SLOTS = "/slots("
"""Part of the name of a group of slots. Their columns are accounted for one by one, so no slot counts as an item."""

ENVELOPE_GROUND = Ground("virtual", dict.fromkeys(("agency", "taken", "digest", "item", "items"), _TEXT))
"""What `in: envelope` offers."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Where a rule stands: the ground and the group of the current node, and the enclosing blocks by name."""

    ground: Ground
    group: str
    names: Mapping[str, tuple[Ground, str]]

    def inside(self, ground: Ground, group: str, name: str) -> "Scope":
        """The scope inside a block."""
        names = {**self.names, name: (ground, group)} if name else self.names
        return Scope(ground, group, names)


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """A resolved context: where its nodes come from, what they are, and the group they belong to.

    `every` leads to the whole group, where the path takes some of it only by its own filters and positions.
    """

    source: Source
    ground: Ground
    group: str
    every: Source | None = None


class PathResolver:
    """Resolves against one source. `resolve_value` reads values inside `parse`."""

    def __init__(
        self,
        top: Ground,
        default_namespace: str,
        prefixes: Mapping[str, str],
        resolve_value: Callable[[ValueTree, Scope], Value],
    ) -> None:
        self.top = top
        self._default = default_namespace
        self._prefixes = prefixes
        self._resolve_value = resolve_value
        self.indexes: dict[str, IndexPlan] = {}
        self.patterns: dict[str, TextPattern | DefinitionRefused] = {}

    # -- routes -----------------------------------------------------------------------------------------------------

    def route(self, path: Path, scope: Scope, name: str = "") -> Route:
        """Resolve a path from the current node, or from the block called `name`. Raises `DefinitionRefused`."""
        if path.rooted:
            start, label = self.top, "/"
        elif name:
            start, label = self.named(name, scope, path.place)[0], name
        else:
            start, label = scope.ground, ""
        ground = start
        steps: list[XmlStep | JsonStep] = []
        for step in path.steps:
            qualified, ground = self._step(step, ground)
            steps.append(qualified)
        return Route(path, label, tuple(steps), ground)

    def named(self, name: str, scope: Scope, place: Place) -> tuple[Ground, str]:
        """Give the ground and group of an enclosing block. Raises `DefinitionRefused` (J405, J408, X101)."""
        if name == "envelope":
            return ENVELOPE_GROUND, "envelope"
        found = scope.names.get(name)
        if found is None:
            known = ", ".join(sorted({*scope.names, "envelope"}))
            message = f"no enclosing block is named '{name}'{suggestion(name, scope.names)}"
            raise DefinitionRefused(Fault("J406", message, place, fix=f"blocks around this rule: {known}"))
        return found

    def _step(self, step: XmlStep | JsonStep, ground: Ground) -> tuple[XmlStep | JsonStep, Ground]:
        if ground.kind in {"virtual", "row"}:
            return step, self._child(step, ground)
        if ground.kind == "text" and not (isinstance(step, XmlStep) and step.axis is Axis.SELF):
            raise DefinitionRefused(Fault("P103", "a text has nothing below it", step.place))
        if isinstance(step, JsonStep):
            return step, ground
        qualified = self._qualified(step)
        if step.axis in {Axis.ATTRIBUTE, Axis.TEXT}:
            return qualified, Ground("text", nulls=ground.nulls)
        if ground.children and step.axis is Axis.CHILD:
            return qualified, self._child(step, ground)
        return qualified, ground

    @staticmethod
    def _child(step: XmlStep | JsonStep, ground: Ground) -> Ground:
        name = ""
        if isinstance(step, XmlStep) and step.axis is Axis.CHILD and not step.prefix:
            name = step.name
        elif isinstance(step, JsonStep) and len(step.selectors) == 1 and isinstance(step.selectors[0], JsonName):
            name = step.selectors[0].name
        child = ground.children.get(name)
        if child is None:
            what = {"row": "column", "xml": "field"}.get(ground.kind, "part")
            message = f"no {what} '{name}' here{suggestion(name, ground.children)}"
            known = ", ".join(ground.children) or "none"
            raise DefinitionRefused(Fault("P101", message, step.place, fix=f"there are: {known}"))
        return child

    def _qualified(self, step: XmlStep) -> XmlStep:
        name = step.name
        if step.axis in {Axis.CHILD, Axis.DESCENDANT, Axis.ATTRIBUTE}:
            space = "" if step.axis is Axis.ATTRIBUTE else self._default
            if step.prefix:
                if step.prefix not in self._prefixes:
                    message = f"the prefix '{step.prefix}' is not declared"
                    fix = "declare it under source.namespaces"
                    raise DefinitionRefused(Fault("P102", message, step.place, fix=fix))
                space = self._prefixes[step.prefix]
            name = f"{{{space}}}{name}" if space else name
        predicates = tuple(self._predicate(predicate) for predicate in step.predicates)
        return XmlStep(step.axis, name, step.place, "", predicates)

    def _predicate(self, expression: XmlExpression) -> XmlExpression:
        match expression:
            case XmlExists(path=path):
                return XmlExists(self._qualified_path(path))
            case XmlCompare(path=path, equal=equal, literal=literal):
                return XmlCompare(self._qualified_path(path), equal, literal)
            case XmlTest(function=function, path=path, literal=literal):
                return XmlTest(function, self._qualified_path(path), literal)
            case XmlNot(item=item):
                return XmlNot(self._predicate(item))
            case XmlAnd(items=items):
                return XmlAnd(tuple(self._predicate(item) for item in items))
            case XmlOr(items=items):
                return XmlOr(tuple(self._predicate(item) for item in items))
            case _:
                return expression

    def _qualified_path(self, path: Path) -> Path:
        steps = tuple(self._qualified(step) if isinstance(step, XmlStep) else step for step in path.steps)
        return replace(path, steps=steps)

    # -- contexts ---------------------------------------------------------------------------------------------------

    def context(self, context: Context, scope: Scope) -> Reached:
        """Resolve a context expression. Raises `DefinitionRefused`."""
        match context:
            case Path():
                route = self.route(context, scope)
                return Reached(RouteSource(route), route.ground, group_of(route, scope.group), _whole(route))
            case Inside(name=name, path=path, place=place):
                _, group = self.named(name.text, scope, name.place)
                here = path if path is not None else Path(".", place, Syntax.XPATH, rooted=False, steps=())
                route = self.route(here, scope, name.text)
                return Reached(RouteSource(route), route.ground, group_of(route, group), _whole(route))
            case Join():
                return self._join(context, scope)
            case All(index=index, path=path):
                plan = self.index(index.text, index.place)
                below = None if path is None else self._below(path, plan.ground, scope)
                ground = plan.ground if below is None else below.ground
                every = _whole(plan.route) if below is None else None
                return Reached(AllSource(plan.number, below), ground, group_of(below, plan.group), every)
            case Group():
                return self._group_source(context, scope)
            case Slots():
                return self._slots(context, scope)
            case Parse():
                return self._parse(context, scope)

    def keys(self, contexts: tuple[Context, ...], scope: Scope) -> tuple[Source, ...]:
        """Resolve keys."""
        return tuple(self.context(context, scope).source for context in contexts)

    def index(self, name: str, place: Place) -> IndexPlan:
        """Give an index. Raises `DefinitionRefused` (J405, J408, X101)."""
        plan = self.indexes.get(name)
        if plan is None:
            message = f"no index is named '{name}'{suggestion(name, self.indexes)}"
            raise DefinitionRefused(Fault("J407", message, place))
        return plan

    def _below(self, path: Path, ground: Ground, scope: Scope) -> Route:
        return self.route(path, Scope(ground, "", scope.names))

    def _join(self, join: Join, scope: Scope) -> Reached:
        plan = self.index(join.index.text, join.index.place)
        if len(join.keys) != len(plan.keys):
            message = f"the index '{plan.name}' has {len(plan.keys)} key fields, here are {len(join.keys)}"
            raise DefinitionRefused(Fault("J401", message, join.place))
        route = None if join.path is None else self._below(join.path, plan.ground, scope)
        ground = plan.ground if route is None else route.ground
        source = JoinSource(plan.number, self.keys(join.keys, scope), route, plan.many, join.place)
        return Reached(source, ground, group_of(route, plan.group))

    def _group_source(self, group: Group, scope: Scope) -> Reached:
        children: dict[str, Ground] = {}
        members: list[tuple[str, Route]] = []
        keys: list[tuple[Route, ...]] = []
        for path in group.members:
            route = self.route(path, scope)
            name = path.last_name
            members.append((name, route))
            children[name] = route.ground
            routes = tuple(self._below(by, route.ground, scope) for by in group.by)
            keys.append(routes)
            for by, key in zip(group.by, routes, strict=True):
                children.setdefault(by.last_name, key.ground)
        named = tuple((by.last_name, by) for by in group.by)
        source = GroupSource(tuple(members), named, tuple(keys), group.adjacent, group.place)
        label = ",".join(str(path) for path in group.members)
        return Reached(source, Ground("virtual", children), f"{scope.group}/group({label})")

    def _slots(self, slots: Slots, scope: Scope) -> Reached:
        written = (*slots.paths, *(paths[0] for _, paths in slots.of if paths))
        label = f"{scope.group}{SLOTS}{','.join(str(path) for path in written)})"
        routes = tuple(self.route(path, scope) for path in slots.paths)
        if routes:
            return Reached(SlotsSource(routes, 1, ()), routes[0].ground, label)
        named = tuple((name.text, tuple(self.route(path, scope) for path in paths)) for name, paths in slots.of)
        children = {name: paths[0].ground for name, paths in named if paths}
        children["slot"] = _TEXT
        return Reached(SlotsSource((), slots.first, named), Ground("virtual", children), label)

    def _parse(self, parse: Parse, scope: Scope) -> Reached:
        pattern = self.pattern(parse.pattern.text, parse.pattern.place)
        children: dict[str, Ground] = {}
        if pattern.plain is not None:
            children = dict.fromkeys(pattern.plain.groups, _TEXT)
        for kind in pattern.kinds:
            groups = () if kind.pattern is None else kind.pattern.groups
            children[kind.name] = Ground("virtual", dict.fromkeys(groups, _TEXT))
        value = self._resolve_value(parse.value, scope)
        label = f"{scope.group}/parse({parse.pattern.text})"
        return Reached(ParseSource(pattern, value), Ground("virtual", children), label)

    def pattern(self, name: str, place: Place) -> TextPattern:
        """Give a pattern. Raises `DefinitionRefused` (J405, J408, X101)."""
        pattern = self.patterns.get(name)
        if pattern is None:
            message = f"no pattern is named '{name}'{suggestion(name, self.patterns)}"
            raise DefinitionRefused(Fault("X505", message, place))
        if isinstance(pattern, DefinitionRefused):
            raise DefinitionRefused.of(pattern.faults)
        return pattern

    def pick(self, pick: Pick | None, ground: Ground, scope: Scope) -> PickPlan | None:
        """Resolve a pick; its path begins at each of the nodes."""
        if pick is None:
            return None
        route = None if pick.path is None else self._below(pick.path, ground, scope)
        return PickPlan(pick.kind, route, pick.separator, pick.place)

    # -- conditions -------------------------------------------------------------------------------------------------

    def test(self, condition: Condition, scope: Scope) -> Test:
        """Resolve a condition. Raises `DefinitionRefused`."""
        match condition:
            case Compare(operator=operator, left=left, right=right):
                return CompareTest(operator, self._operand(left, scope), self._operand(right, scope))
            case In(item=item, literals=literals):
                return InTest(self._operand(item, scope), literals)
            case Has(item=item):
                return HasTest(self._item(item, scope))
            case Matches(item=item, pattern=pattern, place=place):
                return MatchesTest(self._item(item, scope), self.pattern(pattern, place))
            case Is(type=name):
                return IsTest(frozenset({name, name.rpartition(":")[2]}))
            case Not(item=inner):
                return NotTest(self.test(inner, scope))
            case And(items=items):
                return LogicTest(every=True, items=tuple(self.test(item, scope) for item in items))
            case Or(items=items):
                return LogicTest(every=False, items=tuple(self.test(item, scope) for item in items))

    def optional_test(self, condition: Condition | None, scope: Scope) -> Test | None:
        """Resolve a condition if there is one."""
        return None if condition is None else self.test(condition, scope)

    def _operand(self, operand: OperandTree, scope: Scope) -> Operand:
        match operand:
            case Literal():
                return LiteralOperand(operand)
            case Count(item=item):
                return CountOperand(self._item(item, scope))
            case _:
                return self._item(operand, scope)

    def _item(self, item: Path | Outer, scope: Scope) -> Route:
        if isinstance(item, Outer):
            self.named(item.block, scope, item.place)
            return self.route(item.path, scope, item.block)
        return self.route(item, scope)


def _whole(route: Route) -> Source | None:
    """Give the way to all nodes of a group, or None where a route takes all of them."""
    if not any(filtered(step) for step in route.steps):
        return None
    steps: list[XmlStep | JsonStep] = []
    for step in route.steps:
        if isinstance(step, XmlStep):
            steps.append(replace(step, predicates=()))
        else:
            steps.append(replace(step, selectors=(JsonWildcard(),)) if filtered(step) else step)
    return RouteSource(Route(route.path, route.scope, tuple(steps), route.ground))


def group_of(route: Route | None, base: str) -> str:
    """Name the set of nodes that a route can lead to: the names on the way, without predicates and positions."""
    if route is None:
        return base
    pieces = ["" if route.scope == "/" else base]
    for step in route.steps:
        if isinstance(step, XmlStep):
            mark = {Axis.ATTRIBUTE: "@", Axis.DESCENDANT: "/"}.get(step.axis, "")
            pieces.append(f"{mark}{step.name}")
        else:
            names = "|".join(selector.name for selector in step.selectors if isinstance(selector, JsonName))
            if names or step.descendant:
                pieces.append(f"{'.' if step.descendant else ''}{names}")
    return "/".join(pieces)

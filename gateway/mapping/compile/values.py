"""Compiling value rules: the usual way inline, everything else by one call of the interpreter for this rule."""

import ast
from collections.abc import Callable, Sequence

from gateway.mapping.compile.fits import FitCode, Read
from gateway.mapping.compile.reads import NodeCode, plain_clean
from gateway.mapping.compile.syntax import (
    Names,
    assign,
    attribute,
    both,
    call,
    const,
    contains,
    differs,
    if_,
    is_none,
    load,
    method,
    not_,
    not_none,
    statement,
    tuple_of,
)
from gateway.mapping.compile.writes import Holder
from gateway.mapping.convert.catalogue import CONVERTERS
from gateway.mapping.convert.converter import Bad
from gateway.mapping.language.rules import MissingWord, TemplateGroup, TemplateItem, TemplateName, TemplateText
from gateway.mapping.program.program import Field, Program
from gateway.mapping.program.values import (
    ChooseOrigin,
    ConstOrigin,
    FirstOrigin,
    LookupPlan,
    ReadOrigin,
    RefOrigin,
    RouteSource,
    Stage,
    TextOrigin,
    Value,
)
from gateway.mapping.run.fit import Fit
from gateway.mapping.run.got import DEFAULTED, row_mark
from gateway.mapping.tables import Match, fold_key

__all__ = ["Then", "ValueCode"]

_MOST_BRANCHES = 6

Then = Callable[[Read], list[ast.stmt]]


class _NotSimple(Exception):
    """The rule is left to the interpreter."""


class ValueCode:
    """Compiles the values of one function."""

    def __init__(self, program: Program, names: Names, node: NodeCode, frame: str) -> None:
        self._program = program
        self._fits = FitCode(names, frame)
        self._plain = plain_clean(program)
        self._names = names
        self._node = node
        self._branches = 0

    def value(
        self, value: Value, fit: Fit, slow: ast.stmt, write: Callable[[ast.expr], list[ast.stmt]], field: Field
    ) -> list[ast.stmt] | None:
        """Give the statements of a rule: `write` puts a result in its place, `slow` starts the rule anew.

        None means that only the slow way will do.
        """
        self._branches = 0
        missing = value.on_missing or self._program.on_missing

        def nothing() -> list[ast.stmt]:
            return [] if missing is MissingWord.SKIP else [slow]

        def done(read: Read) -> list[ast.stmt]:
            return self._fits.written(read, fit, slow, write, field)

        try:
            return self._tested(value, fit, slow, done, nothing)
        except _NotSimple:
            return None

    def reference(
        self, value: Value, field: Field, into: Holder, write: Callable[[ast.expr], list[ast.stmt]]
    ) -> list[ast.stmt] | None:
        """Give the statements of a reference whose key is read simply; None where the slow way must judge."""
        origin = value.origin
        missing = value.on_missing or self._program.on_missing
        if not isinstance(origin, RefOrigin) or value.default is not None or missing is not MissingWord.SKIP:
            return None
        test = None if value.test is None else self._node.test(value.test)
        if (value.test is not None and test is None) or value.stages or value.lookup is not None:
            return None
        keys: ast.expr = const(None)
        before: list[ast.stmt] = []
        needed: list[ast.expr] = []
        if origin.keys is not None:
            variables: list[ast.expr] = []
            for key in origin.keys:
                text = self._node.key(key)
                if text is None:
                    return None
                variable = self._names.local("k")
                before.append(assign(variable, text))
                needed.append(not_none(load(variable)))
                variables.append(load(variable))
            keys = tuple_of(*variables)
        refer = self._refer(origin, value, field, keys, into, write)
        body = [*before, if_(both(needed), refer)] if needed else [*before, *refer]
        return body if test is None else [if_(test, body)]

    def _refer(
        self,
        origin: RefOrigin,
        value: Value,
        field: Field,
        keys: ast.expr,
        into: Holder,
        write: Callable[[ast.expr], list[ast.stmt]],
    ) -> list[ast.stmt]:
        """Set a reference aside until all entities are known."""
        constant = self._names.constant
        frame = load(into.frame)
        if field.many:
            refer = method(load("c"), "refer", constant(field), constant(value), keys, frame, *into.rest()[:2])
            return [statement(refer)]
        policy = constant(value.on_error or self._program.on_error)
        holder, statements = into.below(self._names, field.steps[:-1])
        numbers = (const(field.number), frame, const(value.number), policy, load(into.item), load(holder))
        made = call("Pending", constant(origin.blocks), keys, *numbers, const(field.steps[-1]))
        variable = self._names.local("q")
        trace = tuple_of(const(field.number), frame, self._trace(value.number, 0))
        return [
            *statements,
            assign(variable, made),
            statement(method(load("pending"), "append", load(variable))),
            statement(method(load("lineage"), "append", trace)),
            *write(load(variable)),
        ]

    def _tested(
        self, value: Value, fit: Fit, slow: ast.stmt, then: Then, missing: Callable[[], list[ast.stmt]]
    ) -> list[ast.stmt]:
        """A rule whose `when` does not hold writes nothing, and nobody asks whether its value is missing."""
        if value.test is None:
            return self._value(value, fit, slow, then, missing)
        test = self._node.test(value.test)
        if test is None:
            raise _NotSimple
        return [if_(test, self._value(value, fit, slow, then, missing, tested=True))]

    # -- origins ----------------------------------------------------------------------------------------------------

    def _value(
        self,
        value: Value,
        fit: Fit | None,
        slow: ast.stmt,
        then: Then,
        missing: Callable[[], list[ast.stmt]],
        *,
        tested: bool = False,
    ) -> list[ast.stmt]:
        if value.pick is not None or value.flatten or value.number_kind or (value.test is not None and not tested):
            raise _NotSimple
        if value.on_missing not in {None, MissingWord.SKIP}:
            missing = lambda: [slow]  # noqa: E731  a rule's own policy replaces that around it
        if value.default is not None:
            missing = self._default(value, then)

        def staged(read: Read) -> list[ast.stmt]:
            return self._stages(value, value.stages, read, fit, slow, then)

        return self._origin(value, slow, staged, missing)

    def _default(self, value: Value, then: Then) -> Callable[[], list[ast.stmt]]:
        self._branch()
        trace = self._trace(value.number, DEFAULTED)
        known = (value.number, DEFAULTED)
        return lambda: then(Read(const(value.default or ""), None, trace, is_text=True, known=known))

    def _branch(self) -> None:
        self._branches += 1
        if self._branches > _MOST_BRANCHES:
            raise _NotSimple

    def _trace(self, number: int, mark: int) -> ast.expr:
        return self._names.constant((number, mark))

    def _origin(
        self, value: Value, slow: ast.stmt, then: Then, missing: Callable[[], list[ast.stmt]]
    ) -> list[ast.stmt]:
        match value.origin:
            case ConstOrigin(text=text):
                trace = self._trace(value.number, 0)
                return then(Read(const(text), None, trace, is_text=True, known=(value.number, 0)))
            case ReadOrigin(source=RouteSource()):
                return self._read(value, slow, then, missing)
            case TextOrigin(template=template, names=named) if template is not None:
                return self._template(template, named, slow, then, missing)
            case FirstOrigin(values=values):
                return self._first(values, slow, then, missing)
            case ChooseOrigin():
                return self._choose(value.origin, slow, then, missing)
            case _:
                raise _NotSimple

    def _first(
        self, values: Sequence[Value], slow: ast.stmt, then: Then, missing: Callable[[], list[ast.stmt]]
    ) -> list[ast.stmt]:
        if not values:
            return missing()
        self._branch()
        if values[0].test is not None or values[0].on_missing is not None:
            raise _NotSimple
        return self._value(values[0], None, slow, then, lambda: self._first(values[1:], slow, then, missing))

    def _choose(
        self, origin: ChooseOrigin, slow: ast.stmt, then: Then, missing: Callable[[], list[ast.stmt]]
    ) -> list[ast.stmt]:
        statements = missing()
        for branch in reversed(origin.branches):
            self._branch()
            inner = self._value(branch.value, None, slow, then, missing)
            if branch.test is None:
                statements = inner
                continue
            test = self._node.test(branch.test)
            if test is None:
                raise _NotSimple
            statements = [if_(test, inner, statements)]
        return statements

    def _read(self, value: Value, slow: ast.stmt, then: Then, missing: Callable[[], list[ast.stmt]]) -> list[ast.stmt]:
        """Read a text: missing, simple, or for the interpreter to judge."""
        if not isinstance(value.origin, ReadOrigin) or not isinstance(value.origin.source, RouteSource):
            raise _NotSimple
        route = value.origin.source.route
        texts = self._node.text(route, plain=self._plain)
        if texts is None:
            raise _NotSimple
        x, r, s = texts
        known = (value.number, 0)
        filled = then(Read(load(s), load(r), self._trace(value.number, 0), is_text=True, known=known))
        if value.nulls:
            filled = [if_(contains(self._names.constant(value.nulls), load(s)), [slow], filled)]
        if not self._plain:
            filled = [if_(method(load(s), "strip"), filled, [slow])]
        blank = [slow] if self._program.empty_is_error else missing()
        there = not_none(load(x))
        odd = both([is_none(load(r)), there])
        # What is there and has no simple text is judged by the interpreter.
        if not blank and not missing():
            return [if_(load(r), filled, [if_(odd, [slow])])]
        return [if_(load(r), filled, [if_(odd, [slow], [if_(there, blank, missing())])])]

    def _template(
        self,
        template: tuple[TemplateItem, ...],
        named: tuple[tuple[str, Value], ...],
        slow: ast.stmt,
        then: Then,
        missing: Callable[[], list[ast.stmt]],
    ) -> list[ast.stmt]:
        """Read each name into a variable, then put the text together."""
        statements: list[ast.stmt] = []
        texts: dict[str, str] = {}
        traces: list[tuple[str, tuple[int, int]]] = []
        bad = self._names.local("b")
        statements.append(assign(bad, const(False)))
        for name, value in named:
            if not isinstance(value.origin, ReadOrigin) or value.stages or value.lookup or value.default is not None:
                raise _NotSimple
            variable = self._names.local("p")
            texts[name] = variable
            traces.append((variable, (value.number, 0)))
            flag = assign(bad, const(True))

            def keep(read: Read, variable: str = variable) -> list[ast.stmt]:
                return [assign(variable, read.value)]

            statements.append(assign(variable, const(None)))
            statements += self._value(value, None, flag, keep, list)
        always = {texts[item.name.text] for item in template if isinstance(item, TemplateName)}
        if not always:
            # Of such a text nothing but fixed characters may be left: the interpreter says whose they are.
            raise _NotSimple
        trace = self._joined(traces, always)
        result = self._names.local("s")
        whole = self._filled(template, texts)
        needed = [not_none(load(variable)) for variable in texts.values() if variable in always]
        body: list[ast.stmt] = [assign(result, whole)]
        body.append(if_(load(result), then(Read(load(result), load(result), trace, is_text=True)), missing()))
        guarded = [if_(both(needed), body, missing())] if needed else body
        return [*statements, if_(load(bad), [slow], guarded)]

    def _joined(self, traces: list[tuple[str, tuple[int, int]]], always: set[str]) -> ast.expr:
        """Join the traces of the names that are there, of which some are known to be."""
        result: ast.expr | None = None
        run: tuple[int, ...] = ()
        for variable, trace in traces:
            if variable in always:
                run += trace
                continue
            there, missing = self._names.constant(run + trace), self._names.constant(run)
            part: ast.expr = ast.IfExp(is_none(load(variable)), missing, there)
            result = part if result is None else ast.BinOp(result, ast.Add(), part)
            run = ()
        if result is None or run:
            rest = self._names.constant(run)
            result = rest if result is None else ast.BinOp(result, ast.Add(), rest)
        return result

    def _filled(self, template: Sequence[TemplateItem], texts: dict[str, str]) -> ast.expr:
        pieces: list[ast.expr] = []
        for one in template:
            match one:
                case TemplateText(text=text):
                    pieces.append(const(text))
                case TemplateName(name=name):
                    pieces.append(load(texts[name.text]))
                case TemplateGroup(items=items):
                    needed = [not_none(load(texts[i.name.text])) for i in items if isinstance(i, TemplateName)]
                    pieces.append(ast.IfExp(both(needed), self._filled(items, texts), const("")))
        result = pieces[0] if pieces else const("")
        for piece in pieces[1:]:
            result = ast.BinOp(result, ast.Add(), piece)
        return result

    # -- stages -----------------------------------------------------------------------------------------------------

    def _stages(
        self, value: Value, stages: Sequence[Stage], read: Read, fit: Fit | None, slow: ast.stmt, then: Then
    ) -> list[ast.stmt]:
        if not stages:
            if value.lookup is not None:
                return self._lookup(value, value.lookup, read, fit, slow, then)
            return then(read)
        stage = stages[0]
        if stage.depends is not None:
            raise _NotSimple
        result = self._names.local("s")
        gives = CONVERTERS[stage.name].gives
        after = Read(load(result), read.raw, read.trace, is_text=gives == "text", known=read.known)
        rest = self._stages(value, stages[1:], after, fit, slow, then)
        if stage.methods and read.is_text:
            made = assign(result, self._by_methods(stage, read.value))
            never_empty = all(step[0] in {"upper", "lower", "prefix", "suffix"} for step in stage.methods)
            return [made, *rest] if never_empty else [made, if_(load(result), rest, [slow])]
        made = assign(result, call(self._names.keep(stage.function), read.value, const("")))
        kind = attribute(load(result), "__class__")
        good = not_(contains(load("FAILED"), kind))
        usable = both([good, differs(load(result), const(""))]) if gives == "text" else good
        return [made, if_(usable, rest, [slow])]

    @staticmethod
    def _by_methods(stage: Stage, value: ast.expr) -> ast.expr:
        for name, *arguments in stage.methods:
            texts = [const(argument) for argument in arguments]
            match name:
                case "prefix":
                    value = ast.BinOp(texts[0], ast.Add(), value)
                case "suffix":
                    value = ast.BinOp(value, ast.Add(), texts[0])
                case _:
                    value = method(value, name, *texts)
        return value

    def _lookup(
        self, value: Value, plan: LookupPlan, read: Read, fit: Fit | None, slow: ast.stmt, then: Then
    ) -> list[ast.stmt]:
        """Look a text up in a dictionary that was made of the table's rows; a row that does not fit is left out."""
        if plan.composite or plan.as_of is not None or not read.is_text or plan.table.dated:
            raise _NotSimple
        rows: dict[str, tuple[str, tuple[int, ...]]] = {}
        kept = fit.raw if fit is not None and not plan.table.fold else None
        for row in plan.table.rows:
            result = row.target if plan.take == "target" else row.cells.get(plan.take, "")
            if row.match is Match.NONE or not result:
                continue
            if fit is not None and isinstance(fit.write(result, None), Bad):
                continue
            if kept is not None and isinstance(kept.text(row.keys[0]), Bad):
                continue
            rows[fold_key(row.keys[0], plan.table.fold)] = (
                result,
                (*(read.known or ()), value.number, row_mark(row.number)),
            )
        key = read.value
        if plan.table.fold:
            key = call("fold_key", key, self._names.constant(plan.table.fold))
        found, row_trace = self._names.local("w"), self._names.local("t")
        trace = load(row_trace)
        if read.known is None:
            trace = ast.BinOp(read.trace, ast.Add(), trace)
        same = read.value if kept is not None and not value.stages else None
        after = Read(load(found), read.raw, trace, is_text=True, fits=fit is not None, key=same)
        got = method(load(self._names.keep(rows)), "get", key, load("NO_ROW"))
        pair = ast.Tuple([ast.Name(found, ast.Store()), ast.Name(row_trace, ast.Store())], ast.Store())
        return [ast.Assign([pair], got), if_(not_none(load(found)), then(after), [slow])]

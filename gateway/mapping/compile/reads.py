"""Compiling what is read: expressions for simple paths, shared prefixes, and simple conditions.

A path that is not simple (predicates, other blocks, several steps down made nodes) gives None: the rule then runs by
the interpreter.
"""

import ast
from dataclasses import dataclass, field

from gateway.mapping.compile.syntax import (
    Names,
    assign,
    attribute,
    both,
    call,
    const,
    contains,
    differs,
    either,
    equal,
    is_none,
    load,
    method,
    not_,
    not_none,
    of_class,
)
from gateway.mapping.language.conditions import Literal
from gateway.mapping.paths.path import Axis, JsonName, JsonStep, XmlStep
from gateway.mapping.program.program import Program
from gateway.mapping.program.values import (
    CompareTest,
    Ground,
    HasTest,
    InTest,
    LiteralOperand,
    LogicTest,
    NotTest,
    Route,
    RouteSource,
    Source,
    Test,
)
from gateway.mapping.run.node import NIL

__all__ = ["NodeCode", "plain_clean"]


def plain_clean(program: Program) -> bool:
    """True when texts are cleaned by `trim` and `nfc` alone, in this order: the default, which is compiled inline."""
    return [stage.name for stage in program.clean] == ["trim", "nfc"]


@dataclass(slots=True, eq=False)
class NodeCode:
    """The code that reads from one node, held in the variable `node`. `setup` is what must run before any read."""

    names: Names
    ground: Ground
    node: str
    rooted: bool
    """True when the node is the top of a JSON document, so that paths from the top begin here too."""
    plain: bool = False
    """True when texts are cleaned inline (`plain_clean`)."""
    setup: list[ast.stmt] = field(default_factory=list)
    _prefixes: dict[tuple[str, ...], str] = field(default_factory=dict)
    _texts: dict[tuple[str, tuple[str, ...]], tuple[str, str, str]] = field(default_factory=dict)

    def inner(self) -> "NodeCode":
        """Give code that reads from the same node further in; what it reads first, only it knows."""
        return NodeCode(
            self.names, self.ground, self.node, self.rooted, self.plain, [], dict(self._prefixes), dict(self._texts)
        )

    def read(self, route: Route) -> ast.expr | None:
        """Give an expression for the raw value at a route: None, a value, or something the slow way must judge."""
        if route.scope and not (route.scope == "/" and self.rooted):
            return None
        if not route.steps:
            return load(self.node) if route.scope == "" else None
        match self.ground.kind:
            case "json":
                return self._json(route)
            case "xml":
                return self._xml(route)
            case "row":
                return method(self._base("cells"), "get", const(_name(route.steps[0])))
            case "virtual":
                name = _name(route.steps[0])
                simple = len(route.steps) == 1 and name
                return call("virtual_child", load(self.node), const(name)) if simple else None
            case _:
                return None

    def child(self, route: Route) -> str:
        """Give the name of the child of a made node that a route leads to, or nothing."""
        return _name(route.steps[0]) if not route.scope and len(route.steps) == 1 else ""

    def element(self, route: Route) -> bool:
        """True when what a route reads from XML is an element, not an attribute or text."""
        last = route.steps[-1] if route.steps else None
        return self.ground.kind == "xml" and not (isinstance(last, XmlStep) and last.axis is not Axis.CHILD)

    def _base(self, kind: str) -> ast.expr:
        """Give the variable that children are looked up in, made once per node."""
        name = self._prefixes.get(())
        if name is None:
            name = self.names.local("d")
            self._prefixes[()] = name
            node = load(self.node)
            if kind == "members":
                value: ast.expr = ast.IfExp(of_class(node, "dict"), load(self.node), load("EMPTY"))
            elif kind == "cells":
                value = attribute(node, "cells")
            else:
                value = call("kids", node)
            self.setup.append(assign(name, value))
        return load(name)

    def _json(self, route: Route) -> ast.expr | None:
        steps: list[str] = []
        for step in route.steps:
            if not isinstance(step, JsonStep) or step.descendant or len(step.selectors) != 1:
                return None
            selector = step.selectors[0]
            if not isinstance(selector, JsonName):
                return None
            steps.append(selector.name)
        holder = self._members(tuple(steps[:-1]))
        return method(load(holder), "get", self.names.constant(steps[-1]))

    def _members(self, steps: tuple[str, ...]) -> str:
        """Give the variable with the object at some members; an empty one where there is none."""
        if not steps:
            self._base("members")
            return self._prefixes[()]
        name = self._prefixes.get(steps)
        if name is None:
            above = self._members(steps[:-1])
            name = self.names.local("d")
            self._prefixes[steps] = name
            self.setup.append(assign(name, method(load(above), "get", self.names.constant(steps[-1]))))
            self.setup.append(assign(name, ast.IfExp(of_class(load(name), "dict"), load(name), load("EMPTY"))))
        return name

    def _xml(self, route: Route) -> ast.expr | None:
        names: list[str] = []
        last: XmlStep | None = None
        for at, step in enumerate(route.steps):
            if not isinstance(step, XmlStep) or step.predicates:
                return None
            if step.axis is Axis.CHILD:
                names.append(step.name)
            elif step.axis in {Axis.ATTRIBUTE, Axis.TEXT} and at == len(route.steps) - 1:
                last = step
            else:
                return None
        if last is None:
            return method(load(self._kids(tuple(names[:-1]))), "get", self.names.constant(names[-1]))
        if names:
            element = method(load(self._kids(tuple(names[:-1]))), "get", self.names.constant(names[-1]))
            return call("text_below" if last.axis is Axis.TEXT else "attribute_of", element, const(last.name))
        if last.axis is Axis.TEXT:
            return attribute(load(self.node), "text")
        return method(attribute(load(self.node), "attributes"), "get", self.names.constant(last.name))

    def _kids(self, steps: tuple[str, ...]) -> str:
        """Give the variable with the children of the element at some steps."""
        if not steps:
            self._base("kids")
            return self._prefixes[()]
        name = self._prefixes.get(steps)
        if name is None:
            above = self._kids(steps[:-1])
            name = self.names.local("d")
            self._prefixes[steps] = name
            element = method(load(above), "get", self.names.constant(steps[-1]))
            self.setup.append(assign(name, call("kids", element)))
        return name

    def key(self, source: Source) -> ast.expr | None:
        """Give an expression for the text of a key, None at run time when missing; None where it is not simple."""
        if not isinstance(source, RouteSource) or source.route.ground.number:
            return None
        value = self._asked(source.route)
        # Of several nodes, or of an array, the first is the key.
        return None if value is None else call("clean_first", value, self.names.constant(source.route.nulls))

    # -- texts ------------------------------------------------------------------------------------------------------

    def simple(self, route: Route, value: str) -> ast.expr | None:
        """Give a test that the value in a variable is of a kind whose text is read by `stripped`; None for always."""
        if self.ground.kind == "row":
            return None
        if self.ground.kind == "xml" and self.element(route):
            x = load(value)
            nil = contains(attribute(load(value), "attributes"), const(NIL))
            return both([of_class(x, "XmlElement"), not_(attribute(load(value), "children")), not_(nil)])
        return of_class(load(value), "str")

    def text(self, route: Route, *, plain: bool) -> tuple[str, str, str] | None:
        """Give variables with the value at a route, its text without the blanks around it, and its cleaned text.

        The second is None where there is nothing, or nothing simple. Each route is read once per node.
        """
        key = (route.scope, _label(route))
        known = self._texts.get(key)
        if known is not None:
            return known
        expression = self.read(route)
        if expression is None:
            return None
        x, r, s = (self.names.local(prefix) for prefix in "xrs")
        written = attribute(load(x), "text") if self.element(route) else load(x)
        simple = self.simple(route, x)
        otherwise: ast.expr = const(None)
        if self.ground.kind == "json":
            otherwise = ast.IfExp(is_none(load(x)), const(None), call("scalar_text", load(x)))
        stripped = ast.IfExp(simple if simple is not None else not_none(load(x)), method(written, "strip"), otherwise)
        cleaned: ast.expr = call("compose", const("NFC"), load(r))
        if not plain:
            # A number has no blanks around it, so that its text is what was read.
            whole = (
                ast.IfExp(simple, written, load(r)) if simple is not None and self.ground.kind == "json" else written
            )
            cleaned = call("cleaned", whole)
        as_it_is = [not_(load(r)), method(load(r), "isascii")] if plain else [is_none(load(r))]
        self.setup.append(assign(x, expression))
        self.setup.append(assign(r, stripped))
        self.setup.append(assign(s, ast.IfExp(either(as_it_is), load(r), cleaned)))
        self._texts[key] = (x, r, s)
        return x, r, s

    # -- conditions -------------------------------------------------------------------------------------------------

    def test(self, test: Test) -> ast.expr | None:
        """Give an expression for a simple condition; conditions on texts go through `clean` and `present`."""
        match test:
            case CompareTest(operator="==" | "!=", left=Route() as route, right=LiteralOperand(literal=literal)):
                return self._comparison(test.operator, route, literal)
            case InTest(item=Route() as route, literals=literals):
                text = self._text(route)
                if text is None or any(literal.kind == "number" for literal in literals):
                    return None
                words = frozenset(literal.text for literal in literals if literal.text.strip()) - route.nulls
                return contains(self.names.constant(words), text)
            case HasTest(route=route):
                return self._has(route)
            case NotTest(item=inner):
                expression = self.test(inner)
                return None if expression is None else not_(expression)
            case LogicTest(every=every, items=items):
                parts = [self.test(item) for item in items]
                known = [part for part in parts if part is not None]
                if len(known) < len(parts):
                    return None
                return both(known) if every else either(known)
            case _:
                return None

    def _asked(self, route: Route) -> ast.expr | None:
        """Give what a condition looks at: the first of several nodes, which below one step is found by walking."""
        if self.ground.kind == "virtual" or (route.scope and not self.rooted):
            return None
        if self.ground.kind == "xml" and len(route.steps) > 1:
            last = route.steps[-1]
            first = route.steps[0]
            if not isinstance(last, XmlStep) or last.axis is not Axis.ATTRIBUTE or len(route.steps) != 2:
                return None
            if not isinstance(first, XmlStep) or first.axis is not Axis.CHILD or first.predicates:
                return None
            element = method(load(self._kids(())), "get", self.names.constant(first.name))
            return call("attributes_of", element, const(last.name))
        return self.read(route)

    def _shared(self, route: Route) -> tuple[str, str, str] | None:
        """Give the variables of a text that a condition may share with the values: one step, cleaned inline."""
        lone = len(route.steps) == 1 and self.ground.kind in {"json", "xml", "row"}
        return self.text(route, plain=True) if self.plain and lone else None

    def _has(self, route: Route) -> ast.expr | None:
        nulls = self.names.constant(route.nulls)
        shared = self._shared(route)
        if shared is None:
            value = self._asked(route)
            return None if value is None else call("present", value, nulls)
        x, r, s = shared
        filled = load(r) if not route.nulls else both([load(r), not_(contains(nulls, load(s)))])
        return ast.IfExp(not_none(load(r)), filled, both([not_none(load(x)), call("present", load(x), nulls)]))

    def _text(self, route: Route) -> ast.expr | None:
        """Give the text that a condition compares; what is no text where it is missing, or equals no literal."""
        nulls = self.names.constant(route.nulls)
        clean = "clean_first" if self.ground.kind == "xml" else "clean"
        shared = self._shared(route)
        if shared is None:
            value = self._asked(route)
            return None if value is None else call(clean, value, nulls)
        x, r, s = shared
        return ast.IfExp(not_none(load(r)), load(s), both([not_none(load(x)), call(clean, load(x), nulls)]))

    def _comparison(self, operator: str, route: Route, literal: Literal) -> ast.expr | None:
        text = self._text(route)
        if text is None or literal.kind == "number":
            return None
        if operator == "==":
            # A spelling of null, or a blank, is missing, and equals nothing.
            possible = literal.text.strip() and literal.text not in route.nulls
            return equal(text, const(literal.text)) if possible else const(False)
        name = self.names.local("t")
        there: list[ast.expr] = [ast.NamedExpr(ast.Name(name, ast.Store()), text)]
        if route.nulls:
            there.append(not_(contains(self.names.constant(route.nulls), load(name))))
        return both([*there, differs(load(name), const(literal.text))])


def _label(route: Route) -> tuple[str, ...]:
    """Tell simple routes apart, whatever place they were written at."""
    return tuple(f"{step.axis}:{step.name}" if isinstance(step, XmlStep) else _name(step) for step in route.steps)


def _name(step: XmlStep | JsonStep) -> str:
    if isinstance(step, XmlStep):
        return step.name
    selector = step.selectors[0]
    return selector.name if isinstance(selector, JsonName) else ""

"""Making Python syntax trees: the few forms that compiled mappings use, and the places they are given.

Guarantees that no text becomes program text: names are made here and numbered, everything else is a constant.
"""

import ast
from collections.abc import Iterable, Sequence

from gateway.errors import Place

__all__ = [
    "Lines",
    "Names",
    "assign",
    "at_most",
    "attribute",
    "both",
    "call",
    "const",
    "contains",
    "differs",
    "either",
    "equal",
    "identical",
    "if_",
    "is_none",
    "item",
    "load",
    "locate",
    "method",
    "not_",
    "not_none",
    "of_class",
    "put_item",
    "statement",
    "tuple_of",
]


class Names:
    """Numbered names of one function, and the constants that all functions share."""

    def __init__(self, shared: dict[str, object]) -> None:
        self.shared = shared
        self._known: dict[int, str] = {}
        self._locals = 0

    def local(self, prefix: str) -> str:
        """Give a new local name."""
        self._locals += 1
        return f"{prefix}{self._locals}"

    def constant(self, value: object) -> ast.expr:
        """Give an expression for a value: a literal, or a numbered global."""
        if value is None or isinstance(value, str | int | bool):
            return ast.Constant(value)
        if isinstance(value, tuple) and all(isinstance(one, str | int) for one in value):
            return ast.Tuple([ast.Constant(one) for one in value], ast.Load())
        return load(self.keep(value))

    def keep(self, value: object) -> str:
        """Give the name of a shared constant."""
        name = self._known.get(id(value))
        if name is None or self.shared.get(name) is not value:
            name = f"K{len(self.shared)}"
            self.shared[name] = value
            self._known[id(value)] = name
        return name


def load(name: str) -> ast.expr:
    """Give a name that is read."""
    return ast.Name(name, ast.Load())


def const(value: str | int | bool | None) -> ast.expr:
    """Give a literal."""
    return ast.Constant(value)


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """Call a function by its name."""
    return ast.Call(load(function), list(arguments), [])


def method(target: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    """Call a method."""
    return ast.Call(ast.Attribute(target, name, ast.Load()), list(arguments), [])


def attribute(target: ast.expr, name: str) -> ast.expr:
    """Read an attribute."""
    return ast.Attribute(target, name, ast.Load())


def item(target: ast.expr, key: ast.expr) -> ast.expr:
    """Read an item."""
    return ast.Subscript(target, key, ast.Load())


def tuple_of(*items: ast.expr) -> ast.expr:
    """Make a tuple."""
    return ast.Tuple(list(items), ast.Load())


def assign(name: str, value: ast.expr) -> ast.stmt:
    """Assign to a local name."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def put_item(target: ast.expr, key: ast.expr, value: ast.expr, also: str = "") -> ast.stmt:
    """Assign to an item, and to a name."""
    targets: list[ast.expr] = [ast.Name(also, ast.Store())] if also else []
    return ast.Assign([*targets, ast.Subscript(target, key, ast.Store())], value)


def statement(expression: ast.expr) -> ast.stmt:
    """Make a statement of an expression."""
    return ast.Expr(expression)


def if_(test: ast.expr, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt] = ()) -> ast.stmt:
    """Branch; an empty body does nothing."""
    return ast.If(test, list(body) or [ast.Pass()], list(orelse))


def not_(test: ast.expr) -> ast.expr:
    """Negate."""
    return ast.UnaryOp(ast.Not(), test)


def both(tests: Sequence[ast.expr]) -> ast.expr:
    """Join with `and`."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def either(tests: Sequence[ast.expr]) -> ast.expr:
    """Join with `or`."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right])


def identical(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left is right`."""
    return _compare(left, ast.Is(), right)


def differs(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left != right`."""
    return _compare(left, ast.NotEq(), right)


def equal(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left == right`."""
    return _compare(left, ast.Eq(), right)


def contains(container: ast.expr, value: ast.expr) -> ast.expr:
    """`value in container`."""
    return _compare(value, ast.In(), container)


def at_most(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left <= right`."""
    return _compare(left, ast.LtE(), right)


def is_none(value: ast.expr) -> ast.expr:
    """`value is None`."""
    return _compare(value, ast.Is(), ast.Constant(None))


def not_none(value: ast.expr) -> ast.expr:
    """`value is not None`."""
    return _compare(value, ast.IsNot(), ast.Constant(None))


def of_class(value: ast.expr, kind: str) -> ast.expr:
    """`value.__class__ is kind`, faster than isinstance and as exact as the document trees allow."""
    return _compare(attribute(value, "__class__"), ast.Is(), load(kind))


class Lines:
    """The lines of the mapping's file, to turn columns in characters into columns in bytes, as `ast` counts."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        self._lines = data.decode("utf-8", "replace").split("\n")

    def column(self, line: int, column: int) -> int:
        """Give the offset in bytes of a 1-based column in characters."""
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return max(column - 1, 0) if text.isascii() else len(text[: column - 1].encode())


def locate(nodes: Iterable[ast.stmt], place: Place, lines: Lines) -> None:
    """Give the place of a rule to every node that has none yet; rules of other files keep their user's place."""
    line = place.line if place.file == lines.file and place.line else 1
    start = lines.column(line, place.column) if place.file == lines.file else 0
    end = max(lines.column(line, place.end_column), start + 1) if place.file == lines.file else 1
    stack: list[ast.AST] = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword):
            if hasattr(node, "lineno"):
                # What is below a node that has its place has it too.
                continue
            node.lineno = node.end_lineno = line
            node.col_offset, node.end_col_offset = start, end
        stack.extend(ast.iter_child_nodes(node))

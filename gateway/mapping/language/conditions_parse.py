"""The parser of conditions: text with places in, `Condition` out, every fault at its characters (C001)."""

import re

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
    Operand,
    Or,
    Outer,
)
from gateway.mapping.language.spelling import Located, Scanner
from gateway.mapping.paths.jsonpath import read_jsonpath
from gateway.mapping.paths.path import Path, Syntax
from gateway.mapping.paths.xpath import read_xpath

__all__ = ["MAX_DEPTH", "parse_condition"]

MAX_DEPTH = 32
"""How deep parentheses of one condition may nest."""

_OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![\w.])")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_SINGLE_EQUALS = "comparisons are written '=='"


def parse_condition(located: Located, syntax: Syntax) -> Condition:
    """Parse a whole text as a condition whose paths are written in `syntax`. Raises `DefinitionRefused`."""
    parser = _Parser(Scanner(located, "C001", "not a condition"), syntax)
    return parser.whole()


class _Parser:
    def __init__(self, scanner: Scanner, syntax: Syntax) -> None:
        self._scanner = scanner
        self._syntax = syntax

    def whole(self) -> Condition:
        scanner = self._scanner
        scanner.spaces()
        condition = self._or(0)
        scanner.spaces()
        if not scanner.ended:
            fix = _SINGLE_EQUALS if scanner.peek("=") else ""
            raise scanner.fault("unexpected character", end=scanner.position + 1, fix=fix)
        return condition

    def _or(self, depth: int) -> Condition:
        scanner = self._scanner
        if depth > MAX_DEPTH:
            raise scanner.fault("nested too deeply")
        start = scanner.position
        items = [self._and(depth)]
        while self._operator("or"):
            items.append(self._and(depth))
        return items[0] if len(items) == 1 else Or(tuple(items), scanner.here(start))

    def _and(self, depth: int) -> Condition:
        start = self._scanner.position
        items = [self._not(depth)]
        while self._operator("and"):
            items.append(self._not(depth))
        return items[0] if len(items) == 1 else And(tuple(items), self._scanner.here(start))

    def _operator(self, word: str) -> bool:
        """Move over a word that stands between blanks or parentheses."""
        scanner = self._scanner
        mark = scanner.position
        scanner.spaces()
        if scanner.take(word) and (scanner.ended or scanner.text[scanner.position] in " \t\n("):
            scanner.spaces()
            return True
        scanner.position = mark
        return False

    def _not(self, depth: int) -> Condition:
        scanner = self._scanner
        start = scanner.position
        if depth > MAX_DEPTH:
            raise scanner.fault("nested too deeply")
        if self._operator("not"):
            return Not(self._not(depth + 1), scanner.here(start))
        if scanner.take("("):
            scanner.spaces()
            condition = self._or(depth + 1)
            scanner.spaces()
            scanner.expect(")")
            return condition
        return self._call(start) or self._comparison(start)

    def _call(self, start: int) -> Condition | None:
        scanner = self._scanner
        if scanner.take("has("):
            item = self._item()
            self._close()
            return Has(item, scanner.here(start))
        if scanner.take("is("):
            scanner.spaces()
            name = self._quoted()
            self._close()
            return Is(name.text, scanner.here(start))
        if scanner.take("matches("):
            item = self._item()
            scanner.spaces()
            scanner.expect(",")
            scanner.spaces()
            pattern = scanner.match(_WORD)
            if pattern is None:
                raise scanner.fault("expected the name of a pattern", end=scanner.position + 1)
            self._close()
            return Matches(item, pattern, scanner.here(start))
        return None

    def _close(self) -> None:
        self._scanner.spaces()
        self._scanner.expect(")")

    def _comparison(self, start: int) -> Condition:
        scanner = self._scanner
        left = self._operand()
        scanner.spaces()
        for operator in _OPERATORS:
            if scanner.take(operator):
                scanner.spaces()
                right = self._operand()
                left = self._numbered(left, start) if isinstance(right, Literal) else left
                return Compare(operator, left, right, scanner.here(start))
        if scanner.take("in"):
            scanner.spaces()
            left = self._numbered(left, start)
            return In(left, self._list(), scanner.here(start))
        if scanner.peek("="):
            raise scanner.fault("'=' is no comparison", end=scanner.position + 1, fix=_SINGLE_EQUALS)
        raise scanner.fault(
            "expected a comparison", start=start, fix="compare with '==' and the like, or write has(...) for presence"
        )

    def _numbered(self, left: Operand, start: int) -> Operand:
        """Give the data element that a number means where two fixed values would be compared: `3227 == '180'`."""
        scanner = self._scanner
        if self._syntax is not Syntax.XPATH or not isinstance(left, Literal) or left.kind != "number":
            return left
        end, scanner.position = scanner.position, start
        path = self._path()
        scanner.position = end
        return path

    def _list(self) -> tuple[Literal, ...]:
        scanner = self._scanner
        scanner.expect("[")
        literals: list[Literal] = []
        while True:
            scanner.spaces()
            literals.append(self._literal_or_fail())
            scanner.spaces()
            if scanner.take("]"):
                return tuple(literals)
            scanner.expect(",")

    def _operand(self) -> Operand:
        scanner = self._scanner
        start = scanner.position
        literal = self._literal()
        if literal is not None:
            return literal
        if scanner.take("count("):
            item = self._item()
            self._close()
            return Count(item, scanner.here(start))
        return self._item()

    def _item(self) -> Path | Outer:
        scanner = self._scanner
        scanner.spaces()
        start = scanner.position
        if scanner.take("in("):
            scanner.spaces()
            block = scanner.match(_WORD)
            if block is None:
                raise scanner.fault("expected the name of a block", end=scanner.position + 1)
            scanner.spaces()
            scanner.expect(",")
            scanner.spaces()
            path = self._path()
            self._close()
            return Outer(block, path, scanner.here(start))
        return self._path()

    def _path(self) -> Path:
        scanner = self._scanner
        if self._syntax is Syntax.XPATH:
            return read_xpath(scanner, inside=False)
        return read_jsonpath(scanner)

    def _literal_or_fail(self) -> Literal:
        literal = self._literal()
        if literal is None:
            raise self._scanner.fault("expected a text in quotes, a number, true or false")
        return literal

    def _literal(self) -> Literal | None:
        scanner = self._scanner
        start = scanner.position
        if scanner.peek("'") or scanner.peek('"'):
            return self._quoted()
        number = scanner.match(_NUMBER)
        if number is not None:
            return Literal("number", number, scanner.here(start))
        for word in ("true", "false"):
            following = scanner.text[start + len(word) : start + len(word) + 1]
            if scanner.peek(word) and (not following or following in " \t\n)],=!<>"):
                scanner.position += len(word)
                return Literal("boolean", word, scanner.here(start))
        return None

    def _quoted(self) -> Literal:
        scanner = self._scanner
        start = scanner.position
        quote = scanner.text[start : start + 1]
        if quote not in {"'", '"'}:
            raise scanner.fault("expected a text in quotes", end=start + 1)
        end = scanner.text.find(quote, start + 1)
        if end < 0:
            raise scanner.fault("the text is not closed", start=start, end=len(scanner.text))
        scanner.position = end + 1
        return Literal("text", scanner.text[start + 1 : end], scanner.here(start))

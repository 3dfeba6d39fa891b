r"""Patterns: RFC 9485 expressions plus named groups and `\d \w \s`, over the whole text, always in linear time.

Guarantees that no text makes a pattern slow: a pattern runs on RE2 unless it has at most one repetition of variable
length, which is not nested, and no alternatives; only such a pattern runs on Python's `re`, where it cannot backtrack
more than once per character. Look-around, back-references and anchors do not exist. The meaning is that of RE2:
`\d` is ASCII.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import re2

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.language.spelling import Located, Scanner

__all__ = ["MAX_REPEAT", "Pattern", "compile_pattern", "compile_schema_pattern"]

MAX_REPEAT = 1_000
"""The largest number in a repetition (RE2's own limit)."""

_MAX_LENGTH = 2_000
_MAX_DEPTH = 32
_MAX_SIZE = 10_000
_MEMORY = 8 * 1024 * 1024
_GROUP = re.compile(r"\?<([A-Za-z_][A-Za-z0-9_]*)>")
_QUANTITY = re.compile(r"\{([0-9]{1,5})(,([0-9]{1,5})?)?\}")
_PROPERTY = re.compile(r"[pP]\{[A-Z][a-z]?\}")
_ESCAPED = frozenset("()*+-.?[\\]^{|}$/")
_CLASSES = frozenset("dDwWsS")
_CONTROLS = {"n": "\\n", "r": "\\r", "t": "\\t"}
_ATOM = re.compile(r"\[(?:[^\[\]\\]|\\.)+\]|\\u[0-9A-Fa-f]{4}|\\[^A-Za-z0-9]|[^\\\[\](){}|*+?^$]")
_TIMES = re.compile(r"[*+?]|\{([0-9]{1,4})(?:,([0-9]{0,4}))?\}")
_FEW = 5_000
_MANY = 10**9
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})")


class _Found(Protocol):
    def group(self, index: int, /) -> str | None: ...
    def start(self, index: int, /) -> int: ...
    def end(self, index: int, /) -> int: ...


class _Engine(Protocol):
    def fullmatch(self, text: str, /) -> _Found | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A compiled pattern. `groups` are its names in order; `linear` says that it runs on Python's own engine."""

    text: str
    groups: tuple[str, ...]
    optional: frozenset[str]
    linear: bool
    _engine: _Engine = field(repr=False)
    _numbers: Mapping[str, int] = field(repr=False)

    @property
    def matcher(self) -> Callable[[str], object]:
        """The engine's own function for a whole text, which gives None where it does not fit; for compiled code."""
        return self._engine.fullmatch

    def fits(self, text: str) -> bool:
        """True when the whole text fits."""
        return self._engine.fullmatch(text) is not None

    def parts(self, text: str) -> dict[str, tuple[str, int, int]] | None:
        """Give the text, start and end of every group that took part, or None when the whole text does not fit."""
        found = self._engine.fullmatch(text)
        if found is None:
            return None
        parts: dict[str, tuple[str, int, int]] = {}
        for name, number in self._numbers.items():
            value = found.group(number)
            if value is not None:
                parts[name] = (value, found.start(number), found.end(number))
        return parts


def compile_pattern(located: Located) -> Pattern:
    """Compile a pattern of a mapping. Raises `DefinitionRefused` (X501, X502) at the offending characters."""
    parser = _Parser(located)
    program = parser.program()
    engine = _linear(program) if parser.linear else _re2(program, located.place)
    numbers = {name: number + 1 for number, name in enumerate(parser.groups)}
    return Pattern(located.text, tuple(parser.groups), frozenset(parser.optional), parser.linear, engine, numbers)


def compile_schema_pattern(text: str) -> Pattern | None:
    """Compile a pattern of a schema, which is found anywhere unless it has anchors; None where RE2 cannot run it."""
    anchored = text.startswith("^")
    closed = text.endswith("$") and not text.endswith("\\$")
    inner = text[int(anchored) : len(text) - int(closed)]
    if anchored and closed and _simple(inner):
        return Pattern(text, (), frozenset(), linear=True, _engine=_linear(f"(?:{inner})"), _numbers={})
    inner = _UNICODE.sub(lambda match: f"\\x{{{match[1]}}}", inner)
    program = f"{'' if anchored else '(?s:.*?)'}(?:{inner}){'' if closed else '(?s:.*)'}"
    try:
        engine = _re2(program, Place())
    except DefinitionRefused:
        return None
    return Pattern(text, (), frozenset(), linear=False, _engine=engine, _numbers={})


def _simple(inner: str) -> bool:
    """True when the ways to fit a text are few whatever its length: then Python's own engine cannot take long."""
    ways = _Ways(inner)
    cost = ways.branches(0)
    return ways.known and ways.at == len(inner) and ways.unbounded <= 1 and cost <= _FEW


class _Ways:
    """Counts the ways through a pattern of a schema; one long repetition outside all brackets counts once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self.known = True
        self.unbounded = 0

    def branches(self, depth: int) -> int:
        """Give the number of ways through alternatives."""
        cost = self._sequence(depth)
        while self._text.startswith("|", self.at):
            self.at += 1
            cost += self._sequence(depth)
        return cost

    def _sequence(self, depth: int) -> int:
        cost = 1
        while self.known and self.at < len(self._text) and self._text[self.at] not in "|)":
            one = self._atom(depth)
            cost = min(cost * self._repeated(one, depth), _MANY)
        return cost

    def _atom(self, depth: int) -> int:
        found = _ATOM.match(self._text, self.at)
        if found is not None:
            self.at = found.end()
            return 1
        if not self._text.startswith("(?:", self.at) or depth > _MAX_DEPTH:
            self.known = False
            return 1
        self.at += 3
        cost = self.branches(depth + 1)
        self.known = self.known and self._text.startswith(")", self.at)
        self.at += 1
        return cost

    def _repeated(self, one: int, depth: int) -> int:
        found = _TIMES.match(self._text, self.at)
        if found is None:
            return one
        self.at = found.end()
        sign = found.group()
        if sign in {"*", "+"} or sign.endswith(",}"):
            self.unbounded += 1
            self.known = self.known and depth == 0 and one == 1
            return 1
        low, high = (0, 1) if sign == "?" else (int(found[1]), int(found[2] or found[1]))
        if one == 1:
            return high - low + 1
        total = sum(int(min(one**times, _MANY)) for times in range(low, min(high, 64) + 1))
        return min(total, _MANY)


def _re2(program: str, place: Place) -> _Engine:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        engine: _Engine = re2.compile(program, options)
    except re2.error:
        raise DefinitionRefused(
            Fault("X501", "the pattern cannot be compiled", place, "make it smaller: repetitions multiply")
        ) from None
    return engine


def _linear(program: str) -> _Engine:
    # \w, \d and \s mean ASCII, as in RE2.
    engine: _Engine = re.compile(program, re.ASCII)
    return engine


class _Parser:
    """Checks a pattern against the subset, and translates it into what both engines understand."""

    def __init__(self, located: Located) -> None:
        self._scanner = Scanner(located, "X501", "not a pattern")
        self.groups: list[str] = []
        self.optional: list[str] = []
        self._variable = 0
        self._branching = False
        self._nested = False
        self._size = 0

    @property
    def linear(self) -> bool:
        """True when the expression cannot backtrack more than once per character."""
        return self._variable <= 1 and not self._branching and not self._nested

    def program(self) -> str:
        scanner = self._scanner
        if not scanner.text:
            raise scanner.fault("the pattern is empty")
        if len(scanner.text) > _MAX_LENGTH:
            raise scanner.fault(f"the pattern is longer than {_MAX_LENGTH} characters", start=0)
        program = self._branches(0)
        if not scanner.ended:
            raise scanner.fault("a bracket that was never opened", end=scanner.position + 1)
        return program

    def _branches(self, depth: int) -> str:
        scanner = self._scanner
        if depth > _MAX_DEPTH:
            raise scanner.fault("nested too deeply")
        branches = [self._sequence(depth)]
        while scanner.take("|"):
            self._branching = True
            branches.append(self._sequence(depth))
        return "|".join(branches)

    def _sequence(self, depth: int) -> str:
        scanner = self._scanner
        pieces: list[str] = []
        while not scanner.ended and not scanner.peek("|") and not scanner.peek(")"):
            pieces.append(self._piece(depth))
        return "".join(pieces)

    def _piece(self, depth: int) -> str:
        scanner = self._scanner
        start, size = scanner.position, self._size
        named = len(self.groups)
        variable = self._variable
        branching = self._branching
        atom = self._atom(depth)
        quantity, least, most = self._quantity()
        if not quantity:
            return atom
        if least == 0:
            self.optional.extend(self.groups[named:])
        self._size = size + (self._size - size) * (most if most is not None else least + 1)
        if self._size > _MAX_SIZE:
            raise scanner.fault(f"repetitions multiply to more than {_MAX_SIZE} characters", start=start)
        if self._variable > variable or self._branching != branching:
            self._nested = True
        if least != most:
            self._variable += 1
        if most != 1 and len(self.groups) > named:
            raise scanner.fault(
                "a named group inside a repetition would keep its last text only", code="X502", fix="use items and read"
            )
        return atom + quantity

    def _quantity(self) -> tuple[str, int, int | None]:
        scanner = self._scanner
        start = scanner.position
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        for sign, (least, most) in simple.items():
            if scanner.take(sign):
                self._only_one(start)
                return sign, least, most
        if not scanner.peek("{"):
            return "", 1, 1
        found = _QUANTITY.match(scanner.text, start)
        if found is None:
            raise scanner.fault("expected a repetition such as {1,80}", end=start + 1, fix="a literal brace is \\{")
        scanner.position = found.end()
        low = int(found[1])
        high = low if found[2] is None else None if found[3] is None else int(found[3])
        if low > MAX_REPEAT or (high is not None and (high > MAX_REPEAT or high < low)):
            raise scanner.fault(f"a repetition counts up to {MAX_REPEAT}, the smaller number first", start=start)
        self._only_one(start)
        return found.group(), low, high

    def _only_one(self, start: int) -> None:
        scanner = self._scanner
        if not scanner.ended and scanner.text[scanner.position] in "*+?{":
            raise scanner.fault("one repetition only; lazy and possessive forms do not exist", start=start)

    def _atom(self, depth: int) -> str:
        scanner = self._scanner
        start = scanner.position
        if scanner.take("("):
            return self._group(start, depth)
        self._size += 1
        if scanner.take("["):
            return self._class(start)
        if scanner.take("."):
            return "[^\\n\\r]"
        if scanner.take("\\"):
            return self._escape(start)
        character = scanner.text[start]
        if character in "^$":
            raise scanner.fault("a pattern always fits the whole text; anchors do not exist", end=start + 1)
        if character in "*+?{}]":
            raise scanner.fault("this character needs a backslash", end=start + 1)
        scanner.position += 1
        return re.escape(character) if character.isascii() and not character.isalnum() else character

    def _group(self, start: int, depth: int) -> str:
        scanner = self._scanner
        name = scanner.match(_GROUP)
        if name is None and scanner.peek("?"):
            fix = "name a group as (?<name>...); plain brackets only group"
            raise scanner.fault("look-around and options do not exist", start=start, end=start + 3, fix=fix)
        if name is not None:
            name = name[2:-1]
            if name in self.groups:
                raise scanner.fault(f"the group '{name}' stands twice", start=start)
            self.groups.append(name)
        branching = self._branching
        own = len(self.groups)
        self._branching = False
        inner = self._branches(depth + 1)
        if self._branching and len(self.groups) > own:
            self.optional.extend(self.groups[own:])
        self._branching = self._branching or branching
        if not scanner.take(")"):
            raise scanner.fault("the bracket is not closed", start=start, end=len(scanner.text))
        return f"(?P<{name}>{inner})" if name is not None else f"(?:{inner})"

    def _escape(self, start: int) -> str:
        scanner = self._scanner
        letter = scanner.text[scanner.position : scanner.position + 1]
        scanner.position += 1
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter and (letter in _ESCAPED or letter in _CLASSES):
            return f"\\{letter}"
        if letter in {"p", "P"}:
            scanner.position -= 1
            found = scanner.match(_PROPERTY)
            if found is not None:
                self._branching = True  # Python's own engine does not know properties
                return f"\\{found}"
        raise scanner.fault("there is no such escape", start=start, end=start + 2)

    def _class(self, start: int) -> str:
        scanner = self._scanner
        pieces = ["["]
        if scanner.take("^"):
            pieces.append("^")
        first = True
        while True:
            if scanner.ended:
                raise scanner.fault("the bracket is not closed", start=start, end=len(scanner.text))
            if scanner.take("]"):
                if first:
                    raise scanner.fault("an empty class fits nothing", start=start)
                return "".join([*pieces, "]"])
            first = False
            mark = scanner.position
            character = scanner.text[mark]
            scanner.position += 1
            if character == "\\":
                pieces.append(self._escape(mark))
            elif character == "[":
                raise scanner.fault("a bracket in a class needs a backslash", start=mark, fix="write \\[")
            elif character in "&~|^":
                pieces.append(f"\\{character}")
            else:
                pieces.append(character)

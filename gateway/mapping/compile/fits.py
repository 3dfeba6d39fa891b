"""Compiling the last stage of a value: whether it fits its target, and how it is written there."""

import ast
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from gateway.mapping.compile.syntax import (
    Names,
    assign,
    at_most,
    attribute,
    both,
    call,
    const,
    contains,
    either,
    equal,
    identical,
    if_,
    load,
    method,
    not_,
    not_none,
    of_class,
    statement,
    tuple_of,
)
from gateway.mapping.convert.converter import Bad
from gateway.mapping.language.patterns import Pattern
from gateway.mapping.program.program import Field
from gateway.mapping.run.fit import Fit

__all__ = ["FitCode", "Read", "Write", "admits_printable"]

Write = Callable[[ast.expr], list[ast.stmt]]
"""Gives the statements that put a result in its place."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a value came to in compiled code: its result, its raw text, its trace, and whether it is a text.

    `fits` says that the result is known to fit the target, `known` is the trace where it is the same each time, `key`
    a text that is known to fit `raw` where the raw text is that very text.
    """

    value: ast.expr
    raw: ast.expr | None
    trace: ast.expr
    is_text: bool
    fits: bool = False
    known: tuple[int, ...] | None = None
    key: ast.expr | None = None


class FitCode:
    """Compiles the writing of values that are read in one frame."""

    def __init__(self, names: Names, frame: str) -> None:
        self._names = names
        self._frame = frame

    def written(self, read: Read, fit: Fit, slow: ast.stmt, write: Write, field: Field) -> list[ast.stmt]:
        """Give the statements that write a value, or start its rule anew by `slow` where it does not fit."""
        noted = statement(
            method(load("lineage"), "append", tuple_of(const(field.number), load(self._frame), read.trace))
        )

        def put(result: ast.expr) -> list[ast.stmt]:
            return [*write(result), noted]

        if isinstance(read.value, ast.Constant) and read.raw is None:
            return self._constant(str(read.value.value), fit, slow, put)
        raw = read.raw if read.raw is not None else const(None)
        if fit.kind == "text" and read.is_text:
            tests = [] if read.fits else self._text_tests(fit, read.value)
            return [if_(both(tests), put(read.value), [slow])] if tests else put(read.value)
        if fit.inner is not None and fit.inner.kind == "text" and read.is_text:
            return self._whole(read, fit, fit.inner, slow, put)
        result = self._names.local("w")
        made = assign(result, call(self._names.keep(fit.write), read.value, raw))
        value = read.value
        unknown: list[ast.expr] = []
        if not read.is_text:
            # What the source says it does not know goes elsewhere.
            unknown = [not_(ast.BoolOp(ast.And(), [of_class(value, "PartialDate"), attribute(value, "unknown")]))]
        good = both([*unknown, not_(of_class(load(result), "Bad"))])
        return [made, if_(good, put(load(result)), [slow])]

    def _constant(self, text: str, fit: Fit, slow: ast.stmt, put: Write) -> list[ast.stmt]:
        """Decide now whether a fixed value fits; objects are made anew each time, since messages are changed later."""
        written = fit.write(text, None)
        if isinstance(written, Bad) or written is None or isinstance(written, list):
            return [slow]
        if isinstance(written, dict):
            pairs = [(const(name), self._names.constant(inner)) for name, inner in written.items()]
            return put(ast.Dict([name for name, _ in pairs], [inner for _, inner in pairs]))
        return put(self._names.constant(written))

    def _whole(self, read: Read, fit: Fit, inner: Fit, slow: ast.stmt, put: Write) -> list[ast.stmt]:
        tests = [] if read.fits else self._text_tests(inner, read.value)
        name = "value" if fit.kind == "date" else "code"
        plain = put(ast.Dict([const(name)], [read.value]))
        if read.raw is None or fit.raw is None:
            return [if_(both(tests), plain, [slow])] if tests else plain
        with_raw = put(ast.Dict([const(name), const("raw")], [read.value, read.raw]))
        raw_tests = self._text_tests(fit.raw, read.raw)
        if raw_tests and read.key is not None:
            raw_tests = [either([identical(read.raw, read.key), both(raw_tests)])]
        body: list[ast.stmt] = [if_(both(raw_tests), with_raw, [slow])] if raw_tests else with_raw
        same = if_(equal(read.raw, read.value), plain, body)
        return [if_(both(tests), [same], [slow])] if tests else [same]

    def _text_tests(self, fit: Fit, value: ast.expr) -> list[ast.expr]:
        """Give the tests that a text fits; a printable text fits every pattern that only forbids other characters."""
        tests: list[ast.expr] = []
        if fit.codes is not None:
            tests.append(contains(self._names.constant(fit.codes), value))
        if fit.longest is not None:
            tests.append(at_most(call("len", value), const(fit.longest)))
        if fit.shortest > 1:
            tests.append(at_most(const(fit.shortest), call("len", value)))
        for pattern in fit.patterns:
            if admits_printable(pattern):
                tests.append(method(value, "isprintable"))
            else:
                tests.append(not_none(call(self._names.keep(pattern.matcher), value)))
        return tests


_PRINTABLE = "".join(
    chr(point)
    for point in range(0x20, 0x30000)
    if not 0xD800 <= point <= 0xDFFF and chr(point).isprintable() and unicodedata.category(chr(point)) != "Cn"
)
_ADMITS: dict[str, bool] = {}


def admits_printable(pattern: Pattern) -> bool:
    """True when a pattern is one character class, repeated, that takes every printable character."""
    known = _ADMITS.get(pattern.text)
    if known is None:
        single = pattern.text.startswith("^[") and pattern.text.endswith("]+$") and pattern.text.count("[") == 1
        known = _ADMITS[pattern.text] = single and pattern.fits(_PRINTABLE)
    return known

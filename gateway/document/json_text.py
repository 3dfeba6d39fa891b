"""A second reader of JSON, one character at a time and without recursion. It decides every refusal and knows its place.

The first reader (`json_codec`) is the parser of the standard library, which is fast, but recurses on the call stack and
knows no position inside its hooks. Whatever it does not accept is read again here, so that verdict, code and place
never depend on how deep the call stack was. A property test holds that both readers agree on every text.

Guarantees RFC 8259 and nothing more, limits while reading, and faults that never quote the text.
"""

import re
from decimal import Decimal
from typing import NoReturn

from gateway.document.charset import position
from gateway.document.limits import Limits, is_longer
from gateway.document.tree import JsonValue
from gateway.errors import DocumentRefused, Fault

__all__ = ["number_fault", "read_slowly"]

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: tuple[tuple[str, JsonValue], ...] = (("true", True), ("false", False), ("null", None))
_FOREIGN = ("NaN", "Infinity", "-Infinity")


def read_slowly(text: str, limits: Limits) -> JsonValue:
    """Read one JSON value. Raises `DocumentRefused` with the first fault in the order of the text."""
    return _Reader(text, limits).document()


def number_fault(text: str, limits: Limits) -> str:
    """Say what is wrong with the size of a number, judged on its text; empty if nothing is.

    Digits are counted from the first that is not zero; the exponent is that of scientific notation, also where it is
    spelled out in zeros. The text is judged because `int` of a decimal with a huge exponent takes all memory.
    """
    if len(text) <= min(limits.digits, 16) and "e" not in text and "E" not in text:
        return ""
    mantissa, _, power = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    significant = (whole + fraction).lstrip("0")
    # Zeros before the first significant digit are an exponent in disguise, so they count as one.
    disguised = len(whole) - 1 - (len(whole + fraction) - len(significant)) if significant else -len(fraction)
    if len(significant) > limits.digits:
        return f"a number with more than {limits.digits} digits"
    exponent = power.lstrip("+-").lstrip("0")
    if len(exponent) > 4:
        return f"a number with an exponent beyond {limits.exponent}"
    stated = int(exponent or "0") * (-1 if power.startswith("-") else 1)
    if max(abs(stated), abs(stated + disguised), abs(disguised)) > limits.exponent:
        return f"a number with an exponent beyond {limits.exponent}"
    return ""


class _Reader:
    """One reading of one text. `at` is the index of the next character."""

    __slots__ = ("at", "limits", "nodes", "text")

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.at = 0
        self.nodes = 0

    def refuse(
        self, code: str, message: str, fix: str = "send valid JSON (RFC 8259)", at: int | None = None
    ) -> NoReturn:
        raise DocumentRefused(Fault(code, message, position(self.text, self.at if at is None else at), fix))

    def document(self) -> JsonValue:
        # One loop instead of recursion: `stack` holds the open containers, `keys` the member name each is waiting for.
        stack: list[list[JsonValue] | dict[str, JsonValue]] = []
        keys: list[str] = []
        while True:
            value = self.value(len(stack))
            if isinstance(value, (list, dict)) and not self.closes(value):
                stack.append(value)
                if isinstance(value, dict):
                    keys.append(self.key(value))
                continue
            while stack:
                top = stack[-1]
                if isinstance(top, dict):
                    top[keys.pop()] = value
                else:
                    top.append(value)
                if self.more(top):
                    if isinstance(top, dict):
                        keys.append(self.key(top))
                    break
                value = stack.pop()
            else:
                self.space()
                if self.at < len(self.text):
                    self.refuse("DOC-023", "text after the end of the value", "send one JSON value per message")
                return value

    def space(self) -> str:
        """Pass over white space; give the next character, or nothing at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> JsonValue:
        """Read a scalar, or the opening bracket of a container."""
        first = self.space()
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self.refuse("DOC-008", f"more than {self.limits.nodes} values", "send smaller messages")
        if first in ("{", "["):
            if depth >= self.limits.depth:
                self.refuse("DOC-007", f"nested more deeply than {self.limits.depth}", "send a flatter message")
            self.at += 1
            return {} if first == "{" else []
        if first == '"':
            return self.string()
        for word, value in _WORDS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        for word in _FOREIGN:
            if self.text.startswith(word, self.at):
                self.refuse("DOC-022", "JSON has no such number", "leave the member out, or send null")
        return self.number()

    def number(self) -> int | Decimal:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            self.refuse("DOC-020", "expected a value")
        fault = number_fault(found[0], self.limits)
        if fault:
            self.refuse("DOC-011", fault, "send the value as a string")
        self.at = found.end()
        return Decimal(found[0]) if found[1] or found[2] else int(found[0])

    def string(self) -> str:
        start = self.at
        self.at += 1
        pieces: list[str] = []
        while True:
            plain = _PLAIN.match(self.text, self.at)
            if plain is not None:
                pieces.append(plain[0])
                self.at = plain.end()
            end = self.text[self.at : self.at + 1]
            if end == '"':
                break
            if end != "\\":
                self.refuse("DOC-020", "a control character inside a string" if end else "a string is not closed")
            pieces.append(self.escape())
            if len(pieces) > 2 * self.limits.text:  # each escape stands for a byte at least
                break
        self.at += 1
        text = "".join(pieces)
        if _SURROGATE.search(text):
            self.refuse("DOC-006", "a surrogate without its partner", "send whole characters", start)
        if "\0" in text:
            self.refuse("DOC-005", "U+0000 is not text", "remove the character", start)
        if is_longer(text, self.limits.text):
            self.refuse("DOC-009", f"a text of more than {self.limits.text} bytes", "send shorter texts", start)
        return text

    def escape(self) -> str:
        kind = self.text[self.at + 1 : self.at + 2]
        if kind == "u":
            first = self.unit(self.at + 2)
            self.at += 6
            if 0xD800 <= first < 0xDC00 and self.text.startswith("\\u", self.at):
                second = self.unit(self.at + 2)
                if 0xDC00 <= second < 0xE000:
                    self.at += 6
                    return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            return chr(first)
        plain = _ESCAPES.get(kind)
        if plain is None:
            self.refuse("DOC-020", "no such escape in a string")
        self.at += 2
        return plain

    def unit(self, at: int) -> int:
        found = _HEX.match(self.text, at)
        if found is None:
            self.refuse("DOC-020", "an escape needs four hexadecimal digits")
        return int(found[0], 16)

    def key(self, members: dict[str, JsonValue]) -> str:
        """Read a member name and its colon."""
        if self.space() != '"':
            self.refuse("DOC-020", "expected a member name")
        start = self.at
        name = self.string()
        if name in members:
            self.refuse("DOC-021", "this member name is already in the object", "send each member once", start)
        if len(name) > self.limits.name:
            self.refuse("DOC-010", f"a name of more than {self.limits.name} characters", "send shorter names", start)
        if self.space() != ":":
            self.refuse("DOC-020", "expected a colon")
        self.at += 1
        return name

    def closes(self, container: list[JsonValue] | dict[str, JsonValue]) -> bool:
        """True when the container that was just opened is empty; passes over its closing bracket."""
        if self.space() != ("}" if isinstance(container, dict) else "]"):
            return False
        self.at += 1
        return True

    def more(self, container: list[JsonValue] | dict[str, JsonValue]) -> bool:
        """True when a comma follows, false when the container ends here."""
        after = self.space()
        if after == ",":
            self.at += 1
            return True
        if after != ("}" if isinstance(container, dict) else "]"):
            self.refuse("DOC-020", "expected a comma or the end of the container")
        self.at += 1
        return False

"""Converters of numbers and truth values: decimals with their digits, never binary fractions."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from gateway.mapping.convert.converter import Arguments, Bad, Bound, Converted, Converter
from gateway.mapping.convert.currencies import CURRENCIES
from gateway.mapping.convert.text import as_text
from gateway.mapping.language.rules import ConverterCall, Named

__all__ = ["NUMBER_CONVERTERS", "as_decimal"]

_INTEGER = re.compile(r"[+-]?[0-9]{1,60}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,20})?")
_ARITHMETIC = Context(prec=80)

# Factors to metre and gram; all exact by definition.
_LENGTH = {"mm": "0.001", "cm": "0.01", "m": "1", "km": "1000", "in": "0.0254", "ft": "0.3048", "yd": "0.9144",
           "mi": "1609.344", "nmi": "1852"}  # fmt: skip
_MASS = {"mg": "0.001", "g": "1", "kg": "1000", "t": "1000000", "oz": "28.349523125", "lb": "453.59237",
         "st": "6350.29318"}  # fmt: skip


def as_decimal(value: object) -> Decimal | None:
    """Give a number that a converter or a text holds, or None."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    text = as_text(value)
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _integer(call: ConverterCall) -> Bound:
    Arguments(call).none()

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        return int(text) if _INTEGER.fullmatch(text) else Bad("K201")

    return Bound(_INTEGER_CONVERTER, run)


def _decimal(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    point, group = ".", ""
    if arguments.argument is not None:
        named = arguments.named(("point", "group"), ("point",))
        point = arguments.word_of(named.get("point"), "point")
        group = "" if named.get("group") is None else arguments.word_of(named.get("group"), "group")
        if len(point) != 1 or point == group or len(group) > 1:
            arguments.refuse("point and group are one character each, and differ")
    grouped = re.compile(
        rf"[+-]?[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}}){{0,13}}(?:{re.escape(point)}[0-9]{{1,20}})?"
    )

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        if group and group in text:
            if not grouped.fullmatch(text):
                return Bad("K201")
            text = text.replace(group, "")
        if point != ".":
            if "." in text:
                return Bad("K201")
            text = text.replace(point, ".")
        number = as_decimal(text)
        return Bad("K201") if number is None else number

    return Bound(_DECIMAL_CONVERTER, run)


def _implied(call: ConverterCall) -> Bound:
    places = Arguments(call).whole("the number of decimals", 1, 9)

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        return Decimal(text).scaleb(-places, _ARITHMETIC) if _INTEGER.fullmatch(text) else Bad("K201")

    return Bound(_IMPLIED, run)


def _round(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    places = 0 if arguments.argument is None else arguments.whole("the number of decimals", 0, 9)
    step = Decimal(1).scaleb(-places)

    def run(value: object, _depends: str) -> Converted:
        number = as_decimal(value)
        if number is None:
            return Bad("K201")
        return number.quantize(step, ROUND_HALF_UP, _ARITHMETIC)

    return Bound(_ROUND, run)


def _multiply(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    factor = as_decimal(arguments.text("the factor"))
    if factor is None or factor == 0:
        arguments.refuse("the factor is a number other than 0")

    def run(value: object, _depends: str) -> Converted:
        number = as_decimal(value)
        return Bad("K201") if number is None else _ARITHMETIC.multiply(number, factor)

    return Bound(_MULTIPLY, run)


def _unit(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    named = arguments.named(("from", "to"), ("from", "to"))
    source = arguments.word_of(named.get("from"), "from")
    target = arguments.word_of(named.get("to"), "to")
    for table in (_LENGTH, _MASS):
        if source in table and target in table:
            above, below = Decimal(table[source]), Decimal(table[target])
            break
    else:
        arguments.refuse(f"units of one kind: {', '.join(_LENGTH)}; {', '.join(_MASS)}")

    def run(value: object, _depends: str) -> Converted:
        number = as_decimal(value)
        if number is None:
            return Bad("K201")
        result = _ARITHMETIC.divide(_ARITHMETIC.multiply(number, above), below)
        exponent = result.as_tuple().exponent
        precise = isinstance(exponent, int) and exponent >= -9
        return result if precise else result.quantize(Decimal("1E-9"), ROUND_HALF_UP, _ARITHMETIC)

    return Bound(_UNIT, run)


def _currency(call: ConverterCall) -> Bound:
    Arguments(call).none()

    def run(value: object, _depends: str) -> Converted:
        code = as_text(value).upper()
        return code if code in CURRENCIES else Bad("K204")

    return Bound(_CURRENCY, run)


def _boolean(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    words: dict[str, bool] = {}
    if arguments.argument is None:
        words = {"true": True, "false": False, "1": True, "0": False}
    else:
        named: Named = arguments.named(("true", "false"), ("true", "false"))
        for name in ("true", "false"):
            for word in arguments.words_of(named.get(name), name):
                if word.text in words:
                    arguments.refuse("a spelling stands for both", word.place)
                words[word.text] = name == "true"

    def run(value: object, _depends: str) -> Converted:
        known = words.get(as_text(value))
        return Bad("K202") if known is None else known

    return Bound(_BOOLEAN, run)


_NUMBER = ("text", "integer", "decimal")

_INTEGER_CONVERTER = Converter("integer", ("text",), "integer", True, _integer, summary="read a whole number")
_DECIMAL_CONVERTER = Converter("decimal", ("text",), "decimal", True, _decimal, summary="read a decimal number")
_IMPLIED = Converter(
    "implied_decimals",
    ("text",),
    "decimal",
    True,
    _implied,
    summary="read a whole number whose last digits are decimals",
)
_ROUND = Converter("round", _NUMBER, "decimal", True, _round, summary="round half up, to whole numbers or decimals")
_MULTIPLY = Converter("multiply", _NUMBER, "decimal", True, _multiply, summary="multiply by a fixed number")
_UNIT = Converter("unit", _NUMBER, "decimal", True, _unit, summary="convert lengths and masses")
_CURRENCY = Converter("currency", ("text",), "text", True, _currency, summary="check an ISO 4217 code")
_BOOLEAN = Converter("boolean", ("text",), "boolean", True, _boolean, summary="read spellings of yes and no")

NUMBER_CONVERTERS: tuple[Converter, ...] = (
    _INTEGER_CONVERTER,
    _DECIMAL_CONVERTER,
    _IMPLIED,
    _ROUND,
    _MULTIPLY,
    _UNIT,
    _CURRENCY,
    _BOOLEAN,
)
"""Integer, decimal, implied_decimals, round, multiply, unit, currency, boolean."""

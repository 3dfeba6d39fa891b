"""Whether a value fits its target, and how it is written there: type, list of codes, length, pattern.

Guarantees that what is written satisfies what the schema says of this one leaf; rules across leaves are left to final
validation. A code, country, date or moment is written as a whole: the result, and the source's spelling in `raw` where
it differs. Nothing is cut or corrected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from gateway.document.tree import JsonValue
from gateway.mapping.convert.converter import Bad
from gateway.mapping.convert.date_formats import PartialDate
from gateway.mapping.language.patterns import Pattern, compile_schema_pattern
from gateway.mapping.shapes.shape import Facts, Shape

__all__ = ["ANY_FIT", "NO_LISTS", "Fit", "WordLists", "fit_of", "printed"]

_DATE_KEYS = frozenset({"value", "to", "qualifier", "raw"})
_CODE_KEYS = frozenset({"code", "scheme", "raw"})
_BESIDES = frozenset({"statement", "handling"})
_WHOLE = Decimal(2) ** 53


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What a target admits. `kind` is text, integer, decimal, boolean, code, date, object or any.

    For a code or a date `inner` is the fit of its `code` or `value`, `raw` the fit of `raw`, or None without one.
    """

    kind: str
    codes: frozenset[str] | None = None
    patterns: tuple[Pattern, ...] = ()
    shortest: int = 0
    longest: int | None = None
    inner: "Fit | None" = None
    raw: "Fit | None" = None
    nullable: bool = False
    statement: bool = field(default=False)

    @property
    def whole(self) -> bool:
        """True for a code or a date, which one rule writes as a whole."""
        return self.kind in {"code", "date"}

    def text(self, text: str) -> str | Bad:
        """Check a text."""
        if self.codes is not None and text not in self.codes:
            return Bad("T302")
        if self.longest is not None and len(text) > self.longest:
            return Bad("T303")
        if len(text) < self.shortest:
            return Bad("T303")
        for pattern in self.patterns:
            if not pattern.fits(text):
                return Bad("T304")
        return text

    def scalar(self, value: object) -> JsonValue | Bad:
        """Check a value for a target that is no code or date."""
        match self.kind:
            case "text":
                text = printed(value)
                return Bad("T301") if text is None else self.text(text)
            case "integer":
                return _integer(value)
            case "decimal":
                return _decimal(value)
            case "boolean":
                return _boolean(value)
            case "any":
                return value if isinstance(value, str | int | Decimal) else Bad("T301")
            case _:
                return Bad("T301")

    def write(self, value: object, raw: str | None) -> JsonValue | Bad:
        """Give what is written for a value whose source text was `raw`, None without one."""
        if self.inner is None:
            return self.scalar(value)
        if isinstance(value, PartialDate):
            return self._date(value, raw)
        written = self.inner.scalar(value)
        if isinstance(written, Bad):
            return written
        result: dict[str, JsonValue] = {"value" if self.kind == "date" else "code": written}
        return self._with_raw(result, str(written), raw)

    def only_raw(self, raw: str | None) -> JsonValue | None:
        """Give what keeps the source text alone, or None where the target has no place for it."""
        if self.raw is None or not raw or isinstance(self.raw.text(raw), Bad):
            return None
        return {"raw": raw}

    def _date(self, value: PartialDate, raw: str | None) -> JsonValue | Bad:
        if self.kind != "date" or self.inner is None:
            return Bad("T301")
        if value.unread:
            return self.only_raw(raw) or Bad("T305")
        result: dict[str, JsonValue] = {}
        for name, text in (("value", value.value), ("to", value.to)):
            if text:
                written = self.inner.scalar(text)
                if isinstance(written, Bad):
                    return written
                result[name] = written
        if value.qualifier:
            result["qualifier"] = value.qualifier
        return self._with_raw(result, value.value if not (value.to or value.qualifier) else "", raw)

    def _with_raw(self, result: dict[str, JsonValue], written: str, raw: str | None) -> JsonValue | Bad:
        if raw and raw != written and self.raw is not None:
            kept = self.raw.text(raw)
            if isinstance(kept, Bad):
                return Bad("T305")
            result["raw"] = raw
        return result


ANY_FIT = Fit("any")

WordLists: TypeAlias = Mapping[str, Sequence[str]]
"""The codes of the exchange format's lists, by name."""

NO_LISTS: WordLists = {}


def printed(value: object) -> str | None:
    """Give the text of a scalar: decimals without an exponent, exactly one day of a date; None for other values."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, PartialDate) and value.value and not value.to and not value.qualifier:
        return value.value
    return None


def _integer(value: object) -> JsonValue | Bad:
    if isinstance(value, bool):
        return Bad("T301")
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) <= _WHOLE else Bad("T301")
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() and len(digits) < 17 else Bad("T301")
    return Bad("T301")


def _decimal(value: object) -> JsonValue | Bad:
    if isinstance(value, bool):
        return Bad("T301")
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, str):
        sign, _, digits = value.rpartition("-")
        whole, _, rest = digits.partition(".")
        plain = (whole + rest).isascii() and whole.isdigit() and (rest.isdigit() or "." not in digits)
        return Decimal(value) if not sign and plain and len(digits) < 40 else Bad("T301")
    return Bad("T301")


def _boolean(value: object) -> JsonValue | Bad:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "1": True, "0": False}.get(str(value), Bad("T301"))


def fit_of(shape: Shape | None, lists: WordLists = NO_LISTS) -> Fit:
    """Give the fit of a shape; anything goes where a schema is open. `lists` are the codes of lists by name."""
    if shape is None:
        return ANY_FIT
    facts = shape.facts
    names = frozenset(facts.children) - _BESIDES
    if "raw" in names and names <= _CODE_KEYS and "code" in names:
        name = shape.annotations.get("x-list")
        codes = lists.get(name) if isinstance(name, str) else None
        return _whole("code", facts, "code", codes)
    if "raw" in names and names <= _DATE_KEYS and "value" in names:
        return _whole("date", facts, "value")
    return _scalar(facts)


def _whole(kind: str, facts: Facts, name: str, codes: Sequence[str] | None = None) -> Fit:
    children: Mapping[str, object] = facts.children
    inner = _scalar(facts.children[name].shape.facts)
    if codes is not None:
        inner = Fit("text", frozenset(codes), inner.patterns, inner.shortest, inner.longest)
    return Fit(
        kind,
        inner=inner,
        raw=_scalar(facts.children["raw"].shape.facts),
        statement="statement" in children,
    )


def _scalar(facts: Facts) -> Fit:
    kinds = facts.kinds
    statement = "statement" in facts.children
    if facts.others is not None and {"text", "object"} <= kinds and facts.codes is None:
        return ANY_FIT
    if "text" in kinds:
        patterns = tuple(p for p in (_pattern(text) for text in facts.patterns) if p is not None)
        codes = None if facts.codes is None else frozenset(facts.codes)
        return Fit("text", codes, patterns, facts.shortest, facts.longest, nullable="null" in kinds)
    for kind in ("decimal", "integer", "boolean"):
        if kind in kinds:
            return Fit(kind, nullable="null" in kinds)
    return Fit("object", statement=statement)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Pattern | None:
    return compile_schema_pattern(text)

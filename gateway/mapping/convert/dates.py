"""Converters of dates and times: `date datetime time fuzzy_date year_of`."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from gateway.errors import DefinitionRefused, Fault, Place
from gateway.mapping.convert.converter import Arguments, Bad, Bound, Converted, Converter, Pieces
from gateway.mapping.convert.date_formats import (
    MONTHS,
    DateFormat,
    DateParts,
    PartialDate,
    clash,
    exists,
    parse_format,
    printed,
    resolve_century,
)
from gateway.mapping.convert.text import as_text
from gateway.mapping.language.rules import ConverterCall, Named, Value, Word
from gateway.mapping.language.spelling import Located

__all__ = ["DATE_CONVERTERS", "PIECES"]

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_UNIX = re.compile(r"-?[0-9]{1,11}(?:\.[0-9]{1,9})?")
_UNIX_MILLIS = re.compile(r"-?[0-9]{1,14}")
_YEAR = re.compile(r"([0-9]{4})(?:-[0-9]{2}){0,2}(?:[Tt].{1,40})?")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PIECES = ("value", "to", "year", "month", "day")
"""The names under which pieces enter `fuzzy_date`."""


def _formats(arguments: Arguments, argument: object, language: str = "en") -> tuple[DateFormat, ...]:
    words = arguments.words_of(cast("Word", argument), "formats")
    if not words:
        arguments.refuse("needs its formats")
    formats = tuple(parse_format(Located(word.text, word.place), language) for word in words)
    for number, form in enumerate(formats):
        other = next((earlier for earlier in formats[:number] if clash(earlier, form)), None)
        if other is not None:
            message = f"one text can be read as {other.text} and as {form.text}, with different dates"
            fix = "leave one out, or choose between them by a condition"
            raise DefinitionRefused(Fault("K304", message, words[number].place, fix=fix))
    return formats


def _read(text: str, formats: tuple[DateFormat, ...]) -> tuple[DateParts, DateFormat] | None:
    """Give what the first fitting format reads: formats that read one text differently are refused by the checker."""
    for form in formats:
        parts = form.read(text)
        if parts is not None:
            return parts, form
    return None


# -- full precision ---------------------------------------------------------------------------------------------------


def _date(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    formats = _formats(arguments, arguments.argument)
    for form in formats:
        if form.precision != "day" or form.short_year:
            arguments.refuse("date needs day, month and a year of four digits; fuzzy_date reads the rest")

    def run(value: object, _depends: str) -> Converted:
        found = _read(as_text(value), formats)
        if found is None or not exists(found[0]):
            return Bad("K301")
        return printed(found[0])

    return Bound(_DATE, run)


def _time(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    formats = _formats(arguments, arguments.argument)
    for form in formats:
        if "HH" not in form.tokens or "mm" not in form.tokens or form.precision:
            arguments.refuse("time needs HH and mm, and no date")

    def run(value: object, _depends: str) -> Converted:
        found = _read(as_text(value), formats)
        if found is None or found[0].hour > 23 or found[0].minute > 59 or found[0].second > 59:
            return Bad("K301")
        parts = found[0]
        return f"{parts.hour:02d}:{parts.minute:02d}:{max(parts.second, 0):02d}"

    return Bound(_TIME, run)


def _datetime(call: ConverterCall) -> Bound:
    arguments = Arguments(call)
    if isinstance(arguments.argument, Word):
        if arguments.argument.text not in {"unix_seconds", "unix_millis"}:
            arguments.refuse("is plain, unix_seconds, unix_millis, or has formats and assume_zone")
        millis = arguments.argument.text == "unix_millis"
        return Bound(_DATETIME, lambda value, _: _from_epoch(as_text(value), millis=millis))
    zone: ZoneInfo | timezone | None = None
    formats: tuple[DateFormat, ...] = ()
    if arguments.argument is not None:
        named = arguments.named(("formats", "assume_zone"))
        zone = _zone(arguments, named)
        if named.get("formats") is not None:
            formats = _formats(arguments, named.get("formats"))
            if zone is None:
                arguments.refuse("formats hold no offset: say which zone they are in with assume_zone")
            for form in formats:
                if form.precision != "day" or form.short_year or "HH" not in form.tokens or "mm" not in form.tokens:
                    arguments.refuse("a datetime needs day, month, a year of four digits, HH and mm")

    def run(value: object, _depends: str) -> Converted:
        text = as_text(value)
        if formats:
            found = _read(text, formats)
            if found is None or not exists(found[0]) or zone is None:
                return Bad("K301")
            parts = found[0]
            clock = f"{parts.hour:02d}:{parts.minute:02d}:{max(parts.second, 0):02d}"
            return _with_zone(f"{printed(parts)}T{clock}", "", zone)
        return _rfc3339(text, zone)

    return Bound(_DATETIME, run)


def _zone(arguments: Arguments, named: Named) -> ZoneInfo | timezone | None:
    word = named.get("assume_zone")
    if word is None:
        return None
    name = arguments.word_of(word, "assume_zone")
    fixed = re.fullmatch(r"([+-])([0-9]{2}):([0-9]{2})", name)
    if fixed and int(fixed[2]) < 24 and int(fixed[3]) < 60:
        offset = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        return timezone(-offset if fixed[1] == "-" else offset)
    if name in {"UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        arguments.refuse("assume_zone names no known time zone", fix="a name such as Europe/Oslo, or +01:00")


def _from_epoch(text: str, *, millis: bool) -> Converted:
    pattern = _UNIX_MILLIS if millis else _UNIX
    if not pattern.fullmatch(text):
        return Bad("K303")
    seconds = Decimal(text) / 1000 if millis else Decimal(text)
    whole = int(seconds // 1)
    try:
        moment = _EPOCH + timedelta(seconds=whole)
    except OverflowError:
        return Bad("K301")
    rest = str(seconds - whole)[1:].rstrip("0").rstrip(".") if seconds != whole else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{rest}Z" if moment.year >= 1000 else Bad("K301")


def _rfc3339(text: str, zone: ZoneInfo | timezone | None) -> Converted:
    found = _RFC3339.fullmatch(text)
    if found is None:
        return Bad("K303")
    year, month, day, hour, minute = (int(found[number]) for number in range(1, 6))
    second = int(found[6] or 0)
    if not exists(DateParts(year, month, day, hour=hour, minute=minute, second=min(second, 59))) or second > 60:
        return Bad("K301")
    if not (year and month and day):
        return Bad("K301")
    # A leap second is written as the last second before it: the format knows none.
    clock = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{min(second, 59):02d}"
    fraction = found[7] or ""
    offset = found[8]
    if offset is None:
        return Bad("K305") if zone is None else _with_zone(clock, fraction, zone)
    if offset in {"Z", "z"}:
        return f"{clock}{fraction}Z"
    offset = offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
    if int(offset[1:3]) > 23 or int(offset[4:]) > 59:
        return Bad("K301")
    return f"{clock}{fraction}{offset}"


def _with_zone(clock: str, fraction: str, zone: ZoneInfo | timezone) -> Converted:
    """Give a local time its offset; a time that the clocks skipped does not exist, one they repeat is the first."""
    local = datetime.fromisoformat(clock).replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return Bad("K306")
    offset = local.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    if zone is UTC:
        return f"{clock}{fraction}Z"
    sign = "-" if minutes < 0 else "+"
    return f"{clock}{fraction}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _year_of(call: ConverterCall) -> Bound:
    Arguments(call).none()

    def run(value: object, _depends: str) -> Converted:
        text = value.value if isinstance(value, PartialDate) else as_text(value)
        found = _YEAR.fullmatch(text)
        return Bad("K301") if found is None else found[1]

    return Bound(_YEAR_OF, run)


# -- dates as they are ------------------------------------------------------------------------------------------------


class _Fuzzy:
    """The arguments of one `fuzzy_date`."""

    def __init__(self, call: ConverterCall) -> None:
        arguments = Arguments(call)
        known = ("formats", "circa", "between", "unknown", "century", "months", "else")
        named = arguments.named(known, ("formats",))
        months = named.get("months")
        language = "en" if months is None else arguments.word_of(months, "months")
        if language not in MONTHS:
            arguments.refuse(f"months must be one of {', '.join(MONTHS)}")
        self.formats = _formats(arguments, named.get("formats"), language)
        for form in self.formats:
            if not form.precision:
                arguments.refuse("every format needs a year")
        circa = named.get("circa")
        self.always_circa = isinstance(circa, Word) and circa.text == "always"
        self.circa = () if self.always_circa else self._texts(arguments, circa, "circa")
        self.between = self._texts(arguments, named.get("between"), "between")
        self.unknown = frozenset(self._texts(arguments, named.get("unknown"), "unknown"))
        otherwise = named.get("else")
        word = "error" if otherwise is None else arguments.word_of(otherwise, "else")
        if word not in {"error", "raw"}:
            arguments.refuse("else is error or raw")
        self.raw = word == "raw"
        self.depends: Value | None = None
        self.before = True
        self._century(arguments, named)

    @staticmethod
    def _texts(arguments: Arguments, argument: object, what: str) -> tuple[str, ...]:
        return tuple(word.text for word in arguments.words_of(cast("Word | None", argument), what))

    def _century(self, arguments: Arguments, named: Named) -> None:
        century = named.get("century")
        short = any(form.short_year for form in self.formats)
        if century is None:
            if short:
                fix = "write century: {not_after: PATH} for births, {not_before: PATH} for expiries"
                arguments.refuse("a two-digit year needs its century", fix=fix)
            return
        if not isinstance(century, Named) or len(century.entries) != 1:
            arguments.refuse("century is {not_after: ...} or {not_before: ...}")
        key, value = century.entries[0]
        if key.text not in {"not_after", "not_before"} or not isinstance(value, Value):
            arguments.refuse("century is {not_after: ...} or {not_before: ...}", key.place)
        self.before = key.text == "not_after"
        self.depends = value

    def run(self, value: object, depends: str) -> Converted:
        if isinstance(value, dict):
            return self._from_pieces(cast("Pieces", value), depends)
        text = as_text(value)
        if text in self.unknown:
            return PartialDate(unknown=True)
        result = self._one(text, depends)
        if result is None:
            result = self._range(text, depends)
        return self._checked(result)

    def _checked(self, result: PartialDate | Bad | None) -> Converted:
        if isinstance(result, PartialDate):
            return result
        if self.raw:
            return PartialDate(unread=True)
        return Bad("K301") if result is None else result

    def _one(self, text: str, depends: str) -> PartialDate | Bad | None:
        """Read one date, with or without a word that says it is an estimate; None when no format fits."""
        about = self.always_circa
        for word in self.circa:
            if text.casefold().startswith(word.casefold()) and len(text) > len(word):
                text, about = text[len(word) :].strip(), True
                break
        printed_date = self._plain(text, depends)
        if isinstance(printed_date, str):
            return PartialDate(printed_date, qualifier="about" if about else "")
        return printed_date

    def _plain(self, text: str, depends: str) -> str | Bad | None:
        found = _read(text, self.formats)
        if found is None:
            return None
        parts: DateParts | None = found[0]
        if found[0].short:
            if not depends:
                return Bad("K307")
            parts = resolve_century(found[0], depends, before=self.before)
        if parts is None or not exists(parts):
            return Bad("K301")
        return printed(parts)

    def _range(self, text: str, depends: str) -> PartialDate | Bad | None:
        for word in self.between:
            left, found, right = text.partition(word)
            if not found:
                continue
            first = self._plain(left.strip(), depends)
            second = self._plain(right.strip(), depends)
            if isinstance(first, str) and isinstance(second, str):
                return _span(first, second)
        return None

    def _from_pieces(self, pieces: Pieces, depends: str) -> Converted:
        year = pieces.get("year")
        if year is not None:
            text = "-".join(part.rjust(2, "0") for part in (year, pieces.get("month"), pieces.get("day")) if part)
            if pieces.get("day") and not pieces.get("month"):
                return self._checked(None)
            form = _read(text, _WHOLE)
            if form is None or not exists(form[0]):
                return self._checked(None)
            return PartialDate(printed(form[0]), qualifier="about" if self.always_circa else "")
        first, second = pieces.get("value"), pieces.get("to")
        if first is None or second is None:
            lone = first if second is None else second
            if lone is None or "to" in pieces:
                return self._checked(Bad("K309"))
            return self._checked(self._one(lone, depends))
        start, end = self._plain(first, depends), self._plain(second, depends)
        if isinstance(start, str) and isinstance(end, str):
            return self._checked(_span(start, end))
        return self._checked(start if isinstance(start, Bad) else end if isinstance(end, Bad) else None)


def _span(first: str, second: str) -> PartialDate | Bad:
    shorter = min(len(first), len(second))
    if first[:shorter] > second[:shorter]:
        return Bad("K308")
    return PartialDate(first, second, "between")


def _fuzzy(call: ConverterCall) -> Bound:
    fuzzy = _Fuzzy(call)
    return Bound(_FUZZY, fuzzy.run, fuzzy.depends, PIECES)


_WHOLE = tuple(parse_format(Located(text, Place()), "en") for text in ("YYYY-MM-DD", "YYYY-MM", "YYYY"))

_DATE = Converter("date", ("text",), "text", True, _date, summary="read a full date")
_TIME = Converter("time", ("text",), "text", True, _time, summary="read a time of day")
_DATETIME = Converter(
    "datetime",
    ("text", "integer", "decimal"),
    "text",
    True,
    _datetime,
    "datetime",
    "read a point in time with its offset",
)
_FUZZY = Converter(
    "fuzzy_date", ("text", "pieces"), "date", True, _fuzzy, summary="read a date at the precision it is stated with"
)
_YEAR_OF = Converter("year_of", ("text", "date"), "text", True, _year_of, summary="give the year of a date")

DATE_CONVERTERS: tuple[Converter, ...] = (_DATE, _DATETIME, _TIME, _FUZZY, _YEAR_OF)
"""Date, datetime, time, fuzzy_date, year_of."""

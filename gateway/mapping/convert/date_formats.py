"""Dates as they are: formats, precision, ranges, estimates and two-digit years, without a clock.

Guarantees that a date which is read exists in the calendar, that its length is its precision, and that nothing is
invented: `circa` widens nothing, and a two-digit year needs a date from the document to be resolved.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product

from gateway.errors import Place
from gateway.mapping.language.spelling import Located, Scanner

__all__ = [
    "MONTHS",
    "DateFormat",
    "DateParts",
    "PartialDate",
    "clash",
    "exists",
    "parse_format",
    "printed",
    "resolve_century",
]

MONTHS: dict[str, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
        "Dezember",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
}  # fmt: skip
"""Month names by language. The short form of a name is its first three letters, with or without a point."""

_TOKENS = re.compile(r"YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|mm|ss")
_LITERAL = re.compile(r"[^A-Za-z]+|T|Z")
_DIGITS = {"YYYY": "[0-9]{4}", "YY": "[0-9]{2}", "MM": "[0-9]{2}", "M": "[0-9]{1,2}", "DD": "[0-9]{2}",
           "D": "[0-9]{1,2}", "HH": "[0-9]{2}", "mm": "[0-9]{2}", "ss": "[0-9]{2}"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DateParts:
    """What a format read: `year` is two digits long when `short` is true; parts that were not there are 0."""

    year: int
    month: int
    day: int
    short: bool = False
    hour: int = -1
    minute: int = -1
    second: int = -1


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of the exchange format: `value`, `to` and `qualifier`. `unknown` means the source says it does not know.

    `unread` means that the text was stated and cannot be read: it goes to `raw` alone.
    """

    value: str = field(default="", repr=False)
    to: str = field(default="", repr=False)
    qualifier: str = ""
    unknown: bool = False
    unread: bool = False

    @property
    def full(self) -> bool:
        """True for one exact day."""
        return len(self.value) == 10 and not self.to and not self.qualifier


@dataclass(frozen=True, slots=True, eq=False)
class DateFormat:
    """A compiled format such as `D MMM YYYY`."""

    text: str
    tokens: tuple[str, ...]
    pieces: tuple[str, ...]
    language: str
    _regex: re.Pattern[str]
    _groups: tuple[str, ...]

    @property
    def short_year(self) -> bool:
        """True when the year has two digits."""
        return "YY" in self.tokens

    @property
    def precision(self) -> str:
        """`day`, `month` or `year`; empty without a year."""
        if not {"YYYY", "YY"} & set(self.tokens):
            return ""
        if {"DD", "D"} & set(self.tokens):
            return "day"
        return "month" if {"MM", "M", "MMM", "MMMM"} & set(self.tokens) else "year"

    def read(self, text: str) -> DateParts | None:
        """Give the parts of a text that fits, or None; whether the day exists is not asked here."""
        found = self._regex.fullmatch(text)
        if found is None:
            return None
        values: dict[str, int] = {}
        for token, raw in zip(self._groups, found.groups(), strict=True):
            number = _month(raw, self.language) if token in {"MMM", "MMMM"} else int(raw)
            if number < 0:
                return None
            values[token[0]] = number
        return DateParts(
            values.get("Y", 0),
            values.get("M", 0),
            values.get("D", 0),
            self.short_year,
            values.get("H", -1),
            values.get("m", -1),
            values.get("s", -1),
        )


def _month(raw: str, language: str) -> int:
    wanted = raw.rstrip(".").casefold()
    for number, name in enumerate(MONTHS[language], start=1):
        full = name.casefold()
        if wanted in {full, full[:3]} or (language == "en" and number == 9 and wanted == "sept"):
            return number
    return -1


def parse_format(located: Located, language: str) -> DateFormat:
    """Compile a format. Raises `DefinitionRefused` (K302) at the offending characters."""
    scanner = Scanner(located, "K302", "not a date format")
    regex: list[str] = []
    tokens: list[str] = []
    pieces: list[str] = []
    while not scanner.ended:
        start = scanner.position
        token = scanner.match(_TOKENS)
        if token is not None:
            if token[0] in {other[0] for other in tokens}:
                raise scanner.fault("this part stands twice", start=start)
            tokens.append(token)
            pieces.append(token)
            regex.append(f"({_DIGITS.get(token, r'[^ 0-9.,/-]{2,12}[.]?')})")
            continue
        literal = scanner.match(_LITERAL)
        if literal is None:
            fix = "parts are YYYY YY MMMM MMM MM M DD D HH mm ss"
            raise scanner.fault("unknown part", end=start + 1, fix=fix)
        pieces.append(literal)
        regex.append(re.escape(literal))
    _check_order(scanner, tokens)
    return DateFormat(
        located.text, tuple(tokens), tuple(pieces), language, re.compile("".join(regex), re.ASCII), tuple(tokens)
    )


def _check_order(scanner: Scanner, tokens: Sequence[str]) -> None:
    kinds = {token[0] for token in tokens}
    if not kinds:
        raise scanner.fault("a format needs a part such as YYYY", start=0)
    if "D" in kinds and "M" not in kinds:
        raise scanner.fault("a day needs its month", start=0)
    if "M" in kinds and "Y" not in kinds:
        raise scanner.fault("a month needs its year", start=0)


def clash(first: DateFormat, second: DateFormat) -> bool:
    """True when some text is a date in both formats, and another one in each: `DD/MM/YYYY` and `MM/DD/YYYY`.

    Decided by writing dates whose parts can stand for each other in each format and reading them in the other.
    """
    return _clash(first.text, second.text, first.language)


@lru_cache(maxsize=512)
def _clash(first: str, second: str, language: str) -> bool:
    one, two = (parse_format(Located(text, Place()), language) for text in (first, second))
    return any(_differs(written, one, two) for form in (one, two) for written in _written(form))


def _differs(text: str, first: DateFormat, second: DateFormat) -> bool:
    left, right = first.read(text), second.read(text)
    if left is None or right is None or left == right:
        return False
    return all(exists(replace(parts, year=parts.year or 2000)) for parts in (left, right))


def _written(form: DateFormat) -> Iterator[str]:
    choices: list[list[str]] = []
    for piece in form.pieces:
        match piece:
            case "YYYY":
                choices.append(["1112", "1201", "2010", "1975"])
            case "MMMM" | "MMM":
                choices.append([name if piece == "MMMM" else name[:3] for name in MONTHS[form.language][:2]])
            case "M" | "D":
                choices.append(["1", "2", "10", "12"])
            case "YY" | "MM" | "DD" | "HH" | "mm" | "ss":
                choices.append(["01", "02", "10", "12", "20"])
            case _:
                choices.append([piece])
    return ("".join(pieces) for pieces in product(*choices))


def exists(parts: DateParts) -> bool:
    """True when the parts name a year, month or day of the calendar and a time of the clock."""
    if not 1 <= parts.year <= 9999 or (parts.month and not 1 <= parts.month <= 12):
        return False
    if parts.day and not (parts.month and 1 <= parts.day <= monthrange(parts.year, parts.month)[1]):
        return False
    return parts.hour <= 23 and parts.minute <= 59 and parts.second <= 59


def printed(parts: DateParts) -> str:
    """Give `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    if not parts.month:
        return f"{parts.year:04d}"
    if not parts.day:
        return f"{parts.year:04d}-{parts.month:02d}"
    return f"{parts.year:04d}-{parts.month:02d}-{parts.day:02d}"


def resolve_century(parts: DateParts, limit: str, *, before: bool) -> DateParts | None:
    """Give a two-digit year its century: the last such date not after `limit`, or the first not before it.

    `limit` begins with `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. None when no such date exists, as for 29 February.
    """
    try:
        base = int(limit[:4])
    except ValueError:
        return None
    years = range(base, base - 101, -1) if before else range(base, base + 101)
    for year in years:
        if year % 100 != parts.year or year < 1:
            continue
        whole = replace(parts, year=year, short=False)
        if not exists(whole):
            continue
        text = printed(whole)
        edge = limit[: len(text)]
        text = text[: len(edge)]
        if (text <= edge) if before else (text >= edge):
            return whole
    return None

"""The transforms that compute a value: pseudonym, year, band, category. What a level means is in `exchange/ladders.py`.

A level is computed from the original value, never from one that was already reduced. Every transform is total: it gives
a value that the leaf's own type accepts, or nothing, or says that it cannot read this value, and then the item is
redacted. Pseudonyms of one value agree inside one (partner, purpose, period) and nowhere else.
"""

import hashlib
import hmac
import re
import unicodedata

from gateway.exchange.vocabulary import WordList
from gateway.names import FieldId

__all__ = [
    "Unreadable",
    "band",
    "category",
    "normalised",
    "pseudonym",
    "pseudonym_domain",
    "year",
]

_YEAR = re.compile(r"[0-9]{4}(?:-.*)?", re.ASCII)
_DECIMAL = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,9}))?", re.ASCII)
_BLANKS = re.compile(r"\s+")


class Unreadable(ValueError):
    """This value cannot be reduced to the level: the item is redacted and the reason recorded."""


def normalised(value: str) -> str:
    """Give the form in which two spellings of one value agree: NFKC, without case, single blanks."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", value).casefold()).strip()


def pseudonym_domain(field: FieldId) -> str:
    """Give the domain in which pseudonyms of a field agree: a document number is one wherever it stands."""
    parts = field.split(".")
    if parts[-1] == "number" and parts[-2] in ("documents", "document"):
        return "document.number"
    if parts[-1] == "value" and parts[-2] == "contacts":
        return "contact.value"
    return field


def pseudonym(key: bytes, domain: str, value: str) -> str:
    """Give `psn-` and 32 hexadecimal digits: HMAC-SHA-256 over domain and normalised value, cut to 128 bits.

    Raises `Unreadable` without a key of at least 16 bytes: a pseudonym that anybody could compute is none.
    """
    if len(key) < 16:
        raise Unreadable("no pseudonym key")
    text = f"{domain}\x00{normalised(value)}".encode()
    return "psn-" + hmac.digest(key, text, hashlib.sha256)[:16].hex()


def year(value: str) -> str:
    """Give the year of a date or time."""
    if not _YEAR.fullmatch(value):
        raise Unreadable("no year")
    return value[:4]


def band(value: str) -> str:
    """Round a decimal towards zero to 1, 2 or 5 times a power of ten; zero stays zero."""
    found = _DECIMAL.fullmatch(value)
    if not found:
        raise Unreadable("no decimal")
    sign, whole, fraction = found[1], found[2].lstrip("0"), found[3] or ""
    if whole:
        return f"{sign}{_leading(whole[0])}{'0' * (len(whole) - 1)}"
    after = len(fraction) - len(fraction.lstrip("0"))
    if after == len(fraction):
        return "0"
    return f"{sign}0.{'0' * after}{_leading(fraction[after])}"


def _leading(digit: str) -> str:
    return "5" if digit >= "5" else "2" if digit >= "2" else "1"


def category(value: str, codes: WordList | None) -> str | None:
    """Give the parent of a code in its list; without a parent nothing is left."""
    return (codes.parent(value) if codes else "") or None

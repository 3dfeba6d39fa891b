"""Canary values and the search for them: each is unique, and is found again in whatever spelling it leaks.

A canary is ten letters, thirteen digits, a date of a century that no message speaks of, or an id. The search does not
look for spellings of each canary: it undoes spellings (base64, hexadecimal, percent, JSON and XML escapes, UTF-16),
also one inside the other, and looks for canaries in what comes out, whatever their case.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid5

__all__ = ["Canaries", "Canary"]

_LETTERS = re.compile(rb"qzkxv([a-z]{5})", re.IGNORECASE)
_DIGITS = re.compile(rb"739184([0-9]{7})")
_DATES = re.compile(rb"1[1-8][0-9]{2}-[01][0-9]-[0-3][0-9]")
_IDS = re.compile(rb"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_FIRST_DAY = date(1100, 1, 1)
_NAMESPACE = UUID("3a4f8a39-0a55-5f0e-8d8e-0d3b7d6c2a10")
_DEPTH = 3
"""Spellings inside spellings that are undone: base64 of an escape of UTF-16 is three."""

_HEX = re.compile(rb"[0-9a-fA-F]{16,}")
_DIGESTS = re.compile(rb"[0-9a-f]{32,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_JSON = re.compile(rb"\\u([0-9a-fA-F]{4})")
_XML = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_MOST_COMPARED = 2 * 2**30
"""Bytes that are compared in one search for raw digests: some seconds."""
_HASHES = ("sha256", "sha1", "md5")


@dataclass(frozen=True, slots=True)
class Canary:
    """One canary: its number, and its spellings for places of different kinds."""

    number: int

    @property
    def letters(self) -> str:
        """Ten small letters."""
        rest, word = self.number, ""
        for _ in range(5):
            rest, letter = divmod(rest, 26)
            word = chr(97 + letter) + word
        return f"qzkxv{word}"

    @property
    def text(self) -> str:
        """A text that every format has to escape somewhere, in normal form C."""
        return f"{self.letters.capitalize()} Žižková & <Söhne> 'n' \"Co\""

    @property
    def digits(self) -> str:
        """Thirteen digits; a number below 2^53."""
        return f"739184{self.number:07}"

    @property
    def day(self) -> str:
        """A day between 1100 and 1899: later canaries have later days."""
        return (_FIRST_DAY + timedelta(days=self.number)).isoformat()

    @property
    def id(self) -> str:
        """A UUID."""
        return str(uuid5(_NAMESPACE, str(self.number)))

    @property
    def digest(self) -> str:
        """A digest that is the letters in hexadecimal, filled up."""
        return "sha256:" + self.letters.encode().hex() + "0" * 44


@dataclass(slots=True)
class Canaries:
    """All canaries of one test, where each was planted, and with which value."""

    places: list[str] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)
    _values: dict[int, list[str]] = field(default_factory=dict)

    def issue(self, place: str) -> Canary:
        """Make the canary of one place."""
        canary = Canary(len(self.places))
        self.places.append(place)
        self._ids[canary.id.replace("-", "")] = canary.number
        return canary

    def planted(self, canary: Canary, value: str) -> str:
        """Note the whole value in which a canary stands, so that a plain hash of it is found too; gives the value."""
        self._values.setdefault(canary.number, []).append(value)
        return value

    def named(self, numbers: Iterable[int]) -> list[str]:
        """The places of canaries, for a message of a test."""
        return [self.places[number] for number in sorted(numbers)]

    def found(self, hay: bytes | str) -> set[int]:
        """The numbers of all canaries that are in the hay, in any spelling."""
        data = hay.encode("utf-8", "surrogatepass") if isinstance(hay, str) else hay
        return {number for view in _views(data, _DEPTH) for number in self._in(view)}

    def hashed(self, hay: bytes) -> set[int]:
        """The numbers of all canaries of which a plain hash is in the hay, in hexadecimal or raw: it can be guessed."""
        digests = {hashlib.new(name, value.encode()).digest(): n for name, n, value in self._hashes()}
        runs = {run for match in _DIGESTS.finditer(hay.lower()) for run in _windows(match[0])}
        found = {number for digest, number in digests.items() if digest.hex().encode() in runs}
        # Raw digests have no form to look for: in what is large, some of them must do.
        step = 1 + len(hay) * len(digests) // _MOST_COMPARED
        return found | {number for digest, number in list(digests.items())[::step] if digest in hay}

    def _hashes(self) -> Iterator[tuple[str, int, str]]:
        for number, values in self._values.items():
            yield from ((name, number, value) for value in values for name in _HASHES)

    def _in(self, view: bytes) -> Iterator[int]:
        last = len(self.places)
        for match in _LETTERS.finditer(view):
            number = 0
            for letter in match[1].lower():
                number = number * 26 + letter - 97
            if number < last:
                yield number
        for match in _DIGITS.finditer(view):
            if int(match[1]) < last:
                yield int(match[1])
        for match in _DATES.finditer(view):
            try:
                number = (date.fromisoformat(match[0].decode()) - _FIRST_DAY).days
            except ValueError:
                continue
            if number < last:
                yield number
        for match in _IDS.finditer(view):
            number = self._ids.get(match[0].decode().replace("-", "").lower(), -1)
            if number >= 0:
                yield number


def _windows(run: bytes) -> Iterator[bytes]:
    """All parts of a run of hexadecimal digits that are as long as a digest."""
    for size in {hashlib.new(name).digest_size * 2 for name in _HASHES}:
        yield from (run[start : start + size] for start in range(len(run) - size + 1))


def _views(data: bytes, depth: int) -> Iterator[bytes]:
    """The bytes themselves, and what they are when one spelling is undone, again and again."""
    yield data
    if not depth:
        return
    seen = {data}
    for view in _undone(data):
        if view not in seen:
            seen.add(view)
            yield from _views(view, depth - 1)


def _undone(data: bytes) -> Iterator[bytes]:
    if b"\0" in data:
        yield data.replace(b"\0", b"")
    if _PERCENT.search(data):
        yield _PERCENT.sub(lambda match: bytes.fromhex(match[1].decode()), data)
    if b"\\u" in data:
        yield _JSON.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "surrogatepass"), data)
    if b"&#" in data:
        yield _XML.sub(_character, data)
    # Runs are joined by a space, so that no canary is made of the end of one and the beginning of the next.
    runs = [run for match in _HEX.finditer(data) for run in _from_hex(match[0])]
    if runs:
        yield b" ".join(runs)
    runs = [run for match in _BASE64.finditer(data) for run in _from_base64(match[0])]
    if runs:
        yield b" ".join(runs)


def _character(match: "re.Match[bytes]") -> bytes:
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else b" "


def _from_hex(run: bytes) -> Iterator[bytes]:
    for start in (0, 1):
        even = run[start : start + (len(run) - start) // 2 * 2]
        yield binascii.unhexlify(even)


def _from_base64(run: bytes) -> Iterator[bytes]:
    run = run.replace(b"-", b"+").replace(b"_", b"/")
    for start in range(4):
        whole = run[start : start + (len(run) - start) // 4 * 4]
        rest = run[start + len(whole) :]
        if len(rest) > 1:
            whole += rest + b"=" * (4 - len(rest))
        yield base64.b64decode(whole)

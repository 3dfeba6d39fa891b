"""The search itself: it finds every spelling of every kind of canary, and nothing in what holds none."""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from tests.privacy.canaries import Canaries, Canary

VALUES: dict[str, Callable[[Canary], str]] = {
    "text": lambda canary: canary.text,
    "letters": lambda canary: canary.letters,
    "digits": lambda canary: canary.digits,
    "day": lambda canary: canary.day,
    "id": lambda canary: canary.id,
}

SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "upper": lambda text: text.upper().encode(),
    "lower": lambda text: text.lower().encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "latin": lambda text: text.encode("latin-1", "ignore"),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "hex in hex": lambda text: ("f" + text.encode().hex()).encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 shifted by one": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64 shifted by two": lambda text: base64.b64encode(b"xx" + text.encode()),
    "base64 among letters": lambda text: b"abc" + base64.b64encode(text.encode()),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    "base64 of base64": lambda text: base64.b64encode(base64.b64encode(text.encode())),
    "percent": lambda text: quote(text).encode(),
    "percent, every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(),
    "JSON": lambda text: json.dumps(text).encode(),
    "JSON, every letter": lambda text: "".join(f"\\u{ord(letter):04X}" for letter in text).encode(),
    "XML": lambda text: escape(text, {'"': "&quot;"}).encode(),
    "XML, every letter": lambda text: "".join(f"&#{ord(letter)};" for letter in text).encode(),
    "XML, hexadecimal": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text).encode(),
}


def issued() -> tuple[Canaries, Canary]:
    canaries = Canaries()
    made = [canaries.issue(f"place {number}") for number in range(300)]
    return canaries, made[217]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("value", VALUES)
def test_a_planted_leak_is_found_in_every_spelling(spelling: str, value: str) -> None:
    canaries, canary = issued()
    hay = b"before " + SPELLINGS[spelling](VALUES[value](canary)) + b" after"
    assert canary.number in canaries.found(hay)
    assert canaries.named([canary.number]) == ["place 217"]


@pytest.mark.parametrize("name", ["sha256", "sha1", "md5"])
def test_a_plain_hash_of_a_value_is_found(name: str) -> None:
    canaries, canary = issued()
    canaries.planted(canary, canary.text)
    digest = hashlib.new(name, canary.text.encode())
    assert canaries.hashed(b"x" + digest.digest()) == {217}
    assert canaries.hashed(b"0" + digest.hexdigest().encode() + b"0") == {217}
    assert canaries.hashed(digest.hexdigest().upper().encode()) == {217}
    assert canaries.hashed(b"nothing") == set()


def test_nothing_is_found_where_nothing_is() -> None:
    canaries, _ = issued()
    assert canaries.found(os.urandom(2**20)) == set()
    assert canaries.found(os.urandom(2**18).hex()) == set()
    assert canaries.found(base64.b64encode(os.urandom(2**18))) == set()
    assert canaries.found("2026-11-25 739 qzkx 00000000-0000-5000-8000-000000000000") == set()


def test_canaries_differ_and_days_come_in_order() -> None:
    canaries, _ = issued()
    made = [Canary(number) for number in range(len(canaries.places))]
    for value in VALUES.values():
        assert len({value(canary) for canary in made}) == len(made)
    assert [canary.day for canary in made] == sorted(canary.day for canary in made)

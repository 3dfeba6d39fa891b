"""One invented message in which everything hangs together, and ways to disclose it."""

from copy import deepcopy
from typing import Any

from gateway.exchange.validate import validate
from gateway.names import PartnerId
from gateway.policy.disclosure import Disclosure
from tests.exchange.given import exchange_format
from tests.policy.given import circumstances, shipped


def uid(number: int) -> str:
    """An id of the original message."""
    return f"11111111-1111-5111-8111-{number:012}"


SUSPECT, VICTIM, CAR, PLACE, EVENT = (uid(n) for n in range(1, 6))

CASE: Any = {
    "header": {
        "format": "exchange/1.0",
        "id": uid(100),
        "kind": "person-notice",
        "reference": "CANARY-REFERENCE",
        "issued": "2026-11-20T08:15:00Z",
        "status": "Actual",
        "precedence": "ROUTINE",
        "originator": {"agency": "qm-police", "country": "QM", "unit": "Serious Crime Desk"},
        "purpose": "trafficking",
        "handling": {"classification": "OFFICIAL", "flags": ["H0"]},
        "conversation": {"thread": uid(100)},
        "statement": {"basis": "fact"},
    },
    "notice": {"kind": "wanted", "action": "arrest"},
    "persons": [
        {
            "id": VICTIM,
            "reference": "CANARY-VICTIM-RECORD",
            "roles": ["victim"],
            "names": [{"kind": "primary", "full": "Canary Victimname", "family": "Victimname"}],
            "births": [{"date": {"value": "2001-02-03", "raw": "CANARY 3 Feb 01"}, "place": "Canarytown"}],
            "addresses": [{"kind": "residence", "street": "14 Canary Row", "region": "Canaryshire"}],
            "contacts": [{"kind": "mobile", "value": "+990 555 0100"}],
            "biometrics": [{"kind": "face", "sample": "CANARY-SAMPLE"}],
            "stated_unknown": ["person.death"],
        },
        {
            "id": SUSPECT,
            "roles": ["suspect"],
            "names": [
                {"kind": "primary", "full": "Teodor Brandvik"},
                {"kind": "nickname", "full": "The Ferryman", "statement": {"basis": "assessment"}},
            ],
            "births": [{"date": {"value": "1980-05"}}],
            "nationalities": [{"code": "QN"}],
            "warnings": [{"code": "armed"}],
        },
    ],
    "objects": [{"id": CAR, "kind": "vehicle", "vehicle": {"registration": "QM 77 ABC", "make": "Corvane"}}],
    "locations": [{"id": PLACE, "kind": "crime-scene", "address": {"street": "9 Quay", "region": "Harbour"}}],
    "events": [{"id": EVENT, "kind": "offence", "when": {"value": "2026-10-03"}, "location": PLACE}],
    "links": [
        {"id": uid(20), "kind": "involved-in", "from": VICTIM, "to": EVENT, "role": "victim"},
        {"id": uid(21), "kind": "involved-in", "from": SUSPECT, "to": EVENT, "role": "suspect"},
        {"id": uid(22), "kind": "uses", "from": SUSPECT, "to": CAR},
        {"id": uid(23), "kind": "associate-of", "from": SUSPECT, "to": VICTIM},
    ],
    "narrative": [
        {
            "id": uid(30),
            "kind": "facts",
            "text": f"Canary Victimname told us, see {VICTIM} and CANARY-VICTIM-RECORD.",
            "about": [VICTIM],
        }
    ],
    "attachments": [
        {
            "id": uid(31),
            "kind": "photo",
            "digest": "sha256:" + "c" * 64,
            "title": "canary-victimname-face.jpg",
            "locator": "file/canary-victimname",
            "about": [VICTIM],
        }
    ],
    "extensions": [{"id": uid(32), "about": VICTIM, "source": "qm-police", "name": "Desk", "value": "CANARY-DESK"}],
}
"""A suspect beside a victim, with a car, a place and an event between them, and the victim in every kind of text."""


def message(**parts: Any) -> Any:
    """A fresh copy of the message with whole members replaced, or left out where None is given."""
    made = {name: value for name, value in {**deepcopy(CASE), **parts}.items() if value is not None}
    assert validate(made, exchange_format()) == ()
    return made


def with_header(**parts: Any) -> Any:
    """A fresh copy with members of the header replaced."""
    header = {name: value for name, value in {**CASE["header"], **parts}.items() if value is not None}
    return message(header=header)


def disclose(given: Any, partner: str, policy: str = "demo", **changes: Any) -> Disclosure:
    """Disclose a message under a shipped policy."""
    return shipped(policy).disclose(given, PartnerId(partner), circumstances(given, partner, **changes))


def at(value: Any, *path: str | int) -> Any:
    """The value at a path of a message."""
    for step in path:
        value = value[step]
    return value

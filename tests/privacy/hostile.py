"""Hostile messages: graphs in which whoever may not be named is tied to all that may, and is spoken of everywhere.

Persons of drawn roles, things, places and groups, linked at random; names and ids of persons are repeated in titles,
file names, notes, extensions and remarks about the source, and how many there are is written beside. Every message is
valid, and every value is a canary or holds one.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from gateway.document.tree import JsonObject
from tests.privacy.canaries import Canaries

__all__ = ["Hostile", "hostile_messages"]

_ROLES = ("suspect", "convicted", "victim", "witness", "contact", "missing", "listed", "traveller")
_LINKS = {
    ("persons", "persons"): ("associate-of", "family-of", "same-as", "in-contact-with"),
    ("persons", "organisations"): ("member-of", "controls", "represents"),
    ("persons", "objects"): ("owns", "uses", "holds"),
    ("persons", "locations"): ("located-at",),
    ("persons", "events"): ("involved-in",),
    ("organisations", "objects"): ("owns", "uses"),
    ("objects", "events"): ("involved-in",),
    ("events", "persons"): ("concerns",),
    ("events", "events"): ("part-of",),
    ("objects", "objects"): ("part-of", "derived-from"),
}
_PURPOSES = ("serious-crime", "trafficking", "terrorism", "border", "missing-person", "threat-to-life")
_ROLE_SETS: st.SearchStrategy[list[str]] = (
    st.just(["unknown"]) | st.just(["suspect"]) | st.sets(st.sampled_from(_ROLES), min_size=1, max_size=2).map(sorted)
)
Draw = st.DrawFn


@dataclass(frozen=True)
class Hostile:
    """One message and its canaries. `names` are by person, `ids` by entity: what must not come back from the dead."""

    message: JsonObject
    canaries: Canaries
    names: dict[str, str] = field(default_factory=dict)


@st.composite
def hostile_messages(draw: Draw) -> Hostile:
    """Draw one. An alert asks for no subject, so that victims alone are a message, too."""
    canaries = Canaries()
    ids: dict[str, list[str]] = {}

    def text(place: str) -> str:
        canary = canaries.issue(place)
        return canaries.planted(canary, canary.text)

    for array, most in (("persons", 5), ("objects", 3), ("events", 2), ("organisations", 2), ("locations", 2)):
        least = 1 if array == "persons" else 0
        count = draw(st.integers(least, most))
        ids[array] = [canaries.issue(f"{array}[{position}].id").id for position in range(count)]
    names = {one: text(f"persons[{position}].names[0].full") for position, one in enumerate(ids["persons"])}
    spoken = " / ".join([*names.values(), *(one for array in ids.values() for one in array)])
    counted = f"{len(ids['persons'])} persons: {spoken}"
    message: dict[str, Any] = {
        "header": _header(draw, canaries),
        "alert": {"urgency": "Expected", "severity": "Moderate", "certainty": "Likely"},
        "persons": [_person(draw, one, names[one], text) for one in ids["persons"]],
        "objects": [_object(draw, one, position, counted, text) for position, one in enumerate(ids["objects"])],
        "events": [_event(draw, one, position, ids, text) for position, one in enumerate(ids["events"])],
        "organisations": [
            {"id": one, "names": [{"full": text(f"organisations[{position}].names[0].full")}]}
            for position, one in enumerate(ids["organisations"])
        ],
        "locations": [
            {"id": one, "kind": "residence", "name": text(f"locations[{position}].name")}
            for position, one in enumerate(ids["locations"])
        ],
        "links": _links(draw, ids, canaries),
        "narrative": [{"id": canaries.issue("narrative[0].id").id, "text": counted, "about": sorted(names)}],
        "attachments": [_attachment(draw, spoken, names, canaries)],
        "extensions": [
            {"id": canaries.issue("extensions[0].id").id, "source": "x", "name": spoken[:200], "value": counted}
        ],
    }
    return Hostile({name: value for name, value in message.items() if value}, canaries, names)


def _header(draw: Draw, canaries: Canaries) -> dict[str, Any]:
    own = canaries.issue("header.id").id
    return {
        "format": "exchange/1.0",
        "id": own,
        "kind": "situation-alert",
        "issued": "2026-11-25T09:00:00Z",
        "status": "Actual",
        "precedence": "ROUTINE",
        "originator": {"agency": "qm-direct", "country": "QM"},
        "purpose": draw(st.sampled_from(_PURPOSES)),
        "handling": {"classification": "SENSITIVE", "flags": ["H0"]},
        "statement": {"basis": "fact"},
        "conversation": {"thread": own},
    }


def _person(draw: Draw, one: str, name: str, text: Any) -> dict[str, Any]:
    place = f"of {one}"
    person: dict[str, Any] = {
        "id": one,
        "roles": draw(_ROLE_SETS),
        "names": [{"kind": "primary", "full": name}],
        "reference": text(f"reference {place}"),
        "addresses": [{"street": text(f"street {place}"), "locality": text(f"locality {place}")}],
    }
    if draw(st.integers(0, 3)) == 0:
        person["statuses"] = draw(st.sampled_from([["protected"], ["child"]]))
    if draw(st.booleans()):
        person["statement"] = {"basis": draw(st.sampled_from(["fact", "assessment"]))}
    if draw(st.integers(0, 4)) == 0:
        person["handling"] = {"classification": "OFFICIAL"}
    return person


def _object(draw: Draw, one: str, position: int, counted: str, text: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": one,
        "kind": "vehicle",
        "description": counted,
        "vehicle": {"registration": text(f"objects[{position}].vehicle.registration")[:10]},
    }
    if draw(st.booleans()):
        made["reference"] = text(f"objects[{position}].reference")
    return made


def _event(draw: Draw, one: str, position: int, ids: dict[str, list[str]], text: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": one, "kind": "incident", "reference": text(f"events[{position}].reference")}
    if draw(st.booleans()) and ids["locations"]:
        made["location"] = draw(st.sampled_from(ids["locations"]))
    return made


def _links(draw: Draw, ids: dict[str, list[str]], canaries: Canaries) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        (one, other), kinds = draw(st.sampled_from(sorted(_LINKS.items())))
        ends = [(a, b) for a in ids[one] for b in ids[other] if a != b]
        if ends:
            start, end = draw(st.sampled_from(ends))
            own = canaries.issue(f"links[{number}].id").id
            found.append({"id": own, "kind": draw(st.sampled_from(kinds)), "from": start, "to": end})
    return found


def _attachment(draw: Draw, spoken: str, names: dict[str, str], canaries: Canaries) -> dict[str, Any]:
    canary = canaries.issue("attachments[0]")
    return {
        "id": canary.id,
        "digest": canary.digest,
        "media_type": "image/jpeg",
        "size": len(names),
        "title": spoken[:200],
        "locator": f"https://evidence.example/{draw(st.sampled_from(sorted(names)))}.jpg",
        "about": sorted(names),
    }

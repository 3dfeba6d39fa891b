"""The largest message of a kind that the format allows, with a canary in every leaf that can hold one.

Built from the shapes of the catalogue: every member of every object, two items in the lists of header and body.
`open_` leaves out what holds back a whole message (conditions in words, markings), so that much is disclosed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.document.tree import JsonObject, JsonValue
from gateway.exchange.format import ExchangeFormat
from gateway.exchange.layout import ADMINISTRATIVE, ARRAYS, BODY_OF, ENTITY_ARRAYS
from gateway.exchange.shape import CatalogueField, ListShape, ObjectShape, Shape, Unit, ValueKind
from tests.privacy.canaries import Canaries, Canary

__all__ = ["Largest", "planted_kinds"]

_PREFERRED = {
    "status": "Actual",
    "classification": "OFFICIAL",
    "information-kind": "fact",
    "information": "fact",
    "basis": "fact",
    "country": "QM",
    "yes-no": "no",
    "language": "en",
}
"""Words that let much leave; of other lists the first word is taken."""

_FIXED = {
    "header.issued": "2026-11-25T09:00:00Z",
    "header.handling.retain_until": "2090-01-01",
    "header.language": "en",
}
_HOLDING = {"conditions", "markings", "flags"}
"""Members of a marking that may hold back what they mark."""
_LEFT_OUT = {"header.disclosure", "header.exercise", "person.statuses"}
"""What only the gateway writes, what only drills have, and what would add to the roles that the test gives.

`stated_unknown` names what is absent: here nothing is."""


def planted_kinds() -> frozenset[ValueKind]:
    """The kinds of leaf that get a canary: all that hold characters, digits, days or ids of the sender's making."""
    closed = {ValueKind.WORD, ValueKind.FIELD, ValueKind.LANGUAGE, ValueKind.SCRIPT, ValueKind.REF}
    return frozenset(ValueKind) - closed


@dataclass(slots=True)
class Largest:
    """Makes one message. `roles` are given to persons in turn, one person each; `purpose` is the header's."""

    fmt: ExchangeFormat
    canaries: Canaries
    kind: str
    purpose: str
    roles: Sequence[str]
    open_: bool = True
    scheme: bool = False
    """Whether codes are foreign ones (a canary with a scheme) or of our lists."""
    _ids: dict[str, list[str]] = field(default_factory=dict)
    _leaf: int = 0

    def message(self) -> JsonObject:
        """Give the message; `validate` finds no fault in it."""
        counts = {array: 1 for array in ARRAYS if array != "links"}
        counts["persons"] = len(self.roles)
        if self.kind in ADMINISTRATIVE - {"correction"}:
            counts |= dict.fromkeys(ENTITY_ARRAYS, 0)
        for array, count in counts.items():
            names = [f"{array}[{position}].id" for position in range(count)]
            self._ids[ARRAYS[array]] = [self.canaries.issue(name).id for name in names]
        catalogue = self.fmt.catalogue
        message: JsonObject = {"header": self._header()}
        body = BODY_OF[self.kind]
        message[body] = self._object(catalogue.objects[body], body)
        for array, kind in ARRAYS.items():
            shape = catalogue.objects[kind]
            made = [
                {**self._object(shape, f"{array}[{position}]"), "id": own}
                for position, own in enumerate(self._ids.get(kind, []))
            ]
            if made:
                message[array] = [*made]
        links = self._link() if counts["persons"] and counts["objects"] else []
        if links:
            message["links"] = links
        self._settle(message)
        return message

    def _header(self) -> JsonObject:
        made = self._object(self.fmt.catalogue.objects["header"], "header")
        own, other = self.canaries.issue("header.id").id, self.canaries.issue("header.conversation.thread").id
        conversation = made["conversation"]
        assert isinstance(conversation, dict)
        conversation |= {"thread": other, "in_reply_to": other}
        return made | {"id": own, "format": self.fmt.version, "kind": self.kind, "purpose": self.purpose}

    def _link(self) -> list[JsonValue]:
        words = self.fmt.vocabulary["link"].codes
        kind = next(code for code, row in words.items() if row.connects("person", "object"))
        made = self._object(self.fmt.catalogue.objects["link"], "links[0]")
        made |= {"kind": kind, "from": self._ids["person"][0], "to": self._ids["object"][0]}
        made.pop("role", None)
        return [made | {"id": self.canaries.issue("links[0].id").id}]

    def _settle(self, message: JsonObject) -> None:
        """What the rules beyond the schema ask for."""
        persons, events = message.get("persons"), message.get("events")
        for person, role in zip(persons if isinstance(persons, list) else (), self.roles, strict=False):
            assert isinstance(person, dict)
            person["roles"] = [role]
        if self.kind == "movement-report" and isinstance(events, list) and isinstance(events[0], dict):
            events[0]["kind"] = "journey"
        consent = message.get("consent")
        if isinstance(consent, dict) and self.kind == "consent-request":
            consent.pop("answer", None)

    # ---- shapes ------------------------------------------------------------------------------------------------------

    def _shape(self, shape: Shape, path: str) -> JsonValue:
        if isinstance(shape, ObjectShape):
            return self._unit(shape, path) if shape.unit else self._object(shape, path)
        if isinstance(shape, ListShape):
            twice = isinstance(shape.item, ObjectShape) and "[" not in path
            count = min(2, shape.most) if twice else 1
            items = [self._shape(shape.item, f"{path}[{position}]") for position in range(count)]
            return [item for item in items if item is not None] or None
        return self._value(shape, path)

    def _object(self, shape: ObjectShape, path: str) -> JsonObject:
        made: JsonObject = {}
        for name, member in sorted(shape.members.items(), key=lambda pair: pair[0] == "to"):
            place = f"{shape.id}.{name}"
            holding = self.open_ and name in _HOLDING and shape.id.endswith("handling")
            skipped = holding or place in _LEFT_OUT or name == "stated_unknown"
            value = None if skipped else self._shape(member, f"{path}.{name}")
            if value is not None:
                made[name] = value
        if "grade_scheme" in made:
            made["grade_scheme"] = self.canaries.planted(canary := self._issue(f"{path}.grade_scheme"), canary.letters)
        return made

    def _unit(self, shape: ObjectShape, path: str) -> JsonObject:
        made: JsonObject = {"raw": self._free(f"{path}.raw")}
        if shape.unit in {Unit.CODE, Unit.CODE_ITEM}:
            words = self.fmt.vocabulary.words(shape.list_of)
            if self.scheme:
                made["code"], made["scheme"] = self._free(f"{path}.code"), self._issue(f"{path}.scheme").letters
            else:
                self._leaf += 1
                made["code"] = words[self._leaf % len(words)]
        else:
            made["value"] = self._issue(f"{path}.value").day
            if self.scheme:
                made |= {"qualifier": "between", "to": self._issue(f"{path}.to").day}
        statement = shape.members.get("statement")
        if isinstance(statement, ObjectShape):
            made["statement"] = self._object(statement, f"{path}.statement")
        return made

    # ---- leaves ------------------------------------------------------------------------------------------------------

    def _value(self, row: CatalogueField, path: str) -> JsonValue:
        if row.field in _FIXED:
            return _FIXED[row.field]
        if row.vocabulary:
            words = self.fmt.vocabulary.words(row.vocabulary)
            preferred = _PREFERRED.get(row.vocabulary, "")
            return preferred if preferred in words else words[0]
        match row.kind:
            case ValueKind.REF:
                return next((own for kind in row.refs for own in self._ids.get(kind, [])), None)
            case ValueKind.FIELD:
                return "person.names.full"
            case ValueKind.LANGUAGE:
                return "en"
            case ValueKind.SCRIPT:
                return "Latn"
            case _:
                return self._planted(row.kind, self._issue(path))

    def _planted(self, kind: ValueKind, canary: Canary) -> JsonValue:
        match kind:
            case ValueKind.INTEGER:
                return int(self.canaries.planted(canary, canary.digits))
            case ValueKind.DECIMAL:
                return self.canaries.planted(canary, f"{canary.digits}.25")
            case ValueKind.INSTANT:
                return self.canaries.planted(canary, f"{canary.day}T12:13:14Z")
            case ValueKind.DAY | ValueKind.DATE | ValueKind.MOMENT:
                return canary.day
            case ValueKind.ID:
                return canary.id
            case ValueKind.DIGEST:
                return canary.digest
            case ValueKind.AGENCY | ValueKind.PARTNER | ValueKind.SCHEME:
                return self.canaries.planted(canary, canary.letters)
            case ValueKind.MARKING:
                return self.canaries.planted(canary, f"qz:{canary.letters}")
            case _:
                return self.canaries.planted(canary, canary.text)

    def _free(self, path: str) -> str:
        canary = self._issue(path)
        return self.canaries.planted(canary, canary.text)

    def _issue(self, path: str) -> Canary:
        return self.canaries.issue(path)

"""A JSON Schema (2020-12) from samples: the members, lists and kinds of value that they show, and nothing else.

Guarantees that every sample is valid against the schema learnt from it, and that no value of a sample stands in the
schema; names of members do. What the samples do not show is refused later: a member that appears for the first time
is a question to the sender, not something to lose in silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.document.json_codec import write_json
from gateway.document.tree import JsonObject, JsonValue
from gateway.mapping.scaffold.texts import TextsSeen

__all__ = ["json_schema_of"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(slots=True)
class _Seen:
    """Everything that stood at one place of the samples."""

    kinds: set[str] = field(default_factory=set)
    texts: TextsSeen = field(default_factory=TextsSeen)
    objects: int = 0
    members: dict[str, "_Seen"] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    items: "_Seen | None" = None

    def see(self, value: JsonValue) -> None:
        match value:
            case None:
                self.kinds.add("null")
            case bool():
                self.kinds.add("boolean")
            case int():
                self.kinds.add("integer")
            case Decimal():
                self.kinds.add("number")
            case str():
                self.kinds.add("string")
                self.texts.see(value)
            case list():
                self.kinds.add("array")
                self.items = self.items or _Seen()
                for item in value:
                    self.items.see(item)
            case dict():
                self.kinds.add("object")
                self.objects += 1
                for name, inner in value.items():
                    self.members.setdefault(name, _Seen()).see(inner)
                    self.there[name] = self.there.get(name, 0) + 1

    def schema(self) -> JsonObject:
        kinds = sorted(self.kinds - ({"integer"} if "number" in self.kinds else set()))
        if not kinds:
            return {}
        said: JsonObject = {"type": kinds[0] if len(kinds) == 1 else list[JsonValue](kinds)}
        if "string" in self.kinds:
            said |= self._text()
        if "array" in self.kinds and self.items is not None:
            said["items"] = self.items.schema()
        if "object" in self.kinds:
            said["additionalProperties"] = False
            required = [name for name, count in self.there.items() if count == self.objects]
            if required:
                said["required"] = list[JsonValue](required)
            said["properties"] = {name: seen.schema() for name, seen in self.members.items()}
        return said

    def _text(self) -> JsonObject:
        if self.texts.form == "date":
            return {"format": "date"}
        if self.texts.form == "instant" and self.texts.zoned:
            return {"format": "date-time"}
        return {} if self.texts.blank else {"minLength": 1}


def json_schema_of(samples: Iterable[JsonValue], *, note: str = "") -> bytes:
    """Give the schema of samples, as the bytes of a file; `note` is said in it, for who finds it later."""
    seen = _Seen()
    for sample in samples:
        seen.see(sample)
    head: JsonObject = {"$schema": _DIALECT}
    if note:
        head["$comment"] = note
    return write_json(head | seen.schema(), indent=True) + b"\n"

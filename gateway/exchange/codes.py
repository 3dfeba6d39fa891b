"""Every code that this room gives, with one line of meaning. Each has a section in `docs/codes/EXC.md`.

Codes are never reused. `EXC-0nn` is about a message, `EXC-1nn` about the files of the format itself.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODES"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "EXC-001": "a member that the format does not have, or not here",
        "EXC-002": "a required member is missing",
        "EXC-003": "a value of the wrong type",
        "EXC-004": "a word outside its list",
        "EXC-005": "a text that does not have the form of its kind, or is too long",
        "EXC-006": "a number outside its range",
        "EXC-007": "an array with too few, too many, repeated or unsuitable items",
        "EXC-008": "none of the possible combinations of members",
        "EXC-009": "an object with nothing in it",
        "EXC-010": "the schema could not decide",
        "EXC-011": "a body that does not belong to the kind of exchange",
        "EXC-012": "evidence that is handed over has no digest",
        "EXC-013": "a second body beside the one that a correction corrects",
        "EXC-020": "an id twice",
        "EXC-021": "a reference to something that is not in the message",
        "EXC-022": "a reference to the wrong kind of thing",
        "EXC-023": "a link between kinds that it does not connect",
        "EXC-024": "a link from an entity to itself",
        "EXC-025": "a role in a link that the person does not have",
        "EXC-026": "the role unknown beside another",
        "EXC-027": "a portion marked higher than the message",
        "EXC-028": "a flag on a portion that the message does not have",
        "EXC-029": "thread, reply and own id contradict each other",
        "EXC-030": "a date that does not exist",
        "EXC-031": "an end before its beginning",
        "EXC-032": "a birth after the message was issued",
        "EXC-040": "a code that is not in its list",
        "EXC-041": "a code that was not valid on the day of issue",
        "EXC-042": "a foreign list that is not registered",
        "EXC-043": "a grade that its scheme does not have",
        "EXC-044": "the name of a leaf that the format does not have",
        "EXC-045": "stated as unknown, and stated",
        "EXC-050": "text that is not in normal form C",
        "EXC-051": "text with nothing in it but white space",
        "EXC-052": "a set that is not sorted",
        "EXC-060": "more than 4 MiB",
        "EXC-061": "nested more deeply than 12 levels",
        "EXC-062": "more than 2,000 entities",
        "EXC-063": "extensions of more than 256 KiB",
        "EXC-101": "a file of the format is missing or cannot be read",
        "EXC-102": "a leaf of a schema without class, ladder or kind",
        "EXC-103": "a reference in a schema that leads nowhere",
        "EXC-104": "a word list that contradicts itself",
        "EXC-105": "the catalogue is not what the schemas give",
    }
)

"""The members of a message: which arrays hold which kind of thing, and which body belongs to which kind of exchange.

The words agree with `schemas/exchange/v1/message.json`; a test compares them.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ADMINISTRATIVE", "ARRAYS", "BODIES", "BODY_OF", "ENTITY_ARRAYS", "SETS", "SINGULAR"]

ENTITY_ARRAYS: Mapping[str, str] = MappingProxyType(
    {
        "persons": "person",
        "organisations": "organisation",
        "objects": "object",
        "locations": "location",
        "events": "event",
        "transactions": "transaction",
        "evidence": "evidence",
        "indicators": "indicator",
    }
)
"""Array -> kind, of the eight arrays of entities."""

ARRAYS: Mapping[str, str] = MappingProxyType(
    {
        **ENTITY_ARRAYS,
        "links": "link",
        "narrative": "narrative",
        "attachments": "attachment",
        "extensions": "extension",
    }
)
"""Array -> kind, of all arrays whose items have an id."""

SINGULAR: Mapping[str, str] = ARRAYS
"""Member of a message -> first word of its field ids. Header and bodies keep their names."""

BODY_OF: Mapping[str, str] = MappingProxyType(
    {
        "person-notice": "notice",
        "object-notice": "notice",
        "information-request": "request",
        "information-response": "response",
        "information-refusal": "refusal",
        "information-clarification": "clarification",
        "transaction-report": "report",
        "freeze-request": "freeze",
        "evidence-transfer": "transfer",
        "assistance-request": "assistance",
        "assistance-response": "assistance",
        "situation-alert": "alert",
        "cyber-indicators": "cyber",
        "movement-report": "movement",
        "receipt": "receipt",
        "recall": "recall",
        "correction": "correction",
        "consent-request": "consent",
        "consent-answer": "consent",
    }
)
"""Kind of exchange -> body member. A correction may hold, beside its own, the body of what it corrects."""

BODIES: tuple[str, ...] = tuple(dict.fromkeys(BODY_OF.values()))

ADMINISTRATIVE = frozenset({"receipt", "recall", "consent-request", "consent-answer"})
"""The kinds that need no purpose of their own: they are about another message and carry no content."""

SETS = frozenset({"roles", "flags", "markings", "addressees"})
"""Arrays whose order means nothing: sorted, without repetition."""

"""Every term and every sentence that a language must have words for: nothing missing, nothing more.

The terms come from the closed lists of the exchange format and of the policy language. The sentences and their gaps
are listed here: a sentence without one of its gaps would hide a restriction from the person who signs.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.exchange.format import ExchangeFormat
from gateway.exchange.ladders import LEVELS
from gateway.policy import language as known
from gateway.policy.catalogue import exchange_words

__all__ = ["LISTS", "SENTENCES", "needed_terms"]

LISTS = ("everything", "everything with text", "free text", "anyone", "everybody", "everyone", "any purpose")
"""Words for many at once."""


_BOX = frozenset({"fields", "about", "with", "for"})
_NONE: frozenset[str] = frozenset()
_WORD = frozenset({"word"})
_WORDS = frozenset({"words"})

SENTENCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "or": _NONE,
        "and": _NONE,
        # ---- the frame ---------------------------------------------------------------------------------------------
        "title": frozenset({"name", "version"}),
        "owner": frozenset({"owner"}),
        "replaces": frozenset({"version"}),
        "valid": frozenset({"begin", "end"}),
        "gaps": frozenset({"gaps"}),
        "companions": frozenset({"exchange", "register", "vocabulary"}),
        "marks": _WORDS,
        "default": _NONE,
        "precedence": _NONE,
        "only": _NONE,
        "unknown": _NONE,
        # ---- rules -------------------------------------------------------------------------------------------------
        "share": _BOX | {"level"},
        "limit redact": _BOX,
        "limit level": _BOX | {"level"},
        "limit withhold": _BOX,
        "limit unknown": _NONE,
        "limit unknown item": _NONE,
        "condition": _BOX,
        "condition unknown": _NONE,
        "attach": frozenset({"condition"}),
        "classified up": _WORD,
        "classified from": _WORD,
        "classified list": _WORDS,
        "classified above": _NONE,
        "marked all": _WORDS,
        "marked any": _WORDS,
        "information": _WORDS,
        "origin": _WORDS,
        "usable": _WORDS,
        "only when": _WORDS,
        "unless": _WORDS,
        "silent": _NONE,
        # ---- promises ----------------------------------------------------------------------------------------------
        "never": _BOX,
        "at most": _BOX | {"level"},
        "always": _BOX | {"level"},
        "same": _BOX,
        "promise unknown": _NONE,
        "without": _WORDS,
        "granted": _WORDS,
        # ---- companions --------------------------------------------------------------------------------------------
        "regime": _WORDS,
        "clearance": _WORD,
        "carries": _WORDS,
        "carries nothing": _NONE,
        "country": _WORD,
        "authority": _WORD,
        "instrument": _WORD,
        "instrument until": _WORD,
        "takes": _WORDS,
        "partner status": _WORD,
        "members": _WORDS,
        "carriage": frozenset({"condition", "place"}),
        "levels": _WORDS,
        "kept": _NONE,
        "never leaves": _NONE,
        "special": _NONE,
        "follows": _WORDS,
        # ---- differences -------------------------------------------------------------------------------------------
        "compared": frozenset({"old", "new"}),
        "verdict unchanged": _NONE,
        "verdict words": _NONE,
        "verdict tighter": _NONE,
        "verdict wider": _NONE,
        "nothing disclosed": _NONE,
        "nothing withdrawn": _NONE,
        "newly": _BOX | {"level"},
        "no longer": _BOX | {"level"},
        "some people": _WORDS,
        "some marks": _WORDS,
        "some grants": _WORDS,
        "cases": _WORD,
        "cause": _WORDS,
        "still stopped": _WORDS,
        "released": _BOX,
        "held": _BOX,
        "condition dropped": frozenset({"condition", "fields", "with", "for"}),
        "condition added": frozenset({"condition", "fields", "with", "for"}),
        "beside": frozenset({"what", "before", "after"}),
        "ending": frozenset({"partner", "instrument", "day"}),
        # ---- sheets ------------------------------------------------------------------------------------------------
        "matrix page": frozenset({"about", "for"}),
        "matrix about": _NONE,
        "matrix empty": _NONE,
        "sheet partner": _WORD,
        "sheet role": _WORD,
        "sheet nothing": _NONE,
        "sheet exact": _NONE,
        "aggregation about": _NONE,
        "aggregation for": frozenset({"partner", "words"}),
        "no share": _NONE,
        "lacks for": _WORDS,
        "lacks about": _WORDS,
        "lacks with": _WORDS,
        "lacks classified": _NONE,
        "lacks marked": _WORDS,
        "lacks information": _WORDS,
        "lacks origin": _WORDS,
        "lacks only when": _WORDS,
        "lacks attach": _NONE,
        "label sheet about": _NONE,
    }
)
"""Each sentence with the gaps that it must have, no more and no fewer."""

_LABELS = (
    "rules",
    "built in",
    "promises",
    "partners",
    "groups",
    "conditions",
    "fields",
    "glossary",
    "why",
    "law",
    "line",
    "digest",
    "contents",
    "disclosed",
    "withdrawn",
    "conditions changed",
    "beside",
    "causes",
    "endings",
    "new",
    "gone",
    "changed",
    "stated",
    "expected",
    "yes",
    "no",
    "nothing",
    "matrix",
    "data",
    "all fields",
    "with permission",
    "with conditions",
    "differs",
    "reasons",
    "legend",
    "sheets",
    "aggregation",
    "near",
    "also",
    "label sheet",
    "target",
    "rule",
    "values",
)
"""Headings and captions."""

_SUBJECTS = (
    "valid from",
    "valid until",
    "gaps",
    "exchange format",
    "markings",
    "silent",
    "partner status",
    "takes",
    "instrument until",
    "country",
    "promise",
    "test",
)
"""What can change beside the cases."""


def needed_terms(fmt: ExchangeFormat) -> dict[str, tuple[str, ...]]:
    """Give every section with its terms, in the order in which they are shown."""
    words = exchange_words(fmt)
    return {
        "persons": (*words.roles, *words.statuses, known.NO_PERSON),
        "purposes": words.purposes,
        "marks": (*words.flags, *(f"tlp:{code}" for code in fmt.vocabulary.words("tlp")), known.UNMARKED),
        "classifications": words.classifications,
        "grants": known.GRANTS,
        "conditions": words.conditions,
        "regimes": known.REGIMES,
        "classes": fmt.vocabulary.words("class"),
        "levels": (*LEVELS, known.WITHHOLD),
        "information": known.INFORMATION,
        "origins": known.ORIGINS,
        "usable": known.USABLE,
        "gaps": known.GAPS,
        "channel": ("message", "item"),
        "partner status": ("test", "live", "stopped"),
        "takes": ("Exercise", "Test"),
        "subjects": _SUBJECTS,
        "lists": LISTS,
        "labels": _LABELS,
    }

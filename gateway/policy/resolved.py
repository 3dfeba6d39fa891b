"""A decision set as one JSON value, fully resolved: what is hashed, and later proved and signed.

Layout, comments and the order of rules do not show in it. Every word does: titles, laws and reasons as well as every
field, partner, purpose, role and mark that a rule has become. The decision digest is in it: who signs the set signs the
decision function that was proved.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import JsonObject, JsonValue
from gateway.names import Digest
from gateway.policy.language import (
    Catalogue,
    Classified,
    ConditionRule,
    Limit,
    Partner,
    Policy,
    Promise,
    Register,
    Rule,
    Share,
    Vocabulary,
)
from gateway.policy.words.book import WordBook

__all__ = ["resolved", "set_digest"]


def set_digest(
    policy: Policy,
    register: Register,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
    function: Digest,
    words: Mapping[str, WordBook] = MappingProxyType({}),
) -> Digest:
    """SHA-256 over the canonical JSON (RFC 8785) of the resolved set. `function` is the decision digest."""
    whole = resolved(policy, register, vocabulary, catalogue, words)
    return sha256(canonical({**whole, "decision_function": function}))


def resolved(
    policy: Policy,
    register: Register,
    vocabulary: Vocabulary,
    catalogue: Catalogue,
    words: Mapping[str, WordBook] = MappingProxyType({}),
) -> JsonObject:
    """Give the whole set as plain values, the words in which it is shown to signers included."""
    return {
        "language": "disclosure-policy/1",
        "policy": _policy(policy),
        "register": {
            "name": register.name,
            "partners": {partner.id: _partner(partner) for partner in register.partners.values()},
            "carriage": dict(register.carriage),
        },
        "vocabulary": {
            "name": vocabulary.name,
            "roles": list(vocabulary.roles),
            "statuses": list(vocabulary.statuses),
            "purposes": list(vocabulary.purposes),
            "classifications": list(vocabulary.classifications),
            "marks": list(vocabulary.marks),
            "conditions": list(vocabulary.conditions),
            "groups": {name: _sorted(members) for name, members in vocabulary.groups.items()},
        },
        "words": {language: book.plain() for language, book in words.items()},
        "exchange": catalogue.digest,
        "catalogue": {
            field.id: {
                "class": field.data_class,
                "ladder": field.ladder.name,
                "levels": list(field.ladder.levels),
                "decided": field.decided,
                "special": field.special,
                "free_text": field.free_text,
                "follows": list(field.follows),
            }
            for field in catalogue.fields.values()
        },
    }


def _policy(policy: Policy) -> JsonObject:
    return {
        "name": policy.name,
        "version": policy.version,
        "replaces": policy.replaces,
        "owner": policy.owner,
        "valid": {"from": policy.valid_from, "until": policy.valid_until},
        "gaps": policy.gaps,
        "rules": {rule.id: _rule(rule) for rule in policy.rules},
        "promises": {promise.id: _promise(promise) for promise in policy.promises},
    }


def _rule(rule: Rule) -> JsonObject:
    value = _box(rule)
    value |= {
        "title": rule.title,
        "law": list(rule.law),
        "why": rule.why,
        "silent": rule.silent,
        "usable": _sorted(rule.usable),
    }
    if isinstance(rule, Share):
        value |= {"kind": "share", "level": rule.level, "only_when": _sorted(rule.only_when)}
    if isinstance(rule, Limit):
        value |= {"kind": "limit", "to": rule.to}
    if isinstance(rule, ConditionRule):
        value |= {"kind": "condition"}
    if isinstance(rule, Share | ConditionRule):
        value["attach"] = [str(condition) for condition in rule.attach]
    if isinstance(rule, Limit | ConditionRule):
        value["unless"] = _sorted(rule.unless)
    return value


def _promise(promise: Promise) -> JsonObject:
    value = _box(promise)
    value |= {
        "form": promise.form,
        "because": promise.because,
        "level": promise.level,
        "without": _sorted(promise.without),
        "granted": _sorted(promise.granted),
    }
    return value


def _box(box: Rule | Promise) -> JsonObject:
    return {
        "fields": _sorted(box.fields),
        "partners": _sorted(box.partners),
        "purposes": _sorted(box.purposes),
        "about": _sorted(box.about),
        "marked": _sorted(box.marked),
        "classified": _classified(box.classified),
        "information": _sorted(box.information),
        "origins": _sorted(box.origins),
        "said": {line: _sorted(words) for line, words in box.said.items()},
    }


def _classified(classified: Classified) -> JsonObject:
    return {"within": _sorted(classified.within), "above_clearance": classified.above_clearance}


def _partner(partner: Partner) -> JsonObject:
    return {
        "regime": partner.regime,
        "clearance": partner.clearance,
        "carries": _sorted(partner.carries),
        "country": partner.country,
        "authority": partner.authority,
        "under": partner.under,
        "until": partner.until,
        "status": partner.status,
        "takes": _sorted(partner.takes),
        "name": partner.name,
    }


def _sorted(words: Iterable[str]) -> list[JsonValue]:
    return [*sorted(words)]

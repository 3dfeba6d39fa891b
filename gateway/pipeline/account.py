"""The account of one decision: every leaf with its level, its rules and its case, for sender, officer and replay.

Canonical enough to be compared: JSON with sorted keys. Holds no value and no name, but cases can point at a person, so
whoever stores an account stores it sealed, and erases it with the message (policy-language.md 10).
"""

import orjson

from gateway.document.tree import JsonObject
from gateway.policy.case import Key
from gateway.policy.compile import CompiledPolicy
from gateway.policy.disclosure import Disclosure
from gateway.policy.explain import Explanation, plain_explanation

__all__ = ["account_of"]


def account_of(disclosure: Disclosure, policy: CompiledPolicy) -> bytes:
    """Give the full explanation. `cases` are the different cases of its items, `case` of an item is a position there.

    `why` of an item is a position among `explanations`: the rules that decided, the shares that were near and what
    they lack, the limits that would still stop it. An item that no rule decides (it travels with its entity, or never
    leaves) has neither. Microseconds an item; about 0.1 ms for each kind of item that was never explained before.
    """
    cases: dict[Key, int] = {}
    explanations: dict[int, tuple[int, Explanation]] = {}
    items: list[JsonObject] = []
    for told, leaf in zip(disclosure.told, disclosure.account, strict=True):
        item: JsonObject = {
            "path": leaf.path,
            "field": leaf.field,
            "level": leaf.level,
            "fate": leaf.fate,
            "rules": [*leaf.rules],
            "conditions": [*leaf.conditions],
        }
        if told.cell.decided:
            item["case"] = cases.setdefault(told.cell.key, len(cases))
            explanation = policy.explain(told.cell)
            item["why"] = explanations.setdefault(id(explanation), (len(explanations), explanation))[0]
        items.append(item)
    return orjson.dumps(
        {
            "partner": disclosure.partner,
            "outcome": disclosure.outcome.value,
            "reasons": list(disclosure.reasons),
            "conditions": [str(condition) for condition in disclosure.conditions],
            "statement": [list(ground) for ground in disclosure.withheld],
            "laws": {rule: list(laws) for rule, laws in sorted(disclosure.laws.items())},
            "cases": [_plain(key) for key in cases],
            "explanations": [plain_explanation(explanation) for _, explanation in explanations.values()],
            "items": items,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def _plain(key: Key) -> JsonObject:
    """A case without its field and partner: tables are shared by partners that no rule tells apart."""
    return {
        "purpose": key.purpose,
        "roles": [*sorted(key.roles)],
        "marks": [*sorted(key.marks)],
        "classification": key.classification,
        "information": key.information,
        "origin": key.origin,
        "usable": key.usable,
        "grants": [[each.kind, *sorted(each.classes)] for each in sorted(key.grants)],
    }

"""Policies under which much leaves, so that properties of the filter are tried on messages that are really sent.

`WIDE` shares everything that can be shared at full; `COARSE` offers every reduced level; `HIDING` is wide but for
victims and whatever is an assessment; `REVIEWED` also shares free text that was reviewed. All are the example of the
design with other rules.
"""

from functools import cache

from gateway.policy.compile import CompiledPolicy, compile_policy
from gateway.policy.load import load_decision_set
from tests.exchange.given import exchange_format
from tests.policy.given import POLICY, REGISTER, VOCABULARY, files

PARTNERS = ("home-fiu", "qn-police", "qp-border", "qr-police", "qs-bureau", "world-office", "qt-ministry")

_SHARE = """
  - share: [{fields}]
    id: {id}
    title: For tests only
    why: For tests only.
    law: [none]
    level: {level}
    about: [anyone, unknown]
    with: [everyone]
    for: [any purpose]
    marked: [H0, H1, H2, H3, unmarked]
"""
_HIDE = """
  - limit: [everything]
    id: L1
    title: For tests only
    law: [none]
    to: redact
    about: [victim]

  - limit: [case, vehicle, financial, travel, location]
    id: L2
    title: For tests only
    law: [none]
    to: redact
    information: [assessment]
"""
_RULES = {
    "WIDE": _SHARE.format(fields="everything", id="S1", level="full"),
    "COARSE": "".join(
        _SHARE.format(fields="everything", id=f"S{n}", level=level)
        for n, level in enumerate(("exists", "category", "band", "year", "region", "pseudonym"), 1)
    ),
    "HIDING": _SHARE.format(fields="everything", id="S1", level="full") + _HIDE,
    "REVIEWED": _SHARE.format(fields="everything, free text", id="S1", level="full"),
}
NAMES = tuple(_RULES)


@cache
def open_policy(name: str) -> CompiledPolicy:
    """One of the policies of this module, compiled once."""
    found = files()
    text = found[POLICY].decode()
    head = text[: text.index("rules:\n")]
    found[POLICY] = f"{head}rules:\n{_RULES[name]}".encode()
    for clearance in ("SECRET", "CONFIDENTIAL", "SENSITIVE", "OFFICIAL"):
        found[REGISTER] = found[REGISTER].replace(f"clearance: {clearance}".encode(), b"clearance: TOP-SECRET")
    return compile_policy(load_decision_set(found, POLICY, REGISTER, VOCABULARY, exchange_format()))

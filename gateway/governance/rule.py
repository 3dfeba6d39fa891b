"""How many must sign: decided by what the change is proved to disclose, never by whoever proposes it.

| the difference says | signatures |
| --- | --- |
| nothing has changed | none: it is the same version |
| strictly tighter | one officer |
| words only | one officer |
| anything else, a changed label sheet included | two persons, `dpo` and `authority`, neither of them the author |

A verdict that could not be reached counts as "anything else" (policy-language.md 11).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import Fault
from gateway.governance.signers import OFFICERS, Role, Signer
from gateway.names import Digest

__all__ = ["Change", "Requirement", "Verdict", "judge", "missing", "required"]


class Change(StrEnum):
    """What a version does compared with the one before it."""

    UNCHANGED = "unchanged"
    TIGHTER = "tighter"
    WORDS = "words"
    WIDER = "wider"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a comparison, with its reasons as sentences without values of any document."""

    change: Change
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many distinct persons must sign, with which roles, and whether the author may be one of them."""

    count: int
    roles: frozenset[Role]
    author_too: bool

    def __str__(self) -> str:
        match self.count:
            case 0:
                return "no signature: it is the same version"
            case 1:
                return "the signature of one officer (dpo or authority)"
            case _:
                return "the signatures of two persons, a dpo and an authority, neither of them the author"


def judge(before: Mapping[str, Digest] | None, now: Mapping[str, Digest], compared: Verdict | None) -> Verdict:
    """Join what the digests say with what the comparison of the compiled results says; the stricter one counts.

    `before` are the digests of the active version, None where there is none; `compared` is None where nothing could
    compare them.
    """
    if before is None:
        return Verdict(Change.WIDER, ("there is no active version before it",))
    changed = sorted(part for part in {*before, *now} if before.get(part) != now.get(part))
    if not changed:
        return Verdict(Change.UNCHANGED)
    if "label_sheet" in changed:
        # A mapping that turns "witness" into "contact" widens disclosure without touching the policy.
        return Verdict(Change.WIDER, ("what mappings make of source values has changed (label sheet)",))
    if "catalogue" in changed:
        return Verdict(Change.UNKNOWN, ("the field catalogue has changed",))
    if compared is None or compared.change in {Change.UNKNOWN, Change.UNCHANGED}:
        reasons = compared.reasons if compared is not None else ()
        return Verdict(Change.UNKNOWN, (*reasons, f"not compared; changed: {', '.join(changed)}"))
    return compared


def required(verdict: Verdict) -> Requirement:
    """What the table above says."""
    match verdict.change:
        case Change.UNCHANGED:
            return Requirement(0, frozenset(), author_too=True)
        case Change.TIGHTER | Change.WORDS:
            return Requirement(1, frozenset(), author_too=True)
        case Change.WIDER | Change.UNKNOWN:
            return Requirement(2, frozenset({Role.DPO, Role.AUTHORITY}), author_too=False)


def missing(requirement: Requirement, signed: Iterable[Signer], authors: Collection[str]) -> tuple[Fault, ...]:
    """What the given valid signatures lack; empty where they are enough. `authors` are ids of signers."""
    counted = [one for one in signed if one.role in OFFICERS and (requirement.author_too or one.id not in authors)]
    keys = {one.key_id for one in counted}
    people = {one.id for one in counted}
    lacking = sorted(requirement.roles - {one.role for one in counted})
    if len(keys) >= requirement.count and len(people) >= requirement.count and not lacking:
        return ()
    still = f"; still needed: {', '.join(lacking)}" if lacking else ""
    message = f"{len(people)} of {requirement.count} signatures that count{still}"
    return (Fault("GOV-003", message, fix=f"it needs {requirement}: gateway policy sign"),)

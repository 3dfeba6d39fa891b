"""What a policy means. Slow on purpose: every faster engine is tested against this page."""

# fmt: off
from dataclasses import replace

from gateway.policy.language import WITHHOLD, Case, Catalogue, Condition, Ladder, Limit, Policy, Register, Rule, Share
from gateway.policy.language import ConditionRule as Duty

__all__ = ["REDACT", "WITHHOLD_MESSAGE", "cap_of", "common_part", "decide", "restriction_applies", "share_applies"]

WITHHOLD_MESSAGE, REDACT = -1, 0


def common_part(rule: Rule, case: Case, register: Register) -> bool:
    """The attributes with one value each."""
    return (case.field in rule.fields and case.partner in rule.partners and case.purpose in rule.purposes
            and rule.classified.contains(case.classification, register.clearance(case.partner))
            and case.information in rule.information and case.origin in rule.origins and case.usable in rule.usable)


def share_applies(rule: Share, case: Case, register: Register) -> bool:
    """A share must fit the case completely."""
    return (common_part(rule, case, register)
            and case.roles <= rule.about                        # every role is listed
            and case.marks <= rule.marked                       # every mark is listed
            and rule.only_when <= case.grants                   # every permission asked for is on record
            and register.can_carry(case.partner, rule.attach))  # the conditions can travel along


def restriction_applies(rule: Limit | Duty, case: Case, register: Register) -> bool:
    """A limit or a condition is touched by one role, one mark, or anything unknown."""
    return (common_part(rule, case, register)
            and bool(case.roles & rule.about or "unknown" in case.roles)
            and bool(case.marks & rule.marked or "unmarked" in case.marks)
            and not rule.unless & case.grants)                  # no permission on record lifts it


def cap_of(rule: Limit, case: Case, ladder: Ladder) -> int:
    """A message is held back as a whole only for what the limit names."""
    named = case.roles & rule.about and case.marks & rule.marked
    return ladder.rung(rule.to) if rule.to != WITHHOLD else WITHHOLD_MESSAGE if named else REDACT


def decide(policy: Policy, catalogue: Catalogue, register: Register, case: Case) -> tuple[int, set[Condition]]:
    """The level at which one item leaves, and the conditions that leave with it."""
    ladder = catalogue.ladder(case.field)
    shares = [r for r in policy.shares if share_applies(r, case, register)]
    limits = [r for r in policy.limits if restriction_applies(r, case, register)]
    duties = [r for r in policy.conditions if restriction_applies(r, case, register)]
    caps = [cap_of(r, case, ladder) for r in limits]
    if not all(register.can_carry(case.partner, r.attach) for r in duties):
        caps.append(REDACT)
    caps += [REDACT for other in catalogue.follows(case.field)
             if decide(policy, catalogue, register, replace(case, field=other))[0] < catalogue.ladder(other).top]
    level = min([max([ladder.rung(r.level) for r in shares], default=REDACT), *caps])
    speaking: list[Share | Duty] = [*(r for r in shares if ladder.rung(r.level) >= level), *duties]
    return level, {condition for r in speaking for condition in r.attach} if level > REDACT else set()

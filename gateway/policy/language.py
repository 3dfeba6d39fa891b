"""The words of a policy as frozen values: rules, promises, partners, ladders, and the case that a decision is about.

Everything here is resolved: lists of words have become sets of fields, partners and purposes, and a line that was
left out has become the full set. Nothing here decides; `decide.py` does. Places point into the officers' files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.errors import Fault, Place
from gateway.exchange.format import ExchangeFormat
from gateway.names import Digest, FieldId, PartnerId
from gateway.policy.words.book import WordBook

__all__ = [
    "BUILT_IN",
    "Case",
    "Catalogue",
    "Classified",
    "Condition",
    "ConditionRule",
    "DECIDED_CLASSES_WITHOUT_SUBSTANCE",
    "DEFAULT_RULE",
    "DecisionSet",
    "FREE_TEXT_CLASSES",
    "Field",
    "GRANTS",
    "GAPS",
    "GAPS_BY_KIND",
    "GAPS_MAYBE",
    "GAPS_NOTHING",
    "INFORMATION",
    "Ladder",
    "Limit",
    "NOWHERE",
    "NO_DIGEST",
    "NO_PERSON",
    "ORIGINS",
    "Partner",
    "Policy",
    "Promise",
    "REGIMES",
    "Register",
    "Rule",
    "Share",
    "UNKNOWN",
    "UNMARKED",
    "USABLE",
    "Vocabulary",
    "WITHHOLD",
]

NOWHERE = Place()
NO_DIGEST = Digest("")
UNKNOWN = "unknown"
UNMARKED = "unmarked"
NO_PERSON = "no-person"
WITHHOLD = "withhold the whole message"
DEFAULT_RULE = "default"
"""The name under which "nothing is shared unless a sentence says so" appears in accounts."""

REGIMES = (
    "domestic",
    "eu",
    "eu-body",
    "schengen",
    "adequate",
    "agreement",
    "assessed",
    "international",
    "private",
    "none",
)
INFORMATION = ("fact", "assessment")
ORIGINS = ("ours", "the receiver's own", "third party")
USABLE = ("yes", "no")
GRANTS = (
    "the originator has consented",
    "authorised in this case",
    "an emergency is declared",
    "reviewed by an officer",
)
GAPS_NOTHING, GAPS_MAYBE, GAPS_BY_KIND = GAPS = ("nothing", "that there may be gaps", "by kind of data")
"""How much the receiver is told about what is missing."""
FREE_TEXT_CLASSES = ("narrative", "attachment", "original", "extension")
DECIDED_CLASSES_WITHOUT_SUBSTANCE = frozenset({"structure", "routing", "handling", "role", "grading", "source"})
"""Leaves of these classes describe other leaves: alone they are no reason to build an entity or to send a message."""

BUILT_IN = ("B1", "B2", "B3", "B4", "B5", "B6")
"""The limits that are part of every policy (policy-language.md 6)."""


class Condition(NamedTuple):
    """A duty of the receiver: a kind from the closed list, and its words where the kind has any."""

    kind: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}" if self.value else self.kind


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels at which a field can be shown, from `redact` (rung 0) up. With `redact` alone it never leaves."""

    name: str
    levels: tuple[str, ...]

    def rung(self, level: str) -> int:
        """Give the height of a level; a level that this ladder does not have counts as `redact`."""
        return self.levels.index(level) if level in self.levels else 0

    @property
    def top(self) -> int:
        """The height of the full value."""
        return len(self.levels) - 1


@dataclass(frozen=True, slots=True)
class Field:
    """What data protection needs to know about one leaf of the exchange format.

    `decided` is False for `keep` (it travels with its entity) and `never` (it cannot leave): no rule speaks about them.
    """

    id: FieldId
    data_class: str
    ladder: Ladder
    decided: bool = True
    special: bool = False
    free_text: bool = False
    follows: tuple[FieldId, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every field that can exist. A field that is not in it has no ladder, and asking for one is an error."""

    fields: Mapping[FieldId, Field]
    digest: Digest = NO_DIGEST

    def ladder(self, field_id: FieldId) -> Ladder:
        """Give the ladder of a field; `KeyError` for a field that does not exist, and an error denies."""
        return self.fields[field_id].ladder

    def follows(self, field_id: FieldId) -> tuple[FieldId, ...]:
        """Give the fields that must leave in full for this one to leave."""
        return self.fields[field_id].follows


@dataclass(frozen=True, slots=True)
class Classified:
    """The classifications a rule speaks about. `order` is lowest first; `above_clearance` needs the receiver's own."""

    order: tuple[str, ...]
    within: frozenset[str]
    above_clearance: bool = False

    def contains(self, classification: str, clearance: str) -> bool:
        """Say whether an item with this marking, for a receiver with this clearance, is meant."""
        if self.above_clearance and self.order.index(classification) <= self.order.index(clearance):
            return False
        return classification in self.within


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What shares, limits and conditions have in common. `said` keeps the officer's own words, for reports."""

    id: str
    title: str
    law: tuple[str, ...]
    fields: frozenset[FieldId]
    partners: frozenset[PartnerId]
    purposes: frozenset[str]
    about: frozenset[str]
    marked: frozenset[str]
    classified: Classified
    information: frozenset[str]
    origins: frozenset[str]
    usable: frozenset[str]
    why: str = ""
    silent: bool = False
    place: Place = NOWHERE
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def built_in(self) -> bool:
        """True for the limits that no deployment can remove."""
        return self.id in BUILT_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Rule):
    """Offers a level, if the case fits completely and every permission asked for is on record."""

    level: str = "full"
    only_when: frozenset[str] = frozenset()
    attach: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Rule):
    """Caps at a level, or withholds the whole message, unless one of the named permissions is on record."""

    to: str = "redact"
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRule(Rule):
    """Adds duties to what leaves anyway; where the partner's channel cannot carry them, nothing leaves."""

    attach: tuple[Condition, ...] = ()
    unless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What must hold whatever the rules say. `form` is `never`, `at most`, `always` or `same`.

    `without` and `granted` name permissions; `except_for` purposes are already taken out of `purposes`. `usable` is
    `yes` alone for `always`: what has expired is not part of any co-operation.
    """

    id: str
    form: str
    because: str
    level: str
    fields: frozenset[FieldId]
    partners: frozenset[PartnerId]
    purposes: frozenset[str]
    about: frozenset[str]
    marked: frozenset[str]
    classified: Classified
    information: frozenset[str]
    origins: frozenset[str]
    usable: frozenset[str] = frozenset(USABLE)
    without: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    place: Place = NOWHERE
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def built_in(self) -> bool:
        """True for the promises about the limits that no deployment can remove; they have their names."""
        return self.id in BUILT_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Who receives, under which legal regime. Hosts, ports and certificates are settings and live elsewhere.

    `carries` says where the partner's channel has room for conditions: `message`, `item`. `takes` are message statuses
    beyond `Actual`. `until` is the last day of its instrument; afterwards the partner counts as `none`. `country` is
    needed to recognise the partner's own data.
    """

    id: PartnerId
    regime: str
    clearance: str
    carries: frozenset[str] = frozenset()
    country: str = ""
    authority: str = ""
    under: str = ""
    until: str = ""
    status: str = "live"
    takes: frozenset[str] = frozenset()
    name: str = ""
    place: Place = NOWHERE

    @property
    def expired_id(self) -> PartnerId:
        """The name under which rules see this partner after the last day of its instrument."""
        return PartnerId(f"{self.id}:expired")


@dataclass(frozen=True, slots=True)
class Register:
    """The partners, and where a channel must have room for each kind of condition (`carriage`)."""

    name: str
    partners: Mapping[PartnerId, Partner]
    carriage: Mapping[str, str]

    def partner(self, partner: PartnerId) -> Partner:
        """Give the entry of a partner, also for its name after its instrument ended; `KeyError` if not registered."""
        return self.partners[PartnerId(partner.removesuffix(":expired"))]

    def clearance(self, partner: PartnerId) -> str:
        """Give the highest classification the partner may hold."""
        return self.partner(partner).clearance

    def can_carry(self, partner: PartnerId, attach: Iterable[Condition]) -> bool:
        """Say whether the partner's channel has room for all these conditions."""
        carries = self.partner(partner).carries
        return all(self.carriage[condition.kind] in carries for condition in attach)

    def at(self, partner: PartnerId, day: str) -> PartnerId:
        """Give the name under which rules see the partner on a day (`YYYY-MM-DD`)."""
        entry = self.partners[partner]
        return entry.expired_id if entry.until and day > entry.until else partner


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The closed lists a policy may use: of the exchange format, and of the officer's own file.

    `words` are the words for groups and own markings, by language and term.
    """

    name: str
    roles: tuple[str, ...]
    statuses: tuple[str, ...]
    purposes: tuple[str, ...]
    classifications: tuple[str, ...]
    marks: tuple[str, ...]
    conditions: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def everyone_known(self) -> frozenset[str]:
        """What `anyone` means: every role and status and `no-person`, but not `unknown`."""
        return frozenset({*self.roles, *self.statuses, NO_PERSON}) - {UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of one policy. The order of rules carries no meaning."""

    name: str
    version: int
    replaces: int
    owner: str
    valid_from: str
    valid_until: str
    gaps: str
    shares: tuple[Share, ...]
    limits: tuple[Limit, ...]
    conditions: tuple[ConditionRule, ...]
    promises: tuple[Promise, ...] = ()
    source: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, built-in limits included."""
        return (*self.shares, *self.limits, *self.conditions)


@dataclass(frozen=True, slots=True)
class DecisionSet:
    """Everything a decision depends on. `digest` is over the canonical JSON of the resolved whole.

    Layout, comments and the order of rules do not change the digest; any word does. `words` are by language; a set
    without words can decide and cannot be shown to a signer. `function` is the decision digest (policy-language.md 7):
    two sets with one of it disclose the same in every case.
    """

    policy: Policy
    register: Register
    vocabulary: Vocabulary
    catalogue: Catalogue
    digest: Digest
    exchange: ExchangeFormat
    warnings: tuple[Fault, ...] = ()
    words: Mapping[str, WordBook] = field(default_factory=dict)
    function: Digest = NO_DIGEST

    @property
    def partners(self) -> Mapping[PartnerId, Partner]:
        """The registered partners."""
        return self.register.partners


@dataclass(frozen=True, slots=True)
class Case:
    """One leaf value in one message for one partner: everything its decision depends on."""

    field: FieldId
    roles: frozenset[str]
    partner: PartnerId
    purpose: str
    marks: frozenset[str]
    classification: str
    information: str
    origin: str
    usable: str
    grants: frozenset[str]

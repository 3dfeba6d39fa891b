"""The two companions of a policy: the officers' vocabulary (groups, conditions, markings) and the partner register.

Guarantees that a group has members and is not named like anything else, that every partner has a regime and a clearance
from the closed lists, and that every fault is found in one go. Resolves nothing; `load_rules.py` does.
"""

from dataclasses import dataclass

from gateway.document.yaml_nodes import MapNode, TextNode
from gateway.errors import Place
from gateway.names import PartnerId
from gateway.policy.catalogue import ExchangeWords
from gateway.policy.language import NO_PERSON, REGIMES, UNMARKED, Partner, Register, Vocabulary
from gateway.policy.load_words import Reader

__all__ = ["Companions", "RESERVED", "check_groups", "read_register", "read_vocabulary"]

RESERVED = frozenset({*REGIMES, "everyone", "anyone", "any purpose", "everything", "free text", NO_PERSON, UNMARKED})
"""Words of the language that no group and no partner may be named like."""

_CHANNEL = ("message", "item")
_PARTNER_STATUS = ("test", "live", "stopped")
_TAKES = ("Exercise", "Test")
_PARTNER_LINES = (
    "id",
    "name",
    "regime",
    "clearance",
    "carries",
    "country",
    "competent authority",
    "under",
    "status",
    "takes",
)


@dataclass(frozen=True, slots=True)
class Companions:
    """Vocabulary and register as read, with the places of group names for later faults."""

    vocabulary: Vocabulary
    register: Register
    group_places: dict[str, Place]

    def members(self, word: str) -> frozenset[PartnerId]:
        """Give the partners that a regime, a group or a partner's own name stands for, ended instruments included."""
        meant = set(self.vocabulary.groups.get(word, (word,)))
        found = set()
        for partner in self.register.partners.values():
            if partner.regime in meant or partner.id in meant:
                found.add(partner.id)
            if partner.until and ("none" in meant or partner.id in meant):
                found.add(partner.expired_id)
        return frozenset(found)

    @property
    def everyone(self) -> frozenset[PartnerId]:
        """Every registered partner, and each again as it is seen after its instrument has ended."""
        partners = self.register.partners.values()
        return frozenset({p.id for p in partners} | {p.expired_id for p in partners if p.until})


def read_vocabulary(
    reader: Reader, node: MapNode, words: ExchangeWords
) -> tuple[Vocabulary, dict[str, str], dict[str, Place]]:
    """Read the officers' vocabulary: the words, where each condition must be carried, and where groups are defined."""
    reader.keys(node, ("vocabulary", "groups", "conditions", "markings", "words"), ("vocabulary",), "a vocabulary")
    groups: dict[str, tuple[str, ...]] = {}
    places: dict[str, Place] = {}
    for entry in reader.entries(node.get("groups"), "`groups`"):
        name = reader.identifier(entry.key, "the name of a group")
        if name in RESERVED:
            reader.fault("POL-010", f"a group cannot be named `{name}`, a word of the language", entry.key.place)
        groups[name] = tuple(item.text for item in reader.listed(entry.value, f"group `{name}`"))
        places[name] = entry.key.place
    carriage = {}
    for entry in reader.entries(node.get("conditions"), "`conditions`"):
        kind = reader.word(entry.key, words.conditions, "a condition")
        carriage[kind] = reader.word(entry.value, _CHANNEL, f"where `{kind}` is carried") or "item"
    markings = tuple(item.text for item in reader.listed(node.get("markings"), "`markings`"))
    for item in reader.listed(node.get("markings"), "`markings`"):
        if ":" not in item.text:
            reader.fault("POL-004", f"`{item.text}` is not a marking", item.place, "write it as scheme:code")
    shown = {
        language.key.text: {
            entry.key.text: reader.text(entry.value, f"the words for `{entry.key.text}`")
            for entry in reader.entries(language.value, f"the words in `{language.key.text}`")
        }
        for language in reader.entries(node.get("words"), "`words`")
    }
    vocabulary = Vocabulary(
        name=reader.text(node.get("vocabulary"), "the name of the vocabulary"),
        roles=words.roles,
        statuses=words.statuses,
        purposes=words.purposes,
        classifications=words.classifications,
        marks=(*words.flags, *markings, UNMARKED),
        conditions=words.conditions,
        groups=groups,
        words=shown,
    )
    return vocabulary, carriage, places


def read_register(
    reader: Reader, node: MapNode, words: ExchangeWords, vocabulary: Vocabulary, carriage: dict[str, str]
) -> Register:
    """Read the partner register."""
    reader.keys(node, ("register", "partners"), ("register", "partners"), "a register")
    partners: dict[PartnerId, Partner] = {}
    seen: dict[str, Place] = {}
    for entry in reader.maps(node.get("partners"), "`partners`"):
        partner = _partner(reader, entry, words)
        id_node = entry.get("id")
        reader.unique(seen, partner.id, id_node.place if id_node else entry.place, "partner")
        if partner.id in RESERVED and partner.id != partner.regime:
            reader.fault("POL-010", f"a partner cannot be named `{partner.id}`, a word of the language", partner.place)
        if partner.id in vocabulary.groups:
            message = f"the group and the partner `{partner.id}` have one name"
            reader.fault("POL-010", message, partner.place, "rename one")
        partners[partner.id] = partner
    return Register(reader.text(node.get("register"), "the name of the register"), partners, carriage)


def check_groups(reader: Reader, node: MapNode, register: Register) -> None:
    """Refuse members of groups that are neither regimes nor partners."""
    known = (*REGIMES, *register.partners)
    for entry in reader.entries(node.get("groups"), "`groups`"):
        for item in reader.listed(entry.value, f"group `{entry.key.text}`"):
            if item.text not in known:
                reader.unknown(item.text, known, item.place, f"group `{entry.key.text}`")


def _partner(reader: Reader, node: MapNode, words: ExchangeWords) -> Partner:
    reader.keys(node, _PARTNER_LINES, ("id", "regime", "clearance", "carries"), "a partner")
    name = PartnerId(reader.identifier(node.get("id"), "the id of a partner"))
    if name != name.lower():
        reader.fault("POL-008", f"partner `{name}` has capital letters", node.place, "write it in small letters")
    under, until = "", ""
    instrument = node.get("under")
    if isinstance(instrument, TextNode):
        under = reader.text(instrument, "`under`")
    elif instrument is not None:
        lines = reader.map(instrument, "`under`")
        if lines is not None:
            reader.keys(lines, ("instrument", "until"), ("instrument",), "`under`")
            under = reader.text(lines.get("instrument"), "the instrument")
            until = reader.day(lines.get("until"), "the last day of the instrument")
    return Partner(
        id=name,
        regime=reader.word(node.get("regime"), REGIMES, "`regime`") or "none",
        clearance=reader.word(node.get("clearance"), words.classifications, "`clearance`") or words.classifications[0],
        carries=frozenset(reader.words(node.get("carries"), _CHANNEL, "`carries`", may_be_empty=True)),
        country=reader.word(node.get("country"), words.countries, "`country`"),
        authority=reader.text(node.get("competent authority"), "`competent authority`"),
        under=under,
        until=until,
        status=reader.word(node.get("status"), _PARTNER_STATUS, "`status`") or "live",
        takes=frozenset(reader.words(node.get("takes"), _TAKES, "`takes`", may_be_empty=True)),
        name=reader.text(node.get("name"), "`name`"),
        place=node.place,
    )

"""The officers' files -> one decision set, or every fault at once.

Reads policy, partner register and vocabulary, checks that they name each other's versions, resolves every word, adds
the built-in limits, and gives the whole a digest. One error and nothing loads. Reads no disk: `files` are given.
"""

from collections.abc import Mapping

from gateway.document.yaml_nodes import MapNode, Node
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.exchange.format import ExchangeFormat
from gateway.policy.built_in import built_in_limits
from gateway.policy.catalogue import exchange_words, policy_catalogue
from gateway.policy.language import GAPS, ConditionRule, DecisionSet, Limit, Policy, Promise, Rule, Share
from gateway.policy.load_companions import Companions, check_groups, read_register, read_vocabulary
from gateway.policy.load_promises import read_promise
from gateway.policy.load_rules import Words
from gateway.policy.load_words import Reader, open_file
from gateway.policy.prove.axes import axes_for
from gateway.policy.prove.build import compile_function
from gateway.policy.resolved import set_digest
from gateway.policy.words.load import is_words_file, read_books

__all__ = ["LANGUAGE", "load_decision_set"]

LANGUAGE = "disclosure-policy/1"
"""The version of the language that this program reads."""

_DEFAULT = "withhold every field"
_LINES = (
    "policy",
    "version",
    "replaces",
    "language",
    "owner",
    "exchange",
    "partners",
    "vocabulary",
    "valid",
    "default",
    "tell the receiver about gaps",
    "rules",
    "must always hold",
)
_REQUIRED = tuple(line for line in _LINES if line not in ("replaces", "must always hold"))


def load_decision_set(
    files: Mapping[str, bytes], policy: str, register: str, vocabulary: str, fmt: ExchangeFormat
) -> DecisionSet:
    """Load the set that the three named files, the words beside the vocabulary (`words.LANG.yaml`) and the format make.

    Raises `DefinitionRefused` with every fault: Y codes where a file is not the YAML we read, POL codes for its words.
    """
    folder = vocabulary.rpartition("/")[0]
    spoken = [name for name in sorted(files) if is_words_file(name, folder)]
    nodes = _open_all(files, (policy, register, vocabulary, *spoken))
    reader = Reader()
    words = exchange_words(fmt)
    known, carriage, places = read_vocabulary(reader, nodes[vocabulary], words)
    partners = read_register(reader, nodes[register], words, known, carriage)
    check_groups(reader, nodes[vocabulary], partners)
    books = read_books(reader, {name: nodes[name] for name in spoken}, nodes[vocabulary], known, partners, fmt)
    companions = Companions(known, partners, places)
    catalogue = policy_catalogue(fmt)
    made = _policy(Words(reader, catalogue, companions, fmt), nodes[policy], fmt, policy)
    if reader.errors:
        raise DefinitionRefused(*reader.errors)
    _warn_about_channels(reader, made, companions)
    function = compile_function(made, catalogue, partners, axes_for(known, partners, catalogue)).digest
    digest = set_digest(made, partners, known, catalogue, function, books)
    return DecisionSet(made, partners, known, catalogue, digest, fmt, reader.warnings, books, function)


def _open_all(files: Mapping[str, bytes], names: tuple[str, ...]) -> dict[str, MapNode]:
    nodes: dict[str, MapNode] = {}
    faults: list[Fault] = []
    for name in names:
        try:
            nodes[name] = open_file(files, name)
        except DefinitionRefused as refused:
            faults.extend(refused.faults)
    if faults:
        raise DefinitionRefused(*faults)
    return nodes


def _policy(words: Words, node: MapNode, fmt: ExchangeFormat, file: str) -> Policy:
    reader = words.reader
    reader.keys(node, _LINES, _REQUIRED, "a policy")
    _companions_named(words, node, fmt)
    _sentence(reader, node.get("default"), (_DEFAULT,), "`default`")
    gaps = _sentence(reader, node.get("tell the receiver about gaps"), GAPS, "`tell the receiver about gaps`")
    valid = reader.map(node.get("valid"), "`valid`")
    begin = end = ""
    if valid is not None:
        reader.keys(valid, ("from", "until"), ("from", "until"), "`valid`")
        begin = reader.day(valid.get("from"), "the first day")
        end = reader.day(valid.get("until"), "the last day")
        if begin and end and end < begin:
            reader.fault("POL-012", "the policy ends before it begins", valid.place, "exchange the two days")
    rules = _rules(words, node)
    return Policy(
        name=reader.identifier(node.get("policy"), "the name of the policy"),
        version=reader.number(node.get("version"), "`version`"),
        replaces=reader.number(node.get("replaces"), "`replaces`"),
        owner=reader.text(node.get("owner"), "`owner`"),
        valid_from=begin,
        valid_until=end,
        gaps=gaps,
        shares=tuple(rule for rule in rules if isinstance(rule, Share)),
        limits=(
            *built_in_limits(words.catalogue, words.companions),
            *(rule for rule in rules if isinstance(rule, Limit)),
        ),
        conditions=tuple(rule for rule in rules if isinstance(rule, ConditionRule)),
        promises=_promises(words, node, {rule.id: rule.place for rule in rules}),
        source=file,
    )


def _companions_named(words: Words, node: MapNode, fmt: ExchangeFormat) -> None:
    """A companion whose version is not the one named must not decide anything."""
    named = {
        "language": LANGUAGE,
        "exchange": fmt.version,
        "partners": words.companions.register.name,
        "vocabulary": words.companions.vocabulary.name,
    }
    for line, present in named.items():
        value = node.get(line)
        text = words.reader.text(value, f"`{line}`")
        if value is not None and text and text != present:
            fix = f"write `{line}: {present}` if that is meant, or give the other version"
            words.reader.fault("POL-011", f"`{line}` names another version than the one present", value.place, fix)


def _sentence(reader: Reader, node: Node | None, allowed: tuple[str, ...], what: str) -> str:
    text = reader.text(node, what)
    if node is not None and text and text not in allowed:
        fix = "write " + " or ".join(f"`{sentence}`" for sentence in allowed)
        reader.fault("POL-020", f"{what} is a fixed sentence and was changed", node.place, fix)
    return text if text in allowed else allowed[0]


def _rules(words: Words, node: MapNode) -> list[Rule]:
    seen: dict[str, Place] = {}
    rules = []
    for entry in words.reader.maps(node.get("rules"), "`rules`"):
        rule = words.rule(entry)
        if rule is not None:
            id_node = entry.get("id")
            words.reader.unique(seen, rule.id, id_node.place if id_node else entry.place, "rule")
            rules.append(rule)
    return rules


def _promises(words: Words, node: MapNode, seen: dict[str, Place]) -> tuple[Promise, ...]:
    promises = []
    for entry in words.reader.maps(node.get("must always hold"), "`must always hold`"):
        promise = read_promise(words, entry)
        if promise is not None:
            words.reader.unique(seen, promise.id, promise.place, "promise")
            promises.append(promise)
    return tuple(promises)


def _warn_about_channels(reader: Reader, policy: Policy, companions: Companions) -> None:
    """A rule whose conditions a channel cannot carry gives that partner nothing; the officer should hear it early."""
    rules: tuple[Share | ConditionRule, ...] = (*policy.shares, *policy.conditions)
    for rule in rules:
        unable = sorted(
            partner.id
            for partner in companions.register.partners.values()
            if partner.id in rule.partners and not companions.register.can_carry(partner.id, rule.attach)
        )
        if unable:
            message = (
                f"{rule.id} adds conditions that the channel of {', '.join(unable)} cannot carry: nothing goes there"
            )
            reader.warn("POL-025", message, rule.place, "change `attach`, the partners of the rule, or `carries`")

"""The officer's tests: single cases and whole messages with what she expects, run against the policy.

A test says what was *meant*. Single cases are decided by the definition itself, whole messages go through the compiled
tables and the filter. Also says which rules no test exercises. Reads no disk: the files are given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from gateway.document.json_codec import read_json
from gateway.document.tree import JsonObject
from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode
from gateway.errors import DefinitionRefused, DocumentRefused, Fault, Place, Severity
from gateway.exchange.identity import Identity
from gateway.exchange.ladders import LEVELS
from gateway.exchange.validate import validate
from gateway.names import ItemKind, MessageId, PartnerId
from gateway.policy.circumstances import ANY_PARTNER, Circumstances, Grant
from gateway.policy.compile import CompiledPolicy
from gateway.policy.decide import WITHHOLD_MESSAGE, decide, restriction_applies, share_applies
from gateway.policy.disclosure import Disclosure, Outcome
from gateway.policy.language import (
    GRANTS,
    INFORMATION,
    NO_PERSON,
    ORIGINS,
    UNKNOWN,
    UNMARKED,
    USABLE,
    WITHHOLD,
    Case,
    Condition,
    ConditionRule,
    DecisionSet,
    Limit,
    Rule,
    Share,
)
from gateway.policy.load_words import Reader, open_file

__all__ = ["CaseResult", "CasesReport", "run_cases"]

_HEAD = ("tests", "home", "unless said otherwise", "cases")
_CASE = ("id", "given", "expect", "with conditions", "note")
_MESSAGE = ("id", "message", "with", "on", "granted", "expect", "shows", "with conditions", "note")
_GIVEN = ("field", "about", "with", "on", "for", "marked", "classified", "information", "origin", "usable", "granted")
_FAR = "9999-12-31T00:00:00.000Z"
_IDENTITY = Identity(UUID("00000000-0000-4000-8000-000000000000"))
_KEY = b"a key for tests, and for tests only"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test: its id, where it stands, whether it passed, and if not what differs. Never a value of a message."""

    id: str
    place: Place
    passed: bool
    differs: str = ""


@dataclass(frozen=True, slots=True)
class CasesReport:
    """All results, and one fault per failed test (POL-060) and per rule that no test exercises (POL-061, warning)."""

    results: tuple[CaseResult, ...]
    faults: tuple[Fault, ...]

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(result.passed for result in self.results)


def run_cases(files: Mapping[str, bytes], tests: str, policy: CompiledPolicy) -> CasesReport:
    """Run the tests of one file; messages are named relative to it.

    Raises `DefinitionRefused` if the file cannot be read: Y and POL codes, every fault at once.
    """
    node = open_file(files, tests)
    reader = Reader()
    run = _Run(reader, policy, files, tests.rpartition("/")[0], node)
    reader.keys(node, _HEAD, ("tests", "cases"), "a file of tests")
    name = node.get("tests")
    if reader.text(name, "`tests`") != policy.decisions.policy.name:
        fix = f"write `tests: {policy.decisions.policy.name}`"
        reader.fault("POL-011", "these tests are for another policy", name.place if name else node.place, fix)
    seen: dict[str, Place] = {}
    results = []
    for entry in reader.maps(node.get("cases"), "`cases`"):
        result = run.message(entry) if "message" in entry else run.case(entry)
        reader.unique(seen, result.id, result.place, "test")
        results.append(result)
    if reader.errors:
        raise DefinitionRefused(*reader.errors)
    failed = [Fault("POL-060", f"test {r.id}: {r.differs}", r.place) for r in results if not r.passed]
    return CasesReport(tuple(results), (*failed, *run.idle()))


class _Run:
    """Reads and runs the cases of one file, and remembers which rules they exercise."""

    def __init__(
        self, reader: Reader, policy: CompiledPolicy, files: Mapping[str, bytes], folder: str, node: MapNode
    ) -> None:
        self._reader = reader
        self._policy = policy
        self._decisions: DecisionSet = policy.decisions
        self._files = files
        self._folder = folder
        usual = reader.map(node.get("unless said otherwise"), "`unless said otherwise`")
        if usual is not None:
            reader.keys(usual, _GIVEN, (), "`unless said otherwise`")
        self._usual: Mapping[str, Node] = {entry.key.text: entry.value for entry in usual} if usual else {}
        self._home = reader.text(node.get("home"), "`home`")
        self._exercised: set[str] = set()

    # ---- single cases --------------------------------------------------------------------------------------------

    def case(self, node: MapNode) -> CaseResult:
        """Decide one case by the definition."""
        reader = self._reader
        reader.keys(node, _CASE, ("id", "given", "expect"), "a test")
        given = reader.map(node.get("given"), "`given`")
        if given is not None:
            reader.keys(given, _GIVEN, (), "`given`")
        said = {**self._usual, **({entry.key.text: entry.value for entry in given} if given else {})}
        name = reader.identifier(node.get("id"), "the id of a test")
        expected = reader.word(node.get("expect"), (*LEVELS, WITHHOLD), f"`expect` of {name}")
        case = self._read_case(said, name, node.place)
        if case is None or not expected:
            return CaseResult(name, node.place, passed=False, differs="it cannot be read")
        decisions = self._decisions
        level, conditions = decide(decisions.policy, decisions.catalogue, decisions.register, case)
        ladder = decisions.catalogue.ladder(case.field)
        self._exercised.update(rule.id for rule in decisions.policy.rules if _applies(rule, case, decisions))
        found = WITHHOLD if level == WITHHOLD_MESSAGE else ladder.levels[level] if ladder.top else "redact"
        return self._result(name, node, expected, found, conditions)

    def _read_case(self, said: Mapping[str, Node], name: str, place: Place) -> Case | None:
        reader, decisions = self._reader, self._decisions
        words = decisions.vocabulary
        before = len(reader.errors)
        field = reader.text(said.get("field"), f"`field` of {name}")
        meant = decisions.exchange.catalogue.named(field) if field else ()
        if field and not any(field in (one, decisions.exchange.catalogue.fields[one].unit) for one in meant):
            reader.unknown(field, decisions.catalogue.fields, said["field"].place, f"`field` of {name}")
        for line in ("field", "with", "for"):
            if line not in said:
                reader.fault("POL-002", f"test {name} has no line `{line}`", place, f"add `{line}: ...`")
        known = (*words.roles, *words.statuses, NO_PERSON)
        roles = frozenset(reader.words(said.get("about"), known, f"`about` of {name}")) or frozenset({UNKNOWN})
        partner = reader.word(said.get("with"), decisions.partners, f"`with` of {name}")
        purpose = reader.word(said.get("for"), words.purposes, f"`for` of {name}")
        day = reader.day(said.get("on"), f"`on` of {name}")
        marks = reader.words(said.get("marked"), words.marks, f"`marked` of {name}")
        classified = reader.word(said.get("classified"), words.classifications, f"`classified` of {name}")
        information = reader.word(said.get("information"), INFORMATION, f"`information` of {name}")
        origin = reader.word(said.get("origin"), ORIGINS, f"`origin` of {name}")
        usable = reader.word(said.get("usable"), USABLE, f"`usable` of {name}")
        granted = reader.words(said.get("granted"), GRANTS, f"`granted` of {name}", may_be_empty=True)
        if len(reader.errors) > before or not meant:
            return None
        return Case(
            field=meant[0],
            roles=roles,
            partner=decisions.register.at(PartnerId(partner), day),
            purpose=purpose,
            marks=frozenset(marks) or frozenset({UNMARKED}),
            classification=classified or words.classifications[-1],
            information=information or "assessment",
            origin=origin or "third party",
            usable=usable or "yes",
            grants=frozenset(granted),
        )

    # ---- whole messages ------------------------------------------------------------------------------------------

    def message(self, node: MapNode) -> CaseResult:
        """Send one message through tables and filter."""
        reader = self._reader
        reader.keys(node, _MESSAGE, ("id", "message", "with", "expect"), "a test with a message")
        name = reader.identifier(node.get("id"), "the id of a test")
        expected = reader.word(node.get("expect"), ("send", "withhold"), f"`expect` of {name}")
        partner = PartnerId(reader.word(node.get("with"), self._decisions.partners, f"`with` of {name}"))
        day = reader.day(node.get("on"), f"`on` of {name}") or self._decisions.policy.valid_from
        granted = reader.words(node.get("granted"), GRANTS, f"`granted` of {name}", may_be_empty=True)
        shown = {entry.key.text: entry.value for entry in reader.entries(node.get("shows"), f"`shows` of {name}")}
        levels = {path: reader.text(value, f"the level of {path}") for path, value in shown.items()}
        message = self._read_message(node.get("message"), name)
        if message is None or not partner or not expected:
            return CaseResult(name, node.place, passed=False, differs="it cannot be read")
        disclosure = self._policy.disclose(message, partner, self._circumstances(message, partner, day, granted))
        self._exercised.update(disclosure.rules)
        found = "send" if disclosure.outcome is Outcome.SEND else "withhold"
        result = self._result(name, node, expected, found, set(disclosure.conditions))
        wrong = [*_wrong_levels(disclosure, levels)]
        if result.passed and wrong:
            return replace(result, passed=False, differs="; ".join(wrong))
        return result

    def _read_message(self, node: Node | None, name: str) -> JsonObject | None:
        path = self._reader.text(node, f"`message` of {name}")
        full = f"{self._folder}/{path}" if self._folder else path
        if node is None or full not in self._files:
            if node is not None and path:
                self._reader.fault("POL-023", f"there is no file `{path}`", node.place, "add it beside the tests")
            return None
        try:
            value = read_json(self._files[full])
        except DocumentRefused as refused:
            self._reader.faults.extend(replace(fault, place=node.place) for fault in refused.faults)
            return None
        if not isinstance(value, dict):
            self._reader.fault("POL-003", f"`{path}` is not a message", node.place)
            return None
        for fault in validate(value, self._decisions.exchange):
            self._reader.fault(fault.code, f"`{path}`: {fault.message}", node.place, fault.fix)
        return value

    def _circumstances(self, message: JsonObject, partner: PartnerId, day: str, granted: list[str]) -> Circumstances:
        header = message.get("header")
        own = MessageId(str(header.get("id"))) if isinstance(header, dict) else MessageId("")
        return Circumstances(
            taken_at=f"{day}T12:00:00.000Z",
            item=_IDENTITY.item(own, "test", partner, ItemKind.MESSAGE, 0),
            identity=_IDENTITY,
            home_country=self._home,
            plan=self._decisions.digest,
            pseudonym_key=_KEY,
            grants=tuple(Grant(f"test-{i}", kind, _FAR, ANY_PARTNER) for i, kind in enumerate(granted)),
        )

    # ---- results -------------------------------------------------------------------------------------------------

    def _result(self, name: str, node: MapNode, expected: str, found: str, conditions: set[Condition]) -> CaseResult:
        if found != expected:
            return CaseResult(name, node.place, passed=False, differs=f"expected {expected}, found {found}")
        wanted = node.get("with conditions")
        if wanted is not None:
            named = sorted(_conditions(wanted))
            present = sorted(map(str, conditions))
            if named != present:
                differs = f"expected the conditions [{', '.join(named)}], found [{', '.join(present)}]"
                return CaseResult(name, node.place, passed=False, differs=differs)
        return CaseResult(name, node.place, passed=True)

    def idle(self) -> Iterator[Fault]:
        """Give a warning for every rule that no test exercises."""
        for rule in self._decisions.policy.rules:
            if not rule.built_in and rule.id not in self._exercised:
                fix = "add a case that it decides"
                yield Fault("POL-061", f"no test exercises rule {rule.id}", rule.place, fix, Severity.WARNING)


def _applies(rule: Rule, case: Case, decisions: DecisionSet) -> bool:
    if isinstance(rule, Share):
        return share_applies(rule, case, decisions.register)
    return isinstance(rule, Limit | ConditionRule) and restriction_applies(rule, case, decisions.register)


def _conditions(node: Node) -> Iterator[str]:
    """Conditions as they are written: a kind alone, or `kind: words`."""
    for item in node if isinstance(node, ListNode) else ():
        if isinstance(item, TextNode):
            yield item.text
        elif isinstance(item, MapNode):
            for entry in item:
                yield f"{entry.key.text}: {entry.value.text}" if isinstance(entry.value, TextNode) else entry.key.text


def _wrong_levels(disclosure: Disclosure, levels: Mapping[str, str]) -> Iterator[str]:
    """Compare the levels that the test names with those that were decided."""
    decided = {
        one.path: "redact" if one.fate in ("withheld", "unreadable") else one.level for one in disclosure.account
    }
    for path, level in levels.items():
        if decided.get(path) != level:
            yield f"{path}: expected {level}, found {decided.get(path, 'nothing')}"

"""The example of the design, the shipped policies, and ways to make cases, circumstances and changed files."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from gateway.errors import DefinitionRefused, Fault
from gateway.exchange.identity import Identity
from gateway.names import Digest, FieldId, ItemId, ItemKind, MessageId, PartnerId
from gateway.policy.circumstances import Circumstances
from gateway.policy.compile import CompiledPolicy, compile_policy
from gateway.policy.language import Case, DecisionSet
from gateway.policy.load import load_decision_set
from tests.exchange.given import exchange_format

EXAMPLE = Path(__file__).resolve().parent / "example"
SHIPPED = Path(__file__).resolve().parents[2] / "policies"
POLICY, REGISTER, VOCABULARY = "national-outgoing.policy.yaml", "partners.yaml", "vocabulary.yaml"
TESTS = "national-outgoing.tests.yaml"
IDENTITY = Identity(UUID("cb8fa052-ca4f-57dd-bdba-8358b4a0cd44"))
PLAN = Digest("sha256:" + "7" * 64)
KEY = bytes(range(32))
TAKEN = "2026-12-02T10:00:00.000Z"


@cache
def _folder(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def files(folder: Path = EXAMPLE) -> dict[str, bytes]:
    """A fresh copy of the files of a folder."""
    return dict(_folder(folder))


def edited(old: str, new: str, file: str = POLICY, *, times: int = 1) -> dict[str, bytes]:
    """The example with one text replaced, which must be there exactly so often."""
    found = files()
    text = found[file].decode()
    assert text.count(old) == times, f"{old!r} occurs {text.count(old)} times"
    return {**found, file: text.replace(old, new).encode()}


def load(given: dict[str, bytes] | None = None) -> DecisionSet:
    """Load the example, or a changed copy of it."""
    return load_decision_set(given or files(), POLICY, REGISTER, VOCABULARY, exchange_format())


def faults(given: dict[str, bytes]) -> tuple[Fault, ...]:
    """What loading a changed copy reports; it must be refused."""
    try:
        load(given)
    except DefinitionRefused as refused:
        return refused.faults
    raise AssertionError("this set should have been refused")


@cache
def example() -> DecisionSet:
    """The example, loaded once."""
    return load()


@cache
def compiled() -> CompiledPolicy:
    """The example, compiled once."""
    return compile_policy(example())


@cache
def shipped(name: str) -> CompiledPolicy:
    """`demo` or `real` of the folder `policies/`."""
    prefix = "" if name == "demo" else f"{name}-"
    found = load_decision_set(
        files(SHIPPED), f"{name}.policy.yaml", f"{prefix}partners.yaml", f"{prefix}vocabulary.yaml", exchange_format()
    )
    return compile_policy(found)


BASE = Case(
    field=FieldId("person.names.full"),
    roles=frozenset({"suspect"}),
    partner=PartnerId("qn-police"),
    purpose="serious-crime",
    marks=frozenset({"H0"}),
    classification="OFFICIAL",
    information="fact",
    origin="ours",
    usable="yes",
    grants=frozenset(),
)


def case(**changes: Any) -> Case:
    """The usual case with changes."""
    return replace(BASE, **changes)


def circumstances(message: Any, partner: str, **changes: Any) -> Circumstances:
    """What the corridor would hand in beside the message."""
    item = IDENTITY.item(MessageId(str(message["header"]["id"])), partner, PartnerId(partner), ItemKind.MESSAGE, 0)
    usual = Circumstances(
        taken_at=TAKEN, item=ItemId(item), identity=IDENTITY, home_country="QM", plan=PLAN, pseudonym_key=KEY
    )
    return replace(usual, **changes)

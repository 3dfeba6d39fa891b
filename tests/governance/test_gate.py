"""A decision set runs only if enough distinct persons signed exactly it, and the log says so. All else is a no."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from gateway.custody.checkpoint import sign_checkpoint
from gateway.custody.leaf import genesis_leaf, leaf
from gateway.document.canonical import sha256
from gateway.errors import NotPermitted
from gateway.governance.envelope import add_signature, seal
from gateway.governance.gate import Candidate, Dossier, admit
from gateway.governance.proof import make_proof, read_proof
from gateway.governance.record import Record, read_record
from gateway.governance.rule import Change
from gateway.governance.statement import STATEMENT_TYPE, Statement
from gateway.names import PartnerId
from tests.governance.people import DIGESTS, LOG, ORIGIN, SIGNERS, digest, key_of, root, statement

AT = "2026-11-22T10:11:12.345Z"
LIVE = {PartnerId("qn-police"): "live", PartnerId("qs-bureau"): "test"}
CANDIDATE = Candidate(DIGESTS, LIVE, "2026-11-01", "2027-10-31", "2026-11-25")


@dataclass(frozen=True)
class Given:
    """A version that may run, and the log that says so."""

    candidate: Candidate
    dossier: Dossier
    record: Record
    leaves: tuple[bytes, ...]

    def admitted(self) -> bool:
        return admit(self.candidate, self.dossier, self.record, ORIGIN, [LOG.public()]) is not None

    def codes(self) -> set[str]:
        with pytest.raises(NotPermitted) as refused:
            self.admitted()
        return {fault.code for fault in refused.value.faults}


def activated(*people: str, signed: Statement | None = None, verdict: str = "") -> Given:
    made = signed or statement()
    envelope = seal(made.payload(), STATEMENT_TYPE)
    for person in people:
        envelope = add_signature(envelope, STATEMENT_TYPE, SIGNERS.people[person], key_of(person))
    activation = leaf(
        "activation",
        AT,
        decision_function=made.digests["decision_function"],
        envelope=sha256(envelope),
        signers=SIGNERS.digest,
        signatures=len(people),
        verdict=verdict or made.verdict.change.value,
        policy=made.policy,
        version=made.version,
    )
    leaves = (genesis_leaf(at=AT, origin=ORIGIN).data, activation.data, leaf("error", AT, code="SYS-001").data)
    note = sign_checkpoint(ORIGIN, len(leaves), root([*leaves]), LOG)
    proof = read_proof(make_proof(leaves, 1, note).written())
    return Given(CANDIDATE, Dossier(envelope, SIGNERS, proof), read_record(leaves), leaves)


def test_what_two_persons_signed_and_the_log_names_runs() -> None:
    given = activated("anna", "ben")
    assert given.admitted()
    assert admit(CANDIDATE, given.dossier, given.record, ORIGIN, [LOG.public()]) == given.record.newest


@pytest.mark.parametrize(
    ("people", "change", "enough"),
    [
        (("anna", "ben"), Change.WIDER, True),
        (("anna", "ben"), Change.UNKNOWN, True),
        (("anna", "cara"), Change.WIDER, False),
        (("ben", "cara"), Change.WIDER, False),
        (("anna",), Change.WIDER, False),
        (("anna", "otto"), Change.WIDER, False),
        (("anna",), Change.UNKNOWN, False),
        (("cara",), Change.TIGHTER, True),
        (("otto",), Change.TIGHTER, False),
        (("ben",), Change.WORDS, True),
        ((), Change.WORDS, False),
        ((), Change.UNCHANGED, False),
    ],
)
def test_the_difference_says_how_many_must_sign(people: tuple[str, ...], change: Change, enough: bool) -> None:
    """Cara is the author: of two signatures hers is none."""
    given = activated(*people, signed=statement(change))
    assert given.admitted() if enough else given.codes() == {"GOV-003"}


def test_who_claims_that_it_is_tighter_does_not_decide_how_many_must_sign() -> None:
    given = activated("anna", signed=statement(Change.TIGHTER), verdict="wider")
    assert given.codes() == {"GOV-003"}


@pytest.mark.parametrize("part", DIGESTS)
def test_another_digest_than_the_signed_one_does_not_run(part: str) -> None:
    given = activated("anna", "ben")
    other = replace(CANDIDATE, digests=DIGESTS | {part: digest("other")})
    assert replace(given, candidate=other).codes() == {"GOV-004"}
    lacking = {name: one for name, one in DIGESTS.items() if name != part}
    assert replace(given, candidate=replace(CANDIDATE, digests=lacking)).codes() == {"GOV-004"}


@pytest.mark.parametrize(("today", "code"), [("2026-10-31", "GOV-007"), ("2027-11-01", "GOV-007"), ("2026-11-01", "")])
def test_outside_its_days_it_does_not_run(today: str, code: str) -> None:
    given = replace(activated("anna", "ben"), candidate=replace(CANDIDATE, today=today))
    assert given.codes() == {code} if code else given.admitted()


def _revoked(given: Given) -> Given:
    assert given.record.newest is not None
    more = leaf("revocation", AT, activation=given.record.newest.hash, reason="mistake").data
    return replace(given, record=read_record([*given.leaves, more]))


def _superseded(given: Given) -> Given:
    return replace(given, record=activated("anna", "ben", signed=statement(policy=digest("next"))).record)


def _other_log(given: Given) -> Given:
    note = sign_checkpoint("another.example/governance", 3, root([*given.leaves]), LOG)
    return replace(given, dossier=replace(given.dossier, proof=make_proof(given.leaves, 1, note)))


def _other_key(given: Given) -> Given:
    note = sign_checkpoint(ORIGIN, 3, root([*given.leaves]), key_of("anna"))
    return replace(given, dossier=replace(given.dossier, proof=make_proof(given.leaves, 1, note)))


def _other_leaf(given: Given) -> Given:
    note = given.dossier.proof.checkpoint
    return replace(given, dossier=replace(given.dossier, proof=make_proof(given.leaves, 0, note)))


def _other_envelope(given: Given) -> Given:
    more = add_signature(given.dossier.envelope, STATEMENT_TYPE, SIGNERS.people["otto"], key_of("otto"))
    return replace(given, dossier=replace(given.dossier, envelope=more))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_revoked, "GOV-006"),
        (_superseded, "GOV-006"),
        (_other_log, "GOV-005"),
        (_other_key, "GOV-005"),
        (_other_leaf, "GOV-005"),
        (_other_envelope, "GOV-004"),
    ],
)
def test_what_the_log_does_not_say_does_not_run(change: Callable[[Given], Given], code: str) -> None:
    assert code in change(activated("anna", "ben")).codes()


def _activation(since: str, version: int) -> bytes:
    digests = {"decision_function": digest("f"), "envelope": digest(f"e{version}"), "signers": SIGNERS.digest}
    days = {"from": since, "until": "2029-12-31"}
    return leaf("activation", AT, signatures=2, verdict="wider", version=version, **digests, **days).data


def test_a_scheduled_version_does_not_yet_supersede() -> None:
    record = read_record([_activation("2026-01-01", 3), _activation("2027-01-01", 4)])
    holding = [record.in_force(day) for day in ("2025-12-31", "2026-12-31", "2027-01-01")]
    assert [each.version for each in holding if each] == [4, 3, 4]
    assert record.newest is not None
    assert record.newest.version == 4


def test_an_unsigned_set_runs_for_test_partners_only() -> None:
    empty = read_record([genesis_leaf(at=AT, origin=ORIGIN).data])
    testing = replace(CANDIDATE, statuses=dict.fromkeys(LIVE, "test"))
    assert admit(testing, None, empty, ORIGIN, [LOG.public()]) is None
    for statuses in (LIVE, dict.fromkeys(LIVE, "stopped"), {PartnerId("a"): "test", PartnerId("b"): "stopped"}):
        with pytest.raises(NotPermitted) as refused:
            admit(replace(CANDIDATE, statuses=statuses), None, empty, ORIGIN, [LOG.public()])
        assert refused.value.code == "GOV-008"


def test_after_a_signed_set_no_unsigned_one_runs() -> None:
    testing = replace(CANDIDATE, statuses=dict.fromkeys(LIVE, "test"))
    with pytest.raises(NotPermitted) as refused:
        admit(testing, None, activated("anna", "ben").record, ORIGIN, [LOG.public()])
    assert refused.value.code == "GOV-008"

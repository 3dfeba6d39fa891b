"""May this decision set run here, today? The last question before a gateway starts, answered from signed facts only.

A set with a partner of status `live` is admitted only with an envelope that enough persons signed for exactly these
digests, an inclusion proof of its activation, a log that still names it as the newest, and within its days. A set whose
partners all have status `test` is admitted unsigned: such partners get exercises and tests only. No answer is a no.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.document.canonical import sha256
from gateway.errors import Fault, NotPermitted
from gateway.governance.envelope import payload_of, signed_by
from gateway.governance.proof import ActivationProof
from gateway.governance.record import Activation, Record
from gateway.governance.rule import Change, Verdict, missing, required
from gateway.governance.signers import Signers
from gateway.governance.statement import DECIDING, STATEMENT_TYPE, Statement, other_reports, read_statement
from gateway.names import Digest, PartnerId

__all__ = ["TEST", "Candidate", "Dossier", "admit", "unsigned_may_run"]

TEST = "test"
"""The status of a partner that gets exercises and tests only."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What would decide: its digests, the partners' statuses, its days, and today (`YYYY-MM-DD`)."""

    digests: Mapping[str, Digest]
    statuses: Mapping[PartnerId, str]
    valid_from: str
    valid_until: str
    today: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """What lies beside a version: its envelope, the list of signers under which it was signed, and the proof."""

    envelope: bytes
    signers: Signers
    proof: ActivationProof
    reports: Mapping[str, Digest] = field(default_factory=dict)
    """What the signers were shown, by its digest as it lies there now."""


def unsigned_may_run(statuses: Iterable[str]) -> bool:
    """True if every partner has status `test`."""
    return all(status == TEST for status in statuses)


def admit(
    candidate: Candidate, dossier: Dossier | None, record: Record, origin: str, log_keys: Iterable[bytes]
) -> Activation | None:
    """Give the activation under which the set may run; None where it may run unsigned.

    Raises NotPermitted with every fault found (GOV-003 to GOV-008).
    """
    newest = record.in_force(candidate.today)
    if newest is None and dossier is None and unsigned_may_run(candidate.statuses.values()):
        return None
    if newest is None or dossier is None:
        unsigned = sorted(partner for partner, status in candidate.statuses.items() if status != TEST)
        about = f"partner `{unsigned[0]}` is not of status test" if unsigned else "another set was active before"
        fix = "gateway policy propose, sign, activate; until then every partner must have status test"
        raise NotPermitted(Fault("GOV-008", f"this decision set is not signed and activated, and {about}", fix=fix))
    statement = read_statement(payload_of(dossier.envelope, STATEMENT_TYPE))
    faults = [
        *_recorded(dossier, record, newest, origin, log_keys),
        *_signed(dossier, statement, newest),
        *_same(candidate, statement, dossier.reports),
        *_in_time(candidate),
    ]
    if faults:
        raise NotPermitted(*faults)
    return newest


def _recorded(
    dossier: Dossier, record: Record, newest: Activation, origin: str, log_keys: Iterable[bytes]
) -> Iterable[Fault]:
    if not dossier.proof.holds(origin, log_keys):
        fix = "restore the version's files, or activate it again"
        yield Fault("GOV-005", "the proof of activation does not verify against this gateway's log", fix=fix)
    if dossier.proof.hash in record.revoked:
        yield Fault("GOV-006", "this version was revoked", fix="activate another version")
    elif dossier.proof.hash != newest.hash:
        yield Fault(
            "GOV-006", "another version is in force according to the log", fix="activate this one, or use that one"
        )
    if sha256(dossier.envelope) != newest.envelope or dossier.signers.digest != newest.signers:
        yield Fault("GOV-004", "envelope or signers are not those that were recorded", fix="restore the files")


def _signed(dossier: Dossier, statement: Statement, newest: Activation) -> Iterable[Fault]:
    # The verdict is the one that this gateway recorded when it activated the version, not the one that is claimed.
    narrow = newest.verdict in {Change.TIGHTER, Change.WORDS}
    requirement = required(Verdict(Change(newest.verdict) if narrow else Change.UNKNOWN))
    return missing(requirement, signed_by(dossier.envelope, STATEMENT_TYPE, dossier.signers), {statement.author})


def _same(candidate: Candidate, statement: Statement, reports: Mapping[str, Digest]) -> Iterable[Fault]:
    differing = [part for part in DECIDING if candidate.digests.get(part) != statement.digests.get(part)]
    differing += other_reports(statement, reports)
    if differing:
        fix = "use the files that were signed, or propose what is here: gateway policy propose"
        yield Fault("GOV-004", f"what would decide is not what was signed: {', '.join(differing)}", fix=fix)


def _in_time(candidate: Candidate) -> Iterable[Fault]:
    if candidate.today < candidate.valid_from:
        fix = "keep the version before it in place until then"
        yield Fault("GOV-007", f"this version is scheduled: it holds from {candidate.valid_from}", fix=fix)
    if candidate.today > candidate.valid_until:
        fix = "propose, sign and activate a version that is in force"
        yield Fault("GOV-007", f"this version has expired: it held until {candidate.valid_until}", fix=fix)

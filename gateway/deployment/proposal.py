"""A new version for the officers: what is here now, compared with what is active, as a statement to be signed."""

from gateway.deployment.candidate import candidate_of, officers_files
from gateway.deployment.comparison import Side
from gateway.deployment.governor import Compare
from gateway.deployment.load import Deployment
from gateway.deployment.versions import Version, Versions
from gateway.document.canonical import sha256
from gateway.errors import DefinitionRefused, Fault
from gateway.governance.envelope import seal
from gateway.governance.record import Record
from gateway.governance.rule import Change, Verdict, judge
from gateway.governance.signers import Signers, write_signers
from gateway.governance.statement import DECIDING, STATEMENT_TYPE, Statement, sentence
from gateway.names import Digest

__all__ = ["propose"]


def propose(
    deployment: Deployment,
    record: Record,
    versions: Versions,
    author: str,
    compare: Compare,
    now: str,
    proof_sheet: bytes = b"",
) -> Version:
    """Write the version that the deployment's files make. `author` is who wrote it: an id, on the list or not.

    Raises DefinitionRefused: GOV-011 (no list of signers), GOV-016 (nothing has changed), GOV-001.
    """
    drafted = versions.drafted_signers()
    under = versions.signers(record.signers) or drafted
    new = drafted if under.digest != drafted.digest else None
    candidate, files = candidate_of(deployment, now), officers_files(deployment)
    active = record.active
    before = None if active is None else versions.recorded(active.envelope)
    reports = {"proof_sheet": proof_sheet} if proof_sheet else {}
    if before is None:
        verdict = judge(None, candidate.digests, None)
    else:
        old = {part: before.statement.digests.get(part, Digest("")) for part in DECIDING}
        compared = compare(Side(before.files, old), Side(files, candidate.digests))
        verdict = judge(old, candidate.digests, compared.verdict)
        reports |= {"difference": compared.report} if compared.report else {}
    if new is not None:
        verdict = Verdict(Change.WIDER, (*verdict.reasons, "the list of signers changes"))
    if verdict.change is Change.UNCHANGED:
        fix = "change a file first; gateway policy status shows what is active"
        raise DefinitionRefused(Fault("GOV-016", "this is the active version: nothing has changed", fix=fix))
    policy = deployment.plan.policy.decisions.policy
    valid = (candidate.valid_from, candidate.valid_until)
    new_digest = new.digest if new else Digest("")
    statement = Statement(
        policy=policy.name,
        version=policy.version,
        author=author,
        digests={**candidate.digests, **{name: sha256(report) for name, report in reports.items()}},
        valid_from=valid[0],
        valid_until=valid[1],
        verdict=verdict,
        signers=under.digest,
        previous=record.newest.hash if record.newest else Digest(""),
        new_signers=new_digest,
        sentence=sentence(policy.name, policy.version, valid, verdict, new_digest),
    )
    envelope = seal(statement.payload(), STATEMENT_TYPE)
    shown = {f"{name}.json": report for name, report in reports.items()}
    return versions.add(statement, envelope, {**files, **shown}, (_file(under), _file(new) if new else None))


def _file(people: Signers) -> bytes:
    return write_signers(people.name, people.people.values())

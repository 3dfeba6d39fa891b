"""What a deployment would decide by, as the digests that officers sign."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from gateway.deployment.load import Deployment
from gateway.deployment.plan_file import PlanFile
from gateway.document.tree import JsonObject
from gateway.governance.gate import Candidate
from gateway.governance.labels import label_sheet_digest
from gateway.governance.statement import deciding_digests
from gateway.names import AgencyId
from gateway.policy.words.load import is_words_file

__all__ = ["candidate_of", "officers_files", "officers_paths", "stated_by"]


def candidate_of(deployment: Deployment, now: str) -> Candidate:
    """The candidate for the gate, from what would run itself; `now` is RFC 3339."""
    policy = deployment.plan.policy
    decisions = policy.decisions
    channels = [deployment.plan.channels[AgencyId(name)] for name in deployment.plan_file.agencies]
    written = (mapping.program.mapping for channel in channels for mapping in channel.mappings)
    labels = label_sheet_digest(written, deployment.files, stated_by(deployment.plan_file))
    return Candidate(
        digests=deciding_digests(
            decisions, policy.decision_digest, officers_files(deployment).get("tests.yaml", b""), labels
        ),
        statuses={partner.id: partner.status for partner in decisions.partners.values()},
        valid_from=decisions.policy.valid_from,
        valid_until=decisions.policy.valid_until,
        today=now[:10],
    )


def stated_by(plan_file: PlanFile) -> JsonObject:
    """The labels that a plan gives: what counts as ours, and for each agency its country, status and mappings."""
    agencies: JsonObject = {
        name: {"country": entry.country, "status": entry.status or "", "mappings": [*entry.mappings]}
        for name, entry in plan_file.agencies.items()
    }
    return {"home": plan_file.home, "agencies": agencies}


def officers_files(deployment: Deployment) -> dict[str, bytes]:
    """The officers' files under the names that they have in a folder of versions."""
    files = deployment.files
    return {name: files[path] for name, path in officers_paths(deployment.plan_file, files).items()}


def officers_paths(plan_file: PlanFile, files: Mapping[str, bytes]) -> dict[str, str]:
    """Where the officers' files are, of those that are there: policy, register, vocabulary, tests, words."""
    named = plan_file.policy
    path = PurePosixPath(named.policy)
    tests = str(path.with_name(path.name.replace(".policy.yaml", ".tests.yaml")))
    found = {"policy": named.policy, "partners": named.partners, "vocabulary": named.vocabulary, "tests": tests}
    paths = {f"{name}.yaml": file for name, file in found.items() if file in files}
    folder = named.vocabulary.rpartition("/")[0]
    return paths | {name.rpartition("/")[2]: name for name in files if is_words_file(name, folder)}

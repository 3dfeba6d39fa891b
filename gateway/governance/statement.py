"""What a person signs: digests of everything that decides, how it differs, when it holds, and the sentence shown.

A statement is canonical JSON (RFC 8785): one byte form, the payload of an envelope. It names what it is about by digest
only, so it can be shown, sent and stored anywhere. Reading it back accepts exactly what writing gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.document.canonical import canonical, sha256
from gateway.document.json_codec import read_json
from gateway.document.tree import JsonValue
from gateway.document.yaml_nodes import plain_value, read_yaml
from gateway.errors import DefinitionRefused, Fault, GatewayError
from gateway.governance.rule import Change, Verdict, required
from gateway.names import Digest
from gateway.policy.language import DecisionSet
from gateway.policy.resolved import resolved

__all__ = [
    "DECIDING",
    "REPORTS",
    "STATEMENT_TYPE",
    "Statement",
    "deciding_digests",
    "other_reports",
    "read_statement",
    "sentence",
    "shown_faults",
]

STATEMENT_TYPE = "application/vnd.gateway.policy-statement+json;version=1"
"""The DSSE payload type."""

DECIDING = (
    "policy",
    "tests",
    "catalogue",
    "register",
    "vocabulary",
    "words",
    "decision_function",
    "label_sheet",
)
"""What the gateway compares with what it has before it runs."""

REPORTS = ("proof_sheet", "difference")
"""What the signer was shown; kept by digest."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One version, ready to be signed.

    `previous` is the hash of the activation leaf that it replaces, empty for the first. `signers` is the list whose
    people sign; `new_signers` the list that holds from its activation on, where that changes.
    """

    policy: str
    version: int
    author: str
    digests: Mapping[str, Digest]
    valid_from: str
    valid_until: str
    verdict: Verdict
    signers: Digest
    previous: Digest = Digest("")
    new_signers: Digest = Digest("")
    sentence: str = field(default="")

    @property
    def id(self) -> str:
        """The name of the version in files and commands: policy, number, and twelve digits of what is signed."""
        return f"{self.policy}-{self.version}-{sha256(self.payload()).removeprefix('sha256:')[:12]}"

    def payload(self) -> bytes:
        """The exact bytes that are signed."""
        return canonical(
            {
                "statement": 1,
                "policy": self.policy,
                "version": self.version,
                "author": self.author,
                "digests": {**self.digests},
                "valid": {"from": self.valid_from, "until": self.valid_until},
                "verdict": {"change": self.verdict.change.value, "reasons": [*self.verdict.reasons]},
                "signers": self.signers,
                "new_signers": self.new_signers,
                "previous": self.previous,
                "sentence": self.sentence,
            }
        )


def read_statement(payload: bytes) -> Statement:
    """Read what `payload` wrote. Raises DefinitionRefused (GOV-002) for anything else."""
    try:
        found = read_json(payload)
        statement = _statement(found)
    except (GatewayError, AttributeError, KeyError, TypeError, ValueError):
        statement = None
    if statement is None or statement.payload() != payload:
        raise DefinitionRefused(
            Fault("GOV-002", "the signed statement cannot be read", fix="propose the version again")
        )
    return statement


def sentence(policy: str, version: int, valid: tuple[str, str], verdict: Verdict, new_signers: Digest) -> str:
    """What the signer says by signing, in words."""
    changes = {
        Change.UNCHANGED: "It discloses what the active version discloses.",
        Change.TIGHTER: "It is proved to disclose nothing that the active version does not disclose.",
        Change.WORDS: "It changes words only.",
        Change.WIDER: "It may disclose more than the active version, or other things.",
        Change.UNKNOWN: "It is NOT known whether it discloses more than the active version.",
    }
    people = " From its activation on another list of signers holds." if new_signers else ""
    return (
        f"I have read version {version} of the policy {policy}, which holds from {valid[0]} until {valid[1]}."
        f" {changes[verdict.change]} I agree that the gateway decides by it.{people}"
        f" It needs {required(verdict)}."
    )


def other_reports(statement: Statement, reports: Mapping[str, Digest]) -> list[str]:
    """The reports that are not those of the statement. `reports` are the digests of what lies beside it."""
    return [part for part in REPORTS if reports.get(part) != statement.digests.get(part)]


def shown_faults(statement: Statement, reports: Mapping[str, Digest]) -> tuple[Fault, ...]:
    """Why nobody should sign or activate what is shown: another report, or a sentence that says something else."""
    fix = "restore the folder of the version, or propose it again"
    faults = [
        Fault("GOV-004", f"what is shown is not what is signed: {part}", fix=fix)
        for part in other_reports(statement, reports)
    ]
    valid = (statement.valid_from, statement.valid_until)
    said = sentence(statement.policy, statement.version, valid, statement.verdict, statement.new_signers)
    if statement.sentence != said:
        faults.append(Fault("GOV-004", "the sentence to be signed does not say what the statement says", fix=fix))
    return tuple(faults)


def deciding_digests(decisions: DecisionSet, function: Digest, tests: bytes, labels: Digest) -> dict[str, Digest]:
    """The digests of what would decide. `function` is that of the decision function, `labels` that of the label sheet;
    `tests` is the officer's file of cases.

    Raises DefinitionRefused (Y codes) for tests that are not YAML.
    """
    whole = resolved(decisions.policy, decisions.register, decisions.vocabulary, decisions.catalogue, decisions.words)
    parts: dict[str, JsonValue] = {
        "policy": whole["policy"],
        "tests": plain_value(read_yaml(tests, "tests")) if tests else "",
        "catalogue": [whole["exchange"], whole["catalogue"]],
        "register": whole["register"],
        "vocabulary": whole["vocabulary"],
        "words": whole["words"],
    }
    made = {name: sha256(canonical(part)) for name, part in parts.items()}
    return made | {"decision_function": function, "label_sheet": labels}


def _statement(found: JsonValue) -> Statement | None:
    if not isinstance(found, dict):
        return None
    valid, verdict, digests, version = (found[name] for name in ("valid", "verdict", "digests", "version"))
    if not (isinstance(valid, dict) and isinstance(verdict, dict) and isinstance(digests, dict)):
        return None
    reasons = verdict["reasons"]
    if not isinstance(reasons, list) or not isinstance(version, int):
        return None
    texts = {name: str(found[name]) for name in ("policy", "author", "signers", "new_signers", "previous", "sentence")}
    return Statement(
        policy=texts["policy"],
        version=version,
        author=texts["author"],
        digests={name: Digest(str(digest)) for name, digest in digests.items()},
        valid_from=str(valid["from"]),
        valid_until=str(valid["until"]),
        verdict=Verdict(Change(str(verdict["change"])), tuple(map(str, reasons))),
        signers=Digest(texts["signers"]),
        previous=Digest(texts["previous"]),
        new_signers=Digest(texts["new_signers"]),
        sentence=texts["sentence"],
    )

"""Where a version stands: `draft -> analysed -> proposed -> signed -> scheduled -> active -> superseded | revoked`.

Worked out from its envelope and the governance log, never stored: what is stored twice differs one day. A `draft` is
what lies in the officers' files; `analysed` is a draft whose promises were proved. Both are before this room's time.
"""

from enum import StrEnum

from gateway.document.canonical import sha256
from gateway.governance.envelope import signed_by
from gateway.governance.record import Record
from gateway.governance.rule import missing, required
from gateway.governance.signers import Signers
from gateway.governance.statement import STATEMENT_TYPE, Statement

__all__ = ["VersionState", "state_of"]


class VersionState(StrEnum):
    """The states of a version, in the order in which it passes them."""

    DRAFT = "draft"
    ANALYSED = "analysed"
    PROPOSED = "proposed"
    SIGNED = "signed"
    SCHEDULED = "scheduled"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


def state_of(statement: Statement, envelope: bytes, signers: Signers, record: Record, today: str) -> VersionState:
    """The state of a proposed version on a day (`YYYY-MM-DD`). Raises DefinitionRefused (GOV-002)."""
    digest = sha256(envelope)
    found = next((each for each in reversed(record.activations) if each.envelope == digest), None)
    if found is None:
        signed = signed_by(envelope, STATEMENT_TYPE, signers)
        lacking = missing(required(statement.verdict), signed, {statement.author})
        return VersionState.PROPOSED if lacking else VersionState.SIGNED
    if found.hash in record.revoked:
        return VersionState.REVOKED
    if today < statement.valid_from:
        return VersionState.SCHEDULED
    holding = record.in_force(today)
    return VersionState.ACTIVE if holding is not None and holding.hash == found.hash else VersionState.SUPERSEDED

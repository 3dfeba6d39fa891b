"""Officers of a rehearsal: keys that live in memory, a list of signers, two signatures, an activation. The real path.

Never for a deployment that is used: whoever can run this can sign. A rehearsal is between simulated parties, in a
folder that is removed when it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.app import Office, open_governed
from gateway.deployment import Deployment
from gateway.deployment.governor import no_comparison
from gateway.deployment.proposal import propose
from gateway.deployment.versions import ENVELOPE, SIGNERS, write_whole
from gateway.governance.envelope import OfficerKey, add_signature
from gateway.governance.record import Activation
from gateway.governance.signers import Role, Signer, write_signers
from gateway.governance.statement import STATEMENT_TYPE
from gateway.ports import Clock
from gateway.system import KeyRing

__all__ = ["Officer", "Signed", "invented_officers", "sign_and_activate"]

Officer = tuple[Signer, OfficerKey]
"""A person and her key."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed: the version, by whom, and the activation."""

    version: str
    people: tuple[str, ...]
    activation: Activation


def invented_officers(clock: Clock) -> list[Officer]:
    """A data protection officer and an authority, with keys that live in memory."""
    ring = KeyRing(clock.randomness(32))
    found: list[Officer] = []
    for role in (Role.DPO, Role.AUTHORITY):
        key = ring.signer(role, role)
        found.append((Signer(f"rehearsal-{role}", f"rehearsal {role}", role, key.public()), key))
    return found


def sign_and_activate(deployment: Deployment, clock: Clock, officers: Sequence[Officer] = ()) -> Signed:
    """Propose what the deployment holds, sign it as an invented dpo and authority (or as the first two of `officers`,
    all of whom are put on the list of signers), and activate it in its journal.

    Raises JournalError, DefinitionRefused and NotPermitted as the commands do.
    """
    officers = officers or invented_officers(clock)
    office = Office.of(deployment)
    versions = office.versions
    versions.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(versions.folder / SIGNERS, write_signers("rehearsal", [person for person, _ in officers]))
    journal, governor = open_governed(office, clock)
    try:
        version = propose(deployment, governor.record, versions, "rehearsal-author", no_comparison, clock.now())
        envelope = version.envelope
        for person, key in officers[:2]:
            envelope = add_signature(envelope, STATEMENT_TYPE, person, key)
        versions.write(version, ENVELOPE, envelope)
        return Signed(version.id, tuple(person.id for person, _ in officers[:2]), governor.activate(version.id))
    finally:
        journal.close()

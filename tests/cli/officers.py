"""Invented officers of a deployment of the tests, with key files as real officers have them."""

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from gateway.app import Office
from gateway.cli.policy.office import record_of
from gateway.cli.throwaway import Officer, Signed, sign_and_activate
from gateway.deployment import open_deployment
from gateway.deployment.comparison import Versioned
from gateway.deployment.proposal import propose
from gateway.deployment.versions import ENVELOPE
from gateway.governance.envelope import add_signature
from gateway.governance.signers import Role, Signer
from gateway.governance.statement import STATEMENT_TYPE
from gateway.system import SystemClock, open_officer_key

__all__ = ["PASSPHRASE", "PEOPLE", "change", "go_live", "officers", "pem", "propose_change", "set_live"]

PASSPHRASE = "correct horse"
PEOPLE = {"dpo-1": Role.DPO, "authority-1": Role.AUTHORITY, "dpo-2": Role.DPO, "operator-1": Role.OPERATOR}


def pem(path: Path, passphrase: str = "") -> Path:
    """A new key in a file of mode 0600."""
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    return path


def officers(folder: Path) -> list[Officer]:
    """One key file a person: `dpo-1.pem`, ..."""
    found: list[Officer] = []
    for name, role in PEOPLE.items():
        key = open_officer_key(pem(folder / f"{name}.pem"), lambda: "")
        found.append((Signer(name, name, role, key.public()), key))
    return found


def set_live(folder: Path) -> None:
    """The officer's edit: every partner is live."""
    register = folder / "policies/partners.yaml"
    register.write_text(register.read_text("utf-8").replace("status: test", "status: live"), "utf-8")


def change(folder: Path) -> None:
    """The officer's next edit: a new number, and one word."""
    policy = folder / "policies/demo.policy.yaml"
    text = policy.read_text("utf-8")
    text = text.replace("version: 1\n", "version: 2\nreplaces: 1\n", 1)
    policy.write_text(text.replace("title: Who the suspect is,", "title: Who the suspect now is,", 1), "utf-8")


def propose_change(folder: Path, *signing: str, edit: Callable[[Path], object] = change) -> str:
    """Change, propose, and sign as these people, whose keys are in `keys/`; gives the version."""
    edit(folder)
    deployment = open_deployment(folder / "gateway.yaml", embedded=True, tests=False)
    office, now = Office.of(deployment), SystemClock().now()
    version = propose(deployment, record_of(office), office.versions, "dpo-2", Versioned(office.config), now)
    envelope = version.envelope
    for name in signing:
        key = open_officer_key(folder / f"keys/{name}.pem", lambda: "")
        envelope = add_signature(envelope, STATEMENT_TYPE, version.signers.people[name], key)
    office.versions.write(version, ENVELOPE, envelope)
    return version.id


def go_live(folder: Path, people: list[Officer]) -> Signed:
    """Partners live, signed by two, activated."""
    set_live(folder)
    deployment = open_deployment(folder / "gateway.yaml", embedded=True, tests=False)
    return sign_and_activate(deployment, SystemClock(), people)

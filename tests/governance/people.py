"""Invented officers with keys that live as long as a test."""

from gateway.custody.tree import leaf_hash, root_of
from gateway.governance.rule import Change, Verdict
from gateway.governance.signers import Role, Signer, Signers, read_signers, write_signers
from gateway.governance.statement import DECIDING, Statement, sentence
from gateway.names import Digest
from gateway.system import FileSigner, KeyRing

__all__ = ["DIGESTS", "LOG", "ORIGIN", "SIGNERS", "digest", "key_of", "statement"]

ORIGIN = "gateway.test.example/governance"
_RING = KeyRing(b"k" * 32)
LOG = _RING.signer("log", ORIGIN)
ROLES = {"anna": Role.DPO, "ben": Role.AUTHORITY, "cara": Role.DPO, "otto": Role.OPERATOR}


def key_of(person: str) -> FileSigner:
    return _RING.signer(f"officer/{person}", person)


def signer_of(person: str) -> Signer:
    return Signer(person, person.title(), ROLES[person], key_of(person).public())


SIGNERS: Signers = read_signers(write_signers("test-signers", map(signer_of, ROLES)), "signers.yaml")


def digest(text: str) -> Digest:
    return Digest(f"sha256:{leaf_hash(text.encode()).hex()}")


DIGESTS = {part: digest(part) for part in DECIDING}


def statement(change: Change = Change.WIDER, author: str = "cara", **digests: Digest) -> Statement:
    verdict = Verdict(change, ("because",))
    valid = ("2026-11-01", "2027-10-31")
    return Statement(
        policy="national",
        version=4,
        author=author,
        digests=DIGESTS | digests,
        valid_from=valid[0],
        valid_until=valid[1],
        verdict=verdict,
        signers=SIGNERS.digest,
        sentence=sentence("national", 4, valid, verdict, Digest("")),
    )


def root(leaves: list[bytes]) -> bytes:
    return root_of(map(leaf_hash, leaves))

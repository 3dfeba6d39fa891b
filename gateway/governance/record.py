"""The governance log read back: which list of signers holds, what was activated, revoked and stopped.

The log is the only source: what is not in it did not happen. Reads leaves in the order of their indices; a leaf that it
does not know is passed over, one that cannot be read is a broken log and refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.custody.leaf import LeafValue, read_leaf
from gateway.custody.tree import leaf_hash
from gateway.errors import Fault, JournalError
from gateway.names import Digest, PartnerId

__all__ = ["Activation", "Record", "read_record"]


@dataclass(frozen=True, slots=True)
class Activation:
    """One `activation` leaf: its hash and index, and what it says."""

    hash: Digest
    index: int
    at: str
    policy: str
    version: int
    decision_function: Digest
    envelope: Digest
    signers: Digest
    verdict: str
    previous: Digest
    since: str = ""
    until: str = ""
    """Its first and last day (`YYYY-MM-DD`)."""


@dataclass(frozen=True, slots=True)
class Record:
    """Where things stand. `stopped` gives the reason by partner; `used` are requests that were carried out already."""

    signers: Digest = Digest("")
    activations: tuple[Activation, ...] = ()
    revoked: frozenset[Digest] = frozenset()
    stopped: Mapping[PartnerId, str] = field(default_factory=dict)
    used: frozenset[Digest] = frozenset()
    size: int = 0

    @property
    def newest(self) -> Activation | None:
        """The activation that superseded all before it, revoked or not."""
        return self.activations[-1] if self.activations else None

    def in_force(self, today: str) -> Activation | None:
        """The newest activation whose days have begun, revoked or not: a scheduled one does not yet supersede.

        Where none has begun it is the newest.
        """
        return next((each for each in reversed(self.activations) if each.since <= today), self.newest)

    @property
    def active(self) -> Activation | None:
        """The newest activation, unless it was revoked: then nothing is active."""
        return self.newest if self.newest is not None and self.newest.hash not in self.revoked else None


def read_record(leaves: Iterable[bytes]) -> Record:
    """Read the leaves of a governance log from its first one. Raises JournalError (LED-102)."""
    signers = Digest("")
    activations: list[Activation] = []
    revoked: set[Digest] = set()
    stopped: dict[PartnerId, str] = {}
    used: set[Digest] = set()
    size = 0
    for index, data in enumerate(leaves):
        leaf = read_leaf(data)
        if leaf is None:
            raise JournalError(Fault("LED-102", "a leaf of the governance log cannot be read"))
        size = index + 1
        match leaf["type"]:
            case "signers":
                signers = Digest(str(leaf["list"]))
            case "activation":
                activations.append(_activation(leaf, index, data))
            case "revocation":
                revoked.add(Digest(str(leaf["activation"])))
            case "stop" if "partner" in leaf:
                stopped[PartnerId(str(leaf["partner"]))] = str(leaf["reason"])
            case "resume" if "partner" in leaf:
                stopped.pop(PartnerId(str(leaf["partner"])), None)
            case _:
                pass
        if "request" in leaf:
            used.add(Digest(str(leaf["request"])))
    return Record(signers, tuple(activations), frozenset(revoked), stopped, frozenset(used), size)


def _activation(leaf: Mapping[str, LeafValue], index: int, data: bytes) -> Activation:
    return Activation(
        hash=Digest(f"sha256:{leaf_hash(data).hex()}"),
        index=index,
        at=str(leaf["at"]),
        policy=str(leaf.get("policy", "")),
        version=int(str(leaf.get("version", 0))),
        decision_function=Digest(str(leaf["decision_function"])),
        envelope=Digest(str(leaf["envelope"])),
        signers=Digest(str(leaf["signers"])),
        verdict=str(leaf["verdict"]),
        previous=Digest(str(leaf.get("previous", ""))),
        since=str(leaf.get("from", "")),
        until=str(leaf.get("until", "")),
    )

"""The folder of versions: what was proposed, who signed it, and the proof that it was activated. Text and JSON only.

    governance/signers.yaml                 the people who may sign; a change of it is proposed like a policy
    governance/NAME-VERSION-DIGITS/         one version: copies of the officers' files, the list of signers under which
                                            it is signed, `envelope.json` (DSSE), `activation.json` (proof)

Nothing here is trusted because it lies here: what counts is in the envelope, and in the log. Files are written whole,
beside their place, and then moved there.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.document.canonical import sha256
from gateway.errors import DefinitionRefused, Fault, Place, Refusal
from gateway.governance.envelope import payload_of
from gateway.governance.gate import Dossier
from gateway.governance.proof import ActivationProof, read_proof
from gateway.governance.signers import Signers, read_signers
from gateway.governance.statement import REPORTS, STATEMENT_TYPE, Statement, read_statement
from gateway.names import Digest

__all__ = ["ACTIVATION", "ENVELOPE", "SIGNERS", "Version", "Versions", "write_whole"]

SIGNERS = "signers.yaml"
_NEW_SIGNERS = "new-signers.yaml"
ENVELOPE = "envelope.json"
ACTIVATION = "activation.json"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,100}")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Version:
    """One version as its folder tells it; nothing is verified yet."""

    id: str
    statement: Statement
    envelope: bytes = field(repr=False)
    signers: Signers
    new_signers: Signers | None
    proof: ActivationProof | None
    reports: Mapping[str, Digest]
    files: Mapping[str, bytes] = field(repr=False)
    """The officers' files as proposed: `policy.yaml`, `partners.yaml`, `vocabulary.yaml`, `tests.yaml`."""

    @property
    def dossier(self) -> Dossier | None:
        """What the gate looks at; None while it was not activated."""
        return None if self.proof is None else Dossier(self.envelope, self.signers, self.proof, self.reports)


class Versions:
    """The versions of one deployment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def drafted_signers(self) -> Signers:
        """The list as it stands in the folder, on record or not. Raises DefinitionRefused (GOV-001, GOV-011)."""
        path = self.folder / SIGNERS
        shown = f"{self.folder.name}/{SIGNERS}"
        if not path.is_file():
            fix = f"write {shown}: who may sign, with role and public key (docs/guide/data-protection-officer.md)"
            raise DefinitionRefused(Fault("GOV-011", "there is no list of signers", Place(file=shown), fix))
        return read_signers(path.read_bytes(), shown)

    def signers(self, digest: Digest) -> Signers | None:
        """The list on record under this digest, from any version that holds it; None for no digest.

        Raises DefinitionRefused (GOV-011) where no file holds it.
        """
        if not digest:
            return None
        for path in self.folder.glob(f"**/*{SIGNERS}"):
            try:
                found = read_signers(path.read_bytes(), path.name)
            except (Refusal, OSError):
                continue
            if found.digest == digest:
                return found
        fix = "restore the folder of versions from its backup"
        raise DefinitionRefused(Fault("GOV-011", "the list of signers on record is in no file", fix=fix))

    def ids(self) -> list[str]:
        """The versions in the order of their names."""
        if not self.folder.is_dir():
            return []
        return sorted(path.parent.name for path in self.folder.glob(f"*/{ENVELOPE}"))[:_MOST]

    def version(self, name: str) -> Version:
        """Read one version; an unreadable proof is none. Raises DefinitionRefused (GOV-001, GOV-002, GOV-010)."""
        path = self.folder / name
        if not _NAME.fullmatch(name) or not (path / ENVELOPE).is_file():
            fix = "gateway policy status lists the versions"
            raise DefinitionRefused(Fault("GOV-010", "there is no such version", fix=fix))
        try:
            return self._read(name, path)
        except OSError:
            fix = "restore its folder, and let the user of the gateway read and write it"
            raise DefinitionRefused(Fault("GOV-010", "a file of this version cannot be read", fix=fix)) from None

    def _read(self, name: str, path: Path) -> Version:
        envelope = (path / ENVELOPE).read_bytes()
        new = path / _NEW_SIGNERS
        return Version(
            id=name,
            statement=read_statement(payload_of(envelope, STATEMENT_TYPE)),
            envelope=envelope,
            signers=read_signers((path / SIGNERS).read_bytes(), f"{name}/{SIGNERS}"),
            new_signers=read_signers(new.read_bytes(), f"{name}/{_NEW_SIGNERS}") if new.is_file() else None,
            proof=_proof(path / ACTIVATION),
            reports={
                report: sha256((path / f"{report}.json").read_bytes())
                for report in REPORTS
                if (path / f"{report}.json").is_file()
            },
            files={each.name: each.read_bytes() for each in sorted(path.glob("*.yaml")) if SIGNERS not in each.name},
        )

    def all(self) -> Iterator[Version]:
        """Every version that can be read."""
        for name in self.ids():
            try:
                yield self.version(name)
            except Refusal:
                continue

    def recorded(self, envelope: Digest) -> Version | None:
        """The version whose envelope has this digest."""
        return next((each for each in self.all() if sha256(each.envelope) == envelope), None)

    def open_one(self, name: str = "") -> Version:
        """The named version, or the only one that is not activated. Raises DefinitionRefused (GOV-010)."""
        if name:
            return self.version(name)
        waiting = [each for each in self.all() if each.proof is None]
        if len(waiting) != 1:
            several = ", ".join(each.id for each in waiting)
            message = f"several versions wait: {several}" if several else "no version waits for signatures"
            fix = "name one of them" if several else "gateway policy propose"
            raise DefinitionRefused(Fault("GOV-010", message, fix=fix))
        return waiting[0]

    def add(
        self, statement: Statement, envelope: bytes, files: Mapping[str, bytes], lists: tuple[bytes, bytes | None]
    ) -> Version:
        """Write a proposed version. `lists` are the files of the list that signs and of the one that will hold."""
        path = self.folder / statement.id
        path.mkdir(parents=True, exist_ok=True)
        contents = {**files, SIGNERS: lists[0]} | ({} if lists[1] is None else {_NEW_SIGNERS: lists[1]})
        for name, content in contents.items():
            write_whole(path / name, content)
        write_whole(path / ENVELOPE, envelope)
        return self.version(statement.id)

    def write(self, version: Version, name: str, content: bytes) -> None:
        """Write `ENVELOPE` or `ACTIVATION` of a version. Raises DefinitionRefused (GOV-010).

        An envelope that was activated is known to the log by its digest: one more signature would make it unknown.
        """
        if name == ENVELOPE and (self.folder / version.id / ACTIVATION).exists():
            message = "this version was activated: nobody signs it any more"
            raise DefinitionRefused(Fault("GOV-010", message, fix="propose another version"))
        write_whole(self.folder / version.id / name, content)


def _proof(path: Path) -> ActivationProof | None:
    try:
        return read_proof(path.read_bytes()) if path.is_file() else None
    except Refusal:
        return None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it sees all of it or none, also after a crash."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

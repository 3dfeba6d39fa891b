"""Who may sign what: the list of officers with their public keys, as YAML that the officers read.

Guarantees one role per person, one key per person and one person per key, so that two signatures are two persons.
The digest is over the people, not over the layout of the file.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.document.canonical import canonical, sha256
from gateway.document.tree import JsonObject
from gateway.document.yaml_nodes import ListNode, MapNode, Node, TextNode, read_yaml
from gateway.errors import DefinitionRefused, Fault
from gateway.names import Digest

__all__ = ["OFFICERS", "Role", "Signer", "Signers", "public_key_text", "read_signers", "write_signers"]

_ED25519_DER = bytes.fromhex("302a300506032b6570032100")
"""RFC 8410: what stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo."""

_LINES = ("id", "name", "role", "key")


class Role(StrEnum):
    """What a person may do: `dpo` and `authority` sign policies, an `operator` may stop a partner."""

    DPO = "dpo"
    AUTHORITY = "authority"
    OPERATOR = "operator"


OFFICERS = frozenset({Role.DPO, Role.AUTHORITY})
"""Who may sign for a policy, lift a stop or revoke a version."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One person. `public` are the 32 bytes of an Ed25519 key."""

    id: str
    name: str
    role: Role
    public: bytes

    @property
    def key_id(self) -> str:
        """The DSSE key id: SHA-256 of the public key, in hexadecimal digits."""
        return hashlib.sha256(self.public).hexdigest()


@dataclass(frozen=True, slots=True)
class Signers:
    """One list of signers, by id."""

    name: str
    people: Mapping[str, Signer]
    digest: Digest = field(default=Digest(""))

    def by_key(self, key_id: str) -> Signer | None:
        """The person whose key has this id."""
        return next((person for person in self.people.values() if person.key_id == key_id), None)


def read_signers(data: bytes, file: str) -> Signers:
    """Read a list. Raises DefinitionRefused (Y codes, GOV-001) with every fault at file:line:col."""
    node = read_yaml(data, file)
    if not isinstance(node, MapNode) or set(node.keys()) != {"signers", "people"}:
        fix = "write `signers: NAME` and `people:` with entries of id, name, role and key"
        raise DefinitionRefused(Fault("GOV-001", "a list of signers has two lines", node.place, fix))
    faults: list[Fault] = []
    listed = node.get("people")
    people = [_person(item, faults) for item in listed] if isinstance(listed, ListNode) else []
    for what, used in (("id", [one.id for one in people]), ("key", [one.key_id for one in people])):
        if len(set(used)) < len(used):
            message = f"two people of the list have the same {what}"
            faults.append(Fault("GOV-001", message, node.place, "one key and one role for each person"))
    if not people:
        faults.append(Fault("GOV-001", "the list of signers names nobody", node.place))
    if faults:
        raise DefinitionRefused(*faults)
    return _listed(_text(node.get("signers")), people)


def write_signers(name: str, people: Iterable[Signer]) -> bytes:
    """Write a list as a file that `read_signers` reads."""
    listed = (
        f"  - {{id: {one.id}, name: {one.name}, role: {one.role}, key: {public_key_text(one.public)}}}"
        for one in people
    )
    return "\n".join((f"signers: {name}", "people:", *listed, "")).encode()


def public_key_text(public: bytes) -> str:
    """The one line between the marks of a `PUBLIC KEY` file (RFC 8410)."""
    return base64.b64encode(_ED25519_DER + public).decode()


def _listed(name: str, people: list[Signer]) -> Signers:
    plain: JsonObject = {one.id: {"name": one.name, "role": one.role.value, "key": one.public.hex()} for one in people}
    return Signers(name, {one.id: one for one in people}, sha256(canonical({"signers": name, "people": plain})))


def _person(node: Node, faults: list[Fault]) -> Signer:
    lines = (
        {key: _text(node.get(key)) for key in (entry.key.text for entry in node)} if isinstance(node, MapNode) else {}
    )
    role = lines.get("role", "")
    public = _public(lines.get("key", ""))
    if set(lines) != set(_LINES) or not all(lines.values()):
        faults.append(Fault("GOV-001", "a signer has id, name, role and key", node.place))
    elif role not in {*Role}:
        faults.append(Fault("GOV-001", "this is not a role", node.place, f"one of: {', '.join(Role)}"))
    elif public is None:
        fix = "give the line between the marks of the PUBLIC KEY file: openssl pkey -in KEY -pubout"
        faults.append(Fault("GOV-001", "this is not an Ed25519 public key", node.place, fix))
    kind = Role(role) if role in {*Role} else Role.OPERATOR
    return Signer(lines.get("id", ""), lines.get("name", ""), kind, public or b"")


def _public(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw[-32:] if raw[:-32] == _ED25519_DER else None


def _text(node: Node | None) -> str:
    return node.text.strip() if isinstance(node, TextNode) else ""

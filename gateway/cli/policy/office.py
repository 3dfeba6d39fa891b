"""What the commands about signing and stopping share: the office of a deployment, its record, a key, and acting.

A command acts on the journal itself where no gateway runs, and asks the running gateway where one does.
"""

from collections.abc import Mapping
from pathlib import Path

import typer

from gateway.app import JOURNAL_KEY, LOG_KEY, Office, journal_path, open_governed
from gateway.deployment import Deployment, PlanFile, read_settings
from gateway.deployment.candidate import candidate_of
from gateway.deployment.read import read_file, read_model
from gateway.errors import Fault, JournalError, NotPermitted
from gateway.governance.envelope import add_signature, seal
from gateway.governance.gate import admit
from gateway.governance.record import Activation, Record, read_record
from gateway.governance.request import REQUEST_TYPE, Request
from gateway.governance.signers import Signer, Signers
from gateway.journal.read import JournalReader
from gateway.system import FileSigner, SystemClock, open_keys, open_officer_key

__all__ = ["act", "ask", "office_of", "open_key", "person_with", "record_of", "standing"]

_ANSWER_SECONDS = 15.0
_OWNED = "DEL-105"
"""The code under which the journal says that a running gateway owns it."""


def office_of(config: Path) -> Office:
    """The office of the deployment that `config` names. Loads neither mappings nor policy. Raises DefinitionRefused."""
    folder, settings = config.resolve().parent, read_settings(config)
    plan = read_model(read_file(folder / settings.plan, settings.plan), settings.plan, PlanFile)
    return Office(config, settings, open_keys(folder / settings.data / "keys", create=True), tuple(plan.partners))


def record_of(office: Office) -> Record:
    """How things stand according to the governance log, beside a running gateway or without one."""
    path = journal_path(office.folder / office.settings.data)
    if not path.exists():
        return Record()
    with JournalReader(path, office.keys.derive(JOURNAL_KEY)) as reader:
        ledger = reader.ledger()
        governance = next(origin for origin in ledger.origins() if origin.endswith("/governance"))
        return read_record(data for _, data, _ in ledger.leaves(governance))


def standing(deployment: Deployment) -> Activation | None:
    """The activation under which `gateway run` would start, None for an unsigned set of test partners.

    Raises NotPermitted (GOV codes) with what would keep it from starting.
    """
    office, now = Office.of(deployment), SystemClock().now()
    record, settings = record_of(office), deployment.settings
    holding = record.in_force(now[:10])
    version = None if holding is None else office.versions.recorded(holding.envelope)
    key = deployment.keys.signer(LOG_KEY, settings.domain).public()
    dossier = None if version is None else version.dossier
    return admit(candidate_of(deployment, now), dossier, record, f"{settings.domain}/governance", [key])


def open_key(path: Path) -> FileSigner:
    """A person's key; the passphrase is asked on the terminal, never taken from arguments."""
    return open_officer_key(path, lambda: str(typer.prompt("Passphrase", hide_input=True, err=True)))


def person_with(key: FileSigner, people: Signers) -> Signer:
    """The person on the list whose key this is. Raises NotPermitted (GOV-009)."""
    found = next((each for each in people.people.values() if each.public == key.public()), None)
    if found is None:
        fix = "use the key of a person on the list of signers"
        raise NotPermitted(Fault("GOV-009", "the list of signers has nobody with this key", fix=fix))
    return found


def ask(office: Office, kind: str, partner: str, reason: str, key_file: Path | None) -> Mapping[str, str]:
    """Make a request, sign it where a list of signers is on record, and have it carried out."""
    clock = SystemClock()
    people = office.versions.signers(record_of(office).signers)
    person = key = None
    if people is not None:
        if key_file is None:
            fix = "name the file of your key: --key"
            raise NotPermitted(
                Fault("GOV-009", "this deployment has a list of signers: the request is signed", fix=fix)
            )
        key = open_key(key_file)
        person = person_with(key, people)
    nonce = clock.randomness(16).hex()
    request = Request(kind, partner, reason, clock.now(), nonce, person.id if person else "")
    envelope = seal(request.payload(), REQUEST_TYPE)
    if person is not None and key is not None:
        envelope = add_signature(envelope, REQUEST_TYPE, person, key)
    return act(office, "request", envelope)


def act(office: Office, what: str, content: bytes) -> Mapping[str, str]:
    """Carry out at once, or by the running gateway. Raises NotPermitted with what was refused, or GOV-012."""
    try:
        journal, governor = open_governed(office, SystemClock())
    except JournalError as error:
        if error.code != _OWNED:
            raise
        return _by_the_gateway(office, what, content)
    try:
        if what == "activate":
            return {"activation": governor.activate(content.decode()).hash}
        return {"request": governor.carry_out(content).digest}
    finally:
        journal.close()


def _by_the_gateway(office: Office, what: str, content: bytes) -> Mapping[str, str]:
    answer = office.requests.await_answer(office.requests.ask(what, content), _ANSWER_SECONDS)
    if answer is None:
        fix = "look at the gateway's log; the request stays and is carried out first thing at the next start"
        raise JournalError(Fault("GOV-012", "the running gateway did not answer", fix=fix))
    faults, said = answer
    if faults:
        raise NotPermitted(*faults)
    return said

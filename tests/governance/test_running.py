"""Four eyes and the emergency stop on a real gateway: what is not signed does not start, what is stopped is held."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.app import JOURNAL_KEY, Gateway, Office, build, journal_path, open_governed
from gateway.cli.policy.office import act, ask, office_of, record_of
from gateway.cli.throwaway import sign_and_activate
from gateway.deployment import Deployment, open_deployment
from gateway.deployment.governor import no_comparison
from gateway.deployment.proposal import propose
from gateway.deployment.versions import ENVELOPE
from gateway.errors import GatewayError, NotPermitted
from gateway.governance.envelope import add_signature
from gateway.governance.request import LIFT, REVOKE, STOP
from gateway.governance.signers import write_signers
from gateway.governance.statement import STATEMENT_TYPE
from gateway.journal.read import JournalReader
from gateway.names import AgencyId, ItemKind, Lane, State
from gateway.ports import Clock
from gateway.system import SystemClock, open_officer_key
from gateway.testing.simulators import EmbeddedAgency
from tests.cli.officers import change, officers, propose_change, set_live
from tests.e2e.process import verify
from tests.shared import REPOSITORY

pytestmark = pytest.mark.slow

PLAN = """\
base: .
home: QM
policy: {policy: policies/demo.policy.yaml, partners: policies/partners.yaml, vocabulary: policies/vocabulary.yaml}
agencies:
  qm-police: {country: QM, status: Actual, mappings: [mappings/qm-police/notice.map.yaml]}
partners:
  qn-police: {format: exchange}
"""
SETTINGS = """\
name: test
domain: gateway.test.example
partners:
  qn-police: {via: folder, path: out}
"""
SAMPLE = REPOSITORY / "deploy/demo/samples/qm-police/01-wanted.xml"
CLOCK = SystemClock()


def lay_out(folder: Path) -> Path:
    """A deployment with one agency and one partner of status test."""
    for name in ("policies", "schemas", "mappings/qm-police", "mappings/_codes"):
        shutil.copytree(REPOSITORY / name, folder / name)
    (folder / "plan.yaml").write_text(PLAN)
    (folder / "gateway.yaml").write_text(SETTINGS)
    (folder / "out").mkdir()
    register = folder / "policies/partners.yaml"
    register.write_text(register.read_text("utf-8").replace("status: live", "status: test"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("four-eyes") / "d")


@pytest.fixture(scope="module")
def signed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, live: signed by a dpo and an authority, and activated."""
    folder = tmp_path_factory.mktemp("signed") / "d"
    shutil.copytree(made, folder)
    set_live(folder)
    sign_and_activate(_open(folder), CLOCK, officers(folder / "keys"))
    return folder


@pytest.fixture
def live(signed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed, tmp_path / "d"))


def _open(folder: Path) -> Deployment:
    return open_deployment(folder / "gateway.yaml", embedded=True, tests=False)


def refused(folder: Path) -> set[str]:
    """The codes with which a gateway refuses to start."""
    with pytest.raises(GatewayError) as error:
        build(_open(folder)).journal.close()
    return {fault.code for fault in error.value.faults}


def starts(folder: Path) -> bool:
    gateway = build(_open(folder))
    gateway.journal.close()
    return True


# ---------------------------------------------------------------- the gate


def test_partners_under_test_need_no_signature_and_live_ones_do(made: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "d"))
    assert starts(folder)
    set_live(folder)
    assert refused(folder) == {"GOV-008"}


def test_what_was_signed_and_activated_starts_and_is_named_in_the_plan(live: Path) -> None:
    gateway = build(_open(live))
    try:
        newest = record_of(Office.of(gateway.deployment)).newest
        assert newest is not None
        assert gateway.engine.plan.activation == newest.hash
    finally:
        gateway.journal.close()


def _moved(folder: Path) -> None:
    register = folder / "policies/partners.yaml"
    register.write_text(register.read_text("utf-8").replace("regime: eu\n", "regime: domestic\n"), "utf-8")


def _witness_becomes_contact(folder: Path) -> None:
    table = folder / "mappings/qm-police/codes/role.csv"
    table.write_text(table.read_text("utf-8").replace("witness", "contact"), "utf-8")


def _plan(old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        plan = folder / "plan.yaml"
        assert old in plan.read_text("utf-8")
        plan.write_text(plan.read_text("utf-8").replace(old, new, 1), "utf-8")

    return edit


def _without_version(folder: Path) -> None:
    for path in (folder / "governance").glob("*/"):
        shutil.rmtree(path)


def _without_proof(folder: Path) -> None:
    for path in (folder / "governance").glob("*/activation.json"):
        path.unlink()


def _rewritten_report(folder: Path) -> None:
    for path in (folder / "governance").glob("*/"):
        (path / "proof_sheet.json").write_bytes(b"{}")


@pytest.mark.parametrize(
    ("change_", "codes"),
    [
        (change, {"GOV-004"}),
        (_moved, {"GOV-004"}),
        (_witness_becomes_contact, {"GOV-004"}),
        (_plan("home: QM", "home: QN"), {"GOV-004"}),
        (_plan("country: QM", "country: QN"), {"GOV-004"}),
        (_plan("status: Actual", "status: Exercise"), {"GOV-004"}),
        (_without_version, {"GOV-008"}),
        (_without_proof, {"GOV-008"}),
        (_rewritten_report, {"GOV-004"}),
    ],
)
def test_what_was_changed_after_the_signatures_does_not_start(
    change_: Callable[[Path], None], codes: set[str], live: Path
) -> None:
    change_(live)
    assert refused(live) == codes


def test_a_revoked_version_does_not_start_until_another_is_signed(live: Path) -> None:
    office = Office.of(_open(live))
    assert ask(office, REVOKE, "", "mistake", live / "keys/dpo-1.pem")["request"]
    assert refused(live) == {"GOV-006"}
    name = propose_change(live, "dpo-1", "authority-1")
    act(office, "activate", name.encode())
    assert starts(live)
    assert verify(live).verified


def _schedule(folder: Path) -> None:
    change(folder)
    policy = folder / "policies/demo.policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("from: 2026-01-01", "from: 2028-01-01"), "utf-8")


def test_a_revocation_is_of_the_version_that_holds_not_of_the_one_that_is_scheduled(live: Path) -> None:
    office, policy = Office.of(_open(live)), live / "policies/demo.policy.yaml"
    running_one = policy.read_text("utf-8")
    act(office, "activate", propose_change(live, "dpo-1", "authority-1", edit=_schedule).encode())
    policy.write_text(running_one, "utf-8")
    assert starts(live)
    ask(office, REVOKE, "", "mistake", live / "keys/dpo-1.pem")
    record = record_of(office)
    assert record.revoked == {record.activations[0].hash}
    assert refused(live) == {"GOV-006"}
    ask(office, REVOKE, "", "mistake", live / "keys/dpo-1.pem")
    assert len(record_of(office).revoked) == 2


def _cut(path: Path) -> None:
    path.write_bytes(b"{")


def _of_another_log(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("gateway.test.example", "gateway.best.example"), "utf-8")


@pytest.mark.parametrize(
    ("damage", "code"), [(Path.unlink, "GOV-008"), (_cut, "GOV-008"), (_of_another_log, "GOV-005")]
)
def test_a_lost_proof_is_made_again_from_the_log(damage: Callable[[Path], object], code: str, live: Path) -> None:
    office = Office.of(_open(live))
    (proof,) = (live / "governance").glob("*/activation.json")
    before = proof.read_bytes()
    damage(proof)
    assert refused(live) == {code}
    act(office, "activate", proof.parent.name.encode())
    assert proof.read_bytes() == before
    assert len(record_of(office).activations) == 1
    assert starts(live)


def test_an_activated_version_is_not_signed_once_more(live: Path) -> None:
    versions = Office.of(_open(live)).versions
    (version,) = versions.all()
    key = open_officer_key(live / "keys/dpo-2.pem", str)
    envelope = add_signature(version.envelope, STATEMENT_TYPE, version.signers.people["dpo-2"], key)
    with pytest.raises(GatewayError) as error:
        versions.write(version, ENVELOPE, envelope)
    assert error.value.code == "GOV-010"
    assert starts(live)


def test_a_version_that_cannot_be_read_is_refused_and_answered(live: Path) -> None:
    office = Office.of(_open(live))
    name = propose_change(live, "dpo-1", "authority-1")
    (live / "governance" / name / "signers.yaml").unlink()
    journal, governor = open_governed(office, CLOCK)
    try:
        asked = office.requests.ask("activate", name.encode())
        governor.catch_up(office.requests)
        answer = office.requests.await_answer(asked, 1)
    finally:
        journal.close()
    assert answer is not None
    assert [fault.code for fault in answer[0]] == ["GOV-010"]


def _raise(folder: Path) -> None:
    """Two partners may hold more than before."""
    register = folder / "policies/partners.yaml"
    text = register.read_text("utf-8").replace("clearance: SENSITIVE", "clearance: SECRET")
    register.write_text(text, "utf-8")


def test_a_report_that_was_changed_is_not_activated(live: Path) -> None:
    office = Office.of(_open(live))
    name = propose_change(live, "dpo-1", "authority-1")
    (live / "governance" / name / "difference.json").write_bytes(b"{}")
    with pytest.raises(NotPermitted) as error:
        act(office, "activate", name.encode())
    assert error.value.code == "GOV-004"
    assert len(record_of(office).activations) == 1


def test_words_need_one_signature(live: Path) -> None:
    office = Office.of(_open(live))
    name = propose_change(live, "dpo-2")
    assert office.versions.version(name).statement.verdict.change == "words"
    act(office, "activate", name.encode())
    assert starts(live)


def test_two_must_sign_and_the_author_is_none_of_them(live: Path) -> None:
    office = Office.of(_open(live))
    name = propose_change(live, "dpo-2", "authority-1", edit=_raise)
    assert office.versions.version(name).statement.verdict.change == "wider"
    with pytest.raises(NotPermitted) as error:
        act(office, "activate", name.encode())
    assert error.value.code == "GOV-003"
    assert len(record_of(office).activations) == 1


def _lower(folder: Path) -> None:
    """The neighbour may hold less than before."""
    register = folder / "policies/partners.yaml"
    text = register.read_text("utf-8").replace("clearance: SECRET", "clearance: SENSITIVE")
    register.write_text(text, "utf-8")


def test_what_is_proved_to_be_tighter_needs_one_signature(live: Path) -> None:
    office = Office.of(_open(live))
    name = propose_change(live, "dpo-2", edit=_lower)
    version = office.versions.version(name)
    assert version.statement.verdict.change == "tighter"
    assert version.statement.digests["difference"]
    act(office, "activate", name.encode())
    assert starts(live)


def test_a_changed_copy_of_the_active_version_does_not_make_another_look_tighter(live: Path) -> None:
    office = Office.of(_open(live))
    name = propose_change(live, "dpo-2", edit=_lower)
    (active,) = (each for each in office.versions.all() if each.id != name)
    copy = office.versions.folder / active.id / "policy.yaml"
    copy.write_text(copy.read_text("utf-8").replace("up to SENSITIVE", "up to SECRET"), "utf-8")
    with pytest.raises(NotPermitted) as error:
        act(office, "activate", name.encode())
    assert error.value.code == "GOV-003"


def test_a_new_list_of_signers_is_signed_by_the_old_one(live: Path) -> None:
    office = Office.of(_open(live))
    people = officers(live / "new-keys")
    (live / "governance/signers.yaml").write_bytes(write_signers("next", [person for person, _ in people]))
    version = propose(_open(live), record_of(office), office.versions, "x", no_comparison, CLOCK.now())
    assert version.statement.new_signers
    with pytest.raises(NotPermitted) as error:
        act(office, "activate", version.id.encode())
    assert error.value.code == "GOV-003"
    envelope = version.envelope
    for one in ("dpo-1", "authority-1"):
        key = open_officer_key(live / f"keys/{one}.pem", str)
        envelope = add_signature(envelope, STATEMENT_TYPE, version.signers.people[one], key)
    office.versions.write(version, ENVELOPE, envelope)
    act(office, "activate", version.id.encode())
    assert record_of(office).signers == version.statement.new_signers
    assert starts(live)


# ---------------------------------------------------------------- stop and lift


@asynccontextmanager
async def running(folder: Path, clock: Clock = CLOCK) -> AsyncIterator[Gateway]:
    gateway = build(_open(folder), clock=clock)
    try:
        async with asyncio.TaskGroup() as group:
            started = asyncio.Event()
            task = group.create_task(gateway.engine.run(started.set))
            await started.wait()
            yield gateway
            gateway.engine.stop()
            await task
    finally:
        gateway.journal.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def publish(gateway: Gateway, key: str) -> None:
    EmbeddedAgency(gateway.journal.queue, AgencyId("qm-police"), gateway.bells).publish(
        key, SAMPLE.read_bytes(), Lane.ROUTINE
    )


def test_a_stop_takes_effect_in_a_running_gateway_and_nothing_is_lost(live: Path) -> None:
    asyncio.run(_stop_and_lift(live))
    assert verify(live).verified


async def _stop_and_lift(folder: Path) -> None:
    operator, officer = folder / "keys/operator-1.pem", folder / "keys/dpo-1.pem"
    out = folder / "out"
    async with running(folder) as gateway:
        office = Office.of(gateway.deployment)
        publish(gateway, "before")
        await until(lambda: _delivered(gateway) == 1)
        await asyncio.to_thread(ask, office, STOP, "qn-police", "compromised", operator)
        sent = sorted(out.rglob("*"))
        publish(gateway, "while")
        await until(lambda: gateway.engine.settled_deliveries == 2)
        with pytest.raises(NotPermitted) as error:
            await asyncio.to_thread(ask, office, LIFT, "qn-police", "checked", operator)
        assert error.value.code == "GOV-009"
        assert sorted(out.rglob("*")) == sent
        assert _delivered(gateway) == 1
    async with running(folder) as gateway:
        # What was stopped stays stopped over a restart.
        publish(gateway, "after")
        await until(lambda: gateway.engine.settled_deliveries == 1 and gateway.engine.idle)
        assert _delivered(gateway) == 1
        assert sorted(out.rglob("*")) == sent
        await asyncio.to_thread(ask, office, LIFT, "qn-police", "checked", officer)
        await until(lambda: _delivered(gateway) == 3)


def _delivered(gateway: Gateway) -> int:
    return _ended(gateway, State.DELIVERED)


def _ended(gateway: Gateway, state: State) -> int:
    deployment = gateway.deployment
    with JournalReader(journal_path(deployment.data), deployment.keys.derive(JOURNAL_KEY)) as reader:
        return sum(total.items for total in reader.totals() if total.kind is ItemKind.MESSAGE and total.state is state)


def test_a_revocation_ends_a_running_gateway(live: Path) -> None:
    async def scenario() -> None:
        async with running(live) as gateway:
            office = Office.of(gateway.deployment)
            await asyncio.to_thread(ask, office, REVOKE, "", "mistake", live / "keys/authority-1.pem")
            await until(lambda: False)

    with pytest.raises(ExceptionGroup) as ended:
        asyncio.run(scenario())
    assert ended.group_contains(NotPermitted, match="GOV-006", depth=None)
    assert refused(live) == {"GOV-006"}


def test_what_a_revoked_version_decided_is_not_sent_later(live: Path) -> None:
    office = Office.of(_open(live))

    async def take_while_stopped() -> None:
        async with running(live) as gateway:
            await asyncio.to_thread(ask, office, STOP, "qn-police", "compromised", live / "keys/operator-1.pem")
            publish(gateway, "one")
            await until(lambda: gateway.engine.settled_deliveries == 1)

    async def start_again() -> None:
        async with running(live) as gateway:
            publish(gateway, "two")
            await until(lambda: _ended(gateway, State.DELIVERED) == 1)
            assert _ended(gateway, State.QUARANTINED) == 1

    asyncio.run(take_while_stopped())
    ask(office, REVOKE, "", "mistake", live / "keys/dpo-1.pem")
    ask(office, LIFT, "qn-police", "checked", live / "keys/dpo-1.pem")
    act(office, "activate", propose_change(live, "dpo-1", "authority-1").encode())
    asyncio.run(start_again())
    assert verify(live).verified


class _Later(SystemClock):
    """A clock that can be put forward."""

    day = ""

    def now(self) -> str:
        return f"{self.day}T00:00:00.000Z" if self.day else super().now()


def test_a_gateway_stops_when_the_days_of_its_version_are_over(live: Path) -> None:
    clock = _Later()

    async def scenario() -> None:
        async with running(live, clock):
            clock.day = "2031-01-01"
            await until(lambda: False)

    with pytest.raises(ExceptionGroup) as ended:
        asyncio.run(scenario())
    assert ended.group_contains(NotPermitted, match="GOV-007", depth=None)


def test_a_stop_needs_no_plan_that_loads(live: Path) -> None:
    """Where a policy is broken and the gateway stands still, a partner can still be stopped."""
    (live / "policies/demo.policy.yaml").write_text("broken: [", "utf-8")
    ask(office_of(live / "gateway.yaml"), STOP, "qn-police", "compromised", live / "keys/operator-1.pem")
    journal, governor = open_governed(office_of(live / "gateway.yaml"), CLOCK)
    journal.close()
    assert governor.record.stopped == {"qn-police": "compromised"}

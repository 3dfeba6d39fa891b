"""A gateway whose last look runs in a process of its own: kill it, hang it; messages are kept, the gateway lives on."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from gateway.app import JOURNAL_KEY, Gateway, Office, journal_path
from gateway.cli.policy.office import ask, record_of
from gateway.governance.request import LIFT
from gateway.journal.read import JournalReader
from gateway.names import AgencyId, ItemKind, Lane, State
from gateway.testing.simulators import EmbeddedAgency
from gateway.workers.guard_process import GuardProcess
from tests.e2e.process import verify
from tests.governance.test_running import lay_out, running, until
from tests.privacy.world import listening
from tests.shared import REPOSITORY
from tests.workers.test_guard_process import worker

pytestmark = pytest.mark.slow

LEAK = "send(line, {'number': asked['number'], 'faults': [{'code': 'POL-101', 'path': '', 'field': ''}]})\n"
DRILL = (REPOSITORY / "deploy/demo/samples/qm-police/06-drill.xml").read_bytes()


def publish(gateway: Gateway, key: str) -> None:
    queue = EmbeddedAgency(gateway.journal.queue, AgencyId("qm-police"), gateway.bells)
    queue.publish(key, DRILL.replace(b"<MsgRef>", b"<MsgRef>" + key.encode()), Lane.ROUTINE)


def ended(gateway: Gateway) -> dict[State, int]:
    deployment = gateway.deployment
    with JournalReader(journal_path(deployment.data), deployment.keys.derive(JOURNAL_KEY)) as reader:
        found = [total for total in reader.totals() if total.kind is ItemKind.MESSAGE]
    return {state: sum(total.items for total in found if total.state is state) for state in State}


def test_the_last_look_in_its_own_process(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "d")
    settings = folder / "gateway.yaml"
    settings.write_text(settings.read_text() + "guard: {process: true, timeout: 3s}\n")
    with listening() as heard:
        asyncio.run(_scenario(folder))
    assert heard.ours.getvalue().count("guard.hit") == 2
    assert "guard.failed" in heard.ours.getvalue()
    assert verify(folder).verified


async def _scenario(folder: Path) -> None:
    async with running(folder) as gateway:
        guard = gateway.engine.plan.guard
        assert isinstance(guard, GuardProcess)
        publish(gateway, "one")
        await until(lambda: ended(gateway)[State.DELIVERED] == 1)
        assert guard.pid is not None
        os.kill(guard.pid, signal.SIGKILL)
        publish(gateway, "two")
        await until(lambda: ended(gateway)[State.DELIVERED] == 2)
        sound, guard._command = guard._command, worker("while True: time.sleep(60)")
        guard.close()
        publish(gateway, "three")
        await until(lambda: ended(gateway)[State.QUARANTINED] == 1)
        guard._command = sound
        publish(gateway, "four")
        await until(lambda: ended(gateway)[State.DELIVERED] == 3)
        guard._command = worker(LEAK)
        guard.close()
        publish(gateway, "five")
        await until(lambda: ended(gateway)[State.QUARANTINED] == 2)
        # A leak stops the partner until an officer lifts it.
        guard._command = sound
        guard.close()
        publish(gateway, "six")
        await until(lambda: gateway.engine.settled_deliveries == 6 and gateway.engine.idle)
        assert ended(gateway)[State.DELIVERED] == 3
        assert ended(gateway)[State.PENDING] == 1
        office = Office.of(gateway.deployment)
        assert record_of(office).stopped == {"qn-police": "guard"}
        await asyncio.to_thread(ask, office, LIFT, "qn-police", "checked", None)
        await until(lambda: ended(gateway)[State.DELIVERED] == 4)
        guard.close()

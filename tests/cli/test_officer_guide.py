"""The officer's guide as it stands: every command is run in its order, in one folder, and ends as the guide says."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app import JOURNAL_KEY, journal_path
from gateway.cli import main
from gateway.governance.signers import write_signers
from gateway.journal.read import JournalReader
from gateway.system import open_keys
from tests.cli.officers import officers
from tests.e2e.process import Process
from tests.guides import Step, steps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
GUIDE = steps("data-protection-officer.md")


def run(step: Step, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command as an officer would type it. Questions are answered with yes."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/bash", "-c", step.command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        input="y\n",
        capture_output=True,
        text=True,
        check=False,
    )


def prepare(office: Path) -> None:
    """What the guide takes as given: a free port, people with keys, and who may sign."""
    settings = office / "gateway.yaml"
    with socket.create_server(("127.0.0.1", 0)) as link:
        port = link.getsockname()[1]
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\nhttp: {{port: {port}}}\n", encoding="utf-8")
    people = officers(office / "keys")
    (office / "governance").mkdir()
    (office / "governance/signers.yaml").write_bytes(write_signers("office-1", (signer for signer, _ in people)))


def one_message(office: Path) -> str:
    """An exercise goes through a running gateway; gives the id of the message."""
    config = str(office / "gateway.yaml")
    sample = str(office / "samples/qm-police/06-drill.xml")
    with pytest.raises(SystemExit):
        main(["send", sample, "--agency", "qm-police", "--key", "drill-1", "--config", config])
    with Process(office / "gateway.yaml") as process:
        process.wait_for("message.taken", 1)
        assert process.stop() == 0
    keys = open_keys(office / "var/keys", create=False)
    with JournalReader(journal_path(office / "var"), keys.derive(JOURNAL_KEY)) as reader:
        return reader.messages()[0].message


def test_every_command_of_the_officers_guide_ends_as_it_says(tmp_path: Path) -> None:
    folder, message = tmp_path, ""
    for step in GUIDE:
        if step.command.startswith("cd "):
            folder = folder / step.command.split()[1]
            prepare(folder)
            continue
        if "policy replay" in step.command:
            message = one_message(folder)
        ended = run(Step(step.command.replace("MESSAGE", message), step.code), folder)
        assert ended.returncode == step.code, f"{step.command}\n{ended.stdout[-1500:]}\n{ended.stderr[-1500:]}"


def test_the_guide_has_a_command_for_every_step_of_an_officer() -> None:
    said = " ".join(step.command for step in GUIDE)
    for word in "render sheet matrix labels explain check prove diff test mutate replay propose sign activate".split():
        assert f"gateway policy {word}" in said, word
    for word in ("policy stop", "policy lift", "policy status", "message why", "ledger verify"):
        assert f"gateway {word}" in said, word

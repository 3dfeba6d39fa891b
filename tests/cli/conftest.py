"""A deployment as `gateway init` makes it, run once, with messages in its journal; and the command in this process."""

import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from tests.cli.officers import go_live, officers
from tests.e2e.process import Process

SENT = {
    "good": ("qm-police", "samples/qm-police/01-wanted.xml"),
    "refused": ("qm-police", "samples/qm-police/12-doctype.xml"),
    "quarantined": ("qm-police", "samples/qm-police/11-unknown-offence.xml"),
    "folder": ("qm-customs", "samples/qm-customs/01-findings.csv"),
}
"""What is in the journal of `deployment`: (agency, file) by message id."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one invocation said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Deployed:
    """A deployment that has run and stands still. `ids` are messages by the sender's id, `item` is in quarantine."""

    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    item: str = ""


Gateway = Callable[..., Said]


@pytest.fixture
def gateway(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Run the command in this process: `gateway("message", "list", cwd=folder)`."""

    def run(*words: object, cwd: Path | None = None) -> Said:
        if cwd is not None:
            monkeypatch.chdir(cwd)
            # Where a process would look by itself, when it starts.
            monkeypatch.setenv("GATEWAY_CONFIG", str(cwd / "gateway.yaml"))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment that has not run yet. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("fresh") / "my-gateway"
    with pytest.raises(SystemExit) as ended:
        main(["init", str(folder), "--json"])
    assert ended.value.code == 0
    settings = folder / "gateway.yaml"
    text = settings.read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as link:
        port = link.getsockname()[1]
    settings.write_text(f"{text}\nhttp: {{port: {port}}}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def deployed(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """A deployment that went live, was run once by `gateway run` and stopped. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("deployed") / "my-gateway"
    shutil.copytree(fresh, folder)
    go_live(folder, officers(folder / "keys"))
    config = str(folder / "gateway.yaml")
    for key, (agency, file) in SENT.items():
        with pytest.raises(SystemExit):
            main(["send", str(folder / file), "--agency", agency, "--key", key, "--config", config])
    with Process(folder / "gateway.yaml") as process:
        process.wait_for("message.taken", len(SENT))
        process.wait_for("item.ended", 1)
        assert process.stop() == 0
    return _described(folder)


def _described(folder: Path) -> Deployed:
    from gateway.app import JOURNAL_KEY, journal_path
    from gateway.journal.read import JournalReader
    from gateway.names import AgencyId, SourceKey
    from gateway.system import open_keys

    keys = open_keys(folder / "var/keys", create=False)
    with JournalReader(journal_path(folder / "var"), keys.derive(JOURNAL_KEY)) as reader:
        ids = {key: reader.find(AgencyId(agency), SourceKey(key))[0] for key, (agency, _) in SENT.items()}
        item = reader.quarantine()[0].item
    return Deployed(folder, dict(ids), item)

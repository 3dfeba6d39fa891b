"""A running gateway loads changed mappings while messages flow; a bad change, and any other change, is refused."""

import os
import shutil
import signal
from pathlib import Path

import orjson
import pytest

from gateway.app import JOURNAL_KEY, journal_path
from gateway.cli import main
from gateway.journal.read import JournalReader
from gateway.mapping.run.report import mapping_of
from gateway.names import AgencyId, SourceKey
from gateway.system import open_keys
from tests.e2e.process import Process

pytestmark = pytest.mark.slow

MAPPING = "mappings/qm-customs/findings.map.yaml"


def gateway(folder: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--config", str(folder / "gateway.yaml")])
    return int(ended.value.code or 0)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def send(folder: Path, process: Process, key: str, count: int) -> None:
    sample = str(folder / "samples/qm-customs/01-findings.csv")
    assert gateway(folder, "send", sample, "--agency", "qm-customs", "--key", key) == 0
    process.wait_for("message.taken", count)


def refused(process: Process, code: str) -> str:
    """The place of the latest refusal."""
    lines = [line for line in process.lines if line["event"] == "plan.refused"]
    assert lines[-1]["code"] == code, lines[-1]
    return str(lines[-1]["place"])


def test_a_good_change_is_swapped_in_and_a_bad_one_is_refused_while_messages_flow(fresh: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gateway"
    shutil.copytree(fresh, folder)
    with Process(folder / "gateway.yaml") as process:
        process.wait_for("gateway.started")
        send(folder, process, "before", 1)

        # The tests still expect the old word: refused, with the case that fails.
        edit(folder / MAPPING, "header.language: {const: en}", "header.language: {const: fr}")
        process.wait_for("plan.refused")
        assert refused(process, "R704").startswith("mappings/qm-customs/findings.tests.yaml:")
        send(folder, process, "between", 2)
        assert process.count("plan.loaded") == 0
        assert gateway(folder, "mapping", "test", MAPPING, "--update") == 0
        process.wait_for("plan.loaded")
        send(folder, process, "after", 3)

        told = process.count("plan.refused")
        edit(folder / MAPPING, "header.language:", "header.langage:")
        process.wait_for("plan.refused", told + 1)
        line = (folder / MAPPING).read_text(encoding="utf-8").split("header.langage")[0].count("\n") + 1
        assert refused(process, "T201").startswith(f"{MAPPING}:{line}:")
        send(folder, process, "still", 4)
        edit(folder / MAPPING, "header.langage:", "header.language:")
        process.wait_for("plan.unchanged")

        told = process.count("plan.refused")
        policy = folder / "policies/demo.policy.yaml"
        policy.write_text(policy.read_text(encoding="utf-8") + "# another word\n", encoding="utf-8")
        os.kill(process.pid, signal.SIGHUP)
        process.wait_for("plan.refused", told + 1)
        assert refused(process, "CFG-091") == "policies/demo.policy.yaml"
        assert process.stop() == 0
        assert process.count("plan.loaded") == 1
    decided = what_became_of(folder)
    assert [decided[key][0] for key in ("before", "between", "after", "still")] == ["en", "en", "fr", "fr"]
    assert decided["before"][1:] == decided["between"][1:] != decided["after"][1:] == decided["still"][1:]
    assert gateway(folder, "ledger", "verify") == 0


def what_became_of(folder: Path) -> dict[str, tuple[str, str, str]]:
    """The language of each message, the digest of its mapping, and of its plan."""
    keys = open_keys(folder / "var/keys", create=False)
    found: dict[str, tuple[str, str, str]] = {}
    with JournalReader(journal_path(folder / "var"), keys.derive(JOURNAL_KEY)) as reader:
        for key in ("before", "between", "after", "still"):
            message = reader.find(AgencyId("qm-customs"), SourceKey(key))[0]
            view = reader.message(message)
            assert view is not None
            exchange = orjson.loads(reader.exchange(message) or b"{}")
            language = exchange["header"]["language"]
            found[key] = language, mapping_of(reader.lineage(message) or b""), view.plan
    return found

"""The tools for integrators as commands: files they write, exit codes, and a preview that follows every save."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tests.cli.conftest import Gateway

pytestmark = pytest.mark.slow

SAMPLE = "samples/qm-border/01-hit-listed.json"
BORDER = "mappings/qm-border/watchlist.map.yaml"


@pytest.fixture
def folder(fresh: Path, tmp_path: Path) -> Path:
    made = tmp_path / "gateway"
    shutil.copytree(fresh, made)
    return made


def test_a_draft_is_written_once_and_checked_laid_out_and_shown(gateway: Gateway, folder: Path) -> None:
    draft = "mappings/new/hit.map.yaml"
    shown = gateway("mapping", "scaffold", "--sample", SAMPLE, "--json", cwd=folder)
    assert shown.code == 0
    assert not shown.document["written"]
    assert not (folder / "mappings/draft").exists()
    made = gateway("mapping", "scaffold", "--sample", SAMPLE, "--out", draft, cwd=folder)
    assert made.code == 0
    assert "learnt from 1 sample" in made.out
    assert (folder / "mappings/new/hit.schema.json").exists()
    again = gateway("mapping", "scaffold", "--sample", SAMPLE, "--out", draft, "--json", cwd=folder)
    assert (again.code, again.document["error"][0]["code"]) == (2, "CFG-071")
    checked = gateway("mapping", "check", draft, "--json", cwd=folder)
    assert checked.code == 1
    codes = {fault["code"] for fault in checked.document["mappings"][0]["faults"] if fault["severity"] == "error"}
    assert codes == {"V305", "V306"}
    assert gateway("mapping", "fmt", "--check", draft, cwd=folder).code == 0
    assert gateway("mapping", "preview", SAMPLE, "-m", draft, cwd=folder).code == 1


def test_only_definition_files_are_laid_out(gateway: Gateway, folder: Path) -> None:
    """A schema and a table read as YAML of one line; laid out as that they would be destroyed."""
    for name in ("schemas/qm-police/notice-2.xsd", "mappings/qm-police/codes/sex.csv", SAMPLE):
        before = (folder / name).read_bytes()
        said = gateway("mapping", "fmt", name, BORDER, "--json", cwd=folder)
        assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-098")
        assert (folder / name).read_bytes() == before


@pytest.mark.parametrize(
    "command", [("coverage", BORDER, "--html"), ("coverage", BORDER, "--csv"), ("docs", BORDER, "--out")]
)
def test_a_place_that_cannot_be_written_is_said(gateway: Gateway, folder: Path, command: tuple[str, ...]) -> None:
    (folder / "taken").write_text("a file, where a folder is wanted")
    said = gateway("mapping", *command, "taken", "--json", cwd=folder)
    assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-095")


def test_golden_files_are_rewritten_and_what_they_cannot_mend_still_fails(gateway: Gateway, folder: Path) -> None:
    tests = folder / BORDER.replace(".map.yaml", ".tests.yaml")
    cases = "  - name: new\n    input: fixtures/hit.json\n    output: golden/hit.json\n"
    head = (
        "mapping: watchlist.map.yaml\nenvelope: {agency: qm-border, taken: 2026-03-01T09:00:00Z, country: QM}\ncases:\n"
    )
    tests.write_text(head + cases, encoding="utf-8")
    written = gateway("mapping", "test", "--update", BORDER, "--json", cwd=folder)
    (report,) = written.document["mappings"]
    assert (written.code, report["passed"], report["failed"]) == (0, 1, 0)
    assert report["written"] == ["mappings/qm-border/golden/hit.json"]
    assert [case["name"] for case in report["differed"]] == ["new"]
    tests.write_text(head + cases + "    outcome: refused\n", encoding="utf-8")
    assert gateway("mapping", "test", "--update", BORDER, cwd=folder).code == 1


def test_a_draft_outside_the_deployment_is_refused(gateway: Gateway, folder: Path, tmp_path: Path) -> None:
    said = gateway("mapping", "scaffold", "--sample", SAMPLE, "--out", tmp_path / "x.map.yaml", "--json", cwd=folder)
    assert (said.code, said.document["error"][0]["code"]) == (2, "CFG-070")


def test_a_schema_from_elsewhere_is_brought_with_what_it_imports(
    gateway: Gateway, folder: Path, tmp_path: Path
) -> None:
    for name in ("alert-1.2.xsd", "signature.xsd"):
        shutil.copy(folder / "schemas/cap" / name, tmp_path / name)
    (tmp_path / "unrelated.xsd").write_text("<x/>", encoding="utf-8")
    words = ("mapping", "scaffold", "--source", tmp_path / "alert-1.2.xsd", "--root", "alert")
    assert gateway(*words, "--out", "mappings/new/a.map.yaml", cwd=folder).code == 0
    assert sorted(path.name for path in (folder / "mappings/new").glob("*.xsd")) == ["alert-1.2.xsd", "signature.xsd"]


def test_coverage_writes_a_page_and_sheets_for_each_mapping(gateway: Gateway, folder: Path) -> None:
    said = gateway("mapping", "coverage", BORDER, "--html", "out", "--csv", "out", "--json", cwd=folder)
    assert said.code == 0
    assert said.document["mappings"][0]["counts"]["lost"] == 0
    names = sorted(path.name for path in (folder / "out").iterdir())
    sheets = ("branches", "residue", "source", "tables", "target")
    assert names == sorted(["qm-border.watchlist.html", *(f"qm-border.watchlist.{sheet}.csv" for sheet in sheets)])


def test_fmt_changes_what_is_untidy_and_says_so(gateway: Gateway, folder: Path) -> None:
    path = folder / BORDER
    tidy = path.read_text(encoding="utf-8")
    path.write_text(tidy.replace("owner: ", "owner:    "), encoding="utf-8")
    assert gateway("mapping", "fmt", "--check", BORDER, cwd=folder).code == 1
    assert gateway("mapping", "fmt", BORDER, "--json", cwd=folder).document["changed"] == [BORDER]
    assert path.read_text(encoding="utf-8") == tidy
    path.write_text("a: 1\na: 2\n", encoding="utf-8")
    said = gateway("mapping", "fmt", BORDER, "--json", cwd=folder)
    assert (said.code, said.document["faults"][0]["code"]) == (1, "Y012")


def test_a_preview_shows_result_lineage_and_residue(gateway: Gateway, folder: Path) -> None:
    said = gateway("mapping", "preview", SAMPLE, cwd=folder)
    assert said.code == 0
    assert '"reference": "H-2026-000771"' in said.out
    assert "header.reference <- $['id']" in said.out
    assert "$['hit']['score']: '0.93' (ignored: internal matching score" in said.out


@contextmanager
def watching(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A preview that watches, in a process of its own; ended by force if a test waits too long."""
    command = [sys.executable, "-m", "gateway", "mapping", "preview", SAMPLE, "-m", BORDER, "--watch", "--json"]
    environment = {**os.environ, "GATEWAY_CONFIG": str(folder / "gateway.yaml")}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        watchdog = Timer(90, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def until(process: "subprocess.Popen[str]", holds: Callable[[Any], bool]) -> None:
    """Read results until one is as expected; several saves may be seen as one, and one as several."""
    assert process.stdout is not None
    for line in process.stdout:
        if holds(json.loads(line)):
            return
    pytest.fail("the preview ended")


def header(said: Any) -> Any:
    return said["messages"][0]["message"]["header"] if said["messages"] else {}


def test_a_preview_follows_every_save_and_ends_cleanly(folder: Path) -> None:
    mapping, sample = folder / BORDER, folder / SAMPLE
    text, before = mapping.read_text(encoding="utf-8"), sample.read_text(encoding="utf-8")
    german = text.replace("header.language: {const: en}", "header.language: {const: de}")
    with watching(folder) as process:
        until(process, lambda said: header(said).get("language") == "en")
        mapping.write_text(german, encoding="utf-8")
        until(process, lambda said: header(said).get("language") == "de")
        mapping.write_text("mapping: broken\n", encoding="utf-8")
        until(process, lambda said: "W003" in {fault["code"] for fault in said["faults"]})
        mapping.write_text(text, encoding="utf-8")
        until(process, lambda said: said["good"])
        sample.write_text(before.replace("H-2026-000771", "H-2026-000772"), encoding="utf-8")
        until(process, lambda said: header(said).get("reference") == "H-2026-000772")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0

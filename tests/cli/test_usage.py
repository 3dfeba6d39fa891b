"""Wrong usage, failures, examples in `--help`, colours, and readers that go away."""

import json
import os
import pty
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli.command import build
from tests.cli.conftest import Deployed, Gateway
from tests.cli.officers import change, propose_change
from tests.e2e.process import Process

pytestmark = pytest.mark.slow


def commands() -> dict[str, Any]:
    """Every command by its words: `message list`."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: str) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found[words.strip()] = command
        for name, each in (inner or {}).items():
            walk(each, f"{words} {name}")

    walk(typer.main.get_command(build()), "")
    return found


COMMANDS = commands()
WORDS = {
    "init", "check", "try", "run", "send", "demo", "doctor", "explain", "mapping check", "mapping test", "policy check",
    "policy test", "policy catalogue", "message list", "message show", "message why", "quarantine list",
    "quarantine show", "ledger verify",
}  # fmt: skip


def test_the_commands_of_this_version_are_there() -> None:
    assert set(COMMANDS) >= WORDS


@pytest.mark.parametrize("words", sorted(COMMANDS))
def test_help_says_what_it_does_with_an_example(words: str, gateway: Gateway) -> None:
    said = gateway(*words.split(), "--help")
    assert said.code == 0
    assert f"Example: gateway {words}" in " ".join(said.out.split())
    assert "\x1b[" not in said.out


@pytest.mark.parametrize("words", sorted(set(COMMANDS) - {"run"}))
def test_every_command_takes_json(words: str) -> None:
    names = {name for parameter in COMMANDS[words].params for name in parameter.opts}
    assert {"--json", "--no-color"} <= names


@pytest.mark.parametrize("words", [*sorted(COMMANDS), "", "nonsense", "message nonsense"])
def test_wrong_usage_is_exit_2(words: str, gateway: Gateway) -> None:
    said = gateway(*words.split(), "--no-such-option")
    assert said.code == 2
    assert said.out == ""
    assert "No such" in said.err


@pytest.mark.parametrize("words", ["", "message", "mapping", "policy", "quarantine", "ledger"])
def test_a_noun_alone_shows_its_help_and_is_no_result(words: str, gateway: Gateway) -> None:
    said = gateway(*words.split())
    assert said.code == 2
    assert "Commands:" in said.out + said.err


@pytest.mark.parametrize("words", ["try", "nonsense", "message show", "message list --limit many", "explain"])
def test_wrong_usage_is_a_fault_with_json(words: str, gateway: Gateway) -> None:
    said = gateway(*words.split(), "--json")
    assert (said.code, said.err) == (2, "")
    (fault,) = said.document["error"]
    assert fault["code"] == "CFG-033"
    assert fault["fix"]


def test_a_failure_of_ours_is_exit_2_and_shows_a_place_but_no_text(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise KeyError("a value of a document")

    monkeypatch.setattr("gateway.cli.doctor._open_files", fail)
    for words in (("doctor", "--json"), ("doctor",)):
        said = gateway(*words)
        assert said.code == 2
        assert "SYS-001" in said.out + said.err
        assert "KeyError" in said.out + said.err
        assert "gateway/cli/doctor.py" in said.out + said.err
        assert "a value of a document" not in said.out + said.err
        assert "Traceback" not in said.err


@pytest.mark.parametrize("words", ["check", "doctor", "policy check", "mapping check", "ledger verify", "message list"])
def test_a_missing_deployment_is_said_with_its_code(words: str, gateway: Gateway, tmp_path: Path) -> None:
    said = gateway(*words.split(), "--json", "--config", tmp_path / "gateway.yaml")
    if words == "doctor":
        assert (said.code, said.document["bad"]) == (1, 1)
        return
    assert said.code == 2
    assert said.document["error"][0]["code"] == "CFG-001"
    assert said.document["error"][0]["place"]["file"] == "gateway.yaml"


def test_a_gateway_that_cannot_go_on_says_so_in_its_log_and_exits_2(deployed: Deployed, tmp_path: Path) -> None:
    """The place where it should listen is taken: the source fails, and with it everything."""
    folder = tmp_path / "taken"
    shutil.copytree(deployed.folder, folder)
    text = (folder / "gateway.yaml").read_text(encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as link:
        port = link.getsockname()[1]
        (folder / "gateway.yaml").write_text(re.sub(r"port: \d+", f"port: {port}", text), encoding="utf-8")
        words = [sys.executable, "-m", "gateway", "run", "--config", str(folder / "gateway.yaml")]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    last = json.loads(ended.stdout.splitlines()[-1])
    assert (last["event"], last["codes"], last["level"]) == ("gateway.failed", "DEL-230", "critical")
    assert "DEL-230" in ended.stderr
    assert "Traceback" not in ended.stderr


BROKEN = {
    "gateway.yaml": ("plan: plan.yaml", "plan: plan.yaml\nplam: x", {"check": 2, "run": 2, "ledger verify": 2}),
    "plan.yaml": ("home: QM", "home: nowhere", {"check": 2, "run": 2, "policy check": 2, "mapping check": 2}),
    "mappings/qm-fiu/report.map.yaml": (
        "header.purpose:",
        "header.purpoze:",
        {"mapping check": 1, "check": 2, "run": 2},
    ),
    "policies/demo.policy.yaml": ("share: [biometric]", "share: [biometrics]", {"policy check": 2, "check": 2}),
    "policies/demo.tests.yaml": ("\ncases:", "\ncases:\n", {}),
}


@pytest.mark.parametrize("file", [name for name, (_, _, codes) in BROKEN.items() if codes])
def test_a_mistake_in_a_file_is_shown_at_its_line(file: str, gateway: Gateway, fresh: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(fresh, folder)
    before, after, codes = BROKEN[file]
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    for words, code in codes.items():
        as_json = [] if words == "run" else ["--json"]
        said = gateway(*words.split(), *as_json, "--config", folder / "gateway.yaml")
        assert said.code == code, (words, said.err)
        assert file in said.out + said.err
        assert re.search(r'"line": \d|:\d+:\d+:', said.out + said.err), words


# ---------------------------------------------------------------- the examples


def examples() -> list[tuple[str, str]]:
    found = []
    for words, command in sorted(COMMANDS.items()):
        text = " ".join((command.help or "").split())
        found += [(words, each.rstrip(".")) for each in re.findall(r"Example: (gateway .*?)(?= Example:|$)", text)]
    return found


BEFORE: dict[str, Callable[[Path], object]] = {
    "policy propose": change,
    "policy sign": propose_change,
    "policy activate": lambda here: propose_change(here, "dpo-1", "authority-1"),
    "policy stop": lambda here: None,
    "policy lift": lambda here: None,
    "policy revoke": lambda here: None,
}
"""What must have been done before the example of a command."""


@pytest.mark.parametrize(("words", "example"), examples(), ids=lambda value: value)
def test_the_example_in_help_runs(words: str, example: str, deployed: Deployed, tmp_path: Path) -> None:
    shutil.copytree(deployed.folder, tmp_path / "my-gateway")
    shutil.copytree(deployed.folder, tmp_path / "here")
    (tmp_path / "my").symlink_to(tmp_path / "my-gateway")
    here = tmp_path / "here"
    for name in ("my-gateway", "my", "signed"):
        (here / name).symlink_to(tmp_path / "my-gateway")
    (here / "notice.xml").write_bytes((here / "samples/qm-police/01-wanted.xml").read_bytes())
    (here / "draft.policy.yaml").write_bytes((here / "policies/demo.policy.yaml").read_bytes())
    (here / "notice-4.xsd").write_bytes(next(here.glob("schemas/qm-police/*.xsd")).read_bytes())
    (here / "old.map.yaml").write_bytes((here / "mappings/qm-fiu/report.map.yaml").read_bytes())
    filled = {"ID": deployed.ids["good"], "ITEM": deployed.item}
    arguments = [filled.get(word, word) for word in shlex.split(example)][1:]
    if words == "init":
        here = tmp_path / "elsewhere"
        here.mkdir()
    if words == "run":
        with Process(here / arguments[-1]) as process:
            process.wait_for("gateway.started")
            assert process.stop() == 0
        return
    if words in BEFORE:
        shutil.copy(here / "keys/dpo-1.pem", here / "officer.pem")
        BEFORE[words](here)
    ended = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
        input="y\n",
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


# ---------------------------------------------------------------- pipes and colours


@pytest.mark.parametrize("words", ["policy catalogue", "policy catalogue --json", "explain DOC-010"])
def test_a_reader_who_goes_away_ends_it_quietly(words: str, fresh: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "gateway", *words.split()], cwd=fresh, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    _, err = child.communicate()
    assert err == b""
    assert child.returncode == 0


def test_a_reader_who_goes_away_does_not_turn_findings_into_a_pass(fresh: Path) -> None:
    words = ["try", "samples/qm-police/12-doctype.xml", "--agency", "qm-police"]
    child = subprocess.Popen(
        [sys.executable, "-m", "gateway", *words], cwd=fresh, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    _, err = child.communicate()
    assert (child.returncode, err) == (1, b"")


_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")


def on_a_terminal(fresh: Path, *words: str, **environment: str) -> str:
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    child = subprocess.Popen(
        [sys.executable, "-m", "gateway", *words],
        cwd=fresh,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**plain, "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    os.close(ours)
    assert child.wait() == 1
    return said.decode()


REFUSED = ("try", "samples/qm-police/12-doctype.xml", "--agency", "qm-police")


def test_there_are_colours_on_a_terminal_only(fresh: Path) -> None:
    assert _COLOUR.search(on_a_terminal(fresh, *REFUSED))


@pytest.mark.parametrize("value", ["1", "0", "anything"])
def test_no_color_is_set_to_whatever(value: str, fresh: Path) -> None:
    assert not _COLOUR.search(on_a_terminal(fresh, *REFUSED, NO_COLOR=value))


def test_no_color_set_to_nothing_is_not_set(fresh: Path) -> None:
    assert _COLOUR.search(on_a_terminal(fresh, *REFUSED, NO_COLOR=""))


def test_the_switch_works_like_the_variable(fresh: Path) -> None:
    assert not _COLOUR.search(on_a_terminal(fresh, *REFUSED, "--no-color"))

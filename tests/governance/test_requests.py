"""The folder of requests: whatever lies in it, the gateway reads on and answers what can be answered."""

import os
from pathlib import Path

import pytest

from gateway.deployment.requests import Requests

LARGE = 300_000


def test_what_is_no_request_holds_nothing_up(tmp_path: Path) -> None:
    requests = Requests(tmp_path)
    (tmp_path / "a.asked").mkdir()
    os.mkfifo(tmp_path / "b.asked")
    (tmp_path / "c.asked").symlink_to("/dev/zero")
    (tmp_path / "d.asked").write_bytes(b"x" * LARGE)
    name = requests.ask("activate", b"demo-1-abc")
    assert [(each.name, each.what, each.content) for each in requests.waiting()] == [
        (name, "activate", b"demo-1-abc"),
        ("d", "", b""),
    ]


def test_a_request_that_is_taken_away_meanwhile_is_none(tmp_path: Path) -> None:
    requests = Requests(tmp_path)
    first, second = requests.ask("request", b"{}"), requests.ask("request", b"{}")
    waiting = requests.waiting()
    assert next(waiting).name == first
    (tmp_path / f"{second}.asked").unlink()
    assert [*waiting] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_request_that_cannot_be_read_is_answered(tmp_path: Path) -> None:
    requests = Requests(tmp_path)
    name = requests.ask("request", b"{}")
    (tmp_path / f"{name}.asked").chmod(0)
    (asked,) = requests.waiting()
    assert asked.content == b""
    requests.answer(asked, (), {})
    assert requests.await_answer(name, 1) == ((), {})

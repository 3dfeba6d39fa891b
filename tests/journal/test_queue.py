"""The embedded queue on SQLite: what the contract leaves to the adapter."""

from pathlib import Path

import pytest

from gateway.errors import InvariantBroken, Passing
from gateway.journal.sqlite import open_journal
from tests.journal.rigs import ROOT_KEY


def test_a_tag_is_never_used_twice(tmp_path: Path) -> None:
    """An acknowledgement from before a restart must not remove a later message."""
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.queue.declare("a", 1000)
    journal.queue.publish("a", "first", b"1", {})
    (first,) = journal.queue.take("a", 1)
    journal.queue.settle([first.tag])
    journal.close()
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.queue.publish("a", "second", b"2", {})
    (second,) = journal.queue.take("a", 1)
    assert second.tag > first.tag
    with pytest.raises(InvariantBroken) as broken:
        journal.queue.settle([first.tag])
    assert broken.value.code == "DEL-132"
    assert journal.queue.depth("a") == 1
    journal.close()


def test_settling_is_all_or_nothing(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.queue.declare("a", 1000)
    journal.queue.publish("a", "first", b"1", {})
    (first,) = journal.queue.take("a", 1)
    for tags in ([first.tag, first.tag], [first.tag, 99]):
        with pytest.raises(InvariantBroken):
            journal.queue.settle(tags)
    assert journal.queue.depth("a") == 1
    journal.queue.settle([first.tag])
    journal.queue.settle([])
    assert journal.queue.depth("a") == 0
    journal.close()


def test_a_refused_publication_costs_no_tag_and_no_bytes(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    journal.queue.declare("a", 10)
    for _ in range(3):
        with pytest.raises(Passing) as full:
            journal.queue.publish("a", "key", b"x" * 11, {})
        assert full.value.code == "DEL-131"
        assert full.value.faults[0].fix
    journal.queue.publish("a", "key", b"x" * 10, {})
    assert journal.queue.depth("a") == 1
    journal.close()

"""The fake journal: every write can be lost, and can happen although its caller was told that it failed."""

from collections.abc import Callable

import pytest

from gateway.custody.leaf import duplicate_leaf, leaf
from gateway.errors import Fault, InvariantBroken, JournalError
from gateway.names import ItemId, Lane, PartnerId, SourceKey, State
from gateway.ports import Journal
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.memory_journal import WRITES, MemoryJournal
from gateway.testing.outcomes import AGENCY, AT, sample_attempt, sample_commit

ONE = PartnerId("partner-one")
NOBODY: frozenset[ItemId] = frozenset()
FIRST = sample_commit(1).outcome.messages[0].message


def _due(journal: Journal) -> int:
    return len(journal.pending(ONE, Lane.ROUTINE, 9, AT, NOBODY))


def _record(journal: Journal) -> None:
    (pending,) = journal.pending(ONE, Lane.ROUTINE, 1, AT, NOBODY)
    journal.record([sample_attempt(pending, State.DELIVERED)])


STEPS: dict[str, tuple[Callable[[MemoryJournal], object], Callable[[MemoryJournal], object]]] = {
    "commit": (lambda journal: journal.commit([sample_commit(2)]), _due),
    "append": (
        lambda journal: journal.append([leaf("stop", AT, reason="test")]),
        lambda journal: journal.seal("governance"),
    ),
    "repeat": (
        lambda journal: journal.repeat(
            AGENCY, SourceKey("message-1"), duplicate_leaf(at=AT, message=FIRST, agency=AGENCY)
        ),
        lambda journal: journal.seal("disclosure"),
    ),
    "record": (_record, _due),
    "store_checkpoint": (seal_all, lambda journal: journal.last_checkpoint("governance")),
}
"""Each write, and what shows whether it happened."""


def test_the_table_names_every_write() -> None:
    assert tuple(STEPS) == WRITES
    seen: list[str] = []
    journal = MemoryJournal(seen.append)
    begin(journal)
    journal.commit([sample_commit(1)])
    for write, _ in STEPS.values():
        write(journal)
    assert {step for step in seen if not step.endswith("-done")} == set(WRITES)
    assert seen[::2] == [step.removesuffix("-done") for step in seen[1::2]]


@pytest.mark.parametrize("persisted", [False, True], ids=["lost", "persisted"])
@pytest.mark.parametrize("step", WRITES)
def test_a_write_may_fail_before_and_after_it_happened(step: str, persisted: bool) -> None:
    armed = False

    def hook(name: str) -> None:
        if armed and name == (f"{step}-done" if persisted else step):
            raise JournalError(Fault("DEL-102", "the journal's disk failed"))

    journal = MemoryJournal(hook)
    begin(journal)
    journal.commit([sample_commit(1)])
    write, effect = STEPS[step]
    before = effect(journal)
    armed = True
    with pytest.raises(JournalError) as failed:
        write(journal)
    assert failed.value.code == "DEL-102"
    with pytest.raises(JournalError) as refused:
        _due(journal)
    assert refused.value.code == "DEL-112"
    armed = False
    after = effect(journal.restart())
    assert (after != before) == persisted


def test_a_closed_journal_refuses_everything() -> None:
    journal = MemoryJournal()
    journal.close()
    for call in (journal.waiting, lambda: journal.commit([]), lambda: journal.seal("disclosure")):
        with pytest.raises(JournalError):
            call()


def test_it_is_stricter_than_a_real_one() -> None:
    """A leaf of a wrong form is our own bug; a real journal finds it only in the nightly check."""
    journal = MemoryJournal()
    good = leaf("stop", AT, reason="test")
    for wrong in (b"{}", good.data + b" ", good.data.replace(b"stop", b"resume")):
        with pytest.raises(InvariantBroken):
            journal.append([type(good)(good.log, "stop", wrong)])
    assert journal.seal("governance")[0] == 0

"""Random lives of a journal: SQLite and the fake do the same things, and after each step both tell the same story."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.custody.fsck import LedgerReader, check_ledger
from gateway.custody.leaf import duplicate_leaf
from gateway.errors import GatewayError
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import open_journal
from gateway.names import ItemId, Lane, PartnerId, SourceKey, State
from gateway.ports import Journal, Pending, receipt_channel
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.memory_journal import MemoryJournal
from gateway.testing.outcomes import AGENCY, AT, SIGNER, sample_attempt, sample_commit
from tests.fault.disk import Disk
from tests.journal.rigs import ROOT_KEY, crash_image

NOBODY: frozenset[ItemId] = frozenset()
OUTLETS = (PartnerId("partner-one"), PartnerId("partner-two"), receipt_channel(AGENCY))
DUE = {"now": AT, "soon": "2026-11-22T10:12:00.000Z", "later": "2026-11-22T11:00:00.000Z"}
QUEUE = "agency/tax-office/out/routine"

_unflushed = Disk(recording=False)


class Lives(RuleBasedStateMachine):
    """Two journals side by side. `clock` only moves forward."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="journal-lives-"))
        self.fake: Journal = MemoryJournal(name="gateway.local")
        self.starts = 0
        (self.folder / "0").mkdir()
        self.real: Journal = self._open(self.folder / "0")
        self.clock = "now"
        self.both(begin)
        self.both(lambda journal: journal.queue.declare(QUEUE, 300))

    def teardown(self) -> None:
        if hasattr(self, "real"):
            self.real.close()
            shutil.rmtree(self.folder)

    @rule(
        numbers=st.lists(st.integers(0, 3), min_size=1, max_size=3),
        withheld=st.booleans(),
        receipts=st.booleans(),
        lane=st.sampled_from([Lane.FLASH, Lane.ROUTINE]),
    )
    def commit(self, numbers: list[int], withheld: bool, receipts: bool, lane: Lane) -> None:
        """Also keys that are known, and the same key twice: then nothing of the batch is there."""
        partners = () if withheld else OUTLETS[:2]
        batch = [
            sample_commit(number, partners=partners, withheld=["partner-three"], receipts=receipts, lane=lane, size=50)
            for number in numbers
        ]
        self.both(lambda journal: journal.commit(batch))

    @rule(
        outlet=st.sampled_from(OUTLETS),
        state=st.sampled_from([State.DELIVERED, State.REFUSED, State.QUARANTINED, State.PENDING]),
        receipt=st.booleans(),
        twice=st.booleans(),
    )
    def send(self, outlet: PartnerId, state: State, receipt: bool, twice: bool) -> None:
        for pending in [found for lane in Lane for found in self.due(self.fake, outlet, lane)[:2]]:
            due = DUE["later"] if state is State.PENDING else ""
            attempt = sample_attempt(pending, state, due=due, receipt=receipt and state.terminal)
            self.both(lambda journal, made=attempt: journal.record([made] * (2 if twice else 1)))  # type: ignore[misc]  # a default binds the attempt

    @rule(number=st.integers(0, 4))
    def repeat(self, number: int) -> None:
        message = sample_commit(number).outcome.messages[0].message
        leaf = duplicate_leaf(at=AT, message=message, agency=AGENCY)
        self.both(lambda journal: journal.repeat(AGENCY, SourceKey(f"message-{number}"), leaf))

    @rule()
    def seal(self) -> None:
        self.both(seal_all)

    @rule()
    def time_passes(self) -> None:
        self.clock = "later" if self.clock == "soon" else "soon"

    @rule(size=st.integers(0, 120))
    def publish(self, size: int) -> None:
        self.both(lambda journal: journal.queue.publish(QUEUE, f"key-{size}", bytes(size), {"size": str(size)}))

    @rule(limit=st.integers(1, 3), what=st.sampled_from(["settle", "requeue", "hold"]))
    def take(self, limit: int, what: str) -> None:
        taken = [journal.queue.take(QUEUE, limit) for journal in (self.fake, self.real)]
        mine, theirs = ([(it.key, it.deliveries, it.body) for it in some] for some in taken)
        assert mine == theirs
        if what != "hold":
            for journal, some in zip((self.fake, self.real), taken, strict=True):
                journal.queue.settle([it.tag for it in some], requeue=what == "requeue")

    @rule()
    def die_and_start_again(self) -> None:
        assert isinstance(self.fake, MemoryJournal)
        self.fake.restart()
        self.starts += 1
        target = crash_image(self.folder / str(self.starts - 1), self.folder / str(self.starts))
        self.real.close()
        self.real = self._open(target)

    @invariant()
    def both_tell_the_same(self) -> None:
        if not hasattr(self, "real"):
            return
        fake, real = self.fake, self.real
        assert [real.seal(log) for log in real.logs()] == [fake.seal(log) for log in fake.logs()]
        assert [real.last_checkpoint(log) for log in real.logs()] == [fake.last_checkpoint(log) for log in fake.logs()]
        for number in range(5):
            key = SourceKey(f"message-{number}")
            assert real.find(AGENCY, key) == fake.find(AGENCY, key)
        for outlet in OUTLETS:
            for lane in Lane:
                assert self.due(real, outlet, lane) == self.due(fake, outlet, lane)
        assert real.waiting() == fake.waiting()
        assert real.queue.depth(QUEUE) == fake.queue.depth(QUEUE)

    @invariant()
    def both_ledgers_verify(self) -> None:
        if not hasattr(self, "real"):
            return
        assert isinstance(self.fake, MemoryJournal)
        with JournalReader(self.folder / str(self.starts) / "journal.db", ROOT_KEY) as reader:
            assert _report(reader.ledger()) == _report(self.fake.ledger())

    def due(self, journal: Journal, outlet: PartnerId, lane: Lane) -> list[Pending]:
        return journal.pending(outlet, lane, 100, DUE[self.clock], NOBODY)

    def both(self, act: Callable[[Journal], object]) -> None:
        """Do the same to both; both succeed, or both refuse for the same reason."""
        results: list[tuple[type[GatewayError] | None, str]] = []
        for journal in (self.fake, self.real):
            try:
                act(journal)
            except GatewayError as error:
                results.append((type(error), error.code))
            else:
                results.append((None, ""))
        assert results[0] == results[1]

    def _open(self, folder: Path) -> Journal:
        return open_journal(folder / "journal.db", ROOT_KEY, vfs=_unflushed.name)


def _report(ledger: LedgerReader) -> object:
    report = check_ledger(ledger, log_keys=[SIGNER.public()], receipt_keys={SIGNER.key_id: SIGNER.public()})
    assert report.verified, report.faults
    return report


Lives.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestLives = Lives.TestCase

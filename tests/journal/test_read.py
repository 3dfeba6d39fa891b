"""What the command line sees, beside a journal that is being written."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from gateway.custody.leaf import duplicate_leaf
from gateway.errors import JournalError
from gateway.journal.read import JournalReader
from gateway.journal.sqlite import SqliteJournal, open_journal
from gateway.names import NO_PARTNER, AgencyId, ItemId, ItemKind, Lane, MessageId, PartnerId, SourceKey, State
from gateway.ports import receipt_channel
from gateway.testing.contracts_journal import begin
from gateway.testing.outcomes import AGENCY, AT, sample_attempt, sample_commit, sample_id
from tests.journal.rigs import ROOT_KEY

ONE = PartnerId("partner-one")
NOBODY: frozenset[ItemId] = frozenset()


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    """Five messages: 0 delivered after a delay, 1 refused, 2 pending, 3 withheld only, 4 quarantined."""
    journal = open_journal(tmp_path / "journal.db", ROOT_KEY)
    begin(journal)
    for number in range(3):
        journal.commit([sample_commit(number, partners=["partner-one"], withheld=["partner-three"], receipts=True)])
    journal.commit([sample_commit(3, partners=(), withheld=["partner-three"], agency=AgencyId("coast-guard"))])
    journal.commit([sample_commit(4, partners=())])
    first, second, _ = journal.pending(ONE, Lane.ROUTINE, 9, AT, NOBODY)
    journal.record([sample_attempt(first, State.PENDING, reason="not-reachable", due="2026-11-22T10:12:00.000Z")])
    (again,) = journal.pending(ONE, Lane.ROUTINE, 1, "2026-11-22T10:12:00.000Z", NOBODY)
    journal.record([sample_attempt(again, State.DELIVERED, receipt=True)])
    journal.record([sample_attempt(second, State.REFUSED, reason="rejected", receipt=True)])
    return journal


@pytest.fixture
def reader(journal: SqliteJournal) -> JournalReader:
    return JournalReader(journal.path, ROOT_KEY)


@pytest.fixture(autouse=True)
def closed(journal: SqliteJournal, reader: JournalReader) -> Iterator[None]:
    yield
    reader.close()
    journal.close()


def _id(number: int, agency: str = AGENCY) -> MessageId:
    return MessageId(sample_id("message", agency, f"message-{number}"))


def test_messages_come_in_pages_newest_first(reader: JournalReader) -> None:
    pages, before = [], None
    while page := reader.messages(before=before, limit=2):
        pages.append([row.message for row in page])
        before = page[-1].cursor
    assert pages == [[_id(4), _id(3, "coast-guard")], [_id(2), _id(1)], [_id(0)]]


def test_the_state_of_a_message_is_the_join_of_its_items(reader: JournalReader) -> None:
    states = [row.state for row in reader.messages()]
    assert states == [State.QUARANTINED, State.WITHHELD, State.PENDING, State.REFUSED, State.WITHHELD]
    assert [row.code for row in reader.messages()] == ["DOC-003", "", "", "", ""]


def test_messages_are_found_by_agency_and_state(reader: JournalReader) -> None:
    assert [row.message for row in reader.messages(agency=AgencyId("coast-guard"))] == [_id(3, "coast-guard")]
    assert [row.message for row in reader.messages(state=State.REFUSED)] == [_id(1)]
    assert reader.messages(agency=AgencyId("coast-guard"), state=State.REFUSED) == []
    assert reader.find(AGENCY, SourceKey("message-1")) == [_id(1)]
    assert reader.find(AGENCY, SourceKey("message-9")) == []


def test_one_message_tells_its_whole_story(reader: JournalReader) -> None:
    view = reader.message(_id(0))
    assert view is not None
    sent, kept = view.items
    assert (sent.partner, sent.state, sent.attempts, sent.waiting) == (ONE, State.DELIVERED, 2, False)
    assert [(it.number, it.state, it.reason, it.due) for it in sent.tries] == [
        (1, State.PENDING, "not-reachable", "2026-11-22T10:12:00.000Z"),
        (2, State.DELIVERED, "", ""),
    ]
    assert [it.leaf for it in sent.tries] == [19, 20]
    assert (kept.partner, kept.state, kept.withheld, kept.reasons) == (
        "partner-three",
        State.WITHHELD,
        {"L5": 145},
        ("nothing-left",),
    )
    assert len(view.receipts) == 3
    assert (view.files, view.bytes, view.faults, view.part) == (1, 400, (), "")
    assert view.received is not None
    assert reader.message(MessageId(sample_id("no"))) is None


def test_faults_come_with_their_message(reader: JournalReader) -> None:
    view = reader.message(_id(4))
    assert view is not None
    assert [(fault.code, str(fault.place), fault.fix) for fault in view.faults] == [
        ("DOC-003", "$.things[0]", "send it again")
    ]


def test_leaf_indices_lead_to_the_leaves(journal: SqliteJournal, reader: JournalReader) -> None:
    leaves = list(journal.leaves("disclosure"))
    for number in range(3):
        view = reader.message(_id(number))
        assert view is not None
        for item in view.items:
            assert item.leaf is not None
            assert item.item.encode() in leaves[item.leaf]
            assert b'"type":"decision"' in leaves[item.leaf]
            for attempt in item.tries:
                assert attempt.leaf is not None
                assert b'"type":"delivery"' in leaves[attempt.leaf]


def test_the_quarantine_lists_what_waits_for_a_person(reader: JournalReader) -> None:
    (item,) = reader.quarantine()
    assert (item.message, item.partner, item.kind) == (_id(4), NO_PARTNER, ItemKind.MESSAGE)
    assert reader.quarantine(before=item.cursor) == []


def test_content_is_given_by_the_methods_that_say_so(reader: JournalReader) -> None:
    commit = sample_commit(0, partners=["partner-one"], withheld=["partner-three"], receipts=True)
    message = commit.outcome.messages[0]
    sent, kept = message.items
    assert reader.payload(sent.item) == sent.payload
    assert reader.account(sent.item) == sent.account
    assert reader.payload(kept.item) is None
    assert reader.account(kept.item) == kept.account
    assert reader.payload(ItemId("nobody")) is None
    assert reader.exchange(message.message) == message.exchange
    assert reader.lineage(message.message) == message.lineage
    assert reader.exchange(MessageId("nobody")) is None
    assert reader.original(message.message) == commit.outcome.received.files
    assert reader.original(MessageId("nobody")) == ()
    assert reader.key(message.message) == "message-0"
    assert reader.key(MessageId("nobody")) is None


def test_an_agency_reads_its_receipts_in_pages(reader: JournalReader) -> None:
    first = reader.receipts(AGENCY, limit=5)
    rest = reader.receipts(AGENCY, after=first[-1].cursor)
    assert (len(first), len(rest)) == (5, 3)
    assert reader.receipts(AgencyId("coast-guard")) == []


def test_totals_are_those_of_the_rows(reader: JournalReader) -> None:
    messages = [total for total in reader.totals() if total.kind is ItemKind.MESSAGE]
    assert {(total.partner, total.agency, total.state): total.items for total in messages} == {
        (ONE, AGENCY, State.DELIVERED): 1,
        (ONE, AGENCY, State.REFUSED): 1,
        (ONE, AGENCY, State.PENDING): 1,
        ("partner-three", AGENCY, State.WITHHELD): 3,
        ("partner-three", "coast-guard", State.WITHHELD): 1,
        ("-", AGENCY, State.QUARANTINED): 1,
    }
    receipts = [total for total in reader.totals() if total.kind is ItemKind.RECEIPT]
    assert [(total.partner, total.items) for total in receipts] == [(receipt_channel(AGENCY), 8)]


def test_decisions_add_up_per_partner(reader: JournalReader) -> None:
    disclosed = reader.disclosed()
    assert disclosed[ONE].outcomes == {"send": 3}
    assert disclosed[ONE].levels == {"full": 183, "redact": 252}
    assert disclosed[ONE].withheld == {"L5": 252}
    assert disclosed[PartnerId("partner-three")].outcomes == {"withheld": 4}
    assert disclosed[PartnerId("partner-three")].withheld == {"L5": 580}
    assert disclosed[NO_PARTNER].reasons == {"nothing-left": 1}


def test_queues_are_listed(journal: SqliteJournal, reader: JournalReader) -> None:
    journal.queue.declare("b", 100)
    journal.queue.publish("b", "k", b"12345", {})
    assert [(q.name, q.messages, q.bytes, q.max_bytes) for q in reader.queues()] == [("b", 1, 5, 100)]


def test_a_reader_sees_what_is_committed_while_the_writer_goes_on(
    journal: SqliteJournal, reader: JournalReader
) -> None:
    assert len(reader.messages()) == 5
    journal.commit([sample_commit(9)])
    assert len(reader.messages()) == 6


def test_a_snapshot_does_not_move(journal: SqliteJournal, reader: JournalReader) -> None:
    with reader.ledger().snapshot() as ledger:
        before = len(list(ledger.items()))
        journal.commit([sample_commit(9)])
        assert len(list(ledger.items())) == before
    assert len(list(reader.ledger().items())) == before + 2


def test_a_reader_cannot_write(reader: JournalReader) -> None:
    with pytest.raises(apsw.ReadOnlyError):
        reader._connection.execute("UPDATE owner SET epoch = 99")


def test_a_reader_works_without_a_gateway(journal: SqliteJournal) -> None:
    journal.close()
    with JournalReader(journal.path, ROOT_KEY) as alone:
        assert len(alone.messages()) == 5
        assert next(iter(alone.ledger().origins())).endswith("/governance")


def test_there_is_nothing_to_read_where_no_journal_is(tmp_path: Path) -> None:
    with pytest.raises(JournalError) as error:
        JournalReader(tmp_path / "nothing.db", ROOT_KEY)
    assert error.value.code == "DEL-111"
    assert not (tmp_path / "nothing.db").exists()


def test_a_duplicate_is_a_leaf_and_no_second_message(journal: SqliteJournal, reader: JournalReader) -> None:
    leaf = duplicate_leaf(at=AT, message=_id(0), agency=AGENCY)
    journal.repeat(AGENCY, SourceKey("message-0"), leaf)
    assert len(reader.messages()) == 5
    view = reader.message(_id(0))
    assert view is not None
    assert len(view.receipts) == 3

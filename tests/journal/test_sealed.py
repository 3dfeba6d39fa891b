"""At rest: nothing from a document in clear, rows cannot be moved, keys are apart."""

from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Fault, JournalError, Place, Severity
from gateway.journal.contents import (
    identity,
    pack_files,
    pack_notes,
    pack_queued,
    unpack_files,
    unpack_notes,
    unpack_queued,
)
from gateway.journal.sealed import Sealer
from gateway.journal.sqlite import open_journal
from gateway.names import AgencyId, Lane, PartnerId, SourceKey
from gateway.outcome import SourceFile
from gateway.ports import Commit
from gateway.testing.outcomes import AT, sample_commit
from tests.journal.rigs import ROOT_KEY

SEALER = Sealer(ROOT_KEY)
CANARY = b"CANARY-Oyelaran-Sigrid-19871203"


@given(st.binary(max_size=200), st.data())
def test_a_sealed_value_opens_in_its_own_place_only(data: bytes, draw: st.DataObject) -> None:
    key, wrapped = SEALER.fresh("agency-one", "messages/1")
    other = key.seal("messages/exchange/1", data)
    sealed = key.seal("messages/exchange/1", data)
    assert other[:12] != sealed[:12]
    again = SEALER.unwrap("agency-one", "messages/1", wrapped)
    assert again.open("messages/exchange/1", sealed) == data
    bit = draw.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    for place, value in (
        ("messages/exchange/2", sealed),
        ("messages/lineage/1", sealed),
        ("messages/exchange/1", bytes(changed)),
        ("messages/exchange/1", sealed[:-1]),
        ("messages/exchange/1", b""),
    ):
        with pytest.raises(JournalError) as error:
            again.open(place, value)
        assert error.value.code == "DEL-110"


@pytest.mark.parametrize(
    ("sealer", "owner", "row"),
    [
        (Sealer(b"another root key with 32 bytes..."), "agency-one", "messages/1"),
        (SEALER, "agency-two", "messages/1"),
        (SEALER, "agency-one", "messages/2"),
        (SEALER, "queue/agency-one", "messages/1"),
    ],
)
def test_a_data_key_opens_for_its_owner_and_row_only(sealer: Sealer, owner: str, row: str) -> None:
    _, wrapped = SEALER.fresh("agency-one", "messages/1")
    with pytest.raises(JournalError) as error:
        sealer.unwrap(owner, row, wrapped)
    assert error.value.code == "DEL-110"


def test_every_message_has_a_fresh_key() -> None:
    keys = [SEALER.fresh("agency-one", "messages/1") for _ in range(100)]
    assert len({wrapped for _, wrapped in keys}) == 100
    sealed = {key.seal("messages/exchange/1", b"same") for key, _ in keys}
    assert len(sealed) == 100


def test_keys_of_purposes_are_apart() -> None:
    derived = [SEALER.check(), SEALER.lookup("a", "b"), SEALER.digest(b"a\0b"), SEALER.lookup("a\0b", "")]
    assert len(set(derived)) == 4
    assert SEALER.lookup("a", "b") == Sealer(ROOT_KEY).lookup("a", "b")


def _committed(folder: Path) -> None:
    """One message whose every free value is the canary, through every table that holds content."""
    text = CANARY.decode()
    commit = sample_commit(1, key=text, receipts=True)
    outcome = commit.outcome
    message = outcome.messages[0]
    items = tuple(replace(item, payload=CANARY + b" payload", account=CANARY + b" account") for item in message.items)
    fault = Fault("DOC-003", text, Place(file=text, path=text), text, at=Place(path=text), field=text)
    told = replace(message, items=items, exchange=CANARY, lineage=CANARY, part=text, faults=(fault,))
    received = replace(outcome.received, files=(SourceFile(CANARY, text), SourceFile(CANARY * 3, text)))
    openings = dict.fromkeys(outcome.openings, CANARY)
    receipts = tuple(replace(receipt, payload=CANARY) for receipt in commit.receipts)
    journal = open_journal(folder / "journal.db", ROOT_KEY)
    journal.commit([Commit(replace(outcome, messages=(told,), received=received, openings=openings), receipts)])
    journal.queue.declare("agency/one/out/routine", 10**6)
    journal.queue.publish("agency/one/out/routine", text, CANARY, {"name": text})
    assert journal.find(AgencyId("tax-office"), SourceKey(text)) is not None
    assert journal.pending(PartnerId("partner-one"), Lane.ROUTINE, 1, AT, frozenset())[0].payload.startswith(CANARY)
    journal.close()


def test_nothing_of_a_document_stands_in_the_files_in_clear(tmp_path: Path) -> None:
    _committed(tmp_path)
    needles = [CANARY, CANARY.lower(), CANARY.hex().encode(), CANARY.decode().encode("utf-16-le"), b"Oyelaran"]
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert [needle for needle in needles if needle in content] == [], path.name


def test_rows_that_were_swapped_do_not_open(tmp_path: Path) -> None:
    """Somebody with the disk exchanges the bytes of two partners: neither opens."""
    path = tmp_path / "journal.db"
    journal = open_journal(path, ROOT_KEY)
    journal.commit([sample_commit(1)])
    journal.close()
    connection = apsw.Connection(str(path))
    connection.execute("DROP TRIGGER items_bytes")
    (first, one), (second, two) = connection.execute("SELECT id, payload FROM items ORDER BY id").fetchall()
    connection.execute("UPDATE items SET payload = ? WHERE id = ?", (two, first))
    connection.execute("UPDATE items SET payload = ? WHERE id = ?", (one, second))
    connection.close()
    journal = open_journal(path, ROOT_KEY)
    with pytest.raises(JournalError) as error:
        journal.pending(PartnerId("partner-one"), Lane.ROUTINE, 1, AT, frozenset())
    assert error.value.code == "DEL-110"
    journal.close()


@given(st.lists(st.tuples(st.binary(max_size=50), st.text(max_size=10)), max_size=4))
def test_files_come_back_as_they_were(files: list[tuple[bytes, str]]) -> None:
    given_files = tuple(SourceFile(data, name) for data, name in files)
    assert unpack_files(pack_files(given_files)) == given_files


@given(st.text(max_size=10), st.lists(st.text("abc é$[]", max_size=8), max_size=3))
def test_notes_come_back_as_they_were(part: str, words: list[str]) -> None:
    faults = tuple(
        Fault("DOC-003", word, Place(word, 1, 2, word, 3), word, Severity.WARNING, Place(path=word), word)
        for word in words
    )
    assert unpack_notes(pack_notes(part, faults)) == (part, faults)


@given(st.text(max_size=10), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3), st.binary())
def test_queued_messages_come_back_as_they_were(key: str, headers: dict[str, str], body: bytes) -> None:
    assert unpack_queued(pack_queued(key, headers, body)) == (key, headers, body)


def test_a_wrong_header_is_told() -> None:
    with pytest.raises(JournalError) as error:
        unpack_files(b"\xff\xff\xff\xff[]")
    assert error.value.code == "DEL-110"


def test_an_identity_names_table_column_and_row() -> None:
    assert identity("items", "payload", "x") == "items/payload/x"

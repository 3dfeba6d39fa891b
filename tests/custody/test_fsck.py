"""The ledger check: a good ledger has no findings, and each way of damaging it has its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.custody.checkpoint import Checkpoint, sign_checkpoint, sign_note
from gateway.custody.commitment import WHOLE, Occurrence, commit_bytes, pack_openings
from gateway.custody.fsck import ItemFact, Report, check_ledger
from gateway.custody.leaf import Leaf, decision_leaf, delivery_leaf, duplicate_leaf, genesis_leaf, leaf
from gateway.custody.tree import leaf_hash, root_of
from gateway.names import ItemId, ItemKind, Lane, MessageId, PartnerId, State
from gateway.ports import receipt_channel
from gateway.testing.contracts_journal import begin, seal_all
from gateway.testing.memory_journal import MemoryJournal
from gateway.testing.outcomes import AGENCY, AT, PLAN, SIGNER, sample_attempt, sample_commit, sample_id

GOVERNANCE, DISCLOSURE = "gateway.test/governance", "gateway.test/disclosure/0"


@dataclass
class Copy:
    """A ledger as plain lists, to be damaged. Leaves are (index, bytes, hash)."""

    logs: dict[str, list[tuple[int, bytes, bytes]]]
    heads: dict[str, list[tuple[int, bytes]]]
    opens: dict[str, bytes | None]
    facts: list[ItemFact] = field(default_factory=list)

    def origins(self) -> list[str]:
        return list(self.logs)

    def leaves(self, origin: str) -> Iterator[tuple[int, bytes, bytes]]:
        yield from self.logs[origin]

    def checkpoints(self, origin: str) -> Iterator[tuple[int, bytes]]:
        yield from self.heads[origin]

    def openings(self) -> Iterator[tuple[str, bytes | None]]:
        yield from self.opens.items()

    def items(self) -> Iterator[ItemFact]:
        yield from self.facts

    def add(self, made: Leaf, log: str = DISCLOSURE) -> None:
        """Append a leaf, as somebody with the disk and without the signing key would."""
        self.logs[log].append((len(self.logs[log]), made.data, leaf_hash(made.data)))

    def rewrite(self, index: int, made: Leaf, log: str = DISCLOSURE) -> None:
        self.logs[log][index] = (index, made.data, leaf_hash(made.data))

    def sign_again(self) -> None:
        """Sign everything anew, as somebody with the signing key would: only contradictions remain to be found."""
        for log, rows in self.logs.items():
            root = root_of(digest for _, _, digest in rows)
            self.heads[log] = [(len(rows), sign_checkpoint(log, len(rows), root, SIGNER))] if rows else []

    def find(self, kind: bytes) -> int:
        """The index of the first disclosure leaf of a type."""
        return next(index for index, data, _ in self.logs[DISCLOSURE] if b'"type":"' + kind + b'"' in data)


def ledger() -> Copy:
    """Two messages delivered, one withheld for a partner, one quarantined, one pending; receipts; four checkpoints."""
    journal = MemoryJournal()
    begin(journal)
    journal.commit([sample_commit(1, receipts=True), sample_commit(2, withheld=["partner-three"])])
    seal_all(journal)
    nobody: frozenset[ItemId] = frozenset()
    for partner in ("partner-one", "partner-two"):
        due = journal.pending(PartnerId(partner), Lane.ROUTINE, 1, AT, nobody)
        journal.record([sample_attempt(pending, State.DELIVERED, receipt=True) for pending in due])
    journal.record(
        [
            sample_attempt(it, State.DELIVERED)
            for it in journal.pending(receipt_channel(AGENCY), Lane.ROUTINE, 9, AT, nobody)
        ]
    )
    journal.commit([sample_commit(3, partners=())])
    seal_all(journal)
    read = journal.ledger()
    origins = read.origins()
    return Copy(
        {origin: list(read.leaves(origin)) for origin in origins},
        {origin: list(read.checkpoints(origin)) for origin in origins},
        dict(read.openings()),
        list(read.items()),
    )


def check(copy: Copy) -> Report:
    return check_ledger(copy, log_keys=[SIGNER.public()], receipt_keys={SIGNER.key_id: SIGNER.public()})


def codes(copy: Copy) -> set[str]:
    return {fault.code for fault in check(copy).faults}


def test_a_good_ledger_has_no_findings() -> None:
    report = check(ledger())
    assert report.faults == ()
    assert report.verified
    assert [log.origin for log in report.logs] == [GOVERNANCE, DISCLOSURE]
    assert report.entries == sum(log.size for log in report.logs)
    assert all(log.signed == log.size for log in report.logs)
    assert [log.checkpoints for log in report.logs] == [1, 2]
    assert (report.opened, report.unopened) == (4, 0)


def test_an_empty_ledger_has_no_findings() -> None:
    report = check(Copy({GOVERNANCE: [], DISCLOSURE: []}, {GOVERNANCE: [], DISCLOSURE: []}, {}))
    assert report.verified
    assert report.entries == 0


def test_leaves_after_the_last_checkpoint_are_not_a_fault_but_are_counted_apart() -> None:
    copy = ledger()
    copy.add(duplicate_leaf(at=AT, message=MessageId(sample_id("any")), agency=AGENCY))
    report = check(copy)
    assert report.verified
    assert report.logs[1].size == report.logs[1].signed + 1


Damage = Callable[[Copy], None]


def _decision(copy: Copy, **changes: object) -> Leaf:
    """A decision leaf for item and message of the first pending item, changed."""
    fact = next(fact for fact in copy.facts if fact.state is State.PENDING)
    given: dict[str, object] = {
        "at": AT,
        "message": fact.message,
        "item": fact.item,
        "partner": fact.partner,
        "outcome": "withheld",
        "plan": PLAN,
        "received": None,
    }
    return decision_leaf(**{**given, **changes})  # type: ignore[arg-type]  # the values are those of the annotations


def gap(copy: Copy) -> None:
    del copy.logs[DISCLOSURE][2]


def wrong_hash(copy: Copy) -> None:
    index, data, _ = copy.logs[DISCLOSURE][3]
    copy.logs[DISCLOSURE][3] = (index, data, bytes(32))


def not_canonical(copy: Copy) -> None:
    index, data, _ = copy.logs[DISCLOSURE][0]
    copy.logs[DISCLOSURE][0] = (index, data + b" ", leaf_hash(data + b" "))
    copy.sign_again()


def too_large(copy: Copy) -> None:
    copy.add(Leaf("disclosure", "received", b"x" * 4097))


def unknown_type(copy: Copy) -> None:
    copy.add(Leaf("disclosure", "gossip", b'{"at":"2026-11-22T10:11:12.345Z","type":"gossip","v":1}'))


def wrong_log(copy: Copy) -> None:
    copy.add(leaf("stop", AT, reason="journal"))


def second_genesis(copy: Copy) -> None:
    copy.add(genesis_leaf(at=AT, origin=GOVERNANCE), GOVERNANCE)


def no_genesis(copy: Copy) -> None:
    copy.rewrite(0, leaf("stop", AT, reason="journal"), GOVERNANCE)
    copy.sign_again()


def rewritten(copy: Copy) -> None:
    """Somebody with the disk changes a leaf and its hash; the signed root remains."""
    copy.rewrite(1, _decision(copy, received=f"sha256:{copy.logs[DISCLOSURE][0][2].hex()}"))


def truncated(copy: Copy) -> None:
    del copy.logs[DISCLOSURE][-1:]


def foreign_head(copy: Copy) -> None:
    note = sign_note(Checkpoint("gateway.other/disclosure/0", 3, bytes(32)).text(), DISCLOSURE, SIGNER)
    copy.heads[DISCLOSURE].insert(0, (3, note))


def torn_head(copy: Copy) -> None:
    size, note = copy.heads[DISCLOSURE][0]
    copy.heads[DISCLOSURE][0] = (size, note[:-5])


@dataclass(frozen=True)
class OtherSigner:
    """Somebody else's key."""

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(data)

    def public(self) -> bytes:
        return SIGNER.public()


def forged_head(copy: Copy) -> None:
    size = copy.heads[DISCLOSURE][1][0]
    root = root_of(digest for _, _, digest in copy.logs[DISCLOSURE][:size])
    copy.heads[DISCLOSURE][1] = (size, sign_checkpoint(DISCLOSURE, size, root, OtherSigner()))


def decided_without_taking(copy: Copy) -> None:
    copy.add(_decision(copy, item=sample_id("new"), received=PLAN))
    copy.facts.append(replace(copy.facts[0], item=sample_id("new"), decision=copy_hash(copy)))


def copy_hash(copy: Copy) -> str:
    return f"sha256:{copy.logs[DISCLOSURE][-1][2].hex()}"


def decided_twice(copy: Copy) -> None:
    taken = f"sha256:{copy.logs[DISCLOSURE][copy.find(b'received')][2].hex()}"
    copy.add(_decision(copy, received=taken))


def sent_undecided(copy: Copy) -> None:
    copy.add(delivery_leaf(at=AT, item=ItemId(sample_id("nobody")), attempt=1, outcome="delivered"))


def sent_though_withheld(copy: Copy) -> None:
    withheld = next(fact for fact in copy.facts if fact.state is State.WITHHELD)
    copy.add(delivery_leaf(at=AT, item=ItemId(withheld.item), attempt=1, outcome="delivered"))


def ended_in_two_ways(copy: Copy) -> None:
    delivered = next(f for f in copy.facts if f.state is State.DELIVERED and f.kind is ItemKind.MESSAGE)
    copy.add(delivery_leaf(at=AT, item=ItemId(delivered.item), attempt=2, outcome="refused"))


def item_of_another_decision(copy: Copy) -> None:
    _change(copy, decision=PLAN)


def item_for_another_partner(copy: Copy) -> None:
    _change(copy, partner="partner-three")


def item_deleted(copy: Copy) -> None:
    copy.facts = [fact for fact in copy.facts if fact.state is not State.PENDING]


def ended_only_in_the_journal(copy: Copy) -> None:
    _change(copy, state=State.DELIVERED)


def ended_only_in_the_log(copy: Copy) -> None:
    pending = next(fact for fact in copy.facts if fact.state is State.PENDING)
    copy.add(delivery_leaf(at=AT, item=ItemId(pending.item), attempt=1, outcome="delivered"))


def other_bytes(copy: Copy) -> None:
    _change(copy, payload=b"something else")


def unreadable_bytes(copy: Copy) -> None:
    _change(copy, payload=None, readable=False)


def opening_of_nothing(copy: Copy) -> None:
    copy.opens[PLAN] = next(iter(copy.opens.values()))


def opening_unreadable(copy: Copy) -> None:
    copy.opens[next(iter(copy.opens))] = None


def opening_of_another(copy: Copy) -> None:
    first, second = list(copy.opens)[:2]
    copy.opens[first], copy.opens[second] = copy.opens[second], copy.opens[first]


def opening_forged(copy: Copy) -> None:
    """Bytes and their opening are exchanged together: the commitment in the leaf does not follow."""
    pending = next(fact for fact in copy.facts if fact.state is State.PENDING)
    made = commit_bytes(Occurrence.derive(bytes(32), pending.message, WHOLE), "out", b"forged")
    copy.opens[str(pending.decision)] = pack_openings({"out": made})


def receipt_without_leaf(copy: Copy) -> None:
    receipt = next(fact for fact in copy.facts if fact.kind is ItemKind.RECEIPT)
    index = next(i for i, d, _ in copy.logs[DISCLOSURE] if receipt.item.encode() in d and b'"type":"receipt"' in d)
    copy.rewrite(index, duplicate_leaf(at=AT, message=MessageId(receipt.message), agency=AGENCY))
    copy.sign_again()


def receipt_forged(copy: Copy) -> None:
    place, receipt = next((n, fact) for n, fact in enumerate(copy.facts) if fact.kind is ItemKind.RECEIPT)
    copy.facts[place] = replace(receipt, payload=(receipt.payload or b"").replace(b"accepted", b"rejected"))


def duplicate_of_nothing(copy: Copy) -> None:
    copy.add(duplicate_leaf(at=AT, message=MessageId(sample_id("any")), agency=AGENCY, received=PLAN))


def _change(copy: Copy, **changes: object) -> None:
    place, fact = next((n, fact) for n, fact in enumerate(copy.facts) if fact.state is State.PENDING)
    copy.facts[place] = replace(fact, **changes)  # type: ignore[arg-type]  # the values are those of the annotations


DAMAGES: list[tuple[Damage, str]] = [
    (gap, "LED-101"),
    (not_canonical, "LED-102"),
    (too_large, "LED-102"),
    (unknown_type, "LED-103"),
    (wrong_hash, "LED-104"),
    (wrong_log, "LED-105"),
    (second_genesis, "LED-106"),
    (no_genesis, "LED-106"),
    (rewritten, "LED-110"),
    (truncated, "LED-111"),
    (foreign_head, "LED-113"),
    (decided_without_taking, "LED-120"),
    (duplicate_of_nothing, "LED-120"),
    (decided_twice, "LED-121"),
    (sent_undecided, "LED-122"),
    (sent_though_withheld, "LED-122"),
    (item_of_another_decision, "LED-123"),
    (item_for_another_partner, "LED-123"),
    (ended_in_two_ways, "LED-124"),
    (ended_only_in_the_journal, "LED-125"),
    (ended_only_in_the_log, "LED-125"),
    (other_bytes, "LED-126"),
    (opening_of_nothing, "LED-127"),
    (opening_unreadable, "LED-127"),
    (opening_of_another, "LED-127"),
    (opening_forged, "LED-127"),
    (unreadable_bytes, "LED-128"),
    (item_deleted, "LED-129"),
    (torn_head, "LED-131"),
    (forged_head, "LED-132"),
    (receipt_forged, "LED-141"),
    (receipt_without_leaf, "LED-142"),
]


@pytest.mark.parametrize(("damage", "code"), DAMAGES, ids=lambda value: getattr(value, "__name__", value))
def test_each_damage_has_its_finding(damage: Damage, code: str) -> None:
    copy = ledger()
    damage(copy)
    assert code in codes(copy), codes(copy)


def test_a_finding_names_log_and_index_and_no_content() -> None:
    copy = ledger()
    wrong_hash(copy)
    (fault,) = [fault for fault in check(copy).faults if fault.code == "LED-104"]
    assert (fault.place.file, fault.place.path) == (DISCLOSURE, "leaf 3")


def test_a_key_that_signed_nothing_verifies_nothing() -> None:
    report = check_ledger(ledger(), log_keys=[bytes(32)])
    assert {fault.code for fault in report.faults} == {"LED-132"}
    assert [log.signed for log in report.logs] == [0, 0]


def test_what_cannot_be_compared_is_counted() -> None:
    """Without the openings (an erasure) the ledger still verifies and says how much it could not compare."""
    copy = ledger()
    copy.opens = {}
    report = check(copy)
    assert report.verified
    assert (report.opened, report.unopened) == (0, 4)


GOOD = ledger()


@given(st.data())
def test_any_flipped_bit_of_a_sealed_leaf_is_found(data: st.DataObject) -> None:
    log = data.draw(st.sampled_from([GOVERNANCE, DISCLOSURE]))
    index, leaf_bytes, stored = data.draw(st.sampled_from(GOOD.logs[log]))
    bit = data.draw(st.integers(0, len(leaf_bytes) * 8 - 1))
    changed = bytearray(leaf_bytes)
    changed[bit // 8] ^= 1 << bit % 8
    # With and without the hash that stands beside it: the signed root finds both.
    for digest in (stored, leaf_hash(bytes(changed))):
        rows = list(GOOD.logs[log])
        rows[index] = (index, bytes(changed), digest)
        assert not check(Copy({**GOOD.logs, log: rows}, GOOD.heads, GOOD.opens, GOOD.facts)).verified


@given(st.data())
def test_any_flipped_bit_of_a_checkpoint_is_found(data: st.DataObject) -> None:
    log = data.draw(st.sampled_from([GOVERNANCE, DISCLOSURE]))
    place = data.draw(st.integers(0, len(GOOD.heads[log]) - 1))
    size, note = GOOD.heads[log][place]
    bit = data.draw(st.integers(0, len(note) * 8 - 1))
    changed = bytearray(note)
    changed[bit // 8] ^= 1 << bit % 8
    heads = list(GOOD.heads[log])
    heads[place] = (size, bytes(changed))
    assert not check(Copy(GOOD.logs, {**GOOD.heads, log: heads}, GOOD.opens, GOOD.facts)).verified


@given(st.data())
def test_any_flipped_bit_of_a_payload_is_found(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([n for n, fact in enumerate(GOOD.facts) if fact.payload]))
    payload = GOOD.facts[place].payload or b""
    bit = data.draw(st.integers(0, len(payload) * 8 - 1))
    changed = bytearray(payload)
    changed[bit // 8] ^= 1 << bit % 8
    facts = list(GOOD.facts)
    facts[place] = replace(facts[place], payload=bytes(changed))
    assert not check(Copy(GOOD.logs, GOOD.heads, GOOD.opens, facts)).verified


@given(st.permutations(range(len(GOOD.logs[DISCLOSURE]))))
def test_leaves_in_another_order_are_found(order: list[int]) -> None:
    rows = [(place, *GOOD.logs[DISCLOSURE][index][1:]) for place, index in enumerate(order)]
    verified = check(Copy({**GOOD.logs, DISCLOSURE: rows}, GOOD.heads, GOOD.opens, GOOD.facts)).verified
    assert verified == (order == sorted(order))

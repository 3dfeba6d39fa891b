"""What every journal and every embedded queue must do, whatever holds the rows.

Run it on your own adapter: make a rig, then call each check of `JOURNAL_CHECKS` with a fresh one. A check returns
quietly or raises `ContractBroken`. What a medium does that fails is tested beside the adapter: only it knows its
medium.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from gateway.custody.checkpoint import sign_checkpoint
from gateway.custody.fsck import LedgerReader, Report, check_ledger
from gateway.custody.leaf import DISCLOSURE, GOVERNANCE, duplicate_leaf, genesis_leaf
from gateway.custody.tree import EMPTY_ROOT, leaf_hash, root_of
from gateway.errors import GatewayError, InvariantBroken, Passing, Refusal
from gateway.names import AgencyId, ItemId, Lane, MessageId, PartnerId, SourceKey, State
from gateway.ports import Commit, Journal, Pending, receipt_channel
from gateway.testing.contracts import ContractBroken, expect
from gateway.testing.outcomes import AGENCY, AT, SIGNER, sample_attempt, sample_commit, sample_id, sample_receipt

__all__ = [
    "JOURNAL_CHECKS",
    "JournalCheck",
    "JournalRig",
    "begin",
    "check_rig",
    "journal_begins_empty",
    "journal_commits_all_or_nothing",
    "journal_ends_each_item_once",
    "journal_has_each_item_once",
    "journal_keeps_checkpoints",
    "journal_keeps_lanes_and_order",
    "journal_keeps_what_was_committed",
    "journal_knows_what_it_is_told_about",
    "journal_repeats_receipts",
    "journal_sends_nothing_undecided",
    "journal_serves_receipts_as_items",
    "journal_waits_until_an_item_is_due",
    "queue_gives_back",
    "queue_hands_out_in_order",
    "queue_is_bounded",
    "refuses",
    "seal_all",
]

_ONE, _TWO = PartnerId("partner-one"), PartnerId("partner-two")
_LATER = "2027-01-01T00:00:00.000Z"
_NOBODY: frozenset[ItemId] = frozenset()


@dataclass(frozen=True, slots=True)
class JournalRig:
    """A new, empty journal. `restart` ends it without warning and gives the same journal opened again."""

    journal: Journal
    restart: Callable[[Journal], Journal]
    ledger: Callable[[Journal], LedgerReader]


def refuses(promise: str, kind: type[GatewayError], call: Callable[..., object], *given: object) -> GatewayError:
    """Give the error that a call must raise; raise ContractBroken if it raises none or another."""
    try:
        call(*given)
    except kind as error:
        return error
    except GatewayError as error:
        raise ContractBroken(f"{promise}: {type(error).__name__} instead of {kind.__name__}") from error
    raise ContractBroken(promise)


def begin(journal: Journal) -> None:
    """Write the genesis leaf that a governance log begins with."""
    journal.append([genesis_leaf(at=AT, origin=journal.logs()[0])])


def seal_all(journal: Journal) -> None:
    """Sign and store a checkpoint of every log."""
    for log in journal.logs():
        size, root = journal.seal(log)
        journal.store_checkpoint(log, size, sign_checkpoint(log, size, root, SIGNER))


def check_rig(rig: JournalRig, journal: Journal) -> Report:
    """Check the ledger with the keys of the samples."""
    keys = {SIGNER.key_id: SIGNER.public()}
    return check_ledger(rig.ledger(journal), log_keys=[SIGNER.public()], receipt_keys=keys)


def _due(journal: Journal, partner: PartnerId = _ONE, lane: Lane = Lane.ROUTINE, now: str = AT) -> list[Pending]:
    return journal.pending(partner, lane, 1000, now, _NOBODY)


def _send(
    journal: Journal, pending: Iterable[Pending], state: State = State.DELIVERED, *, receipt: bool = False
) -> None:
    journal.record([sample_attempt(item, state, receipt=receipt) for item in pending])


def journal_begins_empty(rig: JournalRig) -> None:
    """Nothing is known, and both logs have the empty root."""
    journal = rig.journal
    expect(journal.find(AGENCY, SourceKey("nothing")) is None, "an empty inbox knows nothing")
    expect(not _due(journal) and not journal.waiting(), "an empty outbox has nothing to send")
    expect(len(journal.logs()) == 2 and journal.logs()[0].endswith("/governance"), "two logs, governance first")
    for log in (*journal.logs(), GOVERNANCE, DISCLOSURE):
        expect(journal.seal(log) == (0, EMPTY_ROOT), "an empty log has the empty root")
        expect(journal.last_checkpoint(log) is None, "an empty log has no checkpoint")
        expect(not list(journal.leaves(log)), "an empty log has no leaves")


def journal_keeps_what_was_committed(rig: JournalRig) -> None:
    """Inbox, items with their bytes, leaves in order; the same after a restart."""
    journal = rig.journal
    begin(journal)
    commits = [sample_commit(number, withheld=["partner-three"], receipts=True) for number in range(5)]
    journal.commit(commits[:2])
    journal.commit(commits[2:])
    for _ in range(2):
        _holds(journal, commits)
        journal = rig.restart(journal)


def _holds(journal: Journal, commits: list[Commit]) -> None:
    for commit in commits:
        received = commit.outcome.received
        seen = journal.find(received.agency, received.key)
        if seen is None:
            raise ContractBroken("the inbox knows what was committed")
        expect(seen.inbox_digest == commit.outcome.inbox_digest, "the digest of the bytes is kept")
        expect(seen.taken_at == received.taken_at, "the time of taking is kept")
        expect(seen.receipts == tuple(draft.payload for draft in commit.receipts), "the receipts are kept, newest last")
    for partner in (_ONE, _TWO):
        items = [item for commit in commits for item in commit.outcome.messages[0].items if item.partner == partner]
        due = _due(journal, partner)
        expect(
            [(it.item, it.payload) for it in due] == [(it.item, it.payload) for it in items], "oldest first, same bytes"
        )
        told = [(it.message, it.partner, it.kind, it.lane, it.generation, it.decision, it.withheld) for it in due]
        made = [(it.message, it.partner, it.kind, it.lane, it.generation, it.decision, it.withheld) for it in items]
        expect(told == made, "an item is given back as it was written")
        expect(
            all(it.agency == AGENCY and it.taken_at == AT and it.attempts == 0 for it in due),
            "with its message's facts",
        )
        expect({(it.message_kind, it.status) for it in due} == {("person-notice", "Actual")}, "with kind and status")
    expect(not _due(journal, PartnerId("partner-three")), "what is withheld is never to be sent")
    leaves: list[bytes] = []
    for commit in commits:
        leaves += [leaf.data for leaf in commit.outcome.leaves]
        leaves += [draft.leaf.data for draft in commit.receipts if draft.leaf]
    stored = list(journal.leaves(DISCLOSURE))
    expect(stored == leaves, "every leaf once, in the order of the batch")
    expect(list(journal.leaves(DISCLOSURE, 7)) == stored[7:], "leaves from an index on")
    expect(
        journal.seal(DISCLOSURE) == (len(stored), root_of(map(leaf_hash, stored))), "size and root of what is stored"
    )


def journal_commits_all_or_nothing(rig: JournalRig) -> None:
    """One wrong outcome in a batch, and nothing of the batch is there; the journal goes on."""
    journal = rig.journal
    begin(journal)
    journal.commit([sample_commit(1)])
    before = journal.seal(DISCLOSURE)
    for batch in ([sample_commit(2), sample_commit(1)], [sample_commit(3), sample_commit(3)]):
        refuses("an inbox row is written once", InvariantBroken, journal.commit, batch)
    expect(journal.find(AGENCY, SourceKey("message-2")) is None, "nothing of a failed batch is in the inbox")
    expect(len(_due(journal)) == 1, "nothing of a failed batch is to be sent")
    expect(journal.seal(DISCLOSURE) == before, "nothing of a failed batch is in the log")
    journal.commit([sample_commit(2)])
    journal = rig.restart(journal)
    expect(len(_due(journal)) == 2 and check_rig(rig, journal).verified, "the journal goes on after a refused batch")


def journal_sends_nothing_undecided(rig: JournalRig) -> None:
    """INV3: an item to send needs its decision leaf in the same transaction."""
    good = sample_commit(1).outcome
    message = good.messages[0]
    undecided = tuple(leaf for leaf in good.leaves if leaf.type != "decision")
    unnamed = tuple(replace(item, decision=None) for item in message.items)
    for promise, outcome in (
        ("no item to send without its decision leaf", replace(good, leaves=undecided, openings={})),
        ("no item to send that names no decision", replace(good, messages=(replace(message, items=unnamed),))),
        ("a message without items has no state", replace(good, messages=(replace(message, items=()),))),
    ):
        refuses(promise, InvariantBroken, rig.journal.commit, [Commit(outcome)])
    expect(not _due(rig.journal) and rig.journal.seal(DISCLOSURE)[0] == 0, "nothing was written")


def journal_has_each_item_once(rig: JournalRig) -> None:
    """INV4: an item id stands for one (message, route, partner, kind, generation) and exists once."""
    good = sample_commit(1).outcome
    message = good.messages[0]
    first, second = message.items
    shared = replace(good, messages=(replace(message, items=(first, replace(second, item=first.item))),))
    refuses("one item id for two partners", InvariantBroken, rig.journal.commit, [Commit(shared)])
    rig.journal.commit([Commit(good)])
    again = sample_commit(1, key="another key").outcome
    taken = replace(again, messages=(replace(again.messages[0], message=message.message),), openings={})
    refuses("one message under two keys", InvariantBroken, rig.journal.commit, [Commit(taken)])


def journal_ends_each_item_once(rig: JournalRig) -> None:
    """A terminal state never changes, whatever is recorded afterwards, also after a restart."""
    journal = rig.journal
    begin(journal)
    ends = (State.DELIVERED, State.REFUSED, State.QUARANTINED)
    journal.commit([sample_commit(number, partners=["partner-one"]) for number in range(len(ends))])
    due = _due(journal)
    for pending, state in zip(due, ends, strict=True):
        _send(journal, [pending], state)
    expect(not _due(journal, now=_LATER), "what has ended is not sent again")
    for _ in range(2):
        for pending in due:
            for state in (*ends, State.PENDING, State.WITHHELD):
                attempt = sample_attempt(pending, state)
                refuses("a terminal state never changes", InvariantBroken, journal.record, [attempt])
        expect(check_rig(rig, journal).verified, "the ledger verifies")
        journal = rig.restart(journal)


def journal_knows_what_it_is_told_about(rig: JournalRig) -> None:
    """Attempts, receipts, duplicates and logs that nothing is known of are our own bugs."""
    journal = rig.journal
    journal.commit([sample_commit(1)])
    pending = _due(journal)[0]
    stranger = sample_attempt(replace(pending, item=ItemId(sample_id("nobody"))), State.DELIVERED)
    refuses("an attempt at an unknown item", InvariantBroken, journal.record, [stranger])
    unknown = replace(sample_attempt(pending, State.DELIVERED), state=State.UNKNOWN)
    refuses("an attempt that came to nothing known", InvariantBroken, journal.record, [unknown])
    foreign = sample_receipt(MessageId(sample_id("no message")), AGENCY, pending.item, "taken", "accepted")
    refuses("a receipt about an unknown message", InvariantBroken, journal.append, [], [foreign])
    other = sample_receipt(pending.message, AgencyId("another-agency"), pending.item, "taken", "accepted")
    refuses("a receipt to another agency", InvariantBroken, journal.append, [], [other])
    leaf = duplicate_leaf(at=AT, message=pending.message, agency=AGENCY)
    refuses("a duplicate of nothing", InvariantBroken, journal.repeat, AGENCY, SourceKey("no key"), leaf)
    refuses("a log that is not there", InvariantBroken, journal.seal, "another log")
    expect(len(_due(journal)) == 1 and journal.seal(DISCLOSURE)[0] == 3, "nothing of it was written")


def journal_waits_until_an_item_is_due(rig: JournalRig) -> None:
    """A delayed item comes back at its time with its attempts counted, and with the same bytes (INV5)."""
    journal = rig.journal
    journal.commit([sample_commit(1)])
    journal.record([sample_attempt(it, State.DELIVERED) for it in _due(journal, _TWO)])
    (pending,) = _due(journal)
    for attempt, (due, before) in enumerate(
        (("2026-11-22T10:12:00.000Z", AT), ("2026-11-22T10:15:00.000Z", AT)), start=1
    ):
        journal.record([sample_attempt(pending, State.PENDING, reason="not-reachable", due=due)])
        journal = rig.restart(journal)
        expect(not _due(journal, now=before) and journal.waiting(), "a delayed item waits")
        (later,) = _due(journal, now=due)
        expect(later.attempts == attempt and later.payload == pending.payload, "same bytes, one attempt more")
        pending = later
    _send(journal, [pending])
    expect(not journal.waiting(), "nothing is left to send")


def journal_keeps_lanes_and_order(rig: JournalRig) -> None:
    """A lane gives its own items, oldest first, at most as many as asked for, without those already in hand."""
    journal = rig.journal
    lanes = [lane for lane in Lane for _ in range(4)]
    journal.commit([sample_commit(number, lane=lane) for number, lane in enumerate(lanes)])
    for lane in Lane:
        whole = _due(journal, lane=lane)
        expect(len(whole) == 4 and all(item.lane is lane for item in whole), "a lane gives its own items")
        ids = [item.item for item in whole]
        expect([it.item for it in journal.pending(_ONE, lane, 2, AT, _NOBODY)] == ids[:2], "at most as many as asked")
        held = frozenset(ids[:1] + ids[2:3])
        expect([it.item for it in journal.pending(_ONE, lane, 2, AT, held)] == [ids[1], ids[3]], "none that is in hand")


def journal_serves_receipts_as_items(rig: JournalRig) -> None:
    """Receipts wait in their agency's channel; the current ones answer a duplicate; a later one takes the earlier's
    place.
    """
    journal = rig.journal
    begin(journal)
    commit = sample_commit(1, partners=["partner-one"], receipts=True)
    key = commit.outcome.received.key
    journal.commit([commit])
    channel = receipt_channel(AGENCY)
    (taken,) = _due(journal, channel)
    expect(taken.payload == commit.receipts[0].payload and taken.kind.value == "receipt", "a receipt is an item")
    _send(journal, [taken])
    _send(journal, _due(journal), receipt=True)
    (delivered,) = _due(journal, channel)
    seen = journal.find(AGENCY, key)
    expect(
        seen is not None and seen.receipts == (delivered.payload,),
        "a later receipt about the same item is the current one",
    )
    expect(check_rig(rig, journal).verified, "the ledger verifies")


def journal_repeats_receipts(rig: JournalRig) -> None:
    """A duplicate brings the current receipts once more: same item, same bytes, same state, one leaf."""
    journal = rig.journal
    begin(journal)
    commit = sample_commit(1, receipts=True)
    received = commit.outcome.received
    journal.commit([commit])
    channel = receipt_channel(AGENCY)
    first = _due(journal, channel)
    _send(journal, first)
    leaf = duplicate_leaf(
        at=AT, message=commit.outcome.messages[0].message, agency=AGENCY, received=commit.outcome.received_leaf
    )
    journal.repeat(received.agency, received.key, leaf)
    journal = rig.restart(journal)
    again = _due(journal, channel)
    expect([(it.item, it.payload) for it in again] == [(it.item, it.payload) for it in first], "same items, same bytes")
    expect(all(it.attempts == 1 for it in again), "the attempts go on counting")
    _send(journal, again, State.PENDING)
    again = _due(journal, channel, now=_LATER)
    expect(len(again) == len(first), "a repetition that could not be sent waits")
    _send(journal, again, State.REFUSED)
    expect(not _due(journal, channel, now=_LATER), "a repetition ends")
    expect(list(journal.leaves(DISCLOSURE))[5 + len(first)] == leaf.data, "the duplicate has its leaf")
    expect(check_rig(rig, journal).verified, "the receipts stay delivered, and the ledger verifies")


def journal_keeps_checkpoints(rig: JournalRig) -> None:
    """Only what extends the last checkpoint and says what was sealed is kept."""
    journal = rig.journal
    begin(journal)
    journal.commit([sample_commit(1)])
    size, root = journal.seal(DISCLOSURE)
    origin = journal.logs()[1]
    note = sign_checkpoint(origin, size, root, SIGNER)
    for promise, wrong_size, wrong in (
        ("another size", size - 1, sign_checkpoint(origin, size - 1, root, SIGNER)),
        ("another root", size, sign_checkpoint(origin, size, EMPTY_ROOT, SIGNER)),
        ("another log", size, sign_checkpoint("gateway.other/disclosure/0", size, root, SIGNER)),
        ("no note", size, b"not a note"),
    ):
        refuses(promise, InvariantBroken, journal.store_checkpoint, DISCLOSURE, wrong_size, wrong)
    journal.commit([sample_commit(2)])
    journal.store_checkpoint(DISCLOSURE, size, note)
    expect(journal.last_checkpoint(origin) == note, "a checkpoint of what was sealed before later leaves is kept")
    seal_all(journal)
    last = journal.last_checkpoint(DISCLOSURE)
    journal = rig.restart(journal)
    refuses("an older state", InvariantBroken, journal.store_checkpoint, DISCLOSURE, size, note)
    seal_all(journal)
    expect(journal.last_checkpoint(DISCLOSURE) == last, "the same state is kept once, and survives a restart")
    report = check_rig(rig, journal)
    expect(report.verified and report.logs[1].checkpoints == 2, "the ledger verifies with both checkpoints")


def queue_hands_out_in_order(rig: JournalRig) -> None:
    """Oldest first, nobody's message twice, exact bytes and headers, a count of deliveries."""
    queue = rig.journal.queue
    queue.declare("a", 10_000)
    queue.declare("b", 10_000)
    bodies = [bytes([number]) * number for number in range(5)]
    for number, body in enumerate(bodies):
        queue.publish("a", f"key-{number}", body, {"lane": "ROUTINE", "n": str(number)})
    queue.publish("b", "other", b"other", {})
    first, second = queue.take("a", 2), queue.take("a", 10)
    expect([it.body for it in (*first, *second)] == bodies, "oldest first, each once")
    expect([it.key for it in first] == ["key-0", "key-1"] and first[1].headers["n"] == "1", "with key and headers")
    expect(all(it.deliveries == 1 for it in (*first, *second)), "the first delivery is number one")
    expect(queue.take("a", 10) == [] and queue.depth("a") == 5, "what is held is counted and not given again")
    expect(queue.depth("b") == 1, "queues do not mix")


def queue_gives_back(rig: JournalRig) -> None:
    """Handed back, or held by a process that died: the same message at the same place, counted."""
    journal = rig.journal
    journal.queue.declare("a", 10_000)
    for number in range(3):
        journal.queue.publish("a", str(number), b"body", {})
    first = journal.queue.take("a", 2)
    journal.queue.settle([first[1].tag, first[0].tag], requeue=True)
    again = journal.queue.take("a", 3)
    expect([it.key for it in again] == ["0", "1", "2"], "handed back at the head")
    expect([it.deliveries for it in again] == [2, 2, 1], "each delivery counts")
    journal.queue.settle([again[1].tag])
    journal = rig.restart(journal)
    after = journal.queue.take("a", 10)
    expect(
        [(it.key, it.deliveries) for it in after] == [("0", 3), ("2", 2)],
        "after a crash what was not settled comes again",
    )
    journal.queue.settle([it.tag for it in after])
    expect(journal.queue.depth("a") == 0, "settled is gone")
    refuses("a message settled twice", InvariantBroken, journal.queue.settle, [after[0].tag])
    journal = rig.restart(journal)
    expect(journal.queue.depth("a") == 0 and journal.queue.take("a", 10) == [], "settled stays gone")


def queue_is_bounded(rig: JournalRig) -> None:
    """A full queue refuses for now, an undeclared one for good; nothing is lost silently."""
    queue = rig.journal.queue
    refuses("an undeclared queue", Refusal, queue.publish, "nowhere", "key", b"body", {})
    refuses("an undeclared queue", Refusal, queue.take, "nowhere", 1)
    refuses("an undeclared queue", Refusal, queue.depth, "nowhere")
    queue.declare("a", 100)
    queue.publish("a", "one", b"x" * 60, {})
    refuses("a full queue", Passing, queue.publish, "a", "two", b"x" * 41, {})
    queue.publish("a", "three", b"x" * 40, {})
    held = queue.take("a", 1)
    refuses("held bytes count", Passing, queue.publish, "a", "four", b"x", {})
    queue.settle([held[0].tag])
    queue.publish("a", "five", b"x" * 60, {})
    queue.declare("a", 1_000)
    queue.publish("a", "six", b"x" * 500, {})
    expect(queue.depth("a") == 3, "a bound can be raised, and what is there stays")


JournalCheck = Callable[[JournalRig], None]

JOURNAL_CHECKS: tuple[JournalCheck, ...] = (
    journal_begins_empty,
    journal_keeps_what_was_committed,
    journal_commits_all_or_nothing,
    journal_sends_nothing_undecided,
    journal_has_each_item_once,
    journal_ends_each_item_once,
    journal_knows_what_it_is_told_about,
    journal_waits_until_an_item_is_due,
    journal_keeps_lanes_and_order,
    journal_serves_receipts_as_items,
    journal_repeats_receipts,
    journal_keeps_checkpoints,
    queue_hands_out_in_order,
    queue_gives_back,
    queue_is_bounded,
)

"""What one partner gets of one message: decide, build, say in its words, look once more, state.

One partner's trouble does not touch another's copy: an exception here quarantines this item only.
"""

from dataclasses import replace

from gateway.custody.leaf import Leaf
from gateway.document.tree import JsonObject
from gateway.errors import Fault, GatewayError, InvariantBroken
from gateway.names import ItemId, ItemKind, Lane, MessageId, PartnerId, State
from gateway.outcome import Item, Received
from gateway.pipeline.account import account_of
from gateway.pipeline.statement import Statement
from gateway.plan import Plan, Route
from gateway.policy.case import Facts
from gateway.policy.circumstances import Circumstances
from gateway.policy.disclosure import Disclosure, Fate

__all__ = ["circumstances_of", "decide_partner"]

_GUARD_CODES = frozenset({"POL-101", "POL-102", "POL-103", "POL-104"})
"""What the last look says."""

_Decided = tuple[tuple[Item, ...], tuple[Leaf, ...]]


def decide_partner(
    message: JsonObject,
    facts: Facts,
    message_id: MessageId,
    route: Route,
    received: Received,
    plan: Plan,
    lane: Lane,
    statement: Statement,
) -> _Decided:
    """Give the items of one partner (more than one where its format splits) and their decision leaves.

    `facts` are what decisions depend on, read once for all partners.
    """
    item = plan.identity.item(message_id, route.partner, route.partner, ItemKind.MESSAGE, 0)
    try:
        return _decide(message, facts, message_id, item, route, received, plan, lane, statement)
    except Exception as error:  # noqa: BLE001  whatever it is, this partner gets nothing
        code = error.code if isinstance(error, GatewayError) else "SYS-001"
        reason = "guard" if code in _GUARD_CODES else "error"
        leaf = statement.ended(item, route.partner, "quarantined", [reason], code)
        stopped = Item(item, message_id, route.partner, State.QUARANTINED, lane, reasons=(reason,), decision=leaf.hash)
        return (stopped,), (leaf,)


def _decide(
    message: JsonObject,
    facts: Facts,
    message_id: MessageId,
    item: ItemId,
    route: Route,
    received: Received,
    plan: Plan,
    lane: Lane,
    statement: Statement,
) -> _Decided:
    header = message["header"]
    if not isinstance(header, dict):
        raise InvariantBroken(Fault("SYS-002", "a validated message has no header"))
    circumstances = circumstances_of(header, item, route.partner, received, plan)
    disclosure = plan.policy.disclose(message, route.partner, circumstances, facts)
    decided = Item(
        item,
        message_id,
        route.partner,
        State.WITHHELD,
        lane,
        reasons=disclosure.reasons,
        account=account_of(disclosure, plan.policy),
        withheld=_withheld_by(disclosure),
    )
    if disclosure.message is None:
        leaf = statement.decided(item, disclosure, header, None)
        return (replace(decided, decision=leaf.hash),), (leaf,)
    written = route.writer.apply(disclosure.message)
    if written.outcome != "accepted" or not written.bodies:
        faults = written.diagnostics or (Fault("O901", "the partner's format has no room for this message"),)
        raise GatewayError(*faults)
    items: list[Item] = []
    leaves: list[Leaf] = []
    for position, body in enumerate(written.bodies):
        objections = plan.guard.look(
            message,
            route.partner,
            circumstances,
            body,
            disclosed=disclosure.message,
            media_type=written.media_type,
        )
        if objections:
            raise GatewayError(*objections)
        named = item if position == 0 else _further(plan, message_id, route.partner, position)
        leaf = statement.decided(named, disclosure, header, body)
        leaves.append(leaf)
        sent = replace(decided, item=named, state=State.PENDING, payload=body, decision=leaf.hash)
        items.append(replace(sent, media_type=written.media_type))
    return tuple(items), tuple(leaves)


def _further(plan: Plan, message: MessageId, partner: PartnerId, position: int) -> ItemId:
    """The id of the second, third, ... document that a partner's format makes of one message."""
    return plan.identity.item(message, f"{partner}/{position}", partner, ItemKind.MESSAGE, 0)


def circumstances_of(
    header: JsonObject, item: ItemId, partner: PartnerId, received: Received, plan: Plan
) -> Circumstances:
    """Give what a decision depends on beside message and policy, all of it from the delivery and the plan."""
    referred = [header.get("supersedes"), header.get("recalls")]
    conversation = header.get("conversation")
    if isinstance(conversation, dict):
        referred += [[conversation.get("thread")], [conversation.get("in_reply_to")]]
    ids = {MessageId(each) for some in referred if isinstance(some, list) for each in some if isinstance(each, str)}
    known = {each: plan.identity.item(each, partner, partner, ItemKind.MESSAGE, 0) for each in sorted(ids)}
    purpose = str(header.get("purpose", ""))
    return Circumstances(
        taken_at=received.taken_at,
        item=item,
        identity=plan.identity,
        home_country=plan.home_country,
        plan=plan.digest,
        pseudonym_key=plan.secrets.pseudonym_key(partner, purpose, received.taken_at[:4]),
        message_ids=known,
    )


def _withheld_by(disclosure: Disclosure) -> dict[str, int]:
    """How many leaves each rule kept back or coarsened."""
    counts: dict[str, int] = {}
    for told in disclosure.told:
        if told.cell.decided and (told.fate is not Fate.SENT or told.cell.coarsened):
            for rule in told.cell.rules or ("default",):
                counts[rule] = counts.get(rule, 0) + 1
    return dict(sorted(counts.items()))

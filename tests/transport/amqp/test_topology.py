"""The definitions and the permission matrix of the delivery design, tried on a real broker by every user."""

import asyncio
import json
from collections.abc import Callable

import pytest
from pika.exceptions import AMQPError, ChannelClosedByBroker, ProbableAccessDeniedError

from gateway.names import AgencyId, Lane, PartnerId
from gateway.ports import SendState
from gateway.testing.contracts import Inbox, pending_item
from gateway.transport.amqp.queue import AmqpSource, agency_amqp_sink
from gateway.transport.amqp.topology import (
    DEAD_QUEUE,
    RECEIPTS_QUEUE,
    definitions,
    in_queue,
    out_queue,
    permissions,
)
from tests.transport.amqp import plain
from tests.transport.amqp.faults import CLOCK, TIMES, a_sink, a_source
from tests.transport.conftest import Town

A, P = AgencyId("aa"), PartnerId("pp")


def test_the_definitions_are_plain_json_without_a_secret_that_was_not_given() -> None:
    text = json.dumps(definitions([A], [P]))
    assert '"password"' not in text
    assert json.loads(text) == definitions([A], [P])
    assert definitions([A], [P], {"agency.aa": "w"}) != definitions([A], [P])


def test_every_queue_is_a_durable_quorum_queue_and_every_lane_is_bound() -> None:
    made = definitions([A], [P])
    queues = made["queues"]
    assert isinstance(queues, list)
    assert len(queues) == 2 * (len(Lane) + 2)
    assert all(queue["durable"] and queue["arguments"] == {"x-queue-type": "quorum"} for queue in queues)
    bindings = made["bindings"]
    assert isinstance(bindings, list)
    bound = {(row["vhost"], row["source"], row["routing_key"], row["destination"]) for row in bindings}
    for lane in Lane:
        word = lane.name.lower()
        assert ("agency.aa", "x.out", word, out_queue(lane)) in bound
        assert ("partner.pp", "x.in", word, in_queue(lane)) in bound


def test_the_policy_bounds_every_queue_but_the_dead_letters() -> None:
    policies = definitions([A], [P])["policies"]
    assert isinstance(policies, list)
    for policy in policies:
        assert policy["definition"] == {
            "delivery-limit": 100,
            "dead-letter-exchange": "x.dead",
            "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish",
            "max-length-bytes": 2 * 1024**3,
        }
        assert policy["pattern"] == r"^q\.(out\.|in\.|receipts$)"


def test_nobody_may_configure_anything_and_nobody_is_in_two_vhosts() -> None:
    rows = permissions([A], [P])
    assert {row[2] for row in rows} == {"^$"}
    assert len({row[0] for row in rows}) == len(rows) == 6


# ---------------------------------------------------------------- on the broker

Act = Callable[[str], None]


def publishes(exchange: str, key: str) -> Act:
    return lambda url: plain.publish(url, exchange, key, b"x", message_id="m")


def reads(queue: str) -> Act:
    def act(url: str) -> None:
        with plain.channel(url) as opened:
            opened.basic_get(queue)

    return act


def makes_a_queue(url: str) -> None:
    with plain.channel(url) as opened:
        opened.queue_declare("q.mine", durable=True)


def makes_an_exchange(url: str) -> None:
    with plain.channel(url) as opened:
        opened.exchange_declare("x.mine")


def deletes(queue: str) -> Act:
    def act(url: str) -> None:
        with plain.channel(url) as opened:
            opened.queue_delete(queue)

    return act


def binds(queue: str, exchange: str) -> Act:
    def act(url: str) -> None:
        with plain.channel(url) as opened:
            opened.queue_bind(queue, exchange, "evil")

    return act


def nothing(url: str) -> None:
    with plain.channel(url):
        pass


AGENCY_ACTS: dict[str, tuple[Act, set[str]]] = {
    "publish a message": (publishes("x.out", "routine"), {"agency"}),
    "publish a receipt": (publishes("x.receipts", "receipts"), {"receipt"}),
    "publish a dead letter": (publishes("x.dead", ""), set()),
    "use the default exchange": (publishes("", "q.out.routine"), set()),
    "read receipts": (reads(RECEIPTS_QUEUE), {"agency"}),
    "read messages": (reads(out_queue(Lane.ROUTINE)), {"take"}),
    "read flash messages": (reads(out_queue(Lane.FLASH)), {"take"}),
    "read dead letters": (reads(DEAD_QUEUE), {"take"}),
    "make a queue": (makes_a_queue, set()),
    "make an exchange": (makes_an_exchange, set()),
    "delete a queue": (deletes(out_queue(Lane.ROUTINE)), set()),
    "bind messages to receipts": (binds(RECEIPTS_QUEUE, "x.out"), set()),
    "bind receipts to messages": (binds(out_queue(Lane.ROUTINE), "x.receipts"), set()),
}
PARTNER_ACTS: dict[str, tuple[Act, set[str]]] = {
    "publish an item": (publishes("x.in", "routine"), {"deliver"}),
    "publish an answer": (publishes("x.receipts", "receipts"), {"partner"}),
    "use the default exchange": (publishes("", "q.in.routine"), set()),
    "read items": (reads(in_queue(Lane.ROUTINE)), {"partner"}),
    "read answers": (reads(RECEIPTS_QUEUE), {"answer"}),
    "read dead letters": (reads(DEAD_QUEUE), {"answer"}),
    "make a queue": (makes_a_queue, set()),
    "delete a queue": (deletes(in_queue(Lane.ROUTINE)), set()),
    "bind items to answers": (binds(RECEIPTS_QUEUE, "x.in"), set()),
}


def users(town: Town) -> dict[str, tuple[str, str]]:
    """Role -> (user, its vhost)."""
    return {
        "agency": (f"agency.{town.agency}", town.agency_vhost),
        "take": (f"gateway.{town.agency}.take", town.agency_vhost),
        "receipt": (f"gateway.{town.agency}.receipt", town.agency_vhost),
        "partner": (f"partner.{town.partner}", town.partner_vhost),
        "deliver": (f"gateway.{town.partner}.deliver", town.partner_vhost),
        "answer": (f"gateway.{town.partner}.answer", town.partner_vhost),
    }


def may(act: Act, url: str) -> bool:
    try:
        act(url)
    except ChannelClosedByBroker as refused:
        if refused.reply_code != 403:
            raise
        return False
    return True


def matrix(town: Town, acts: dict[str, tuple[Act, set[str]]], roles: tuple[str, ...]) -> None:
    found = {}
    for name, (act, _) in acts.items():
        for role in roles:
            user, vhost = users(town)[role]
            found[name, role] = may(act, town.broker.url(vhost, user, town.passwords[user]))
    assert found == {(name, role): role in allowed for name, (_, allowed) in acts.items() for role in roles}


async def test_permissions_in_an_agency_vhost(town: Town) -> None:
    await asyncio.to_thread(matrix, town, AGENCY_ACTS, ("agency", "take", "receipt"))


async def test_permissions_in_a_partner_vhost(town: Town) -> None:
    await asyncio.to_thread(matrix, town, PARTNER_ACTS, ("partner", "deliver", "answer"))


async def test_nobody_gets_into_a_vhost_that_is_not_theirs(town: Town) -> None:
    for user, home in users(town).values():
        foreign = town.partner_vhost if home == town.agency_vhost else town.agency_vhost
        for vhost in (foreign, "/"):
            with pytest.raises(ProbableAccessDeniedError):
                await asyncio.to_thread(nothing, town.broker.url(vhost, user, town.passwords[user]))


async def test_a_user_without_a_password_cannot_log_in_with_an_empty_one(town: Town) -> None:
    management = town.broker.management
    name = AgencyId(f"{town.agency}-x")
    await asyncio.to_thread(management.import_definitions, definitions([name], []))
    try:
        for word in ("", "guest", "x"):
            with pytest.raises(AMQPError):
                await asyncio.to_thread(nothing, town.broker.url(f"agency.{name}", f"agency.{name}", word))
    finally:
        town.broker.delete_vhost(f"agency.{name}")
        for user, *_ in permissions([name], []):
            management.delete_user(user)


async def test_the_gateway_works_with_its_own_users_and_no_others(town: Town) -> None:
    """Least privilege is enough: every role does its work with the rights of the matrix."""
    source, sink = a_source(town), a_sink(town)
    receipt_endpoint = town.endpoint(town.agency_vhost, f"gateway.{town.agency}.receipt")
    receipts = agency_amqp_sink(town.agency, receipt_endpoint, CLOCK, times=TIMES)
    assert (await sink.send(pending_item(1))).state is SendState.DELIVERED
    assert (await receipts.send(pending_item(2, payload=b"{}"))).state is SendState.DELIVERED
    agency = f"agency.{town.agency}"
    url = town.broker.url(town.agency_vhost, agency, town.passwords[agency])
    await asyncio.to_thread(plain.publish, url, "x.out", "flash", b"x", message_id="m-1")
    inbox = Inbox(source)
    assert (await inbox.take()).lane is Lane.FLASH
    assert len(await asyncio.to_thread(plain.drain, url, RECEIPTS_QUEUE)) == 1
    await inbox.leave()
    for each in (source, sink, receipts):
        await each.close()


async def test_a_user_with_the_wrong_role_gets_nothing(town: Town) -> None:
    endpoint = town.endpoint(town.agency_vhost, f"agency.{town.agency}")
    source = AmqpSource(town.agency, endpoint, CLOCK, times=TIMES)
    inbox = Inbox(source)
    assert await inbox.silent()
    assert source.status.reason == "denied"
    await inbox.leave()
    await source.close()
    sink = a_sink(town, town.endpoint(town.partner_vhost, f"partner.{town.partner}"))
    result = await sink.send(pending_item(1))
    assert (result.state, result.reason) == (SendState.LINK_DOWN, "denied")
    await sink.close()

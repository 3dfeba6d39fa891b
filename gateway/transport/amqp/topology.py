"""Names of virtual hosts, exchanges and queues, and the definitions that an operator loads into the broker.

The running gateway creates nothing: it declares passively. One virtual host per role of an organisation, so that who
sent a message is decided by the connection it came on. Users get the least they need; nobody gets the default exchange.
"""

from collections.abc import Iterable, Mapping

from gateway.names import AgencyId, Lane, PartnerId
from gateway.transport.lanes import lane_word

__all__ = [
    "DEAD_EXCHANGE",
    "DEAD_QUEUE",
    "IN_EXCHANGE",
    "OUT_EXCHANGE",
    "RECEIPTS",
    "RECEIPTS_EXCHANGE",
    "RECEIPTS_QUEUE",
    "agency_vhost",
    "definitions",
    "in_queue",
    "out_queue",
    "partner_vhost",
    "permissions",
]

OUT_EXCHANGE = "x.out"
IN_EXCHANGE = "x.in"
RECEIPTS_EXCHANGE = "x.receipts"
RECEIPTS_QUEUE = "q.receipts"
RECEIPTS = "receipts"
"""Routing key of receipts; that of messages is the lane's word."""
DEAD_EXCHANGE = "x.dead"
DEAD_QUEUE = "q.dead"

_MAX_BYTES = 2 * 1024**3
_DELIVERY_LIMIT = 100
_NOTHING = "^$"


def agency_vhost(agency: AgencyId) -> str:
    """Where an agency publishes and reads its receipts."""
    return f"agency.{agency}"


def partner_vhost(partner: PartnerId) -> str:
    """Where a partner reads and answers."""
    return f"partner.{partner}"


def out_queue(lane: Lane) -> str:
    """From an agency to the gateway."""
    return f"q.out.{lane_word(lane)}"


def in_queue(lane: Lane) -> str:
    """From the gateway to a partner."""
    return f"q.in.{lane_word(lane)}"


def definitions(
    agencies: Iterable[AgencyId], partners: Iterable[PartnerId], passwords: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Give RabbitMQ's definitions document. Users without an entry in `passwords` can log in by certificate only."""
    made: dict[str, list[dict[str, object]]] = {
        name: [] for name in ("users", "vhosts", "permissions", "exchanges", "queues", "bindings", "policies")
    }
    for agency in agencies:
        _vhost(made, agency_vhost(agency), OUT_EXCHANGE, {lane_word(lane): out_queue(lane) for lane in Lane})
    for partner in partners:
        _vhost(made, partner_vhost(partner), IN_EXCHANGE, {lane_word(lane): in_queue(lane) for lane in Lane})
    known = passwords or {}
    for user, vhost, configure, write, read in permissions(agencies, partners):
        login = {"password": known[user]} if user in known else {"password_hash": ""}
        made["users"].append({"name": user, "tags": "", **login})
        made["permissions"].append({"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read})
    return dict(made)


def permissions(agencies: Iterable[AgencyId], partners: Iterable[PartnerId]) -> list[tuple[str, str, str, str, str]]:
    """Give (user, vhost, configure, write, read) for the least that each role needs."""
    rows: list[tuple[str, str, str, str, str]] = []
    for agency in agencies:
        vhost = agency_vhost(agency)
        rows += [
            (f"agency.{agency}", vhost, _NOTHING, r"^x\.out$", r"^q\.receipts$"),
            (f"gateway.{agency}.take", vhost, _NOTHING, _NOTHING, r"^q\.(out\..*|dead)$"),
            (f"gateway.{agency}.receipt", vhost, _NOTHING, r"^(x\.receipts|q\.receipts)$", _NOTHING),
        ]
    for partner in partners:
        vhost = partner_vhost(partner)
        rows += [
            (f"partner.{partner}", vhost, _NOTHING, r"^x\.receipts$", r"^q\.in\..*$"),
            (f"gateway.{partner}.deliver", vhost, _NOTHING, r"^(x\.in|q\.in\..*)$", _NOTHING),
            (f"gateway.{partner}.answer", vhost, _NOTHING, _NOTHING, r"^q\.(receipts|dead)$"),
        ]
    return rows


def _vhost(made: dict[str, list[dict[str, object]]], vhost: str, exchange: str, lanes: Mapping[str, str]) -> None:
    made["vhosts"].append({"name": vhost})
    for name, kind in ((exchange, "direct"), (RECEIPTS_EXCHANGE, "direct"), (DEAD_EXCHANGE, "fanout")):
        made["exchanges"].append(
            {
                "name": name,
                "vhost": vhost,
                "type": kind,
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
        )
    bindings = [(exchange, key, queue) for key, queue in lanes.items()]
    bindings += [(RECEIPTS_EXCHANGE, RECEIPTS, RECEIPTS_QUEUE), (DEAD_EXCHANGE, "", DEAD_QUEUE)]
    for source, key, queue in bindings:
        made["queues"].append(
            {
                "name": queue,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": {"x-queue-type": "quorum"},
            }
        )
        made["bindings"].append(
            {
                "source": source,
                "vhost": vhost,
                "destination": queue,
                "destination_type": "queue",
                "routing_key": key,
                "arguments": {},
            }
        )
    made["policies"].append(
        {
            "vhost": vhost,
            "name": "bounded",
            "pattern": r"^q\.(out\.|in\.|receipts$)",
            "apply-to": "queues",
            "priority": 10,
            "definition": {
                "delivery-limit": _DELIVERY_LIMIT,
                "dead-letter-exchange": DEAD_EXCHANGE,
                "dead-letter-strategy": "at-least-once",
                # At-least-once dead-lettering works with this overflow only; a refused publish is never lost.
                "overflow": "reject-publish",
                "max-length-bytes": _MAX_BYTES,
            },
        }
    )

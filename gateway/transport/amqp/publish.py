"""Publishing one message as an agency does: confirmed and routed, or an error. For `gateway send` and simulators."""

from gateway.errors import Fault, Passing
from gateway.names import AgencyId, ItemId, ItemKind, Lane, MessageId, PartnerId
from gateway.ports import Clock, Pending, SendState
from gateway.transport.amqp.queue import AmqpSink, Route
from gateway.transport.amqp.settings import AmqpEndpoint
from gateway.transport.amqp.topology import OUT_EXCHANGE, agency_vhost
from gateway.transport.lanes import lane_word

__all__ = ["publish_once"]


async def publish_once(
    endpoint: AmqpEndpoint, agency: AgencyId, lane: Lane, key: str, body: bytes, clock: Clock
) -> None:
    """Publish under a message id into the agency's lane. Raises Passing (DEL-250) unless the broker confirmed it."""
    routes = {lane: Route(OUT_EXCHANGE, lane_word(lane))}
    sink = AmqpSink(f"agency/{agency}/publish", endpoint.on_vhost(agency_vhost(agency)), clock, routes)
    message = Pending(
        item=ItemId(key),
        message=MessageId(key),
        partner=PartnerId(agency),
        kind=ItemKind.MESSAGE,
        lane=lane,
        attempts=0,
        media_type="application/octet-stream",
        taken_at=clock.now(),
        payload=body,
    )
    try:
        result = await sink.send(message)
    finally:
        await sink.close()
    if result.state is not SendState.DELIVERED:
        fix = "check the broker's address, and that its definitions (deploy/rabbitmq) are loaded; then send again"
        raise Passing(Fault("DEL-250", f"the broker did not take the message ({result.reason})", fix=fix))

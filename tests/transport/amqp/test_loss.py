"""Why something ended, in our words: every kind of pika's errors has one, nested or not."""

import ssl

import pytest
from pika import exceptions as pika_errors

from gateway.transport.amqp.loss import LinkDown, Loss, Trouble, loss_of


@pytest.mark.parametrize(
    ("error", "trouble", "lasting"),
    [
        (pika_errors.ConnectionClosedByClient(200, "secret"), Trouble.CLOSED, False),
        (pika_errors.ConnectionClosedByBroker(320, "secret"), Trouble.RESTARTING, False),
        (pika_errors.ConnectionClosedByBroker(403, "secret"), Trouble.DENIED, True),
        (pika_errors.ConnectionClosedByBroker(530, "secret"), Trouble.DENIED, True),
        (pika_errors.ConnectionClosedByBroker(501, "secret"), Trouble.PROTOCOL, False),
        (pika_errors.ConnectionBlockedTimeout("secret"), Trouble.BLOCKED, False),
        (pika_errors.ProbableAuthenticationError("secret"), Trouble.DENIED, True),
        (pika_errors.ProbableAccessDeniedError("secret"), Trouble.DENIED, True),
        (pika_errors.StreamLostError("secret"), Trouble.LOST, False),
        (pika_errors.ChannelClosedByClient(0, "secret"), Trouble.CLOSED, False),
        (pika_errors.ChannelClosedByBroker(403, "secret"), Trouble.DENIED, True),
        (pika_errors.ChannelClosedByBroker(404, "secret"), Trouble.MISSING, False),
        (pika_errors.ChannelClosedByBroker(406, "secret"), Trouble.PRECONDITION, False),
        (pika_errors.ChannelClosedByBroker(541, "secret"), Trouble.PROTOCOL, False),
        (pika_errors.IncompatibleProtocolError("secret"), Trouble.PROTOCOL, False),
        (pika_errors.AMQPConnectionError(ssl.SSLError("secret")), Trouble.TLS, True),
        (pika_errors.AMQPConnectionError(OSError("secret")), Trouble.LOST, False),
        (None, Trouble.LOST, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_every_error_has_a_word(error: BaseException | None, trouble: Trouble, lasting: bool) -> None:
    loss = loss_of(error)
    assert loss.trouble is trouble
    assert loss.lasting is lasting
    assert "secret" not in str(LinkDown(loss))
    assert loss.code.startswith("DEL-2")


def test_a_cause_is_found_behind_another_error_and_circles_end() -> None:
    outer = pika_errors.AMQPConnectionError(pika_errors.AMQPConnectionError(ssl.SSLError("x")))
    assert loss_of(outer) == Loss(Trouble.TLS)
    circle = ValueError()
    circle.args = (circle,)
    assert loss_of(circle) == Loss(Trouble.LOST)

"""Why a connection, a channel or a call ended: one closed list, told apart where pika's errors are caught.

Never holds a text of the broker or of pika: those quote hosts, users and names.
"""

import ssl
from dataclasses import dataclass
from enum import StrEnum

from pika import exceptions as pika_errors

from gateway.errors import Fault, Passing

__all__ = ["LinkDown", "Loss", "Trouble", "loss_of"]

_CONNECTION_FORCED = 320
_CONNECTION_DENIALS = {403, 530}
_MOST_NESTED = 50


class Trouble(StrEnum):
    """The word goes into readiness, logs and `SendResult.reason`."""

    CLOSED = "closed"
    LOST = "connection-lost"
    UNREACHABLE = "not-reachable"
    RESTARTING = "broker-restarting"
    DENIED = "denied"
    TLS = "tls"
    MISSING = "unroutable"
    PRECONDITION = "precondition"
    DEADLINE = "deadline"
    BLOCKED = "broker-blocked"
    CANCELLED = "cancelled"
    PROTOCOL = "protocol"


_CODES = {
    Trouble.DENIED: "DEL-202",
    Trouble.TLS: "DEL-203",
    Trouble.MISSING: "DEL-204",
    Trouble.PRECONDITION: "DEL-205",
    Trouble.DEADLINE: "DEL-206",
    Trouble.BLOCKED: "DEL-207",
    Trouble.CANCELLED: "DEL-208",
    Trouble.PROTOCOL: "DEL-209",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """What happened, and AMQP's reply code if the broker gave one."""

    trouble: Trouble
    reply_code: int = 0

    @property
    def lasting(self) -> bool:
        """True where trying again at once would be a storm: credentials, permissions, certificates."""
        return self.trouble in {Trouble.DENIED, Trouble.TLS}

    @property
    def code(self) -> str:
        """The error code with its page."""
        return _CODES.get(self.trouble, "DEL-201")


class LinkDown(Passing):
    """A link is not usable now. The same thing may be tried again on the next connection."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(Fault(loss.code, f"the link to the broker is down: {loss.trouble.value}"))
        self.loss = loss


def loss_of(reason: BaseException | None) -> Loss:
    """Say in our words why a connection or channel ended or never began, looking through pika's nested errors."""
    for error in _nested(reason):
        match error:
            case pika_errors.ConnectionClosedByClient() | pika_errors.ChannelClosedByClient():
                return Loss(Trouble.CLOSED)
            case pika_errors.ChannelClosedByBroker(reply_code=code):
                return Loss(_CHANNEL_TROUBLES.get(code, Trouble.PROTOCOL), code)
            case pika_errors.ConnectionBlockedTimeout():
                return Loss(Trouble.BLOCKED)
            case pika_errors.ProbableAuthenticationError() | pika_errors.ProbableAccessDeniedError():
                return Loss(Trouble.DENIED)
            case pika_errors.AuthenticationError():
                return Loss(Trouble.DENIED)
            case pika_errors.ConnectionClosedByBroker(reply_code=code):
                if code == _CONNECTION_FORCED:
                    return Loss(Trouble.RESTARTING, code)
                return Loss(Trouble.DENIED if code in _CONNECTION_DENIALS else Trouble.PROTOCOL, code)
            case ssl.SSLError():
                return Loss(Trouble.TLS)
            case pika_errors.IncompatibleProtocolError():
                return Loss(Trouble.PROTOCOL)
            case _:
                continue
    return Loss(Trouble.LOST)


_CHANNEL_TROUBLES = {403: Trouble.DENIED, 404: Trouble.MISSING, 406: Trouble.PRECONDITION}


def _nested(reason: BaseException | None) -> list[BaseException]:
    """All errors inside an error, the outer ones first: pika hides causes in attributes and arguments."""
    found: list[BaseException] = []
    queue: list[object] = [reason]
    while queue and len(found) < _MOST_NESTED:
        error = queue.pop(0)
        if isinstance(error, BaseException) and error not in found:
            found.append(error)
            queue += [getattr(error, "exception", None), *getattr(error, "exceptions", ()), *error.args]
            queue += [error.__cause__, error.__context__]
    return found

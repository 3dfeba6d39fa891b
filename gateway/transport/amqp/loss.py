"""Why a connection, a channel or a call ended: one closed list, told apart where pika's errors are caught.

Never holds a text of the broker or of pika: those quote hosts, users and names.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.errors import Fault, Passing

__all__ = ["LinkDown", "Loss", "Trouble"]


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

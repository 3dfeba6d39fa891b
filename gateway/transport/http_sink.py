"""Partners by HTTP: one signed POST per attempt, and one meaning for each answer (delivery.md 11.1).

The body and the item's id are the same on every attempt; signature and timestamp are made anew, because receivers
reject old ones. No header of an answer and no byte of its body reaches anything but a number or a word of ours.
"""

import asyncio
import base64
import hashlib
import re
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from gateway.errors import GatewayError
from gateway.names import PartnerId
from gateway.ports import Clock, Pending, SendResult, SendState
from gateway.transport.egress import Answer, Egress
from gateway.transport.lanes import lane_word
from gateway.transport.status import LinkStatus
from gateway.transport.webhook import WebhookSigner, sign_header

__all__ = ["HttpSink", "meaning", "retry_after_seconds"]

_WINDOW = 8
_LONGEST_RETRY_AFTER = 86_400.0
_OVERLOAD = frozenset({429, 502, 504})
_LINK_PROBE = 60.0


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Read both forms of Retry-After, at most a day; None if it says nothing usable."""
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), _LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_RETRY_AFTER)


def meaning(status: int, retry_after: float | None, *, conflict_means_duplicate: bool) -> SendResult:
    """Say what an HTTP status means for the item and for the link."""
    if 200 <= status < 300:
        return SendResult(SendState.DELIVERED)
    if status in {408, 425, 429} or status >= 500:
        return SendResult(SendState.DELAYED, "overloaded" if status in _OVERLOAD else "server-error", retry_after)
    if status in {401, 403}:
        return SendResult(SendState.LINK_DOWN, "denied", _LINK_PROBE)
    if 300 <= status < 400:
        return SendResult(SendState.LINK_DOWN, "redirected", _LINK_PROBE)
    if status == 410:
        return SendResult(SendState.LINK_DOWN, "gone", _LONGEST_RETRY_AFTER)
    if status == 409 and conflict_means_duplicate:
        return SendResult(SendState.DELIVERED, "duplicate")
    if 400 <= status < 500:
        return SendResult(SendState.REFUSED, "rejected")
    return SendResult(SendState.DELAYED, "protocol")


class HttpSink:
    """One partner's endpoint. The window halves under overload and grows back by one with each success."""

    def __init__(
        self,
        partner: PartnerId,
        url: str,
        signers: Sequence[WebhookSigner],
        egress: Egress,
        clock: Clock,
        *,
        window: int = _WINDOW,
        conflict_means_duplicate: bool = False,
    ) -> None:
        self.name = f"partner/{partner}/http"
        self._url = url
        self._signers = tuple(signers)
        self._egress = egress
        self._clock = clock
        self._most = window
        self._window = window
        self._conflict_means_duplicate = conflict_means_duplicate
        self._free = asyncio.Event()
        self._sending = 0
        self._closed = False
        self._status = LinkStatus(self.name, up=True, reason="")

    @property
    def window(self) -> int:
        """How many requests may be in flight now."""
        return self._window

    @property
    def status(self) -> LinkStatus:
        """Up unless the last answer blamed the link."""
        return self._status

    async def send(self, pending: Pending) -> SendResult:
        """Try once; bounded by the egress limits."""
        while self._sending >= self._most and not self._closed:
            self._free.clear()
            await self._free.wait()
        if self._closed:
            return SendResult(SendState.LINK_DOWN, "closed")
        self._sending += 1
        try:
            result = await self._attempt(pending)
        finally:
            self._sending -= 1
            self._free.set()
        self._adapt(result)
        return result

    async def close(self) -> None:
        """Disconnect; requests in flight end as LINK_DOWN or DELAYED."""
        self._closed = True
        self._free.set()
        await self._egress.close()

    async def _attempt(self, pending: Pending) -> SendResult:
        now = datetime.fromisoformat(self._clock.now())
        try:
            answer = await self._egress.post(self._url, pending.payload, self._headers(pending, now))
        except GatewayError:
            return SendResult(SendState.LINK_DOWN, "egress-denied", _LINK_PROBE)
        except (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch, ssl.SSLError):
            return SendResult(SendState.LINK_DOWN, "tls", _LINK_PROBE)
        except TimeoutError:
            return SendResult(SendState.DELAYED, "timeout")
        except (aiohttp.ClientError, OSError, RuntimeError):
            # A RuntimeError is a session that was closed under a request.
            closed = SendResult(SendState.LINK_DOWN, "closed")
            return closed if self._closed else SendResult(SendState.DELAYED, "not-reachable")
        return self._meaning(answer, now)

    def _meaning(self, answer: Answer, now: datetime) -> SendResult:
        return meaning(
            answer.status,
            retry_after_seconds(answer.retry_after, now) if answer.retry_after else None,
            conflict_means_duplicate=self._conflict_means_duplicate,
        )

    def _headers(self, pending: Pending, now: datetime) -> dict[str, str]:
        # Security: a fixed list, built from scratch. Neither the agency nor our own message id leaves this way.
        timestamp = int(now.timestamp())
        headers = {
            "Content-Type": pending.media_type,
            "Idempotency-Key": pending.item,
            "Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(pending.payload).digest()).decode()}:",
            "User-Agent": "gateway",
            "gateway-kind": pending.kind.value,
            "gateway-lane": lane_word(pending.lane),
            "gateway-status": pending.status,
        }
        if self._signers:
            headers["webhook-id"] = pending.item
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = sign_header(self._signers, pending.item, timestamp, pending.payload)
        return headers

    def _adapt(self, result: SendResult) -> None:
        if result.reason == "overloaded":
            self._window = max(self._window // 2, 1)
        elif result.state is SendState.DELIVERED:
            self._window = min(self._window + 1, self._most)
        up = result.state is not SendState.LINK_DOWN
        self._status = LinkStatus(self.name, up=up, reason="" if up else result.reason)

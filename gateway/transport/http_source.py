"""Agencies that publish by HTTP: one listener for all, each request authenticated as one agency (delivery.md 11.2).

Guarantees: a message is answered with 202 only after it was settled, which is after the journal's commit; the agency
is the authenticated one, whatever the payload says; bodies, requests in flight and waiting are bounded, and the answer
at each bound is "not yet". Plain HTTP is served on loopback only, or with `insecure_dev`.
"""

import asyncio
import contextlib
import ssl
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from gateway.errors import DefinitionRefused, Fault, NotPermitted, Passing
from gateway.names import AgencyId, Lane
from gateway.outcome import SourceFile
from gateway.ports import Clock, Disposition
from gateway.telemetry import logger
from gateway.transport.http_access import Access, HttpAgency, certificate_names
from gateway.transport.http_answers import outcome_answer, problem, receipts_answer
from gateway.transport.lanes import PREFETCH, LaneOrder, lane_word
from gateway.transport.networks import is_loopback_host
from gateway.transport.quiet import quiet_logger
from gateway.transport.status import LinkStatus

__all__ = ["HttpDelivery", "HttpLimits", "HttpSource", "ReceiptReader", "server_tls"]

ReceiptReader = Callable[[AgencyId, int, int], Sequence[tuple[int, bytes]]]
"""(agency, after, limit) -> receipts of that agency beyond a cursor, each with its cursor, oldest first."""

_RECEIPTS_AT_ONCE = 100
_SHUTDOWN = 2.0
_LANES = {lane_word(lane): lane for lane in Lane}


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bytes and seconds. `reading` bounds the bodies that are read at the same time."""

    body: int = 10 * 1024**2
    reading: int = 64 * 1024**2
    read: float = 30.0
    settle: float = 30.0


@dataclass(slots=True)
class HttpDelivery:
    """One request that waits for its answer."""

    agency: AgencyId
    key: str | None = field(repr=False)
    files: tuple[SourceFile, ...] = field(repr=False)
    lane: Lane
    answer: "asyncio.Future[tuple[Disposition, tuple[bytes, ...]]]" = field(repr=False)
    redelivered: bool = False

    async def settle(self, disposition: Disposition, receipts: Sequence[bytes] = ()) -> None:
        """Answer the request, if its sender still waits. Never raises: a lost answer means that it is sent again."""
        if not self.answer.done():
            self.answer.set_result((disposition, tuple(receipts)))


def server_tls(certificate: str, key: str, client_ca: str = "") -> ssl.SSLContext:
    """Make a TLS 1.2+ context; with `client_ca`, client certificates are asked for and checked against it."""
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise DefinitionRefused(Fault("SEC-213", "a certificate or key file cannot be used")) from None
    if client_ca:
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


class HttpSource:
    """Listens from the first use of `deliveries` (or `open`) until `close`."""

    name = "agencies/http"

    def __init__(
        self,
        agencies: Iterable[HttpAgency],
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        insecure_dev: bool = False,
        limits: HttpLimits | None = None,
        prefetch: Mapping[Lane, int] = PREFETCH,
        receipts: ReceiptReader | None = None,
    ) -> None:
        if tls is None and not insecure_dev and not is_loopback_host(host):
            raise DefinitionRefused(
                Fault("SEC-204", "plain HTTP is refused beyond this machine", fix="give a certificate and key")
            )
        self._access = Access(agencies, clock)
        self._place = (host, port)
        self._tls = tls
        self._limits = limits or HttpLimits()
        self._prefetch = dict(prefetch)
        self._receipts = receipts
        self._waiting: dict[Lane, deque[HttpDelivery]] = {lane: deque() for lane in Lane}
        self._in_flight: Counter[Lane] = Counter()
        self._reading = 0
        self._arrived = asyncio.Event()
        self._stopped = False
        self._closed = asyncio.Event()
        self._opening = asyncio.Lock()
        self._runner: web.AppRunner | None = None
        self.port = 0
        """The port it listens on, once open."""

    @property
    def status(self) -> LinkStatus:
        """Up while it listens and takes messages."""
        up = self._runner is not None and not self._stopped
        return LinkStatus(self.name, up=up, reason="" if up else "stopped" if self._stopped else "not-started")

    async def open(self) -> None:
        """Begin to listen, once. Raises DefinitionRefused (DEL-230) if that place is not to be had."""
        async with self._opening:
            if self._runner is None and not self._stopped:
                await self._listen()

    async def _listen(self) -> None:
        app = web.Application(
            middlewares=[_guard],
            handler_args={"auto_decompress": False, "lingering_time": 2.0, "logger": quiet_logger("gateway.http")},
        )
        app.add_routes(
            [
                web.post("/v1/messages", self._post),
                web.post("/v1/agencies/{agency}/messages", self._post),
                web.get("/v1/receipts", self._get),
                web.get("/v1/agencies/{agency}/receipts", self._get),
            ]
        )
        app.on_response_prepare.append(_plain_server)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        host, port = self._place
        site = web.TCPSite(runner, host, port, ssl_context=self._tls)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise DefinitionRefused(
                Fault("DEL-230", "the intake cannot listen there", fix="choose another host or port")
            ) from None
        self._runner = runner
        self.port = int(runner.addresses[0][1])

    async def deliveries(self) -> AsyncIterator[HttpDelivery]:
        """Give requests until `stop`, fastest lane first."""
        await self.open()
        order = LaneOrder()
        while not self._stopped:
            waiting = [lane for lane, requests in self._waiting.items() if requests]
            if waiting:
                yield self._waiting[order.choose(waiting)].popleft()
                continue
            self._arrived.clear()
            await self._arrived.wait()

    async def stop(self) -> None:
        """Take no more; what waits is answered with 503. What was handed out can still be settled."""
        self._stopped = True
        for requests in self._waiting.values():
            while requests:
                await requests.popleft().settle(Disposition.REQUEUE)
        self._arrived.set()

    async def close(self) -> None:
        """Answer what is unsettled with 503 and stop listening."""
        await self.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            self._closed.set()
            await runner.cleanup()

    async def _post(self, request: web.Request) -> web.StreamResponse:
        if self._stopped:
            return problem(503, Fault("DEL-223", "the gateway is stopping", fix="send it again"), retry_after=5)
        address = _address(request)
        claim = self._access.claim(request.headers, request.match_info.get("agency", ""), _names(request), address)
        lane = _LANES.get(request.headers.get("gateway-lane", "routine"))
        if lane is None:
            return problem(400, Fault("DEL-227", "no such lane", fix="flash, immediate, priority or routine"))
        if refused := self._unfit(request, lane):
            return refused
        length = request.content_length or 0
        self._in_flight[lane] += 1
        self._reading += length
        try:
            body = await self._body(request, length)
            self._reading -= length
            length = 0
            if body is None:
                return problem(408, Fault("DEL-222", "the message did not arrive in time", fix="send it again"))
            self._access.check(claim, body, address)
            delivery = HttpDelivery(
                claim.agency.agency,
                claim.key or None,
                (SourceFile(body),),
                lane,
                asyncio.get_running_loop().create_future(),
            )
            return await self._settled(delivery)
        finally:
            self._reading -= length
            self._in_flight[lane] -= 1

    async def _settled(self, delivery: HttpDelivery) -> web.StreamResponse:
        if self._stopped:
            return problem(503, Fault("DEL-223", "the gateway is stopping", fix="send it again"), retry_after=5)
        self._waiting[delivery.lane].append(delivery)
        self._arrived.set()
        closed = asyncio.ensure_future(self._closed.wait())
        ends: set[asyncio.Future[Any]] = {delivery.answer, closed}
        await asyncio.wait(ends, timeout=self._limits.settle, return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()
        if not delivery.answer.done():
            # It may be settled yet: the sender asks again with the same id and gets the receipts.
            with contextlib.suppress(ValueError):
                self._waiting[delivery.lane].remove(delivery)
            fault = Fault("DEL-222", "no outcome yet", fix="send the same message with the same id again")
            return problem(503, fault, retry_after=5)
        disposition, receipts = delivery.answer.result()
        return outcome_answer(disposition, receipts)

    def _unfit(self, request: web.Request, lane: Lane) -> web.Response | None:
        """Everything for which a body need not be read."""
        length = request.content_length
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return problem(415, Fault("DEL-226", "compressed bodies are not taken", fix="send it uncompressed"))
        if length is None:
            return problem(411, Fault("DEL-224", "a length is required", fix="send Content-Length"))
        if length > self._limits.body:
            return problem(413, Fault("DEL-225", "the message is too large", fix="split it, or ask for a larger limit"))
        if self._in_flight[lane] >= self._prefetch[lane] or self._reading + length > self._limits.reading:
            return problem(503, Fault("DEL-221", "too much at once", fix="send it again"), retry_after=1)
        return None

    async def _body(self, request: web.Request, length: int) -> bytes | None:
        """Read as many bytes as were announced; None if they do not come in time."""
        try:
            async with asyncio.timeout(self._limits.read):
                return await request.content.readexactly(length)
        except (TimeoutError, asyncio.IncompleteReadError):
            return None

    async def _get(self, request: web.Request) -> web.StreamResponse:
        address = _address(request)
        claim = self._access.claim(request.headers, request.match_info.get("agency", ""), _names(request), address)
        self._access.check(claim, request.raw_path.encode("ascii", "replace"), address)
        text = request.query.get("after", "0")
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            return problem(400, Fault("DEL-227", "no such cursor", fix="pass what the last answer gave as 'after'"))
        after = int(text)
        reader = self._receipts
        return receipts_answer(reader(claim.agency.agency, after, _RECEIPTS_AT_ONCE) if reader else (), after)


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every error into a problem that says nothing of its cause."""
    try:
        return await handler(request)
    except NotPermitted as refusal:
        logger().warning("http.refused", code=refusal.code)
        return problem(401, refusal.faults[0])
    except Passing as busy:
        logger().warning("http.refused", code=busy.code)
        return problem(429, busy.faults[0], retry_after=60)
    except web.HTTPException as refused:
        return problem(refused.status, Fault("DEL-231", "no such address or method", fix="POST /v1/messages"))
    except Exception as error:  # noqa: BLE001  the web server would log its text, which may quote the request
        logger().error("task.failed", stage="http", error=type(error).__name__)
        return problem(500, Fault("DEL-232", "the gateway failed on this request", fix="send it again"))


async def _plain_server(_request: web.Request, answer: web.StreamResponse) -> None:
    answer.headers["Server"] = "gateway"


def _address(request: web.Request) -> str:
    return request.remote or ""


def _names(request: web.Request) -> frozenset[str]:
    transport = request.transport
    return certificate_names(None if transport is None else transport.get_extra_info("peercert"))

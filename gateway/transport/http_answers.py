"""Answers of the HTTP intake: receipts as they were signed, and problems (RFC 9457) with a code that has a page."""

import json
from collections.abc import Sequence

from aiohttp import web

from gateway.errors import Fault
from gateway.ports import Disposition

__all__ = ["outcome_answer", "problem", "receipts_answer"]

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_FAULTS = {
    Disposition.CONFLICT: (
        409,
        Fault("DEL-228", "this id was used before for other content", fix="give each message an id of its own"),
    ),
    Disposition.REFUSED: (
        422,
        Fault("DEL-229", "the message was refused; the receipt lists what is wrong", fix="correct it, send a new id"),
    ),
    Disposition.REQUEUE: (503, Fault("DEL-221", "the message was not taken", fix="send it again")),
}


def outcome_answer(disposition: Disposition, receipts: Sequence[bytes]) -> web.Response:
    """Answer a message once it is settled: 202 taken, 200 seen before, 409, 422, or 503 to send again."""
    if disposition in _FAULTS:
        status, fault = _FAULTS[disposition]
        return problem(status, fault, retry_after=1 if status == 503 else None, receipts=receipts)
    status = 200 if disposition is Disposition.DUPLICATE else 202
    state = json.dumps(disposition.value).encode()
    return _json(status, b'{"state":%b,"receipts":[%b]}' % (state, b",".join(receipts)))


def receipts_answer(rows: Sequence[tuple[int, bytes]], after: int) -> web.Response:
    """Answer a request for receipts: as signed, and the cursor with which to ask again."""
    last = rows[-1][0] if rows else after
    return _json(200, b'{"receipts":[%b],"after":%d}' % (b",".join(receipt for _, receipt in rows), last))


def problem(
    status: int, fault: Fault, *, retry_after: int | None = None, receipts: Sequence[bytes] = ()
) -> web.Response:
    """Answer with a problem: our code, our words, nothing of the request."""
    document = {"type": f"urn:gateway:problem:{fault.code}", "title": fault.message, "status": status}
    document |= {"code": fault.code, "fix": fault.fix}
    body = json.dumps(document).encode()
    if receipts:
        # Receipts are JSON that we signed: their bytes go out untouched.
        body = body[:-1] + b',"receipts":[%b]}' % b",".join(receipts)
    answer = _json(status, body, "application/problem+json")
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Webhook-Signature"
    return answer


def _json(status: int, body: bytes, media_type: str = "application/json") -> web.Response:
    return web.Response(status=status, body=body, content_type=media_type, headers=_HEADERS)

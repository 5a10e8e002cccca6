"""The doors through which Graph's notifications come in.

`POST /api/calls` is registered for incoming calls, `POST /api/calls/{key}` belongs to one
call, or to a leg that we have placed: then the key holds, sealed, whose leg it is, as the id that
Graph gives to it is not known before. The order of the checks is the order of their cost: size,
sender, shape, and only then the calls. A reply is sent when everything in the post is committed; it
says nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from msgspec.structs import replace
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ivr.core.events import Arrival, on_leg
from ivr.errors import StoreUnavailable
from ivr.graph.auth import Rejected, Verified
from ivr.graph.decode import Legacy, Malformed, Notifications, TooMany, decode
from ivr.runtime.leg_keys import PlacedLeg, read_leg_key

MAX_BODY = 256 * 1024
CALL_KEY = 32
"""The length of the key of a call that came in; longer ones are of legs that we have placed."""

KEY = re.compile(r"[0-9a-f]{32}|[A-Za-z0-9_-]{40,300}")
"""Any callback key; another last segment of the path is none of ours, whoever asks."""

log = structlog.get_logger()

ACCEPTED, LEGACY, BAD, DENIED, FOREIGN, NOT_FOUND, TOO_LARGE, ENCODED, BUSY = (
    202, 204, 400, 401, 403, 404, 413, 415, 503,
)  # fmt: skip


class Verifier(Protocol):
    """Tells whether a notification comes from Microsoft."""

    async def verify(self, authorization: list[str]) -> Verified | Rejected:
        """Judge the Authorization headers of a request."""
        ...


class Webhook:
    """Takes notifications in.

    `mine` tells whether a callback key is that of a call; `read_token` opens the key of a leg.
    """

    def __init__(
        self,
        verifier: Verifier,
        handle: Callable[[Arrival], Awaitable[str]],
        mine: Callable[[str, str], bool],
        reconcile: Callable[[str, PlacedLeg | None], Awaitable[bool]],
        read_token: Callable[[str, str], bytes | None],
    ) -> None:
        self._verifier = verifier
        self._handle = handle
        self._mine = mine
        self._reconcile = reconcile
        self._read_token = read_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one post; an ASGI application, as a function would be wrapped once more."""
        try:
            status = await self._receive(Request(scope, receive, send))
        except ClientDisconnect:
            status = BAD
        await Response(status_code=status)(scope, receive, send)

    async def _receive(self, request: Request) -> int:
        key = request.path_params.get("key", "")
        if key and not KEY.fullmatch(key):
            return NOT_FOUND
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            return ENCODED
        if _announced(request) > MAX_BODY:
            return TOO_LARGE
        verdict = await self._verifier.verify(request.headers.getlist("authorization"))
        if isinstance(verdict, Rejected):
            log.warning(
                "notification_rejected", reason=verdict.reason, kid=verdict.kid,
                issuer=verdict.issuer,
            )  # fmt: skip
            return DENIED
        body = await _read(request)
        if body is None:
            return TOO_LARGE
        decoded = decode(body, _charset(request))
        if isinstance(decoded, Notifications):
            return await self._take(decoded, verdict, key)
        return _reply(decoded)

    async def _take(self, notifications: Notifications, sender: Verified, key: str) -> int:
        leg = read_leg_key(self._read_token, key) if len(key) > CALL_KEY else None
        if leg is None and len(key) > CALL_KEY:
            return NOT_FOUND
        try:
            if key and not notifications.items:
                return ACCEPTED if await self._reconcile(key, leg) else NOT_FOUND
            for arrival in notifications.items:
                status = await self._one(arrival, sender, key, leg)
                if status != ACCEPTED:
                    return status
        except StoreUnavailable as error:
            log.error("notification_not_stored", reason=str(error))
            return BUSY
        return ACCEPTED

    async def _one(
        self, arrival: Arrival, sender: Verified, key: str, leg: PlacedLeg | None
    ) -> int:
        if leg is not None:
            arrival = _of_leg(arrival, leg)
        elif key and not self._mine(arrival.call_id, key):
            log.warning("callback_of_another_call", call=arrival.call_id)
            return NOT_FOUND
        reception = await self._handle(replace(arrival, sender=sender.tenant))
        return FOREIGN if reception == "refused" else ACCEPTED


def _of_leg(arrival: Arrival, leg: PlacedLeg) -> Arrival:
    event = on_leg(arrival.event, leg.leg)
    return Arrival(leg.call_id, event, arrival.tenant, line=arrival.call_id)


def _reply(decoded: Legacy | Malformed | TooMany) -> int:
    if isinstance(decoded, Legacy):
        return LEGACY
    if isinstance(decoded, TooMany):
        return TOO_LARGE
    log.warning("notification_malformed", reason=decoded.reason)
    return BAD


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 12 else 0


async def _read(request: Request) -> bytes | None:
    """The body, or None when it is larger than it may be."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _charset(request: Request) -> str:
    _, _, rest = request.headers.get("content-type", "").lower().partition("charset=")
    return rest.partition(";")[0].strip(' "')

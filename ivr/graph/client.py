"""Carries out effects on calls by HTTP, and says what became of each: the `CallControl` of Graph.

Every request is sent once; who calls decides about repeating, from the error. Only a token that
was refused is replaced and the request sent again, as a 401 means that nothing was done.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

from ivr.core.effects import AnyEffect, CheckCall, HangUp, KeepAlive
from ivr.core.events import AnyEvent, CallEnded
from ivr.core.values import kind_of
from ivr.errors import CallGone, NotSent, OutcomeUnknown, Refused, Temporary
from ivr.graph.advice import advice_for
from ivr.graph.answers import told
from ivr.graph.encode import encode
from ivr.graph.recordings import Recordings
from ivr.graph.request import Request
from ivr.graph.results import NOT_READY, RequestError, explained, request_error
from ivr.graph.wire import read_error
from ivr.net.addresses import is_loopback, safe_url
from ivr.net.retry_after import retry_after
from ivr.net.sender import Answer, Sender, is_page
from ivr.ports import Line

RENEW_GAP = 30.0
"""Seconds until a tenant's token is replaced again, when a new one was refused too."""

READY_AGAIN = 1.0
"""Seconds until a call without audio is asked again; three of them are as long as it may take."""

_URGENT = (KeepAlive, HangUp)
"""Those that must never wait for others, nor be held back while Graph has trouble."""

_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class Tokens(Protocol):
    """Access tokens for Graph, one for each tenant."""

    async def token(self, tenant: str) -> str:
        """A token of the tenant. Raises `Temporary` or `Refused`."""
        ...

    def drop(self, tenant: str, token: str | None = None) -> None:
        """Forget the tenant's token, if it is still `token`: Graph does not take it."""
        ...


class GraphControl:
    """Calls in Microsoft Teams, through Graph's calls API at `root`.

    `recording_hosts` are the hosts that may be asked for recordings, by `downloads` where it is
    given; loopback is one of them only where Graph itself is there. `clock` gives seconds since
    1970. Raises `UsageError` for a root that is neither https nor on loopback.
    """

    def __init__(
        self,
        root: str,
        tokens: Tokens,
        sender: Sender,
        recording_hosts: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
        downloads: Sender | None = None,
    ) -> None:
        local = is_loopback(safe_url(root, "IVR_GRAPH_URL").hostname)
        self._root = root.rstrip("/")
        self._tokens = tokens
        self._sender = sender
        self._clock = clock
        self._last_id = uuid.uuid4().int
        self._refused_at: dict[str, float] = {}
        away = downloads or sender
        self._recordings = Recordings(away, recording_hosts, clock, loopback=local)

    async def perform(self, effect: AnyEffect, line: Line) -> Sequence[AnyEvent]:
        """Carry out one effect; what Graph says of it at once comes back as events (`told`).

        `CheckCall` gives the state of the call or leg, or its end where Graph knows no such call.
        Raises `NotSent` (nothing was done: also 429, with its delay), `OutcomeUnknown`, `Refused`
        or `CallGone`: the call or leg that the effect was for is over.
        """
        request = encode(effect, line, self._clock())
        urgent = isinstance(effect, _URGENT)
        answer = await self._authorised(request, line.tenant, urgent=urgent)
        verdict = self._verdict(request, answer)
        if verdict is None:
            return told(effect, answer.body, answer.headers)
        if verdict == "gone" and isinstance(effect, CheckCall):
            return (CallEnded("failed", "404", effect.leg),)
        raise self._failure(verdict, kind_of(effect), answer)

    async def fetch(self, location: str, token: str) -> bytes:
        """The bytes of a recording. Raises `Temporary`, `Refused` or `MediaError`."""
        return await self._recordings.fetch(location, token)

    async def _authorised(self, request: Request, tenant: str, *, urgent: bool) -> Answer:
        """Send with a token of the call's tenant; once more, with a new one, if it is refused.

        A new token that was refused as well is not replaced again for a while: a permission that
        is missing would cost the login endpoint a request with every effect of every call.
        """
        token = await self._token(tenant)
        answer = await self._send(request, token, urgent=urgent)
        if self._verdict(request, answer) != "token" or self._in_vain(tenant):
            return answer
        self._tokens.drop(tenant, token)
        answer = await self._send(request, await self._token(tenant), urgent=urgent)
        if self._verdict(request, answer) == "token":
            self._refused_at[tenant] = self._clock()
        return answer

    def _in_vain(self, tenant: str) -> bool:
        # A clock that was set back must not put off the next attempt.
        return 0 <= self._clock() - self._refused_at.get(tenant, -RENEW_GAP) < RENEW_GAP

    async def _token(self, tenant: str) -> str:
        try:
            return await self._tokens.token(tenant)
        except Temporary as error:
            # Whatever became of the request for a token: ours was never sent.
            raise NotSent(str(error), error.delay) from None

    def _request_id(self) -> str:
        """A GUID for Microsoft's logs: the next one after a random one, as randomness is dear."""
        self._last_id = (self._last_id + 1) % 2**128
        return str(uuid.UUID(int=self._last_id))

    async def _send(self, request: Request, token: str, *, urgent: bool) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "client-request-id": self._request_id()}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        url = self._root + request.path
        return await self._sender.send(request.method, url, headers, request.body, urgent=urgent)

    def _verdict(self, request: Request, answer: Answer) -> RequestError | None:
        if 200 <= answer.status < 300:
            # A web page is no word of Graph's: somebody on the way has answered in its place.
            return "unknown" if is_page(answer) else None
        later = retry_after(answer.headers, self._clock()) is not None
        code = read_error(answer.body)
        return request_error(answer.status, code, later=later, subject=request.subject)

    def _failure(self, verdict: RequestError, effect: str, answer: Answer) -> Temporary | Refused:
        code = read_error(answer.body)
        text = _sentence(effect, answer, code)
        delay = retry_after(answer.headers, self._clock())
        if verdict == "wait":
            return NotSent(text, READY_AGAIN if delay is None and code in NOT_READY else delay)
        if verdict == "unknown":
            return OutcomeUnknown(text, delay)
        kind = CallGone if verdict == "gone" else Refused
        return kind(text, answer.status, code)


def _sentence(effect: str, answer: Answer, code: str) -> str:
    """What Graph said, in numbers and words of ours: its own text may hold a caller's data."""
    text = f"Graph answered {answer.status} to {effect}"
    text += f", code {code}" if code else ""
    text += f": {words}" if (words := explained(code)) else ""
    request_id = answer.headers.get("request-id", "")
    text += f" (request-id {request_id})." if _REQUEST_ID.fullmatch(request_id) else "."
    advice = advice_for(code, effect, answer.status)
    return f"{text} {advice}" if advice else text

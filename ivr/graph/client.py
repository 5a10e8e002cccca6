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

from ivr.core.effects import AnyEffect, CheckCall, PlayPrompts, RecordCaller
from ivr.core.events import AnyEvent, CallEnded, CallProgressed, EffectFailed
from ivr.core.values import kind_of
from ivr.errors import CallGone, NotSent, OutcomeUnknown, Refused, Temporary
from ivr.graph.calls import OperationKind, call_events, operation_event, word
from ivr.graph.encode import Request, encode
from ivr.graph.recordings import Recordings
from ivr.graph.results import RequestError, explained, request_error
from ivr.graph.wire import read_error, read_resource
from ivr.net.addresses import is_loopback, safe_url
from ivr.net.retry_after import retry_after
from ivr.net.sender import Answer, Sender
from ivr.ports import Line

_FINAL = frozenset({"completed", "failed"})
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

    `recording_hosts` are the hosts that may be asked for recordings; loopback is one of them only
    where Graph itself is there. `clock` gives seconds since 1970. Raises `UsageError` for a root
    that is neither https nor on loopback.
    """

    def __init__(
        self,
        root: str,
        tokens: Tokens,
        sender: Sender,
        recording_hosts: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        local = is_loopback(safe_url(root, "IVR_GRAPH_URL").hostname)
        self._root = root.rstrip("/")
        self._tokens = tokens
        self._sender = sender
        self._clock = clock
        self._last_id = uuid.uuid4().int
        self._recordings = Recordings(sender, recording_hosts, clock, loopback=local)

    async def perform(self, effect: AnyEffect, line: Line) -> Sequence[AnyEvent]:
        """Carry out one effect; what Graph says of it at once comes back as events.

        An operation that is finished when it is answered will not be notified, so its end is here
        (FACTS.md 3.6). `CheckCall` gives the call's state, or its end where Graph knows no such
        call. Raises `NotSent` (nothing was done: also 429, with its delay), `OutcomeUnknown`,
        `Refused` or `CallGone`.
        """
        request = encode(effect, line)
        answer = await self._authorised(request, line.tenant)
        verdict = self._verdict(answer)
        if verdict is None:
            return _state(answer) if isinstance(effect, CheckCall) else _finished(effect, answer)
        if verdict == "gone" and isinstance(effect, CheckCall):
            return (CallEnded("failed", "404"),)
        raise self._failure(verdict, kind_of(effect), answer)

    async def fetch(self, location: str, token: str) -> bytes:
        """The bytes of a recording. Raises `Temporary`, `Refused` or `MediaError`."""
        return await self._recordings.fetch(location, token)

    async def _authorised(self, request: Request, tenant: str) -> Answer:
        """Send with a token of the call's tenant; once more, with a new one, if it is refused."""
        token = await self._token(tenant)
        answer = await self._send(request, token)
        if self._verdict(answer) != "token":
            return answer
        self._tokens.drop(tenant, token)
        return await self._send(request, await self._token(tenant))

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

    async def _send(self, request: Request, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "client-request-id": self._request_id()}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        url = self._root + request.path
        return await self._sender.send(request.method, url, headers, request.body)

    def _verdict(self, answer: Answer) -> RequestError | None:
        if 200 <= answer.status < 300:
            return None
        later = retry_after(answer.headers, self._clock()) is not None
        return request_error(answer.status, read_error(answer.body), later=later)

    def _failure(
        self, verdict: RequestError, effect: object, answer: Answer
    ) -> Temporary | Refused:
        code = read_error(answer.body)
        text = _sentence(str(effect), answer, code)
        if verdict == "wait":
            return NotSent(text, retry_after(answer.headers, self._clock()))
        if verdict == "unknown":
            return OutcomeUnknown(text, retry_after(answer.headers, self._clock()))
        kind = CallGone if verdict == "gone" else Refused
        return kind(text, answer.status, code)


def _sentence(effect: str, answer: Answer, code: str) -> str:
    """What Graph said, in numbers and words of ours: its own text may hold a caller's data."""
    text = f"Graph answered {answer.status} to {effect}"
    text += f", code {code}" if code else ""
    text += f": {words}" if (words := explained(code)) else ""
    request_id = answer.headers.get("request-id", "")
    return f"{text} (request-id {request_id})." if _REQUEST_ID.fullmatch(request_id) else f"{text}."


def _finished(effect: AnyEffect, answer: Answer) -> tuple[AnyEvent, ...]:
    """The end of the effect's operation if Graph answered with it, and somebody waits for it.

    The status has said that the request was accepted; a body that cannot be read takes nothing
    from that, and the end comes by notification. That a subscription or a stop went well is no
    news: telling it would cost the call a step.
    """
    operation = read_resource(answer.body) if answer.body else None
    if operation is None or word(operation.status) not in _FINAL:
        return ()
    if isinstance(effect, PlayPrompts | RecordCaller):
        kind: OperationKind = "prompt" if isinstance(effect, PlayPrompts) else "recording"
        return (operation_event(kind, effect.id, operation),)
    if word(operation.status) == "failed":
        return (EffectFailed(effect.id, kind_of(effect)),)
    return ()


def _state(answer: Answer) -> tuple[AnyEvent, ...]:
    """How far a call has come. Its arrival and its tones are told by notification only."""
    call = read_resource(answer.body)
    if call is None or not call.state:
        raise OutcomeUnknown("Graph's answer about the call cannot be read.")
    told = call_events(call)
    return tuple(event for event in told if isinstance(event, CallProgressed | CallEnded))

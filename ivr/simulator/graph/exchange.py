"""Every request to Graph's side of the simulator: bounded, logged, with its faults and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, error_response, new_id
from ivr.simulator.graph.faults import Fault
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.log import Exchange, readable
from ivr.simulator.graph.tokens import login_error

MAX_BODY = 1024 * 1024
LOGIN = "token"

Work = Callable[[Request, bytes], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
Named = Callable[[Request], str]


class BrokenResponse(Response):
    """A gateway's answer that breaks off: nobody can know what became of the request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send headers that promise a body, and no body."""
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 502, "headers": headers})


async def read_body(request: Request) -> bytes:
    """The body of a request. Raises `GraphError` 413 for one of more than a megabyte."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise GraphError(413, "RequestEntityTooLarge", "The body is too large.")
    except ClientDisconnect:
        raise GraphError(400, "BadRequest", "The request broke off.") from None
    return bytes(body)


class Exchanges:
    """Wraps the work of each route, so that all requests are treated alike."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    def endpoint(self, name: str | Named, work: Work) -> Endpoint:
        """A Starlette endpoint; `name` is the operation by which faults and the log know it."""

        async def serve(request: Request) -> Response:
            return await self._serve(
                request, name if isinstance(name, str) else name(request), work
            )

        return serve

    async def _serve(self, request: Request, operation: str, work: Work) -> Response:
        leg = self._server.leg(request.path_params.get("call", ""))
        fault = self._server.faults.take(operation, leg.id if leg else "")
        raw = b""
        try:
            raw = await read_body(request)
            response = await self._answer(request, raw, operation, fault, work)
        except GraphError as error:
            response = self._refuse(request, error)
        self._log(request, raw, operation, response, leg)
        return BrokenResponse() if fault and fault.drop_answer else response

    async def _answer(
        self, request: Request, raw: bytes, operation: str, fault: Fault | None, work: Work
    ) -> Response:
        if fault and fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        if fault and fault.drop:
            return BrokenResponse()
        asked = fault.respond if fault else None
        if asked is None:
            response = await work(request, raw)
        elif operation == LOGIN:
            response = login_error(asked.status, asked.code, asked.message)
        else:
            usual = "TooManyRequests" if asked.status == 429 else "UnknownError"
            code, text = asked.code or usual, asked.message
            raise GraphError(asked.status, code, text, asked.retry_after)
        _sign(response, request)
        return response

    def _refuse(self, request: Request, error: GraphError) -> Response:
        request_id = new_id()
        echoed = request.headers.get("client-request-id", request_id)
        response = error_response(error, request_id, echoed)
        response.headers["request-id"] = request_id
        response.headers["client-request-id"] = echoed
        return response

    def _log(
        self, request: Request, raw: bytes, operation: str, response: Response, leg: Leg | None
    ) -> None:
        broken = isinstance(response, BrokenResponse)
        answer = readable(bytes(response.body), "") if hasattr(response, "body") else None
        exchange = Exchange(
            self._server.clock.now(),
            "received",
            request.method,
            request.url.path,
            0 if broken else response.status_code,
            operation,
            body=readable(raw, request.headers.get("content-type", "")),
            answer=answer,
            note="dropped" if broken else "",
        )
        self._server.log.append(exchange)
        if leg:
            leg.log.append(exchange)


def _sign(response: Response, request: Request) -> None:
    request_id = new_id()
    response.headers["request-id"] = request_id
    response.headers["client-request-id"] = request.headers.get("client-request-id", request_id)

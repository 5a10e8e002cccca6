"""Every request to Graph's side of the simulator: bounded, logged, with its faults and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ivr.simulator.faults.fault import Fault, Respond
from ivr.simulator.graph.broken import body_of, broken
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, error_response, json_response, new_id
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.log import Exchange, readable
from ivr.simulator.graph.merging import merge
from ivr.simulator.graph.tokens import login_error

MAX_BODY = 1024 * 1024
LOGIN = "token"
_NO_FAULT = Fault("*")

Work = Callable[[Request, bytes], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
Named = Callable[[Request], str]


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
            operation = name if isinstance(name, str) else name(request)
            leg = self._server.leg(request.path_params.get("call", ""))
            if leg is None:
                return await self._serve(request, operation, work, None)
            leg.busy += 1
            try:
                return await self._serve(request, operation, work, leg)
            finally:
                leg.busy -= 1

        return serve

    async def _serve(
        self, request: Request, operation: str, work: Work, leg: Leg | None
    ) -> Response:
        overlapping = leg is not None and leg.busy > 1
        found = self._server.faults.take(operation, leg.id if leg else "", overlapping=overlapping)
        fault = found or _NO_FAULT
        raw = b""
        try:
            raw = await read_body(request)
            response = await self._answer(request, raw, operation, fault, work)
        except GraphError as error:
            response = _refuse(request, error)
        response = await _damaged(response, fault)
        self._log(request, raw, operation, response, fault, leg)
        return response

    async def _answer(
        self, request: Request, raw: bytes, operation: str, fault: Fault, work: Work
    ) -> Response:
        await _pause(fault.delay_ms)
        response = Response(status_code=502)
        if fault.acts:
            response = await work(request, raw)
            if fault.twice:
                response = await work(request, raw)
        await _pause(fault.answer_late_ms)
        if fault.respond:
            return _responded(operation, fault.respond)
        _sign(response, request)
        return response

    def _log(
        self,
        request: Request,
        raw: bytes,
        operation: str,
        response: Response,
        fault: Fault,
        leg: Leg | None,
    ) -> None:
        answer = readable(bytes(response.body), "") if hasattr(response, "body") else None
        note = "dropped" if fault.breaks == "reset" else fault.breaks or ""
        exchange = Exchange(
            self._server.clock.now(),
            "received",
            request.method,
            request.url.path,
            0 if fault.breaks else response.status_code,
            operation,
            body=readable(raw, request.headers.get("content-type", "")),
            answer=None if fault.breaks else answer,
            note=note,
        )
        self._server.log.append(exchange)
        if leg:
            leg.log.append(exchange)


async def _pause(milliseconds: int) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)


def _responded(operation: str, asked: Respond) -> Response:
    """The error that a fault asks for; the login has a form of its own."""
    if operation == LOGIN:
        return login_error(asked.status, asked.code, asked.message)
    usual = "TooManyRequests" if asked.status == 429 else "UnknownError"
    raise GraphError(asked.status, asked.code or usual, asked.message, asked.retry_after)


async def _damaged(response: Response, fault: Fault) -> Response:
    """The answer as a fault leaves it."""
    if fault.breaks:
        return broken(fault.breaks, response.status_code, await body_of(response))
    if fault.patch is None or response.status_code >= 400:
        return response
    answered = msgspec.json.decode(await body_of(response))
    patched = merge(answered, fault.patch) if isinstance(answered, dict) else answered
    return json_response(patched, response.status_code, _kept(response))


def _kept(response: Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "content-length"}


def _refuse(request: Request, error: GraphError) -> Response:
    request_id = new_id()
    echoed = request.headers.get("client-request-id", request_id)
    response = error_response(error, request_id, echoed)
    response.headers["request-id"] = request_id
    response.headers["client-request-id"] = echoed
    return response


def _sign(response: Response, request: Request) -> None:
    request_id = new_id()
    response.headers["request-id"] = request_id
    response.headers["client-request-id"] = request.headers.get("client-request-id", request_id)

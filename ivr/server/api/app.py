"""The admin API as an ASGI application, to be mounted at `ROOT`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog
from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ivr.errors import IvrError
from ivr.server.api.calls import CallOperations
from ivr.server.api.desk import Desk
from ivr.server.api.guard import Guard
from ivr.server.api.openapi import document
from ivr.server.api.operation import Given, Operation, Where
from ivr.server.api.problems import ErrorShown, Problem, Wrong, fault, problem_of

ROOT = "/api/v1"
KEY = "idempotency-key"
MAX_BODY = 64 * 1024
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = structlog.get_logger()

DENIED = Problem(
    401, "unauthorized", "The admin API takes the node's IVR_ADMIN_TOKEN as a bearer token.",
    {"WWW-Authenticate": "Bearer"},
)  # fmt: skip
WAIT = Problem(
    429, "too_many_attempts", "Too many wrong tokens came from this address: wait a minute.",
    {"Retry-After": "60"},
)  # fmt: skip


def create_api(token: str, desk: Desk, clock: Callable[[], float] = time.monotonic) -> ASGIApp:
    """The API over a desk, for whoever has the token."""
    operations = CallOperations(desk).all()
    described = msgspec.json.encode(document(operations, ROOT))

    async def openapi(_: Request) -> Response:
        return Response(described, media_type="application/json", headers=HEADERS)

    app = Starlette(
        routes=[
            *(Route(each.path, _endpoint(each), methods=[each.method]) for each in operations),
            Route("/openapi.json", openapi, methods=["GET"]),
        ],
        exception_handlers={HTTPException: _no_such_route},
    )
    app.router.redirect_slashes = False
    return Guarded(app, Guard(token, clock))


class Guarded:
    """An application behind a guard: nobody learns without the token even what there is."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app, self._guard = app, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        address = request.client.host if request.client else ""
        verdict = self._guard.judge(address, request.headers.getlist("authorization"))
        if verdict == "ok":
            await self._app(scope, receive, send)
        else:
            await _refusal(DENIED if verdict == "denied" else WAIT)(scope, receive, send)


def _endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            return _answer(await operation.serve(await _given(request)), operation.status)
        except IvrError as error:
            return _refusal(problem_of(error))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            log.error("admin_fault", kind=operation.name, fault=type(error).__name__)
            return _refusal(fault())

    return serve


async def _given(request: Request) -> Given:
    where = Where(request.path_params.get("id", ""), _key(request.headers.getlist(KEY)))
    body = await _body(request) if request.method == "POST" else b""
    return Given(request.query_params.multi_items(), body, where)


def _key(given: Sequence[str]) -> str:
    """The key; one that no operation takes where it is empty or stands twice."""
    if not given:
        return ""
    return given[0] if len(given) == 1 and given[0] else " "


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Problem(415, "not_json", "A body is sent as application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, "too_large", f"A body has at most {MAX_BODY // 1024} kB.")
    return bytes(body)


def _answer(body: Struct, status: int) -> Response:
    content = msgspec.json.encode(body)
    return Response(content, status, HEADERS, media_type="application/json")


def _refusal(problem: Problem) -> Response:
    content = msgspec.json.encode(ErrorShown(Wrong(problem.code, str(problem))))
    headers = {**HEADERS, **problem.headers}
    return Response(content, problem.status, headers, media_type="application/json")


async def _no_such_route(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = error.headers or {}
        sentence = "This cannot be done to that path."
        return _refusal(Problem(405, "method_not_allowed", sentence, allowed))
    sentence = f"There is no such path: see {ROOT}/openapi.json."
    return _refusal(Problem(404, "not_found", sentence))

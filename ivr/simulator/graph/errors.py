"""What the Graph simulator answers when it does not do what it was asked.

Bodies are those of the Graph pages on errors and of users' reports.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate

import msgspec
from starlette.responses import Response

from ivr.errors import IvrError
from ivr.simulator.graph.results import REFUSALS
from ivr.simulator.phone.signals import RefusalKind

INVALID = "The request is invalid."


class GraphError(IvrError):
    """An answer of Graph with a status of 4xx or 5xx; `code` is its own, often a number."""

    def __init__(
        self, status: int, code: str, message: str, retry_after: float | str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class ControlError(IvrError):
    """A request to the simulator's own controls that cannot be done; one sentence says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def invalid(detail: str = "") -> GraphError:
    """A body that Graph does not take; `detail` says to a developer what is wrong with it."""
    return GraphError(400, "BadRequest", f"{INVALID} {detail}".strip())


def refused(kind: RefusalKind) -> GraphError:
    """The answer to a command that the call is not fit for."""
    return GraphError(*REFUSALS[kind])


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON response."""
    return Response(
        msgspec.json.encode(body), status, headers=headers, media_type="application/json"
    )


def error_response(error: GraphError, request_id: str, client_request_id: str) -> Response:
    """Graph's error body: `error.code`, `message` and `innerError` (concept page on errors)."""
    inner = {
        "date": datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_request_id,
    }
    body = {"error": {"code": error.code, "message": str(error), "innerError": inner}}
    headers = {} if error.retry_after is None else {"Retry-After": retry_after(error.retry_after)}
    return json_response(body, error.status, headers)


def retry_after(asked: float | str) -> str:
    """The header: a number, a text as it is, or `date+N` as an HTTP date (RFC 9110, 10.2.3)."""
    if not isinstance(asked, str):
        return f"{asked:g}"
    seconds = asked.removeprefix("date+")
    if seconds == asked or not seconds.isdigit():
        return asked
    return formatdate(time.time() + int(seconds), usegmt=True)


def control_error(error: ControlError) -> Response:
    """The error body of the simulator's own controls."""
    return json_response({"error": str(error)}, error.status)


def new_id() -> str:
    """A GUID as Graph writes them in responses: lower case, with hyphens."""
    return str(uuid.uuid4())

"""What all of the simulator's own controls have in common.

Everything there is plain JSON. A request that cannot be done is answered with one sentence under
`error`: 400 for a wrong body, 404 for an unknown call, 409 when the call is not fit for it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ivr.errors import UsageError
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import ControlError, GraphError, control_error, json_response
from ivr.simulator.graph.exchange import Endpoint, Work, read_body
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.story import summary

T = TypeVar("T")


def control_endpoint(work: Work) -> Endpoint:
    """A Starlette endpoint whose errors are the controls' own."""

    async def serve(request: Request) -> Response:
        try:
            return await work(request, await read_body(request))
        except GraphError as error:
            return control_error(ControlError(str(error), error.status))
        except ControlError as error:
            return control_error(error)
        except UsageError as error:
            return control_error(ControlError(str(error)))

    return serve


def asked(raw: bytes, kind: type[T]) -> T:
    """The body as an object of that kind. Raises `ControlError`."""
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as wrong:
        raise ControlError(f"The body is not as it must be: {wrong}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ControlError("The body is not JSON.") from None


def leg_of(server: GraphServer, request: Request) -> Leg:
    """The call in the path of a request. Raises `ControlError` 404."""
    return leg_named(server, request.path_params["call"])


def leg_named(server: GraphServer, call_id: str) -> Leg:
    """A call by its id, living or over. Raises `ControlError` 404."""
    leg = server.leg(call_id)
    if leg is None:
        raise ControlError("There is no call of that id: GET /sim/calls lists them.", 404)
    return leg


def done(server: GraphServer, leg: Leg) -> Response:
    """Let the bot hear what was done to a call; the call in one line."""
    server.settle(leg)
    return json_response(summary(leg))


def not_connected(leg: Leg) -> ControlError:
    """The call is not fit for what was asked."""
    return ControlError(f"The caller is not connected with the bot: {leg.phone.state}.", 409)

"""The addresses of the simulator."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ivr.simulator.graph.calls import Calls, action_name, base_of
from ivr.simulator.graph.controls import Controls
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, json_response
from ivr.simulator.graph.exchange import LOGIN, Exchanges, Named, Work
from ivr.simulator.graph.faults import REQUESTS
from ivr.simulator.graph.media import wav_chunks
from ivr.simulator.graph.meetings import Meetings
from ivr.simulator.graph.participants import Participants
from ivr.simulator.graph.tokens import discovery, instances

ROOTS = ("/v1.0/communications/calls", "/v1.0/app/calls")
CALL = "/{call}"
PERSON = "/{call}/participants/{participant}"
MEETINGS = "/v1.0/users/{user}/onlineMeetings"


def routes_of(server: GraphServer) -> list[BaseRoute]:
    """All routes of one simulated Graph."""
    exchanges = Exchanges(server)

    def route(path: str, method: str, name: str | Named, work: Work) -> Route:
        return Route(path, exchanges.endpoint(name, work), methods=[method])

    open_documents = [
        route("/{tenant}/oauth2/v2.0/token", "POST", LOGIN, _token(server)),
        route("/{tenant}/v2.0/.well-known/openid-configuration", "GET", "discovery", _discovery),
        route("/common/discovery/instance", "GET", "discovery", _instances),
        route("/v1/.well-known/OpenIdConfiguration", "GET", "keys", _metadata(server)),
        route("/v1/keys", "GET", "keys", _keys(server)),
        route("/recordings/{name}", "GET", "recording", _recording(server)),
    ]
    calls = Calls(server)
    people = Participants(server, calls)
    below: list[tuple[str, str, str | Named, Work]] = [
        ("", "POST", "create", calls.create),
        (CALL, "GET", "get", calls.read),
        (CALL, "DELETE", "delete", calls.delete),
        ("/{call}/participants", "GET", "participants", people.list),
        ("/{call}/participants/invite", "POST", "participants", people.invite),
        ("/{call}/participants/microsoft.graph.invite", "POST", "participants", people.invite),
        (PERSON, "GET", "participants", people.read),
        (PERSON, "DELETE", "participants", people.remove),
        (f"{PERSON}/{{action}}", "POST", "participants", people.act),
        ("/{call}/operations/{operation}", "GET", "operations", calls.operation),
        ("/{call}/{action}", "POST", _known_action, calls.act),
    ]
    graph = [
        route(root + path, method, name, work)
        for root in ROOTS
        for path, method, name, work in below
    ]
    return [*open_documents, *graph, *_meetings(calls, exchanges), *_controls(Controls(server))]


def _meetings(calls: Calls, exchanges: Exchanges) -> list[Route]:
    meetings = Meetings(calls)
    below = [
        ("", "POST", meetings.create),
        ("", "GET", meetings.find),
        ("/createOrGet", "POST", meetings.create_or_get),
        ("/{meeting}", "GET", meetings.read),
        ("/{meeting}", "PATCH", meetings.change),
        ("/{meeting}", "DELETE", meetings.delete),
    ]
    return [
        Route(MEETINGS + path, exchanges.endpoint("onlineMeetings", work), methods=[method])
        for path, method, work in below
    ]


def _controls(controls: Controls) -> list[Route]:
    below = [
        ("/calls", "POST", controls.place),
        ("/calls", "GET", controls.calls),
        ("/calls/{call}", "GET", controls.call),
        ("/calls/{call}/press", "POST", controls.press),
        ("/calls/{call}/speak", "POST", controls.speak),
        ("/calls/{call}/hangup", "POST", controls.hang_up),
        ("/calls/{call}/transfer", "POST", controls.transfer),
        ("/calls/{call}/invite", "POST", controls.invite),
        ("/callee", "POST", controls.callee),
        ("/faults", "POST", controls.inject),
        ("/faults", "GET", controls.faults),
        ("/faults", "DELETE", controls.clear_faults),
        ("/log", "GET", controls.log),
        ("/openapi.json", "GET", controls.document),
    ]
    return [
        Route(f"/sim{path}", controls.endpoint(work), methods=[method])
        for path, method, work in below
    ]


def _known_action(request: Request) -> str:
    name = action_name(request)
    return name if name in REQUESTS else "unknown"


def _token(server: GraphServer) -> Work:
    async def token(request: Request, raw: bytes) -> Response:
        return server.tokens.grant(request.path_params["tenant"], raw)

    return token


async def _discovery(request: Request, _: bytes) -> Response:
    return json_response(discovery(base_of(request), request.path_params["tenant"]))


async def _instances(request: Request, _: bytes) -> Response:
    return json_response(instances(base_of(request), request.url.netloc))


def _metadata(server: GraphServer) -> Work:
    async def metadata(request: Request, _: bytes) -> Response:
        return json_response(server.signer.metadata(base_of(request)))

    return metadata


def _keys(server: GraphServer) -> Work:
    async def keys(_: Request, __: bytes) -> Response:
        return json_response(server.signer.keys())

    return keys


def _recording(server: GraphServer) -> Work:
    async def recording(request: Request, _: bytes) -> Response:
        found = server.recordings.find(request.path_params["name"])
        if found is None:
            raise GraphError(404, "UnknownError", "Recording not found.")
        if request.headers.get("authorization", "") != f"Bearer {found.token}":
            raise GraphError(401, "InvalidAuthenticationToken", "The token is not the recording's.")
        return StreamingResponse(wav_chunks(found.clip), media_type="application/octet-stream")

    return recording

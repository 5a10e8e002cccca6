"""The addresses of the simulator."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ivr.simulator.faults.fault import REQUESTS
from ivr.simulator.graph.calls import Calls, action_name, base_of
from ivr.simulator.graph.control import control_endpoint
from ivr.simulator.graph.controls import Controls
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, json_response
from ivr.simulator.graph.exchange import LOGIN, Exchanges, Named, Work
from ivr.simulator.graph.fault_controls import FaultControls
from ivr.simulator.graph.group_controls import GroupControls
from ivr.simulator.graph.media import wav_chunks
from ivr.simulator.graph.meetings import Meetings
from ivr.simulator.graph.participants import Participants
from ivr.simulator.graph.routings import Routings
from ivr.simulator.graph.tokens import discovery, instances

ROOTS = ("/v1.0/communications/calls", "/v1.0/app/calls")
CALL = "/{call}"
PERSON = "/{call}/participants/{participant}"
ROUTINGS = "/{call}/audioRoutingGroups"
MEETINGS = "/v1.0/users/{user}/onlineMeetings"


Below = list[tuple[str, str, str | Named, Work]]
"""Address, method, the name by which faults know the request, and who does the work."""


def routes_of(server: GraphServer) -> list[BaseRoute]:
    """All routes of one simulated Graph."""
    exchanges = Exchanges(server)
    below = _calls(server)
    calls = [
        (root + path, method, name, work) for root in ROOTS for path, method, name, work in below
    ]
    served = [*_documents(server), *calls, *_meetings(Meetings(server))]
    graph = [
        Route(path, exchanges.endpoint(name, work), methods=[method])
        for path, method, name, work in served
    ]
    controls = _controls(Controls(server), GroupControls(server), FaultControls(server))
    return [*graph, *controls]


def _documents(server: GraphServer) -> Below:
    """What is open to everybody, or has a key of its own."""
    return [
        ("/{tenant}/oauth2/v2.0/token", "POST", LOGIN, _token(server)),
        ("/{tenant}/v2.0/.well-known/openid-configuration", "GET", "discovery", _discovery),
        ("/common/discovery/instance", "GET", "discovery", _instances),
        ("/v1/.well-known/OpenIdConfiguration", "GET", "metadata", _metadata(server)),
        ("/v1/keys", "GET", "keys", _keys(server)),
        ("/recordings/{name}", "GET", "recording", _recording(server)),
    ]


def _calls(server: GraphServer) -> Below:
    calls = Calls(server)
    people = Participants(server, calls)
    routings = Routings(server, calls)
    return [
        ("", "POST", "create", calls.create),
        (CALL, "GET", "get", calls.read),
        (CALL, "DELETE", "delete", calls.delete),
        ("/{call}/participants", "GET", "participants", people.list),
        ("/{call}/participants/invite", "POST", "invite", people.invite),
        ("/{call}/participants/microsoft.graph.invite", "POST", "invite", people.invite),
        (PERSON, "GET", "participants", people.read),
        (PERSON, "DELETE", "removeParticipant", people.remove),
        (f"{PERSON}/{{action}}", "POST", _of_person, people.act),
        (ROUTINGS, "POST", "audioRoutingGroups", routings.create),
        (ROUTINGS, "GET", "audioRoutingGroups", routings.list),
        (f"{ROUTINGS}/{{routing}}", "GET", "audioRoutingGroups", routings.read),
        (f"{ROUTINGS}/{{routing}}", "PATCH", "audioRoutingGroups", routings.change),
        (f"{ROUTINGS}/{{routing}}", "DELETE", "audioRoutingGroups", routings.delete),
        ("/{call}/contentSharingSessions", "GET", "get", calls.shared),
        ("/{call}/operations/{operation}", "GET", "operations", calls.operation),
        ("/{call}/{action}", "POST", _known_action, calls.act),
    ]


def _meetings(meetings: Meetings) -> Below:
    below = [
        ("", "POST", meetings.create),
        ("", "GET", meetings.find),
        ("/createOrGet", "POST", meetings.create_or_get),
        ("/{meeting}", "GET", meetings.read),
        ("/{meeting}", "PATCH", meetings.change),
        ("/{meeting}", "DELETE", meetings.delete),
    ]
    return [(MEETINGS + path, method, "onlineMeetings", work) for path, method, work in below]


def _controls(controls: Controls, group: GroupControls, faults: FaultControls) -> list[Route]:
    below = [
        ("/calls", "POST", controls.place),
        ("/calls", "GET", controls.calls),
        ("/calls/{call}", "GET", controls.call),
        ("/calls/{call}/press", "POST", controls.press),
        ("/calls/{call}/speak", "POST", controls.speak),
        ("/calls/{call}/hangup", "POST", controls.hang_up),
        ("/calls/{call}/transfer", "POST", controls.transfer),
        ("/calls/{call}/callee", "POST", controls.callee_of),
        ("/calls/{call}/invite", "POST", group.invite),
        ("/calls/{call}/join", "POST", group.join),
        ("/calls/{call}/leave", "POST", group.leave),
        ("/calls/{call}/admit", "POST", group.admit),
        ("/callee", "POST", controls.callee),
        ("/lobby", "POST", group.lobby),
        ("/nodes", "POST", faults.nodes),
        ("/faults", "POST", faults.inject),
        ("/faults", "GET", faults.planned),
        ("/faults", "DELETE", faults.clear),
        ("/catalogue", "GET", faults.catalogue),
        ("/log", "GET", controls.log),
        ("/openapi.json", "GET", controls.document),
    ]
    return [
        Route(f"/sim{path}", control_endpoint(work), methods=[method])
        for path, method, work in below
    ]


def _known_action(request: Request) -> str:
    name = action_name(request)
    return name if name in REQUESTS else "unknown"


def _of_person(request: Request) -> str:
    name = action_name(request)
    return "muteParticipant" if name == "mute" else _known_action(request)


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

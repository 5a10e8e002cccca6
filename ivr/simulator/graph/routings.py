"""Private paths for sound in a group call: audio routing groups (FACTS 5.18)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ivr.simulator.graph.actions import accept
from ivr.simulator.graph.bodies import Routing, RoutingChange, parse
from ivr.simulator.graph.calls import Calls
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, json_response, new_id
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.results import Body


class Routings:
    """The routes below `/communications/calls/{id}/audioRoutingGroups`."""

    def __init__(self, server: GraphServer, calls: Calls) -> None:
        self._server = server
        self._calls = calls

    async def create(self, request: Request, raw: bytes) -> Response:
        """POST audioRoutingGroups: 200, not 201."""
        leg = self._calls.leg(request, raw)
        asked = parse(raw, Routing)
        name = asked.id or new_id()
        return self._set(leg, name, asked.sources, asked.receivers)

    async def list(self, request: Request, raw: bytes) -> Response:
        """GET audioRoutingGroups."""
        leg = self._calls.leg(request)
        return json_response({"value": [_body(leg, name) for name in leg.phone.conference.routes]})

    async def read(self, request: Request, raw: bytes) -> Response:
        """GET audioRoutingGroups/{id}."""
        leg = self._calls.leg(request)
        return json_response(_body(leg, _name(leg, request)))

    async def change(self, request: Request, raw: bytes) -> Response:
        """PATCH audioRoutingGroups/{id}: 200."""
        leg = self._calls.leg(request, raw)
        name, asked = _name(leg, request), parse(raw, RoutingChange)
        sources, receivers = leg.phone.conference.routes[name]
        return self._set(leg, name, asked.sources or sources, asked.receivers or receivers)

    async def delete(self, request: Request, raw: bytes) -> Response:
        """DELETE audioRoutingGroups/{id}: 204."""
        leg = self._calls.leg(request)
        del leg.phone.conference.routes[_name(leg, request)]
        return Response(status_code=204)

    def _set(
        self, leg: Leg, name: str, sources: tuple[str, ...], receivers: tuple[str, ...]
    ) -> Response:
        now = self._server.clock.now()
        accept(leg.phone.conference.route(now, name, (sources, receivers)))
        return json_response(_body(leg, name))


def _name(leg: Leg, request: Request) -> str:
    name = str(request.path_params["routing"])
    if name not in leg.phone.conference.routes:
        raise GraphError(404, "UnknownError", "Audio routing group not found.")
    return name


def _body(leg: Leg, name: str) -> Body:
    sources, receivers = leg.phone.conference.routes[name]
    one = len(sources) == len(receivers) == 1
    return {
        "@odata.type": "#microsoft.graph.audioRoutingGroup",
        "id": name,
        "routingMode": "oneToOne" if one else "multicast",
        "sources": sources,
        "receivers": receivers,
    }

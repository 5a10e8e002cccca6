"""The simulator's own controls of faults, by name or member by member, and of the bot's nodes."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from ivr.net.addresses import split_url
from ivr.simulator.faults.catalogue import FAULTS, fault_named
from ivr.simulator.faults.fault import Fault
from ivr.simulator.graph.asked import NamedAsked, NodesAsked
from ivr.simulator.graph.control import asked, leg_named
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import ControlError, json_response


class FaultControls:
    """The routes `/sim/faults`, `/sim/catalogue` and `/sim/nodes`."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    async def inject(self, request: Request, raw: bytes) -> Response:
        """POST /sim/faults: a fault as JSON, or one of the catalogue by its `name`."""
        members = asked(raw, dict[str, msgspec.Raw])
        if "name" in members:
            planned = self._server.faults.plan(*self._named(asked(raw, NamedAsked)))
            return json_response({"faults": planned}, 201)
        fault = asked(raw, Fault)
        if fault.call:
            fault = replace(fault, call=leg_named(self._server, fault.call).id)
        return json_response(self._server.faults.plan(fault)[0], 201)

    async def planned(self, request: Request, raw: bytes) -> Response:
        """GET /sim/faults: those that are not used up."""
        return json_response({"faults": self._server.faults.planned})

    async def clear(self, request: Request, raw: bytes) -> Response:
        """DELETE /sim/faults."""
        self._server.faults.clear()
        return Response(status_code=204)

    async def catalogue(self, request: Request, raw: bytes) -> Response:
        """GET /sim/catalogue: every fault that has a name."""
        return json_response({"faults": list(FAULTS.values())})

    async def nodes(self, request: Request, raw: bytes) -> Response:
        """POST /sim/nodes: each post goes to the next of these addresses of the bot."""
        wanted = asked(raw, NodesAsked)
        for node in wanted.nodes:
            if split_url(node) is None:
                raise ControlError("A node is the https address of a host; http on loopback only.")
        self._server.notifier.nodes = wanted.nodes
        return json_response(wanted)

    def _named(self, wanted: NamedAsked) -> tuple[Fault, ...]:
        named = fault_named(wanted.name)
        if named.kind != "service":
            raise ControlError(f"{named.name} is not the service's to inject: {named.how}", 409)
        call = leg_named(self._server, wanted.call).id if wanted.call else ""
        return named.aimed(call, wanted.times)

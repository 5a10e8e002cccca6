"""The participants of a call: list, read, invite, mute, hold music, remove (FACTS 5.17)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ivr.simulator.graph.actions import accept, not_a_group, operation_response
from ivr.simulator.graph.bodies import HoldMusic, Invite, Plain, parse
from ivr.simulator.graph.calls import Calls, action_name, unknown_path
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, json_response, refused
from ivr.simulator.graph.leg import Leg, WireOperation
from ivr.simulator.graph.notices import finished, roster
from ivr.simulator.graph.objects import Invitation, check_media
from ivr.simulator.graph.parties import identities, target_of
from ivr.simulator.graph.results import Body
from ivr.simulator.graph.roster import participant


class Participants:
    """The routes below `/communications/calls/{id}/participants`."""

    def __init__(self, server: GraphServer, calls: Calls) -> None:
        self._server = server
        self._calls = calls

    async def list(self, request: Request, raw: bytes) -> Response:
        """GET participants; empty for a call between two, as users have seen it."""
        return json_response({"value": self._calls.leg(request).roster.list()})

    async def read(self, request: Request, raw: bytes) -> Response:
        """GET participants/{id}."""
        return json_response(self._calls.leg(request).roster.find(_asked_for(request)))

    async def remove(self, request: Request, raw: bytes) -> Response:
        """DELETE participants/{id}: 204, and a roster without them."""
        leg = self._calls.leg(request)
        leg.roster.remove(_asked_for(request))
        leg.phone.leave(self._server.clock.now())
        self._server.settle(leg)
        return Response(status_code=204)

    async def invite(self, request: Request, raw: bytes) -> Response:
        """POST participants/invite: 200 with an operation whose status is `Running`."""
        leg = self._calls.leg(request, raw)
        asked = parse(raw, Invite)
        for one in asked.participants:
            target_of(one.identity)
        if len(asked.participants) > 1 and not leg.group:
            raise not_a_group()
        operation = WireOperation("inviteParticipants", asked.client_context, "Running")
        accept(leg.phone.invite(self._server.clock.now(), operation.id))
        rung = [participant(identities(one.identity)) for one in asked.participants]
        leg.roster.await_all(operation.id, rung)
        operation.extra = {"participants": [_invited(one) for one in asked.participants]}
        response = operation_response(leg, operation)
        self._server.settle(leg)
        return response

    async def act(self, request: Request, raw: bytes) -> Response:
        """POST participants/{id}/mute, startHoldMusic or stopHoldMusic; group calls only."""
        actions = {
            "mute": self._mute,
            "startHoldMusic": self._start_hold,
            "stopHoldMusic": self._stop_hold,
        }
        act = actions.get(action_name(request))
        if act is None:
            raise unknown_path()
        leg = self._calls.leg(request, raw)
        if not leg.group:
            raise not_a_group()
        one = _asked_for(request)
        leg.roster.find(one)
        return act(leg, one, raw)

    def _mute(self, leg: Leg, one: str, raw: bytes) -> Response:
        asked = parse(raw, Plain)
        leg.roster.mute(one, True)
        self._server.tell(leg, roster(leg))
        done = WireOperation("muteParticipant", asked.client_context, "completed")
        return operation_response(leg, done)

    def _start_hold(self, leg: Leg, one: str, raw: bytes) -> Response:
        asked = parse(raw, HoldMusic)
        if asked.custom_prompt:
            check_media(asked.custom_prompt.media_info)
        if leg.on_hold[0]:
            raise refused("conflict")
        operation = WireOperation("startHoldMusic", asked.client_context)
        leg.on_hold = (one, operation.id)
        return operation_response(leg, operation, 202)

    def _stop_hold(self, leg: Leg, one: str, raw: bytes) -> Response:
        asked = parse(raw, Plain)
        held, music = leg.on_hold
        if held != one:
            raise GraphError(400, "8585", "The participant is not on hold.")
        leg.on_hold = ("", "")
        leg.operations[music].status = "completed"
        self._server.tell(leg, *finished(leg, music))
        done = WireOperation("stopHoldMusic", asked.client_context, "completed")
        return operation_response(leg, done, 202)


def _asked_for(request: Request) -> str:
    return str(request.path_params["participant"]).lower()


def _invited(one: Invitation) -> Body:
    return {
        "endpointType": None,
        "id": None,
        "replacesCallId": one.replaces_call_id,
        "identity": identities(one.identity),
    }

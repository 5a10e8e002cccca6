"""The participants of a call: list, read, invite, mute, hold music, remove (FACTS 5.17)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ivr.simulator.graph.actions import accept, operation_response, replaced
from ivr.simulator.graph.bodies import HoldMusic, Invite, Plain, parse
from ivr.simulator.graph.calls import Calls, action_name, unknown_path
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import json_response, refused
from ivr.simulator.graph.leg import Leg, WireOperation
from ivr.simulator.graph.objects import Invitation, check_media
from ivr.simulator.graph.parties import identities, target_of
from ivr.simulator.graph.results import Body
from ivr.simulator.graph.roster import person_body, roster_body


class Participants:
    """The routes below `/communications/calls/{id}/participants`."""

    def __init__(self, server: GraphServer, calls: Calls) -> None:
        self._server = server
        self._calls = calls

    async def list(self, request: Request, raw: bytes) -> Response:
        """GET participants; empty for a call between two, as users have seen it."""
        leg = self._calls.leg(request)
        return json_response({"value": roster_body(leg.phone.conference.people)})

    async def read(self, request: Request, raw: bytes) -> Response:
        """GET participants/{id}."""
        people = self._calls.leg(request).phone.conference.people
        one = people.find(_asked_for(request))
        if one is None:
            raise refused("no_such_person")
        return json_response(person_body(people, one))

    async def remove(self, request: Request, raw: bytes) -> Response:
        """DELETE participants/{id}: 204, and a roster without them."""
        leg = self._calls.leg(request)
        accept(leg.phone.conference.remove(self._server.clock.now(), _asked_for(request)))
        self._server.settle(leg)
        return Response(status_code=204)

    async def invite(self, request: Request, raw: bytes) -> Response:
        """POST participants/invite: 200 with an operation whose status is `Running`.

        Of a `replacesCallId` only the first entry's counts.
        """
        leg = self._calls.leg(request, raw)
        asked = parse(raw, Invite)
        targets = [target_of(one.identity) for one in asked.participants]
        other = replaced(self._server, leg, asked.participants[0].replaces_call_id)
        operation = WireOperation("inviteParticipants", asked.client_context, "Running")
        operation.extra = {"participants": [_invited(one) for one in asked.participants]}
        phone, now = other.phone if other else None, self._server.clock.now()
        accept(leg.phone.invite(now, operation.id, targets, phone))
        leg.other = other
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
        response = act(leg, _asked_for(request), raw)
        self._server.settle(leg)
        return response

    def _mute(self, leg: Leg, one: str, raw: bytes) -> Response:
        asked = parse(raw, Plain)
        accept(leg.phone.conference.mute(self._server.clock.now(), one))
        done = WireOperation("muteParticipant", asked.client_context, "completed")
        return operation_response(leg, done)

    def _start_hold(self, leg: Leg, one: str, raw: bytes) -> Response:
        asked = parse(raw, HoldMusic)
        music = [asked.custom_prompt.media_info] if asked.custom_prompt else []
        for media in music:
            check_media(media)
        operation = WireOperation("startHoldMusic", asked.client_context)
        accept(leg.phone.conference.hold(self._server.clock.now(), operation.id, one))
        self._server.warm(leg, music)
        return operation_response(leg, operation, 202)

    def _stop_hold(self, leg: Leg, one: str, raw: bytes) -> Response:
        asked = parse(raw, Plain)
        accept(leg.phone.conference.resume(self._server.clock.now(), one))
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

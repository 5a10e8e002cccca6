"""The simulator's own controls of people: who is invited, joins, leaves, and waits in the lobby."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ivr.core.values import Target
from ivr.simulator.graph.asked import AdmitAsked, JoinAsked, LeaveAsked, LobbyAsked, OutcomeAsked
from ivr.simulator.graph.control import asked, done, leg_of, not_connected
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import ControlError, json_response


class GroupControls:
    """The routes below `/sim/calls/{id}` that concern people, and `/sim/lobby`."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    async def invite(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/invite: what those do who are invited, and who ring already."""
        leg, wanted = leg_of(self._server, request), asked(raw, OutcomeAsked)
        now = self._server.clock.now()
        leg.phone.set_invite_outcome(now, wanted.outcome, wanted.after_ms)
        return done(self._server, leg)

    async def join(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/join: somebody joins by himself; his id as a participant."""
        leg, wanted = leg_of(self._server, request), asked(raw, JoinAsked)
        who = Target(wanted.kind, wanted.id)
        now = self._server.clock.now()
        person = leg.phone.conference.join(now, who, wanted.name, in_lobby=wanted.in_lobby)
        if not person:
            raise not_connected(leg)
        self._server.settle(leg)
        return json_response({"id": person}, 201)

    async def leave(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/leave: a participant leaves."""
        leg, wanted = leg_of(self._server, request), asked(raw, LeaveAsked)
        if not leg.phone.conference.leave(self._server.clock.now(), wanted.participant.lower()):
            raise ControlError("Nobody of that id is on the call: see `people` of the call.", 409)
        return done(self._server, leg)

    async def admit(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/admit: somebody is let in; the bot, if none is named."""
        leg, wanted = leg_of(self._server, request), asked(raw, AdmitAsked)
        if not leg.phone.conference.admit(self._server.clock.now(), wanted.participant.lower()):
            raise ControlError("Nobody of that id waits in the lobby.", 409)
        return done(self._server, leg)

    async def lobby(self, request: Request, raw: bytes) -> Response:
        """POST /sim/lobby: whether meetings that are joined from now on let the bot wait."""
        wanted = asked(raw, LobbyAsked)
        self._server.lobby = wanted.waits
        return json_response(wanted)

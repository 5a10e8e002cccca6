"""The simulator's own controls of one call: place it, be the caller, see what happened."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ivr.core.values import Caller, Target
from ivr.simulator.graph.asked import CallAsked, CallerAsked, OutcomeAsked, PressAsked, SpeakAsked
from ivr.simulator.graph.calls import base_of
from ivr.simulator.graph.control import asked, done, leg_of, not_connected
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import ControlError, json_response
from ivr.simulator.graph.openapi import DOCUMENT
from ivr.simulator.graph.story import story, summary
from ivr.simulator.phone.rules import Call

PHONE_LINES = ("phone", "instance")
"""Whoever is called under one of these can hand on to telephones (call-answer page)."""


class Controls:
    """The routes below `/sim/calls`, and those that show what happened."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    async def place(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls."""
        wanted = asked(raw, CallAsked)
        server, caller = self._server, wanted.caller
        _check_caller(caller)
        called = Target(wanted.called.kind, wanted.called.id or server.app_id)
        call = Call(
            at=server.clock.now(),
            caller=Caller(caller.kind, caller.id, caller.name, caller.language),
            to=f"{called.kind}:{called.id}",
            tenant=wanted.tenant or server.tenant,
            bot=server.app_id,
            phones=called.kind in PHONE_LINES,
        )
        usual = server.options.legacy_first
        legacy = usual if wanted.legacy_first is None else wanted.legacy_first
        leg = server.ring(call, called, base_of(request), legacy=legacy)
        if wanted.transfer:
            outcome, after = wanted.transfer.outcome, wanted.transfer.after_ms
            leg.phone.set_transfer_outcome(call.at, outcome, after)
        if wanted.invite:
            leg.phone.set_invite_outcome(call.at, wanted.invite.outcome, wanted.invite.after_ms)
        return json_response({"id": leg.id}, 201)

    async def calls(self, request: Request, raw: bytes) -> Response:
        """GET /sim/calls."""
        shown = [summary(leg) for leg in reversed(self._server.legs.values())]
        return json_response({"calls": shown})

    async def call(self, request: Request, raw: bytes) -> Response:
        """GET /sim/calls/{id}."""
        leg = leg_of(self._server, request)
        leg.phone.look(self._server.clock.now())
        return json_response(story(leg))

    async def press(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/press; answers when all keys are pressed."""
        leg, wanted = leg_of(self._server, request), asked(raw, PressAsked)
        for number, key in enumerate(wanted.keys):
            await self._server.clock.sleep(wanted.gap_ms if number else 0)
            if not leg.phone.press(self._server.clock.now(), key):
                raise not_connected(leg)
            self._server.settle(leg)
        return done(self._server, leg)

    async def speak(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/speak."""
        leg, wanted = leg_of(self._server, request), asked(raw, SpeakAsked)
        if leg.phone.look(self._server.clock.now()):
            raise not_connected(leg)
        now = self._server.clock.now()
        if wanted.seconds:
            leg.phone.speak(now, round(wanted.seconds * 1000))
        else:
            leg.phone.silence(now)
        return done(self._server, leg)

    async def hang_up(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/hangup."""
        leg = leg_of(self._server, request)
        if not leg.phone.hang_up_caller(self._server.clock.now()):
            raise not_connected(leg)
        return done(self._server, leg)

    async def transfer(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/transfer: what the far end does, at once while it rings."""
        leg, wanted = leg_of(self._server, request), asked(raw, OutcomeAsked)
        now = self._server.clock.now()
        leg.phone.set_transfer_outcome(now, wanted.outcome, wanted.after_ms)
        return done(self._server, leg)

    async def callee_of(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/callee: what the one does who rings."""
        leg, wanted = leg_of(self._server, request), asked(raw, OutcomeAsked)
        now = self._server.clock.now()
        if not leg.phone.set_callee_outcome(now, wanted.outcome, wanted.after_ms):
            raise ControlError("Nobody rings: this is no call that the bot is placing.", 409)
        return done(self._server, leg)

    async def callee(self, request: Request, raw: bytes) -> Response:
        """POST /sim/callee: what those do whom the bot calls from now on."""
        wanted = asked(raw, OutcomeAsked)
        self._server.callee = (wanted.outcome, wanted.after_ms)
        return json_response(wanted)

    async def log(self, request: Request, raw: bytes) -> Response:
        """GET /sim/log: all requests that came in, those without a call too."""
        return json_response({"exchanges": list(self._server.log)})

    async def document(self, request: Request, raw: bytes) -> Response:
        """GET /sim/openapi.json."""
        return json_response(DOCUMENT)


def _check_caller(caller: CallerAsked) -> None:
    if caller.kind != "anonymous" and not caller.id:
        raise ControlError("A caller needs an id: an E.164 number, or the object id of a user.")

"""The simulator's own controls: place calls, be the caller, inject faults, see what happened.

Everything here is plain JSON. A request that cannot be done is answered with one sentence under
`error`: 400 for a wrong body, 404 for an unknown call, 409 when the call is not fit for it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ivr.core.values import Caller, Target
from ivr.errors import UsageError
from ivr.simulator.graph.asked import CallAsked, CallerAsked, OutcomeAsked, PressAsked, SpeakAsked
from ivr.simulator.graph.calls import base_of
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import ControlError, GraphError, control_error, json_response
from ivr.simulator.graph.exchange import Endpoint, Work, read_body
from ivr.simulator.graph.faults import Fault
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.openapi import DOCUMENT
from ivr.simulator.graph.story import story, summary
from ivr.simulator.phone.rules import Call

T = TypeVar("T")


class Controls:
    """The routes below `/sim`."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    def endpoint(self, work: Work) -> Endpoint:
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

    async def place(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls."""
        asked = _parse(raw, CallAsked)
        server, caller = self._server, asked.caller
        _check_caller(caller)
        called = Target(asked.called.kind, asked.called.id or server.app_id)
        call = Call(
            at=server.clock.now(),
            caller=Caller(caller.kind, caller.id, caller.name, caller.language),
            to=f"{called.kind}:{called.id}",
            tenant=asked.tenant or server.tenant,
        )
        usual = server.options.legacy_first
        legacy = usual if asked.legacy_first is None else asked.legacy_first
        leg = server.ring(call, called, base_of(request), legacy=legacy)
        if asked.transfer:
            leg.phone.set_transfer_outcome(call.at, asked.transfer.outcome, asked.transfer.after_ms)
        if asked.invite:
            leg.phone.set_invite_outcome(asked.invite.outcome, asked.invite.after_ms)
        return json_response({"id": leg.id}, 201)

    async def calls(self, request: Request, raw: bytes) -> Response:
        """GET /sim/calls."""
        shown = [summary(leg) for leg in reversed(self._server.legs.values())]
        return json_response({"calls": shown})

    async def call(self, request: Request, raw: bytes) -> Response:
        """GET /sim/calls/{id}."""
        leg = self._leg(request)
        leg.phone.look(self._server.clock.now())
        return json_response(story(leg))

    async def press(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/press; answers when all keys are pressed."""
        leg, asked = self._leg(request), _parse(raw, PressAsked)
        for number, key in enumerate(asked.keys):
            await self._server.clock.sleep(asked.gap_ms if number else 0)
            if not leg.phone.press(self._server.clock.now(), key):
                raise _not_connected(leg)
            self._server.settle(leg)
        return self._done(leg)

    async def speak(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/speak."""
        leg, asked = self._leg(request), _parse(raw, SpeakAsked)
        if leg.phone.look(self._server.clock.now()):
            raise _not_connected(leg)
        now = self._server.clock.now()
        if asked.seconds:
            leg.phone.speak(now, round(asked.seconds * 1000))
        else:
            leg.phone.silence(now)
        return self._done(leg)

    async def hang_up(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/hangup."""
        leg = self._leg(request)
        if not leg.phone.hang_up_caller(self._server.clock.now()):
            raise _not_connected(leg)
        return self._done(leg)

    async def transfer(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/transfer: what the far end does, at once while it rings."""
        leg, asked = self._leg(request), _parse(raw, OutcomeAsked)
        now = self._server.clock.now()
        leg.phone.set_transfer_outcome(now, asked.outcome, asked.after_ms)
        return self._done(leg)

    async def invite(self, request: Request, raw: bytes) -> Response:
        """POST /sim/calls/{id}/invite: what those do who are invited from now on."""
        leg, asked = self._leg(request), _parse(raw, OutcomeAsked)
        leg.phone.set_invite_outcome(asked.outcome, asked.after_ms)
        return self._done(leg)

    async def callee(self, request: Request, raw: bytes) -> Response:
        """POST /sim/callee: what those do whom the bot calls from now on."""
        asked = _parse(raw, OutcomeAsked)
        self._server.callee = (asked.outcome, asked.after_ms)
        return json_response(asked)

    async def inject(self, request: Request, raw: bytes) -> Response:
        """POST /sim/faults."""
        fault = _parse(raw, Fault)
        if fault.call:
            fault.call = self._find(fault.call).id
        self._server.faults.plan(fault)
        return json_response(fault, 201)

    async def faults(self, request: Request, raw: bytes) -> Response:
        """GET /sim/faults: those that are not used up."""
        return json_response({"faults": self._server.faults.planned})

    async def clear_faults(self, request: Request, raw: bytes) -> Response:
        """DELETE /sim/faults."""
        self._server.faults.clear()
        return Response(status_code=204)

    async def log(self, request: Request, raw: bytes) -> Response:
        """GET /sim/log: all requests that came in, those without a call too."""
        return json_response({"exchanges": list(self._server.log)})

    async def document(self, request: Request, raw: bytes) -> Response:
        """GET /sim/openapi.json."""
        return json_response(DOCUMENT)

    def _leg(self, request: Request) -> Leg:
        return self._find(request.path_params["call"])

    def _find(self, call_id: str) -> Leg:
        leg = self._server.leg(call_id)
        if leg is None:
            raise ControlError("There is no call of that id: GET /sim/calls lists them.", 404)
        return leg

    def _done(self, leg: Leg) -> Response:
        self._server.settle(leg)
        return json_response(summary(leg))


def _parse(raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as wrong:
        raise ControlError(f"The body is not as it must be: {wrong}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ControlError("The body is not JSON.") from None


def _check_caller(caller: CallerAsked) -> None:
    if caller.kind != "anonymous" and not caller.id:
        raise ControlError("A caller needs an id: an E.164 number, or the object id of a user.")


def _not_connected(leg: Leg) -> ControlError:
    return ControlError(f"The caller is not connected with the bot: {leg.phone.state}.", 409)

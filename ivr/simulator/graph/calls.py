"""The calls API: create, read, delete, and every action on a call (FACTS section 5)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from ivr.core.values import Participant
from ivr.simulator.graph import actions
from ivr.simulator.graph.bodies import NewCall, parse
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, invalid, json_response, new_id, refused
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.meetings import check_join, host_of
from ivr.simulator.graph.objects import OrganizerMeeting, TokenMeeting, check_callback, check_media
from ivr.simulator.graph.parties import target_of
from ivr.simulator.graph.results import NO_HOSTED_MEDIA, Body
from ivr.simulator.phone.people import KINDS
from ivr.simulator.phone.rules import Call

Action = Callable[[GraphServer, Leg, bytes], Response]
QUALIFIED = "microsoft.graph."

ACTIONS: dict[str, Action] = {
    "answer": actions.answer,
    "reject": actions.reject,
    "redirect": actions.redirect,
    "playPrompt": actions.play_prompt,
    "recordResponse": actions.record_response,
    "subscribeToTone": actions.subscribe_to_tone,
    "cancelMediaProcessing": actions.cancel_media,
    "sendDtmfTones": actions.send_tones,
    "mute": actions.mute,
    "unmute": actions.unmute,
    "transfer": actions.transfer,
    "keepAlive": actions.keep_alive,
    "updateRecordingStatus": actions.update_recording_status,
}
NOT_SERVICE_HOSTED = frozenset({"changeScreenSharingRole", "addLargeGalleryView"})


def base_of(request: Request) -> str:
    """Our own address as the request named it, with its last slash."""
    return str(request.base_url)


def action_name(request: Request) -> str:
    """The action in a path, without the namespace of its qualified form."""
    return str(request.path_params["action"]).removeprefix(QUALIFIED)


class Calls:
    """The routes below `/communications/calls`."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server

    def authorised(self, request: Request) -> str:
        """The tenant of the request's token. Raises `GraphError` 401."""
        return self._server.tokens.tenant_of(request.headers.get("authorization", ""))

    def leg(self, request: Request, raw: bytes = b"") -> Leg:
        """The living call that a request is about, of the tenant of its token.

        Raises `GraphError`: 401, 404 / 8522, 403 / 7505 for a token of another tenant, or 415 for a
        body that is not JSON.
        """
        tenant = self.authorised(request)
        if raw:
            _need_json(request)
        leg = self._server.live(request.path_params["call"])
        if tenant.lower() != leg.tenant.lower():
            raise _wrong_tenant()
        leg.base = base_of(request)
        return leg

    async def create(self, request: Request, raw: bytes) -> Response:
        """POST /communications/calls."""
        tenant = self.authorised(request)
        _need_json(request)
        asked = parse(raw, NewCall)
        _check_new(asked)
        if asked.tenant_id and asked.tenant_id.lower() != tenant.lower():
            raise _wrong_tenant()
        callback = check_callback(asked.callback_uri)
        check_join(self._server.meetings, asked)
        call = _call(asked, self._server.clock.now(), tenant)
        leg = self._server.dial(call, callback, base_of(request))
        leg.shown = _shown(asked)
        leg.delta = bool(asked.call_options and asked.call_options.is_delta_roster_enabled)
        leg.phone.conference.people.accounts |= _accounts(asked, call)
        self._server.warm(leg, asked.media_config.pre_fetch_media or [])
        context = f"{base_of(request)}v1.0/$metadata#app/calls/$entity"
        return json_response(
            {**leg.body(), "@odata.context": context}, 201, {"Location": leg.url()}
        )

    async def read(self, request: Request, raw: bytes) -> Response:
        """GET /communications/calls/{id}."""
        leg = self.leg(request)
        context = f"{leg.base}v1.0/$metadata#communications/calls/$entity"
        return json_response({**leg.body(), "@odata.context": context})

    async def delete(self, request: Request, raw: bytes) -> Response:
        """DELETE /communications/calls/{id}: hang up."""
        leg = self.leg(request)
        refusal = leg.phone.hang_up(self._server.clock.now())
        if refusal:
            raise refused(refusal.kind)
        self._server.settle(leg)
        return Response(status_code=204)

    async def act(self, request: Request, raw: bytes) -> Response:
        """POST /communications/calls/{id}/{action}."""
        name = action_name(request)
        if name not in ACTIONS and name not in NOT_SERVICE_HOSTED:
            raise unknown_path()
        leg = self.leg(request, raw)
        if name in NOT_SERVICE_HOSTED:
            raise GraphError(*NO_HOSTED_MEDIA)
        response = ACTIONS[name](self._server, leg, raw)
        self._server.settle(leg)
        return response

    async def operation(self, request: Request, raw: bytes) -> Response:
        """GET /communications/calls/{id}/operations/{id}."""
        leg = self.leg(request)
        operation = leg.operations.get(request.path_params["operation"].lower())
        if operation is None:
            raise GraphError(404, "UnknownError", "Operation not found.")
        return json_response(operation.body())

    async def shared(self, request: Request, raw: bytes) -> Response:
        """GET /communications/calls/{id}/contentSharingSessions: none, as nobody can share."""
        self.leg(request)
        return json_response({"value": []})


def unknown_path() -> GraphError:
    """The answer to an address that Graph does not have."""
    return GraphError(
        404, "UnknownError", "No HTTP resource was found that matches the request URI."
    )


def _need_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise GraphError(415, "UnsupportedMediaType", "The body must be application/json.")


def _wrong_tenant() -> GraphError:
    return GraphError(403, "7505", "Request authorization tenant mismatch.")


def _check_new(asked: NewCall) -> None:
    for media in asked.media_config.pre_fetch_media or []:
        check_media(media)
    targets = [target_of(one.identity) for one in asked.targets or []]
    if bool(targets) == (asked.meeting_info is not None):
        raise invalid("A call needs either targets or meetingInfo.")
    phones = any(target.kind == "phone" for target in targets)
    if phones and len(targets) > 1:
        raise invalid("A group call is begun with users only.")
    if phones and not _has_account(asked):
        raise GraphError(403, "7507", "A call to a phone needs an applicationInstance as source.")
    if (phones or asked.meeting_info) and not asked.tenant_id:
        raise invalid("tenantId is required for phones and meetings.")
    by_organizer = isinstance(asked.meeting_info, OrganizerMeeting)
    if by_organizer and (asked.chat_info is None or not asked.chat_info.thread_id):
        raise invalid("chatInfo is required to join a meeting by its organizer.")


def _call(asked: NewCall, now: int, tenant: str) -> Call:
    """The call for the phone. Phones can be reached as the call-answer page has it (FACTS 5.20)."""
    call = Call(at=now, tenant=tenant, phones=_has_account(asked))
    if asked.meeting_info:
        by_token = isinstance(asked.meeting_info, TokenMeeting)
        return replace(call, meeting=True, phones=not by_token, others=host_of(asked.meeting_info))
    targets = [target_of(one.identity) for one in asked.targets or []]
    others = tuple(Participant(new_id(), KINDS[each.kind], each.id) for each in targets)
    called = f"{targets[0].kind}:{targets[0].id}"
    return replace(call, outgoing=True, to=called, others=others if len(others) > 1 else ())


def _has_account(asked: NewCall) -> bool:
    return asked.source is not None and asked.source.identity.application_instance is not None


def _accounts(asked: NewCall, call: Call) -> set[str]:
    """The participants who are resource accounts."""
    kinds = [target_of(one.identity).kind for one in asked.targets or []]
    return {one.id for one, kind in zip(call.others, kinds, strict=False) if kind == "instance"}


def _shown(asked: NewCall) -> Body:
    body: Body = msgspec.to_builtins(asked)
    for only_asked in ("callOptions", "callbackUri", "@odata.type"):
        body.pop(only_asked, None)
    return {"targets": [], **body}

"""What each action on a call does: its body is checked, its phone is told, its answer written.

Every action takes the server, a living call and the raw body, and raises `GraphError`. Statuses,
`Location` headers and bodies are those of the action's page.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from ivr.simulator.graph.bodies import (
    Answer,
    NoMembers,
    Plain,
    PlayPrompt,
    RecordingStatus,
    RecordResponse,
    Redirect,
    Reject,
    SendTones,
    Transfer,
    parse,
)
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, invalid, json_response, refused
from ivr.simulator.graph.leg import Leg, WireOperation
from ivr.simulator.graph.objects import (
    MediaInfo,
    MediaPrompt,
    ParticipantInfo,
    check_callback,
    check_media,
)
from ivr.simulator.graph.parties import identities, target_of
from ivr.simulator.phone.rules import ClipPlan
from ivr.simulator.phone.signals import Refusal

NAMED_KEYS = {"star": "*", "pound": "#", "a": "A", "b": "B", "c": "C", "d": "D", "flash": "!"}
SECOND = 1_000
USUAL_LIMIT = 5


def accept(refusal: Refusal | None) -> None:
    """Raise the `GraphError` of a refusal."""
    if refusal:
        raise refused(refusal.kind)


def operation_response(leg: Leg, operation: WireOperation, status: int = 200) -> Response:
    """An operation with its address."""
    leg.keep(operation)
    where = {"Location": leg.url(f"/operations/{operation.id}")}
    return json_response(operation.body(), status, where)


def answer(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST answer: 202 without a body."""
    asked = parse(raw, Answer)
    media = asked.media_config.pre_fetch_media or []
    for one in media:
        check_media(one)
    if "audio" not in asked.accepted_modalities:
        raise invalid("acceptedModalities must name audio.")
    callback = check_callback(asked.callback_uri) if asked.callback_uri else leg.callback
    accept(leg.phone.answer(server.clock.now()))
    leg.callback = callback
    server.warm(leg, media)
    return Response(status_code=202)


def reject(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST reject: 202 without a body."""
    asked = parse(raw, Reject)
    callback = check_callback(asked.callback_uri) if asked.callback_uri else leg.callback
    accept(leg.phone.reject(server.clock.now()))
    leg.callback = callback
    return Response(status_code=202)


def redirect(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST redirect: 202 without a body."""
    asked = parse(raw, Redirect)
    targets = [target_of(one.identity) for one in asked.targets]
    callback = check_callback(asked.callback_uri) if asked.callback_uri else leg.callback
    accept(leg.phone.redirect(server.clock.now(), targets))
    leg.callback = callback
    return Response(status_code=202)


def play_prompt(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST playPrompt: 200 with a running operation; the audio is fetched afterwards."""
    asked = parse(raw, PlayPrompt)
    media = _media(asked.prompts)
    operation = WireOperation("playPrompt", asked.client_context)
    accept(leg.phone.play(server.clock.now(), operation.id, None))
    server.fetch(leg, operation.id, media)
    return operation_response(leg, operation)


def record_response(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST recordResponse: 200 with a running operation."""
    asked = parse(raw, RecordResponse)
    media = _media(asked.prompts or [])
    plan = ClipPlan(
        max_length=SECOND * (asked.max_record_duration_in_seconds or USUAL_LIMIT),
        first_sound=SECOND * (asked.initial_silence_timeout_in_seconds or USUAL_LIMIT),
        stop_after_silence=SECOND * (asked.max_silence_timeout_in_seconds or USUAL_LIMIT),
        beep=asked.play_beep is not False,
        stop_keys="".join(asked.stop_tones or ()),
    )
    operation = WireOperation("record", asked.client_context)
    now = server.clock.now()
    if asked.barge_in_allowed:
        accept(leg.phone.cancel(now, barge_in=True))
    accept(leg.phone.record(now, operation.id, plan, None if media else ()))
    if media:
        server.fetch(leg, operation.id, media)
    return operation_response(leg, operation)


def subscribe_to_tone(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST subscribeToTone: 200, completed."""
    asked = parse(raw, Plain)
    accept(leg.phone.subscribe(server.clock.now()))
    return operation_response(leg, _done("subscribeToTone", asked))


def cancel_media(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST cancelMediaProcessing: 200, completed, even with nothing to cancel."""
    asked = parse(raw, Plain)
    accept(leg.phone.cancel(server.clock.now()))
    return operation_response(leg, _done("cancelMediaProcessing", asked))


def send_tones(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST sendDtmfTones: 200 with a running operation."""
    asked = parse(raw, SendTones)
    keys = "".join(NAMED_KEYS.get(tone, tone[-1]) for tone in asked.tones)
    operation = WireOperation("sendDtmfTones", asked.client_context)
    gap = asked.delay_between_tones_ms or 0
    accept(leg.phone.send_tones(server.clock.now(), operation.id, keys, gap))
    return operation_response(leg, operation)


def mute(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST mute: 200, completed; group calls only."""
    return _mute(server, leg, raw, muted=True)


def unmute(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST unmute: 200, completed; group calls only."""
    return _mute(server, leg, raw, muted=False)


def transfer(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST transfer: 202 without a body."""
    asked = parse(raw, Transfer)
    target = target_of(asked.transfer_target.identity)
    other = replaced(server, leg, asked.transfer_target.replaces_call_id)
    replaces, phone = (other.id, other.phone) if other else ("", None)
    who = _participant(leg, asked.transferee) if asked.transferee else ""
    accept(leg.phone.transfer(server.clock.now(), target, replaces, phone, who))
    leg.other = other
    return Response(status_code=202)


def keep_alive(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST keepAlive: 200 without a body."""
    parse(raw, NoMembers)
    accept(leg.phone.keep_alive(server.clock.now()))
    return Response(status_code=200)


def update_recording_status(server: GraphServer, leg: Leg, raw: bytes) -> Response:
    """POST updateRecordingStatus: 200, completed."""
    asked = parse(raw, RecordingStatus)
    recording = asked.status == "recording"
    accept(leg.phone.conference.announce(server.clock.now(), recording=recording))
    operation = WireOperation("updateRecordingStatus", asked.client_context, "completed")
    return operation_response(leg, operation)


def _mute(server: GraphServer, leg: Leg, raw: bytes, *, muted: bool) -> Response:
    asked = parse(raw, Plain)
    accept(leg.phone.conference.mute(server.clock.now(), muted=muted))
    name = "muteParticipant" if muted else "unmuteParticipant"
    return operation_response(leg, _done(name, asked))


def replaced(server: GraphServer, leg: Leg, call_id: str | None) -> Leg | None:
    """The other call of the bot whose place is taken. Raises `GraphError` for none such."""
    if not call_id:
        return None
    other = server.live(call_id)
    if other is leg or other.phone.state != "established":
        raise GraphError(400, "8523", "replacesCallId must be another established call.")
    return other


def _participant(leg: Leg, asked: ParticipantInfo) -> str:
    """The id of a participant, from the id itself or from whom the identity means."""
    if asked.participant_id:
        return asked.participant_id.lower()
    meant = {str(one["id"]) for one in identities(asked.identity).values() if isinstance(one, dict)}
    people = leg.phone.conference.people.all()
    return next((one.id for one in people if one.identity in meant), "nobody")


def _done(name: str, asked: Plain) -> WireOperation:
    return WireOperation(name, asked.client_context, "completed")


def _media(prompts: Sequence[MediaPrompt]) -> list[MediaInfo]:
    for prompt in prompts:
        check_media(prompt.media_info)
    return [prompt.media_info for prompt in prompts]

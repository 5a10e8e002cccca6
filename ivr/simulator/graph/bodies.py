"""The bodies of the actions of Graph's calls API (the call and participant pages), strict."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, field

from ivr.simulator.graph.errors import invalid
from ivr.simulator.graph.objects import (
    CallOptions,
    ChatInfo,
    Invitation,
    MediaConfig,
    MediaPrompt,
    Modality,
    NumberedMeeting,
    OrganizerMeeting,
    ParticipantInfo,
    TokenMeeting,
    Wire,
)

T = TypeVar("T")

Context = Annotated[str, Meta(max_length=256)]
Limit = Annotated[int, Meta(ge=1, le=120)]
Tone = Literal[
    "tone0", "tone1", "tone2", "tone3", "tone4", "tone5", "tone6", "tone7", "tone8", "tone9",
    "star", "pound", "a", "b", "c", "d", "flash",
]  # fmt: skip
Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"]


class NewCall(Wire):
    """Place a call, or join a meeting."""

    odata_type: Literal["#microsoft.graph.call"] = field(name="@odata.type")
    callback_uri: str
    requested_modalities: Annotated[list[Modality], Meta(min_length=1)]
    media_config: MediaConfig
    targets: Annotated[list[Invitation], Meta(max_length=5)] | None = None
    source: ParticipantInfo | None = None
    tenant_id: str | None = None
    chat_info: ChatInfo | None = None
    meeting_info: OrganizerMeeting | TokenMeeting | NumberedMeeting | None = None
    direction: Literal["outgoing"] | None = None
    subject: str | None = None
    call_options: CallOptions | None = None


class Answer(Wire):
    """Take an incoming call."""

    media_config: MediaConfig
    accepted_modalities: Annotated[list[Modality], Meta(min_length=1)]
    callback_uri: str = ""
    call_options: CallOptions | None = None
    participant_capacity: int | None = None


class Reject(Wire):
    """Turn an incoming call away."""

    reason: Literal["none", "busy", "forbidden"] | None = None
    callback_uri: str | None = None


class Redirect(Wire):
    """Send an incoming call elsewhere."""

    targets: Annotated[list[Invitation], Meta(min_length=1, max_length=25)]
    timeout: Annotated[int, Meta(ge=15, le=90)] | None = None
    callback_uri: str | None = None


class PlayPrompt(Wire):
    """Play up to 20 prompts in order."""

    prompts: Annotated[list[MediaPrompt], Meta(min_length=1, max_length=20)]
    client_context: Context | None = None


class RecordResponse(Wire):
    """Record a clip; the defaults are those of the page."""

    prompts: Annotated[list[MediaPrompt], Meta(max_length=1)] | None = None
    barge_in_allowed: bool | None = None
    initial_silence_timeout_in_seconds: Limit | None = None
    max_silence_timeout_in_seconds: Limit | None = None
    max_record_duration_in_seconds: Limit | None = None
    play_beep: bool | None = None
    stop_tones: list[Key] | None = None
    client_context: Context | None = None


class Plain(Wire):
    """An action without parameters of its own."""

    client_context: Context | None = None


class NoMembers(Wire):
    """An action without any parameters."""


class Transfer(Wire):
    """Hand the caller on. `clientContext` is not declared, but two published requests send it."""

    transfer_target: Invitation
    transferee: ParticipantInfo | None = None
    client_context: Context | None = None


class SendTones(Wire):
    """Play keys into the call."""

    tones: Annotated[list[Tone], Meta(min_length=1, max_length=100)]
    delay_between_tones_ms: Annotated[int, Meta(ge=0, le=60_000)] | None = None
    client_context: Context | None = None


class RecordingStatus(Wire):
    """Say whether a policy recording runs."""

    status: Literal["notRecording", "recording", "failed"]
    client_context: Context | None = None


class Invite(Wire):
    """Add people to the call."""

    participants: Annotated[list[Invitation], Meta(min_length=1, max_length=5)]
    client_context: Context | None = None


class Routing(Wire):
    """Make a private path for sound."""

    sources: Annotated[tuple[str, ...], Meta(min_length=1)]
    receivers: Annotated[tuple[str, ...], Meta(min_length=1)]
    routing_mode: Literal["oneToOne", "multicast"]
    odata_type: Literal["#microsoft.graph.audioRoutingGroup"] | None = field(
        name="@odata.type", default=None
    )
    id: str | None = None


class RoutingChange(Wire):
    """Change a private path for sound."""

    sources: tuple[str, ...] | None = None
    receivers: tuple[str, ...] | None = None
    routing_mode: Literal["oneToOne", "multicast"] | None = None


class HoldMusic(Wire):
    """Put one participant on hold."""

    custom_prompt: MediaPrompt | None = None
    client_context: Context | None = None


def parse(raw: bytes, kind: type[T]) -> T:
    """The body as an object of that kind; an absent body is one without members.

    Raises `GraphError` with status 400 and a text that names the member.
    """
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as wrong:
        raise invalid(str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid("The body is not JSON.") from None

"""What the engine wants done, in the imperative: committed first, performed after.

An effect's `id` is made of the call and a counter, so it is unique, it is the same when
a step is run again, and it comes back with the operation's end (Graph's `clientContext`,
at most 256 characters).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from ivr.core.values import Audio, Meeting, Millis, Target

Lane = Literal["line", "http", "recording"]


class _OfLeg(Struct, frozen=True, kw_only=True, omit_defaults=True):
    leg: str = ""


class Effect(_OfLeg, frozen=True, tag_field="effect", omit_defaults=True):
    """Something to do for one call.

    Effects of one `lane` of a call are performed one after the other, in order. `repeatable`
    says whether it is harmless to do it twice when nobody knows if it was done. `leg` is the leg
    it is for, when that is not the call itself: the id of the effect that placed the leg.
    """

    id: str
    lane: ClassVar[Lane] = "line"
    repeatable: ClassVar[bool] = False


class AnswerCall(Effect, frozen=True, tag="answer_call"):
    """Take the call; `fetch_first` are audio files worth having at hand."""

    fetch_first: tuple[str, ...] = ()
    repeatable: ClassVar[bool] = True


class RejectCall(Effect, frozen=True, tag="reject_call"):
    """Turn the call away before it is answered."""

    reason: Literal["none", "busy", "forbidden"] = "none"


class RedirectCall(Effect, frozen=True, tag="redirect_call"):
    """Send the call elsewhere before it is answered."""

    to: tuple[Target, ...]
    ring_for: Millis


class ListenForTones(Effect, frozen=True, tag="listen_for_tones"):
    """Be told of every key for the rest of the call."""

    repeatable: ClassVar[bool] = True


class PlayPrompts(Effect, frozen=True, tag="play_prompts"):
    """Play audio, one piece after the other."""

    audio: tuple[Audio, ...]


class StopMedia(Effect, frozen=True, tag="stop_media"):
    """Stop what is played or recorded, and all that waits to be."""

    repeatable: ClassVar[bool] = True


class RecordCaller(Effect, frozen=True, tag="record_caller"):
    """Record one clip after at most one prompt."""

    max_length: Millis
    first_sound: Millis
    stop_after_silence: Millis
    beep: bool = True
    end_key: str = ""
    audio: Audio | None = None


class FetchRecording(Effect, frozen=True, tag="fetch_recording"):
    """Bring a clip home before the service drops it."""

    location: str
    token: str
    keep_for: Millis
    lane: ClassVar[Lane] = "recording"
    repeatable: ClassVar[bool] = True

    def __repr__(self) -> str:
        return f"FetchRecording(id={self.id!r}, ...)"


class TransferCall(Effect, frozen=True, tag="transfer_call"):
    """Hand the caller on. Blind, or in place of our own `replaces`, a leg with the target.

    In a group call `transferee` is the participant that is handed on.
    """

    to: Target
    replaces: str = ""
    transferee: str = ""


class PlaceCall(Effect, frozen=True, tag="place_call"):
    """Call somebody: a new leg whose id is the effect's own.

    `source` is the object id of the resource account that calls; phones need one.
    """

    to: Target
    source: str = ""
    ring_for: Millis = 60_000


class JoinMeeting(Effect, frozen=True, tag="join_meeting"):
    """Join an online meeting: a new leg whose id is the effect's own."""

    meeting: Meeting
    source: str = ""


class CreateMeeting(Effect, frozen=True, tag="create_meeting"):
    """Make an online meeting in the name of `organizer` (an object id), for `length` from now."""

    organizer: str
    subject: str = ""
    length: Millis = 3_600_000
    lane: ClassVar[Lane] = "http"

    def __repr__(self) -> str:
        return f"CreateMeeting(id={self.id!r}, ...)"


class InviteParticipants(Effect, frozen=True, tag="invite_participants"):
    """Bring others into the call. `replaces` is the service's id of a call that they leave."""

    to: tuple[Target, ...]
    replaces: str = ""


class ListParticipants(Effect, frozen=True, tag="list_participants"):
    """Ask who is on the call."""

    repeatable: ClassVar[bool] = True


class RemoveParticipant(Effect, frozen=True, tag="remove_participant"):
    """Put a participant out of the call."""

    participant: str


class MuteParticipant(Effect, frozen=True, tag="mute_participant"):
    """Mute a participant of a group call; ourselves when none is named."""

    participant: str = ""
    repeatable: ClassVar[bool] = True


class UnmuteSelf(Effect, frozen=True, tag="unmute_self"):
    """Unmute ourselves: nobody can unmute others."""

    repeatable: ClassVar[bool] = True


class HoldParticipant(Effect, frozen=True, tag="hold_participant"):
    """Play hold music to one participant of a group call, the service's own without `audio`."""

    participant: str
    audio: Audio | None = None


class ResumeParticipant(Effect, frozen=True, tag="resume_participant"):
    """Take a participant off hold."""

    participant: str
    repeatable: ClassVar[bool] = True


class SendTones(Effect, frozen=True, tag="send_tones"):
    """Press `keys` on the line, `gap` milliseconds apart."""

    keys: str
    gap: Millis = 300

    def __repr__(self) -> str:
        return f"SendTones(id={self.id!r}, ...)"


class ShareScreen(Effect, frozen=True, tag="share_screen"):
    """Start or stop sharing the screen."""

    role: Literal["sharer", "viewer"]


class SetRecordingStatus(Effect, frozen=True, tag="set_recording_status"):
    """Show everybody on the call that the conversation is recorded, or no longer."""

    recording: bool
    repeatable: ClassVar[bool] = True


class RouteAudio(Effect, frozen=True, tag="route_audio"):
    """A private audio path in a group call: what `sources` say only `receivers` hear.

    Both hold participants' ids.
    """

    sources: tuple[str, ...]
    receivers: tuple[str, ...]


class SendRequest(Effect, frozen=True, tag="send_request"):
    """Ask a business system over HTTP. `host` is the only host it may go to.

    In `headers` the name of a secret stands between two U+E000 characters and is filled in
    when the request is sent, so no secret is ever stored.
    """

    method: str
    url: str
    host: str
    timeout: Millis
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    lane: ClassVar[Lane] = "http"

    def __repr__(self) -> str:
        return f"SendRequest(id={self.id!r}, method={self.method!r}, ...)"


class KeepAlive(Effect, frozen=True, tag="keep_alive"):
    """Tell the service that the call is still wanted."""

    repeatable: ClassVar[bool] = True


class CheckCall(Effect, frozen=True, tag="check_call"):
    """Ask the service what became of the call."""

    repeatable: ClassVar[bool] = True


class HangUp(Effect, frozen=True, tag="hang_up"):
    """End the call."""

    repeatable: ClassVar[bool] = True


class CountUse(Effect, frozen=True, tag="count_use"):
    """Count a use of `key`, which may be had `most` times in each `window`, on all nodes.

    A use that is counted twice is better than one that is not counted.
    """

    key: str
    most: int
    window: Millis
    lane: ClassVar[Lane] = "http"
    repeatable: ClassVar[bool] = True

    def __repr__(self) -> str:
        return f"CountUse(id={self.id!r}, ...)"


AnyEffect = (
    AnswerCall
    | RejectCall
    | RedirectCall
    | ListenForTones
    | PlayPrompts
    | StopMedia
    | RecordCaller
    | FetchRecording
    | TransferCall
    | PlaceCall
    | JoinMeeting
    | CreateMeeting
    | InviteParticipants
    | ListParticipants
    | RemoveParticipant
    | MuteParticipant
    | UnmuteSelf
    | HoldParticipant
    | ResumeParticipant
    | SendTones
    | ShareScreen
    | SetRecordingStatus
    | RouteAudio
    | SendRequest
    | KeepAlive
    | CheckCall
    | HangUp
    | CountUse
)

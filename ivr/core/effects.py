"""What the engine wants done, in the imperative: committed first, performed after.

An effect's `id` is made of the call and a counter, so it is unique, it is the same when
a step is run again, and it comes back with the operation's end (Graph's `clientContext`,
at most 256 characters).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from ivr.core.values import Audio, Millis, Target

Lane = Literal["line", "http", "recording"]


class Effect(Struct, frozen=True, tag_field="effect", omit_defaults=True):
    """Something to do for one call.

    Effects of one `lane` of a call are performed one after the other, in order. `repeatable`
    says whether it is harmless to do it twice when nobody knows if it was done.
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
    """Hand the caller on. A blind transfer; `replaces` names our call with the agent."""

    to: Target
    replaces: str = ""


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
    | SendRequest
    | KeepAlive
    | CheckCall
    | HangUp
)

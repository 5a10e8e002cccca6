"""What happened, in the past tense: everything that can change a call.

Rules of this file: no provider's words (those stop at `ivr.graph`), no behaviour, and
every event is a value that can be journalled and replayed. Times are not in the events:
`advance` is told `now`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ivr.core.values import Caller

EndReason = Literal[
    "hung_up", "ended_by_us", "transferred", "rejected", "redirected", "not_reached", "failed"
]
Progress = Literal["establishing", "ringing", "established", "transferring", "accepted", "ending"]
Failure = Literal["not_started", "failed", "unknown", "gone", "busy", "declined", "no_answer"]
StopReason = Literal["end_key", "silence", "max_length", "nothing_said", "hung_up", "unknown"]


class Event(Struct, frozen=True, tag_field="event", omit_defaults=True):
    """Something that happened to one call."""


class CallArrived(Event, frozen=True, tag="call_arrived"):
    """A caller rings; `to` is the party that was called, `tenant` the call's own."""

    caller: Caller
    to: str = ""
    tenant: str = ""

    def __repr__(self) -> str:
        return f"CallArrived(caller={self.caller!r}, ...)"


class CallProgressed(Event, frozen=True, tag="call_progressed"):
    """The line moved on, or its audio did (`audio` is None when nothing was said of it).

    `failure` comes with `established` when a transfer has failed and the call is ours again.
    `checked` marks what we asked for ourselves: then the line is so now, not at some time past.
    """

    progress: Progress | None = None
    audio: bool | None = None
    failure: Failure | None = None
    checked: bool = False


class CallEnded(Event, frozen=True, tag="call_ended"):
    """The line is down for good; `code` is the service's own number, for people only."""

    reason: EndReason = "hung_up"
    code: str = ""


class TonePressed(Event, frozen=True, tag="tone_pressed"):
    """One key, as `0`..`9`, `*`, `#` or `A`..`D`; `sequence` counts from 1 within the call."""

    key: str
    sequence: int = 0

    def __repr__(self) -> str:
        return f"TonePressed(sequence={self.sequence}, ...)"


class PromptFinished(Event, frozen=True, tag="prompt_finished"):
    """All prompts of effect `effect` were played, or `failure` says why not."""

    effect: str
    failure: Failure | None = None
    cancelled: bool = False


class RecordingFinished(Event, frozen=True, tag="recording_finished"):
    """A clip ended; it exists exactly when `location` is not empty.

    `token` is the secret with which the clip may be fetched, once and soon.
    """

    effect: str
    stopped_by: StopReason = "unknown"
    location: str = ""
    token: str = ""
    failure: Failure | None = None
    cancelled: bool = False

    def __repr__(self) -> str:
        return f"RecordingFinished(effect={self.effect!r}, stopped_by={self.stopped_by!r}, ...)"


class RecordingStored(Event, frozen=True, tag="recording_stored"):
    """The clip is safe with us: `url` is ours, `seconds` its length."""

    effect: str
    url: str
    seconds: float


class HttpAnswered(Event, frozen=True, tag="http_answered"):
    """A business system answered; `body` is its text, unread, at most the configured size."""

    effect: str
    status: int
    body: str = ""

    def __repr__(self) -> str:
        return f"HttpAnswered(effect={self.effect!r}, status={self.status}, ...)"


class HttpFailed(Event, frozen=True, tag="http_failed"):
    """A business system did not answer usefully: too late, or not at all."""

    effect: str
    timeout: bool = False


class EffectFailed(Event, frozen=True, tag="effect_failed"):
    """The other side refused an effect, or nobody knows what became of it.

    `kind` is the effect's tag, such as `play_prompts`.
    """

    effect: str
    kind: str = ""
    failure: Failure = "failed"
    code: str = ""


class OperationFinished(Event, frozen=True, tag="operation_finished"):
    """Any other operation came to its end."""

    effect: str
    failure: Failure | None = None


class TimerFired(Event, frozen=True, tag="timer_fired"):
    """The earliest deadline of the call may be due; which one is, the snapshot says.

    A state is told the `name` of its deadline; from outside the name is empty.
    """

    name: str = ""


class RosterChanged(Event, frozen=True, tag="roster_changed"):
    """Who is on the line changed; `present` counts the participants named."""

    present: int = 0


class HangUpAsked(Event, frozen=True, tag="hang_up_asked"):
    """An operator wants this call to end."""


class Unrecognised(Event, frozen=True, tag="unrecognised"):
    """A notification of a kind that we do not know: kept, acknowledged, without effect."""

    kind: str


AnyEvent = (
    CallArrived
    | CallProgressed
    | CallEnded
    | TonePressed
    | PromptFinished
    | RecordingFinished
    | RecordingStored
    | HttpAnswered
    | HttpFailed
    | EffectFailed
    | OperationFinished
    | TimerFired
    | RosterChanged
    | HangUpAsked
    | Unrecognised
)


def as_checked(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """What came of asking how the line is."""
    return [
        replace(event, checked=True) if isinstance(event, CallProgressed) else event
        for event in events
    ]


class Arrival(Struct, frozen=True):
    """One event for one call: the only way in.

    `call_id` is the normalised call id, `tenant` the call's tenant where the sender told it,
    `sender` the tenant that vouches for it, empty when it comes from ourselves.
    """

    call_id: str
    event: AnyEvent
    tenant: str = ""
    sender: str = ""

"""What happened, in the past tense: everything that can change a call.

Rules of this file: no provider's words (those stop at `ivr.graph`), no behaviour, and
every event is a value that can be journalled and replayed. Times are not in the events:
`advance` is told `now`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from ivr.core.values import Caller, Meeting, Participant

EndReason = Literal[
    "hung_up", "ended_by_us", "transferred", "rejected", "redirected", "removed",
    "no_answer", "busy", "declined", "not_reached", "failed",
]  # fmt: skip
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


class CallWanted(Event, frozen=True, tag="call_wanted"):
    """Somebody wants the engine to call out, or to join a meeting, with a flow.

    `values` are the flow's inputs, each in the form in which it is packed in a snapshot.
    """

    flow: str
    values: dict[str, object] = field(default_factory=dict)
    tenant: str = ""

    def __repr__(self) -> str:
        return f"CallWanted(flow={self.flow!r}, ...)"


class LegPlaced(Event, frozen=True, tag="leg_placed"):
    """The service knows a leg that we have placed as `line`."""

    leg: str
    line: str


class CallProgressed(Event, frozen=True, tag="call_progressed"):
    """The line moved on, or its audio did (`audio` is None when nothing was said of it).

    `failure` comes with `established` when a transfer has failed and the call is ours again.
    `checked` marks what we asked for ourselves: then the line is so now, not at some time past.
    `leg` is the leg that moved on, when it is one that we have placed.
    """

    progress: Progress | None = None
    audio: bool | None = None
    failure: Failure | None = None
    checked: bool = False
    leg: str = ""


class CallEnded(Event, frozen=True, tag="call_ended"):
    """The line is down for good; `code` is the service's own number, for people only.

    `leg` is the leg that ended, when it is one that we have placed.
    """

    reason: EndReason = "hung_up"
    code: str = ""
    leg: str = ""


class TonePressed(Event, frozen=True, tag="tone_pressed"):
    """One key, as `0`..`9`, `*`, `#` or `A`..`D`; `sequence` counts from 1 within the call."""

    key: str
    sequence: int = 0
    leg: str = ""

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

    `kind` is the effect's tag, such as `play_prompts`, and `leg` the effect's own.
    """

    effect: str
    kind: str = ""
    failure: Failure = "failed"
    code: str = ""
    leg: str = ""


class OperationFinished(Event, frozen=True, tag="operation_finished"):
    """Any other operation came to its end."""

    effect: str
    failure: Failure | None = None


class ParticipantsListed(Event, frozen=True, tag="participants_listed"):
    """Who is on the call, asked for by effect `effect`."""

    effect: str
    participants: tuple[Participant, ...] = ()


class MeetingCreated(Event, frozen=True, tag="meeting_created"):
    """An online meeting exists."""

    effect: str
    meeting: Meeting


class TimerFired(Event, frozen=True, tag="timer_fired"):
    """The earliest deadline of the call may be due; which one is, the snapshot says.

    A state is told the `name` of its deadline; from outside the name is empty.
    """

    name: str = ""


class RosterChanged(Event, frozen=True, tag="roster_changed"):
    """Who is on the call: everybody, or with `delta` only those who came or changed.

    With `delta`, `left` are the ids of those who are gone. `sequence` grows from roster to roster,
    0 where the service does not count them.
    """

    participants: tuple[Participant, ...] = ()
    delta: bool = False
    left: tuple[str, ...] = ()
    sequence: int = 0
    leg: str = ""


class HangUpAsked(Event, frozen=True, tag="hang_up_asked"):
    """An operator wants this call to end."""


class Unrecognised(Event, frozen=True, tag="unrecognised"):
    """A notification of a kind that we do not know: kept, acknowledged, without effect."""

    kind: str


class UseCounted(Event, frozen=True, tag="use_counted"):
    """A use was counted; unless it was `within`, there have been too many."""

    effect: str
    within: bool


AnyEvent = (
    CallArrived
    | CallWanted
    | LegPlaced
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
    | ParticipantsListed
    | MeetingCreated
    | TimerFired
    | RosterChanged
    | HangUpAsked
    | Unrecognised
    | UseCounted
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
    `sender` the tenant that vouches for it, empty when it comes from ourselves. For a leg that we
    have placed, `line` is the service's id of it.
    """

    call_id: str
    event: AnyEvent
    tenant: str = ""
    sender: str = ""
    line: str = ""


def on_leg(event: AnyEvent, leg: str) -> AnyEvent:
    """The same event, told of a leg that we have placed; the end of an effect has no leg."""
    if isinstance(event, CallProgressed | CallEnded | TonePressed | RosterChanged):
        return replace(event, leg=leg)
    return event

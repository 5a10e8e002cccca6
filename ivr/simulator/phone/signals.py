"""What a simulated phone tells: its signals, its refusals, and what the caller lived through.

Signals go to the bot. The transcript (`Heard`, `Pressed`, `Clip`, `Handover`) is for testers:
it holds what the caller did in clear, so it belongs to simulated calls only. So do `Invited` and
`Announced`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.values import Millis, Participant, Target
from ivr.simulator.phone.rules import Outcome

State = Literal[
    "incoming",
    "establishing",
    "ringing",
    "established",
    "transferring",
    "accepted",
    "ending",
    "terminated",
]
RefusalKind = Literal[
    "gone",
    "not_established",
    "audio_inactive",
    "wrong_state",
    "invalid",
    "conflict",
    "not_a_group",
    "no_such_person",
    "not_allowed",
    "no_phones",
]
DownReason = Literal[
    "caller_hung_up",
    "we_hung_up",
    "transferred",
    "replaced",
    "rejected",
    "redirected",
    "not_answered",
    "keep_alive_missed",
    "lobby_timed_out",
    "removed",
    "all_left",
    "not_connected",
    "no_answer",
    "busy",
    "declined",
    "failed",
]
OperationKind = Literal["play", "record", "tones", "invite", "hold"]
Result = Literal[
    "completed",
    "cancelled",
    "end_key",
    "silence",
    "max_length",
    "nothing_said",
    "hung_up",
    "bad_audio",
    "not_fetched",
    "no_answer",
    "busy",
    "declined",
    "failed",
]
Cut = Literal["", "cancel", "barge_in", "transfer", "hang_up"]


class Refusal(Struct, frozen=True):
    """The service does not do it, and nothing has changed."""

    kind: RefusalKind


class Clip(Struct, frozen=True):
    """A recording: when it ran, why it stopped, and when the caller spoke in it.

    `speech` holds (from, until) in milliseconds after `started`.
    """

    name: str
    context: str
    started: Millis
    ended: Millis
    stopped_by: Result
    speech: tuple[tuple[Millis, Millis], ...] = ()


class Signal(Struct, frozen=True):
    """Something the service tells the bot, at an exact moment."""

    at: Millis


class StateChanged(Signal, frozen=True):
    """The line moved on; `failure` says why a transfer came back to `established`."""

    state: State
    failure: Outcome | None = None


class AudioChanged(Signal, frozen=True):
    """The media path came up or went away."""

    active: bool


class ToneHeard(Signal, frozen=True):
    """One key; `sequence` counts from 1 within the call."""

    key: str
    sequence: int

    def __repr__(self) -> str:
        return f"ToneHeard(at={self.at}, sequence={self.sequence}, ...)"


class OperationEnded(Signal, frozen=True):
    """An operation is over; a recording exists exactly when `clip` is given."""

    context: str
    kind: OperationKind
    result: Result
    clip: Clip | None = None


class RosterChanged(Signal, frozen=True):
    """Somebody joined, left or was muted: all who are `present` now, the bot included.

    `changed` are those of them of whom there is news, `left` the ids of those who are gone.
    """

    present: tuple[Participant, ...]
    changed: tuple[Participant, ...] = ()
    left: tuple[str, ...] = ()


class LineDown(Signal, frozen=True):
    """The call is over for good."""

    reason: DownReason


class Heard(Struct, frozen=True):
    """One piece of audio at the caller's ear; `ended` is None while it plays."""

    name: str
    started: Millis
    ended: Millis | None = None
    whole: bool = False
    cut_by: Cut = ""
    text: str = ""
    context: str = ""

    def __repr__(self) -> str:
        return f"Heard(name={self.name!r}, started={self.started}, ended={self.ended}, ...)"


class Pressed(Struct, frozen=True):
    """A key the caller pressed; `told` says whether the bot is told of it as a tone."""

    at: Millis
    key: str
    told: bool

    def __repr__(self) -> str:
        return f"Pressed(at={self.at}, told={self.told})"


class Handover(Struct, frozen=True):
    """A transfer that was asked for; `outcome` is None while it rings.

    `replaces` names the call of ours that it takes the place of, `transferee` the participant of a
    group call who is handed on.
    """

    at: Millis
    to: Target
    replaces: str = ""
    transferee: str = ""
    outcome: Outcome | None = None
    settled: Millis | None = None


class Invited(Struct, frozen=True):
    """An invitation that was sent; `outcome` is None while it rings."""

    at: Millis
    to: tuple[Target, ...]
    context: str
    outcome: Outcome | None = None


class Announced(Struct, frozen=True):
    """Everybody on the call was shown that it is recorded, or no longer."""

    at: Millis
    recording: bool

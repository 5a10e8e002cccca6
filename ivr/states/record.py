"""`record`: a clip of what the caller says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from ivr.core import limits
from ivr.core.effects import FetchRecording, RecordCaller
from ivr.core.events import (
    AnyEvent,
    CallEnded,
    EffectFailed,
    PromptFinished,
    RecordingFinished,
    RecordingStored,
    TimerFired,
)
from ivr.core.options import Duration, Name, WithExits
from ivr.core.snapshot import Clip
from ivr.core.state_type import Line, StateType
from ivr.core.turn import Turn
from ivr.core.values import KEY_WORDS

END_KEYS = {**KEY_WORDS, "none": ""}
CLIP_AFTER_HANG_UP = 2_000
FETCH_WHILE_LISTENING = 5_000
FETCH_AFTER_HANG_UP = 30_000


class RecordOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a record may set."""

    prompt: Annotated[
        Name | None, Meta(description="What is said before the beep.", examples=["leave_msg"])
    ] = None
    max_length: Annotated[Duration, Meta(description="The longest clip, at most 120s.")] = Duration(
        120_000
    )
    first_digit: Annotated[
        Duration, Meta(description="Silence allowed before the caller speaks.")
    ] = Duration(5_000)
    stop_after_silence: Annotated[Duration, Meta(description="The pause that ends the clip.")] = (
        Duration(5_000)
    )
    beep: Annotated[bool, Meta(description="Whether a beep is played.")] = True
    end_key: Annotated[
        Literal["star", "pound", "hash", "none"], Meta(description="The key that ends the clip.")
    ] = "pound"
    save_as: Annotated[
        Name | None, Meta(description="The variable of type recording that keeps it.")
    ] = None
    purpose: Annotated[
        str, Meta(min_length=3, description="Why it is recorded: required by law in many places.")
    ]
    keep: Annotated[Duration, Meta(description="How long it is kept.", examples=["30d"])]


class Record(StateType[RecordOptions]):
    """Record one clip of the caller.

    `recorded` comes exactly when there is a clip; the variable then holds `url`, `seconds` and
    `ended_by`. A clip that a hang-up cuts off may be lost on the service's side, so the
    variable may be empty after `hangup`. Keys pressed before are thrown away.
    """

    name = "record"
    Options = RecordOptions
    outcomes = ("recorded", "nothing_said", "failed", "hangup")
    must = ("recorded",)
    fallbacks = {"nothing_said": "failed", "failed": "error", "recorded": "next"}  # noqa: RUF012
    hears_hang_up = True
    example = """
take_message:
  type: record
  prompt: leave_msg
  max_length: 2m
  purpose: call back the caller
  keep: 30d
  save_as: voicemail
  on:
    recorded: finished
    nothing_said: finished
"""

    def line(self, options: RecordOptions) -> Line:
        """There must be somebody to record."""
        return "needed"

    def allows(self, outcome: str) -> bool:
        """`next` is a short way to write `recorded`."""
        return outcome in {*self.outcomes, "next"}

    def prompts(self, options: RecordOptions) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """What is said before the beep."""
        return [(("prompt",), options.prompt)] if options.prompt else []

    def enter(self, turn: Turn, options: RecordOptions) -> str | None:
        """Record, with the prompt in front."""
        turn.snapshot.keys = ""
        audio = turn.audio(options.prompt) if options.prompt else None
        effect = turn.emit(
            RecordCaller,
            max_length=int(options.max_length),
            first_sound=int(options.first_digit),
            stop_after_silence=int(options.stop_after_silence),
            beep=options.beep,
            end_key=END_KEYS[options.end_key],
            audio=audio,
        )
        turn.snapshot.media = turn.visit.awaiting = effect
        spoken = int(audio.seconds * 1000) if audio else 0
        length = spoken + int(options.first_digit) + int(options.max_length)
        turn.wake("media", length + limits.RECORD_MARGIN)
        return None

    def handle(self, turn: Turn, options: RecordOptions, event: AnyEvent) -> str | None:
        """Wait for the clip, then for it to be safe with us."""
        if isinstance(event, RecordingFinished):
            return self._clip(turn, options, event)
        if isinstance(event, RecordingStored):
            turn.keep_clip(event)
            return "hangup" if turn.gone else "recorded"
        if isinstance(event, CallEnded):
            return self._hung_up(turn)
        if isinstance(event, TimerFired):
            return "hangup" if turn.gone else "recorded"
        if isinstance(event, PromptFinished | EffectFailed):
            # The clip never began, its end was lost, or it could not be fetched.
            return "hangup" if turn.gone else "failed"
        return None

    def _clip(self, turn: Turn, options: RecordOptions, event: RecordingFinished) -> str | None:
        turn.visit.awaiting = ""
        if not event.location:
            if turn.gone:
                return "hangup"
            return "nothing_said" if event.stopped_by == "nothing_said" else "failed"
        if event.stopped_by == "end_key":
            turn.swallow(END_KEYS[options.end_key])
        turn.visit.stage = event.stopped_by
        turn.visit.awaiting = turn.emit(
            FetchRecording, location=event.location, token=event.token, keep_for=int(options.keep)
        )
        clip = Clip(turn.visit.flow, options.save_as or "", event.stopped_by)
        turn.snapshot.unfetched[turn.visit.awaiting] = clip
        turn.wake_call("fetch", limits.FETCH_WITHIN)
        turn.visit.deadlines.clear()
        turn.wake("fetched", FETCH_AFTER_HANG_UP if turn.gone else FETCH_WHILE_LISTENING)
        return None

    def _hung_up(self, turn: Turn) -> str | None:
        """Give the service a moment to tell of the clip that the hang-up cut off."""
        if turn.visit.stage:
            turn.wake("fetched", FETCH_AFTER_HANG_UP)
            return None
        turn.visit.deadlines.clear()
        turn.wake("fetched", CLIP_AFTER_HANG_UP)
        return None

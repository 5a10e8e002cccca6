"""The line of one simulated call: its states from ringing to the end, and who ended it.

States and time limits are those of Graph's call resource (call, call-answer, call-keepalive and
call-delete pages), in the project's own words.
"""

from __future__ import annotations

from functools import partial

from ivr.core.values import Target
from ivr.simulator.phone.media import Media
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.phone.signals import (
    AudioChanged,
    Cut,
    DownReason,
    LineDown,
    Refusal,
    State,
    StateChanged,
)
from ivr.simulator.phone.timeline import Timeline

BEFORE = ("incoming", "establishing", "ringing")
LEAVING = ("accepted", "ending", "terminated")
DOWN: dict[Outcome, DownReason] = {
    "busy": "busy",
    "declined": "declined",
    "failed": "failed",
    "no_answer": "no_answer",
    "undecided": "no_answer",
}


class Line:
    """State and audio of one call, and the timers that change them without anybody's doing."""

    def __init__(self, time: Timeline, rules: Rules, call: Call, media: Media) -> None:
        self._time = time
        self._rules = rules
        self._media = media
        self._decided = call.outgoing
        self.state: State = "establishing" if call.outgoing else "incoming"
        self.audio = False
        self.ended: DownReason | None = None
        self.redirected_to: tuple[Target, ...] = ()
        self.keep_alive()
        if call.outgoing:
            self._ring_callee(call.callee)
        else:
            self._down_after(rules.answer_within, "answer_within", "not_answered")

    def refusal(self, *, media: bool = False) -> Refusal | None:
        """Why the call cannot be acted on now: it must be established, for media with audio."""
        if self.state == "terminated":
            return Refusal("gone")
        if self.state in BEFORE:
            return Refusal("not_established")
        if self.state != "established":
            return Refusal("wrong_state")
        return Refusal("audio_inactive") if media and not self.audio else None

    def answer(self) -> Refusal | None:
        """The bot takes the call."""
        refused = self._decide()
        if refused is None:
            self._enter_after(self._rules.establishing, "establishing")
            self._enter_after(self._rules.establishing + self._rules.established, "established")
        return refused

    def turn_away(self, reason: DownReason, to: tuple[Target, ...] = ()) -> Refusal | None:
        """The bot rejects the call, or redirects it to somebody else."""
        refused = self._decide()
        if refused is None:
            self.redirected_to = to
            self._down_after(self._rules.hang_up, "down", reason)
        return refused

    def keep_alive(self) -> Refusal | None:
        """The call may live for another while."""
        if self.state == "terminated":
            return Refusal("gone")
        self._down_after(self._rules.keep_alive_within, "keep_alive", "keep_alive_missed")
        return None

    def hang_up(self) -> Refusal | None:
        """The bot ends the call; asking again while it ends is no error."""
        if self.state == "terminated":
            return Refusal("gone")
        if self.state in LEAVING:
            return None
        self._time.clear()
        self._media.stop("hang_up")
        self.enter("ending")
        self._down_after(self._rules.hang_up, "down", "we_hung_up")
        return None

    def caller_hangs_up(self) -> bool:
        """The caller leaves; False when he is not on this line any more."""
        if self.state in LEAVING:
            return False
        self.down("caller_hung_up")
        return True

    def enter(self, state: State, failure: Outcome | None = None) -> None:
        """Come into a state, and tell it; audio follows the established state after a while."""
        self.state = state
        self._time.tell(StateChanged(self._time.now, state, failure))
        if state == "established" and not self.audio:
            self._time.after(self._rules.audio, "audio", partial(self.set_audio, True))

    def set_audio(self, active: bool) -> None:
        """The media path comes up or goes away."""
        if self.audio != active:
            self.audio = active
            self._time.tell(AudioChanged(self._time.now, active))

    def down(self, reason: DownReason) -> None:
        """The end of the call."""
        cut: Cut = "transfer" if reason in ("transferred", "replaced") else "hang_up"
        self._time.clear()
        self._media.stop(cut, gone=reason == "caller_hung_up")
        self.state, self.audio, self.ended = "terminated", False, reason
        self._time.tell(LineDown(self._time.now, reason))

    def _decide(self) -> Refusal | None:
        if self.state == "terminated":
            return Refusal("gone")
        if self._decided:
            return Refusal("wrong_state")
        self._decided = True
        self._time.drop("answer_within")
        return None

    def _ring_callee(self, callee: Outcome) -> None:
        rules = self._rules
        self._enter_after(rules.establishing, "establishing")
        if rules.ringing:
            self._enter_after(rules.establishing, "ringing")
        if callee == "answered":
            self._enter_after(rules.callee_answers, "established")
            return
        waits = callee in ("no_answer", "undecided")
        length = rules.callee_gives_up if waits else rules.callee_answers
        self._down_after(length, "callee", DOWN[callee])

    def _enter_after(self, length: int, state: State) -> None:
        self._time.after(length, state, partial(self.enter, state))

    def _down_after(self, length: int, name: str, reason: DownReason) -> None:
        self._time.after(length, name, partial(self.down, reason))

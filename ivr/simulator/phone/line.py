"""The line of one simulated call: its states from ringing to the end, and who ended it.

States and time limits are those of Graph's call resource (call, call-answer, call-keepalive and
call-delete pages), in the project's own words. A call comes in, is placed, or joins a meeting.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ivr.core.values import Millis, Target
from ivr.simulator.phone.far_end import FarEnd
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
    """State and audio of one call, and the timers that change them without anybody's doing.

    `in_lobby` is a bot that waits to be let into a meeting. `came_up` is called when the line is
    established for the first time, and again when the bot is let in.
    """

    def __init__(self, time: Timeline, rules: Rules, call: Call, media: Media) -> None:
        self._time = time
        self._rules = rules
        self._media = media
        self._outgoing = call.outgoing or call.meeting
        self._decided = self._outgoing
        self._up = False
        self._no_media_until: Millis = 0
        self._callee = FarEnd(
            rules.callee or call.callee, rules.callee_answers, rules.callee_gives_up
        )
        self.came_up: Callable[[], None] | None = None
        self.state: State = "establishing" if self._outgoing else "incoming"
        self.audio = False
        self.in_lobby = call.meeting and call.lobby
        self.ended: DownReason | None = None
        self.redirected_to: tuple[Target, ...] = ()
        self.keep_alive()
        if call.meeting:
            self._join()
        elif call.outgoing:
            self._place()
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
        if media and self._time.now < self._no_media_until:
            return Refusal("wrong_state")
        return Refusal("audio_inactive") if media and not self.audio else None

    def answer(self) -> Refusal | None:
        """The bot takes the call."""
        refused = self._decide()
        if refused is None:
            self._establish(self._rules.establishing + self._rules.established)
        return refused

    def callee_does(self, outcome: Outcome, after: Millis | None) -> bool:
        """What the one does who is called: at once while it rings; False when it does not."""
        if not self._outgoing or self.state not in BEFORE or self.in_lobby:
            return False
        self._callee.outcome, self._callee.after = outcome, after
        self._ring(after or 0)
        return True

    def admit(self) -> bool:
        """The bot is let into the meeting; False when it does not wait in the lobby."""
        if not self.in_lobby or self.ended:
            return False
        self.in_lobby = False
        self._time.drop("lobby")
        self.enter("established")
        return True

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
        if state != "established":
            return
        if not self._up and self.came_up:
            self.came_up()
        self._up = not self.in_lobby
        if not self.audio and not self.in_lobby:
            self._time.after(self._rules.audio, "audio", partial(self.set_audio, True))

    def come_back(self, failure: Outcome) -> None:
        """A transfer has failed: the call is ours again, though perhaps not for media yet."""
        self._no_media_until = self._time.now + self._rules.no_media_after_transfer
        self.enter("established", failure)

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

    def _join(self) -> None:
        up = self._rules.establishing + self._rules.established
        if not self.in_lobby:
            self._establish(up)
            return
        self._enter_after(self._rules.establishing, "establishing")
        if self._rules.lobby_is_established:
            self._enter_after(up, "established")
        self._down_after(up + self._rules.lobby_waits, "lobby", "lobby_timed_out")

    def _place(self) -> None:
        self._enter_after(self._rules.establishing, "establishing")
        if self._rules.ringing:
            self._enter_after(self._rules.establishing, "ringing")
        self._ring()

    def _ring(self, soon: Millis | None = None) -> None:
        length, outcome = self._callee.settles(soon)
        self._time.drop("callee", "established")
        if outcome != "answered":
            self._down_after(length, "callee", DOWN[outcome])
        elif not self._fails():
            self._enter_after(length, "established")

    def _establish(self, up: Millis) -> None:
        self._enter_after(self._rules.establishing, "establishing")
        if not self._fails():
            self._enter_after(up, "established")

    def _fails(self) -> bool:
        """Whether the service gives the call up in the end, whatever anybody does."""
        after = self._rules.establishing_fails_after
        if after:
            self._down_after(after, "callee", "not_connected")
        return bool(after)

    def _enter_after(self, length: Millis, state: State) -> None:
        self._time.after(length, state, partial(self._move_to, state))

    def _move_to(self, state: State) -> None:
        """Come into a state, unless a quick answer has overtaken it."""
        if not self._up:
            self.enter(state)

    def _down_after(self, length: Millis, name: str, reason: DownReason) -> None:
        self._time.after(length, name, partial(self.down, reason))

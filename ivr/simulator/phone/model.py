"""A simulated call: the caller, Teams and the media service, as one strict model of calls.

No clock, no network, no chance: the moment of everything comes in as `now`, in milliseconds.
Commands are what a bot may ask for; they are accepted (None) or refused for the reasons for
which Graph refuses. Callers' actions are what a tester does. What the bot is told comes out
of `advance` as signals with exact times; what the caller lived through stands in `heard`,
`pressed`, `clips` and `handovers`. What concerns the people of a group call is in `conference`.

A copy (`copy.deepcopy`) is a phone of its own: a tester can go back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ivr.core.values import Millis, Target
from ivr.errors import UsageError
from ivr.simulator.phone.far_end import Other
from ivr.simulator.phone.media import Operation
from ivr.simulator.phone.rules import KEYS, ClipPlan, Outcome, Piece
from ivr.simulator.phone.shown import Shown
from ivr.simulator.phone.signals import Handover, Pressed, Refusal, Result, Signal, ToneHeard


class Phone(Shown):
    """One call from its first ring to its end."""

    # Time

    def next_due(self) -> Millis | None:
        """When `advance` will have something to tell, as far as is known now."""
        return self._time.next_due()

    def advance(self, now: Millis) -> list[Signal]:
        """Let time pass until `now`; all that the bot is told meanwhile, in order."""
        self._time.run(now)
        return self._time.take()

    # What the bot may ask for

    def answer(self, now: Millis) -> Refusal | None:
        """Take the call: it is established a little later, and then has audio."""
        self._time.run(now)
        return self._line.answer()

    def reject(self, now: Millis) -> Refusal | None:
        """Turn the call away before it is answered."""
        self._time.run(now)
        return self._line.turn_away("rejected")

    def redirect(self, now: Millis, to: Sequence[Target]) -> Refusal | None:
        """Send the call elsewhere before it is answered; what becomes of it is not told."""
        self._time.run(now)
        if not to:
            return Refusal("invalid")
        if not self.call.phones and any(each.kind == "phone" for each in to):
            return Refusal("no_phones")
        return self._line.turn_away("redirected", tuple(to))

    def play(self, now: Millis, context: str, pieces: Sequence[Piece] | None) -> Refusal | None:
        """Play pieces one after the other; None while they are being fetched (see `fetched`)."""
        audio = None if pieces is None else tuple(pieces)
        return self._add(now, Operation(context, "play", audio), valid=audio != ())

    def record(
        self, now: Millis, context: str, plan: ClipPlan, pieces: Sequence[Piece] | None = ()
    ) -> Refusal | None:
        """Record a clip after at most one piece."""
        audio = None if pieces is None else tuple(pieces)
        valid = len(audio or ()) <= 1
        return self._add(now, Operation(context, "record", audio, plan), valid=valid)

    def send_tones(self, now: Millis, context: str, keys: str, gap: Millis) -> Refusal | None:
        """Play keys into the call, `gap` milliseconds apart."""
        length = self.rules.sent_tone + gap
        tones = tuple(Piece(f"tone {key}", length) for key in keys)
        return self._add(now, Operation(context, "tones", tones), valid=bool(tones))

    def fetched(self, now: Millis, context: str, audio: Sequence[Piece] | Result) -> None:
        """The pieces of an operation that waited for them, or why there are none."""
        self._time.run(now)
        self._media.fetched(context, audio)

    def cancel(self, now: Millis, *, barge_in: bool = False) -> Refusal | None:
        """End what plays, records and waits; `barge_in` when a new operation asked for it."""
        self._time.run(now)
        refused = self._line.refusal(media=True)
        if refused is None:
            self._media.cancel("barge_in" if barge_in else "cancel")
        return refused

    def subscribe(self, now: Millis) -> Refusal | None:
        """Be told of keys from now on, for the rest of the call."""
        self._time.run(now)
        refused = self._line.refusal(media=self.rules.tones_need_audio)
        if refused is None and self._listens_from is None:
            self._listens_from = now + self.rules.tones_lost_for
        return refused

    def transfer(
        self,
        now: Millis,
        to: Target,
        replaces: str = "",
        other: Other | None = None,
        transferee: str = "",
    ) -> Refusal | None:
        """Hand the caller on, blind or in place of another call of ours.

        That one is `other`, and `replaces` what it is called. From a group call `transferee` is
        the participant who is handed on.
        """
        self._time.run(now)
        return self._handovers.transfer(Handover(now, to, replaces, transferee), other)

    def invite(
        self, now: Millis, context: str, to: Sequence[Target], other: Other | None = None
    ) -> Refusal | None:
        """Ring those who are to join; `other` is a call of ours that the first of them leaves."""
        self._time.run(now)
        return self._invitations.invite(context, to, other)

    def keep_alive(self, now: Millis) -> Refusal | None:
        """Say that the call is still wanted."""
        self._time.run(now)
        return self._line.keep_alive()

    def look(self, now: Millis) -> Refusal | None:
        """Ask what became of the call; `state` and `audio` are then those of `now`."""
        self._time.run(now)
        return Refusal("gone") if self.ended else None

    def hang_up(self, now: Millis) -> Refusal | None:
        """End the call."""
        self._time.run(now)
        return self._line.hang_up()

    # What a tester does

    def press(self, now: Millis, key: str) -> bool:
        """The caller presses a key; False when he is not connected with us.

        Raises `UsageError` for anything but one of 0-9, *, # and A-D.
        """
        if len(key) != 1 or key not in KEYS:
            raise UsageError("A caller can press one key at a time: 0-9, *, # or A-D.")
        self._time.run(now)
        connected = self.state == "established"
        told = connected and self._listens_from is not None and self._listens_from <= now
        if connected and self._media.press(key) and not self.rules.stop_key_is_a_tone_too:
            told = False
        self.pressed.append(Pressed(self._time.now, key, told))
        if told:
            self._tell_tone(key)
        return connected

    def speak(self, now: Millis, length: Millis) -> None:
        """The caller speaks for `length` milliseconds from now on."""
        self._time.run(now)
        self._media.recorder.speak(length)

    def silence(self, now: Millis) -> None:
        """The caller stops speaking."""
        self._time.run(now)
        self._media.recorder.silence()

    def hang_up_caller(self, now: Millis) -> bool:
        """The other party hangs up; False when it is not on this line any more.

        In a group call only the caller goes. A meeting ends, as everybody else leaves it.
        """
        self._time.run(now)
        if self.conference.leave(now, self.conference.people.caller):
            return True
        if self.conference.people.group and self.state == "established":
            self._line.down("all_left")
            return True
        if self._line.callee_does("declined", 0):
            self._time.run(now)
            return True
        return self._line.caller_hangs_up()

    def set_callee_outcome(
        self, now: Millis, outcome: Outcome, after: Millis | None = None
    ) -> bool:
        """What the one does whom the bot calls; False when nobody rings any more."""
        self._time.run(now)
        return self._line.callee_does(outcome, after)

    def set_transfer_outcome(
        self, now: Millis, outcome: Outcome, after: Millis | None = None
    ) -> None:
        """What the far end does with transfers from now on, after how many milliseconds.

        While one rings already, this decides it: at once, unless `after` says otherwise.
        """
        self._time.run(now)
        self._handovers.decide(outcome, after)

    def set_invite_outcome(
        self, now: Millis, outcome: Outcome, after: Millis | None = None
    ) -> None:
        """What those do who are invited from now on, and those who ring already."""
        self._time.run(now)
        self._invitations.decide(outcome, after)

    def drop(self, now: Millis) -> None:
        """The line ends because another call has taken its place."""
        self._time.run(now)
        if self.ended is None:
            self._line.down("replaced")

    def _add(self, now: Millis, operation: Operation, *, valid: bool) -> Refusal | None:
        self._time.run(now)
        if not valid:
            return Refusal("invalid")
        return self._line.refusal(media=True) or self._media.add(operation)

    def _tell_tone(self, key: str) -> None:
        self._tones += 1
        delay = self.rules.tone
        tone = ToneHeard(self._time.now + delay, key, self._tones)
        self._time.after(delay, f"tone {self._tones}", partial(self._time.tell, tone))

"""Recording the caller: when a clip starts, what is in it, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ivr.core.values import Millis
from ivr.simulator.phone.rules import ClipPlan
from ivr.simulator.phone.signals import Clip, Result
from ivr.simulator.phone.timeline import Timeline

TIMERS = ("nothing_said", "pause", "clip_full")
NO_CLIP = ("nothing_said", "cancelled")


class Recorder:
    """One clip at a time; the caller's voice is known as stretches of time in `spoken`.

    The initial silence is counted from the start of the clip, after prompt and beep; the pause
    from the end of the last speech (Graph: call-record page).
    """

    def __init__(self, time: Timeline, ended: Callable[[Result, Clip | None], None]) -> None:
        self._time = time
        self._ended = ended
        self._plan: ClipPlan | None = None
        self._context = ""
        self._started: Millis = 0
        self.spoken: list[tuple[Millis, Millis]] = []
        self.clips: list[Clip] = []

    @property
    def active(self) -> bool:
        """Whether a clip is being made."""
        return self._plan is not None

    def start(self, context: str, plan: ClipPlan) -> None:
        """The clip begins now."""
        self._context, self._plan, self._started = context, plan, self._time.now
        self._end_after(plan.max_length, "clip_full", "max_length")
        if self._speaking():
            self._wait_for_pause()
        else:
            self._end_after(plan.first_sound, "nothing_said", "nothing_said")

    def stop(self, result: Result) -> Clip | None:
        """Close the clip that is being made, if there is one; returns it if it is kept."""
        self._time.drop(*TIMERS)
        plan, self._plan = self._plan, None
        if plan is None or result in NO_CLIP:
            return None
        clip = Clip(
            f"clip-{len(self.clips) + 1}",
            self._context,
            self._started,
            self._time.now,
            result,
            tuple(self._speech()),
        )
        self.clips.append(clip)
        return clip

    def press(self, key: str) -> bool:
        """A key; whether it was one that stops the clip."""
        if self._plan is None or key not in self._plan.stop_keys:
            return False
        self._end("end_key")
        return True

    def speak(self, length: Millis) -> None:
        """The caller speaks from now on for `length` milliseconds."""
        self.silence()
        self.spoken.append((self._time.now, self._time.now + length))
        self._wait_for_pause()

    def silence(self) -> None:
        """The caller stops speaking now."""
        if self._speaking():
            self.spoken[-1] = (self.spoken[-1][0], self._time.now)
            self._wait_for_pause()

    def _speaking(self) -> bool:
        return bool(self.spoken) and self.spoken[-1][1] > self._time.now

    def _wait_for_pause(self) -> None:
        if self._plan:
            self._time.drop("nothing_said")
            left = self.spoken[-1][1] - self._time.now
            self._end_after(left + self._plan.stop_after_silence, "pause", "silence")

    def _end_after(self, length: Millis, name: str, result: Result) -> None:
        self._time.after(length, name, partial(self._end, result))

    def _end(self, result: Result) -> None:
        clip = self.stop(result)
        self._ended(result, clip)

    def _speech(self) -> list[tuple[Millis, Millis]]:
        now = self._time.now
        inside = [
            (max(since, self._started), min(until, now))
            for since, until in self.spoken
            if until > self._started and since < now
        ]
        return [(since - self._started, until - self._started) for since, until in inside]

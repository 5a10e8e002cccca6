"""A circuit breaker: leaves a failing service in peace, and looks now and then whether it is back.

Pure: the clock comes in. A service that is in trouble answers late, and what waits for it holds
connections that others need; a request that is turned away here was never sent, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable

WINDOW = 10.0
"""Seconds over which outcomes are counted; old ones go half a window at a time."""
LEAST = 20
"""Outcomes in a window below which nothing is concluded."""
SHARE = 0.5
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 10.0
"""Seconds without requests: short, as a caller waits. Each failed probe doubles them."""
PROBE_WAIT = 0.5
"""Seconds after which those may ask again that came while a probe was out."""


class Breaker:
    """The state of one service. `clock` gives seconds, best those of a monotonic clock.

    Closed, all may go. Once half of at least `LEAST` outcomes in a window are failures it opens:
    none may go for a pause. Then it is half open: one probe at a time may go, and its outcome
    closes it or opens it for longer.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pause = FIRST_PAUSE
        self._again_at: float | None = None
        self._probing = False
        self._since = self._half_began = clock()
        self._before = self._counts = (0, 0)

    def open_for(self) -> float:
        """The seconds for which nothing may go; 0 when it is worth asking `admit`."""
        return max(self._again_at - self._clock(), 0.0) if self._again_at is not None else 0.0

    def admit(self) -> float:
        """0 when a request may go now, else the seconds after which it may ask again.

        Whoever may go must tell how it went, by `report` or `abandon`.
        """
        if self._again_at is None:
            return 0.0
        now = self._clock()
        if now < self._again_at:
            return self._again_at - now
        if self._probing:
            return PROBE_WAIT
        self._probing, self._since = True, now
        return 0.0

    def report(self, began: float, *, ok: bool) -> None:
        """How a request went that began at `began`; one from before the last turn says nothing."""
        if began < self._since:
            return
        if self._again_at is None:
            self._count(ok)
        elif ok:
            self._close()
        elif self._probing:
            self._open(min(self._pause * 2, LONGEST_PAUSE))

    def abandon(self, began: float) -> None:
        """A request was given up, so nobody knows how it would have gone."""
        if began >= self._since:
            self._probing = False

    def _count(self, ok: bool) -> None:
        now = self._clock()
        if now - self._half_began >= WINDOW / 2:
            stale = now - self._half_began >= WINDOW
            self._before = (0, 0) if stale else self._counts
            self._counts, self._half_began = (0, 0), now
        good, bad = self._counts
        self._counts = (good + ok, bad + (not ok))
        failed = self._before[1] + self._counts[1]
        total = sum(self._before) + sum(self._counts)
        if not ok and total >= LEAST and failed >= total * SHARE:
            self._open(FIRST_PAUSE)

    def _open(self, pause: float) -> None:
        now = self._clock()
        self._pause, self._again_at = pause, now + pause
        self._turn(now)

    def _close(self) -> None:
        self._again_at = None
        self._turn(self._clock())

    def _turn(self, now: float) -> None:
        """Begin anew: what was counted, and what is still under way, says nothing any more."""
        self._since = self._half_began = now
        self._before = self._counts = (0, 0)
        self._probing = False

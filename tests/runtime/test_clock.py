"""The time of day as calls see it: it is followed forward, and never back."""

from __future__ import annotations

from ivr.runtime.clock import OnwardTime

HOUR = 3_600


class Machine:
    """A wall clock that can be set, and a counter that cannot; both in seconds here."""

    def __init__(self) -> None:
        self.wall, self.counter = 1_000_000, 50
        self.time = OnwardTime(lambda: self.wall, lambda: self.counter)

    def wait(self, seconds: int) -> None:
        self.wall += seconds
        self.counter += seconds


def test_it_is_the_clock_as_long_as_nobody_sets_that() -> None:
    machine = Machine()
    for _ in range(100):
        machine.wait(7)
        assert machine.time.now() == machine.wall


def test_a_clock_that_is_set_forward_is_followed_at_once() -> None:
    machine = Machine()
    machine.wall += HOUR
    assert machine.time.now() == machine.wall


def test_a_clock_that_is_set_back_holds_up_no_deadline() -> None:
    machine = Machine()
    before = machine.time.now()
    machine.wall -= HOUR
    machine.wait(1_000)
    assert machine.time.now() - before == 950


def test_time_and_clock_meet_again() -> None:
    machine = Machine()
    machine.time.now()
    machine.wall -= HOUR
    for _ in range(HOUR * 20 // 100):
        machine.wait(100)
        machine.time.now()
    assert machine.time.now() == machine.wall


def test_it_never_runs_backwards() -> None:
    machine = Machine()
    last = machine.time.now()
    for change in (-5, 3, -HOUR, HOUR, -1, -1, -1):
        machine.wall += change
        assert machine.time.now() >= last
        last = machine.time.now()

"""The circuit breaker: when it opens, whom it lets through, and how it closes again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.net.breaker import FIRST_PAUSE, LEAST, LONGEST_PAUSE, PROBE_WAIT, WINDOW, Breaker


class Service:
    """A breaker before a service, with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.breaker = Breaker(lambda: self.now)

    def ask(self, *, ok: bool) -> float:
        """One request, which takes no time; 0, or how long it was told to wait."""
        wait = self.breaker.admit()
        if not wait:
            self.breaker.report(self.now, ok=ok)
        return wait

    def fail(self, times: int) -> None:
        for _ in range(times):
            self.ask(ok=False)

    def opened(self) -> Service:
        self.fail(LEAST)
        assert self.breaker.open_for() == FIRST_PAUSE
        return self


def test_it_opens_at_twenty_failures_and_not_before() -> None:
    service = Service()
    service.fail(LEAST - 1)
    assert service.ask(ok=False) == 0.0
    assert service.ask(ok=False) == FIRST_PAUSE


def test_it_opens_when_half_of_the_requests_fail_and_not_before() -> None:
    service = Service()
    for _ in range(5 * LEAST):
        service.ask(ok=True)
        service.ask(ok=True)
        assert service.ask(ok=False) == 0.0
    other = Service()
    for _ in range(LEAST // 2):
        other.ask(ok=True)
    other.fail(LEAST // 2)
    assert other.ask(ok=True) == FIRST_PAUSE


def test_a_success_never_opens_it() -> None:
    service = Service()
    service.fail(LEAST - 1)
    for _ in range(3):
        assert service.ask(ok=True) == 0.0


def test_what_failed_long_ago_is_forgotten() -> None:
    service = Service()
    service.fail(LEAST - 1)
    service.now += 2 * WINDOW
    service.fail(LEAST - 1)
    assert service.ask(ok=True) == 0.0


def test_a_slow_trickle_of_failures_does_not_open_it() -> None:
    service = Service()
    for _ in range(10 * LEAST):
        assert service.ask(ok=False) == 0.0
        service.now += WINDOW / (LEAST / 2)


def test_failures_before_and_after_the_middle_of_a_window_count_together() -> None:
    service = Service()
    service.fail(LEAST // 2)
    service.now += WINDOW / 2
    service.fail(LEAST // 2)
    assert service.breaker.open_for() > 0


def test_the_wait_gets_shorter_as_time_passes() -> None:
    service = Service().opened()
    service.now += FIRST_PAUSE / 4
    assert service.ask(ok=True) == service.breaker.open_for() == FIRST_PAUSE * 3 / 4


def test_one_probe_at_a_time_goes_through() -> None:
    service = Service().opened()
    service.now += FIRST_PAUSE
    assert service.breaker.open_for() == 0.0
    assert service.breaker.admit() == 0.0
    assert [service.breaker.admit() for _ in range(3)] == [PROBE_WAIT] * 3


def test_a_probe_that_succeeds_closes_it() -> None:
    service = Service().opened()
    service.now += FIRST_PAUSE
    assert service.ask(ok=True) == 0.0
    assert [service.ask(ok=True) for _ in range(50)] == [0.0] * 50
    service.fail(LEAST // 2)  # of sixty
    assert service.ask(ok=True) == 0.0


def test_a_probe_that_fails_doubles_the_pause_up_to_a_limit() -> None:
    service, pauses = Service().opened(), []
    for _ in range(6):
        service.now += service.breaker.open_for()
        assert service.ask(ok=False) == 0.0
        pauses.append(service.breaker.open_for())
    assert pauses == [2.0, 4.0, 8.0, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    service.now += LONGEST_PAUSE
    service.ask(ok=True)
    service.opened()  # it begins with a short pause again


def test_a_probe_that_is_given_up_makes_room_for_another() -> None:
    service = Service().opened()
    service.now += FIRST_PAUSE
    assert service.breaker.admit() == 0.0
    service.breaker.abandon(service.now)
    assert service.breaker.admit() == 0.0


def test_requests_from_before_it_opened_change_nothing() -> None:
    service = Service()
    began = service.now
    service.now += 1
    service.opened()
    service.breaker.report(began, ok=True)
    assert service.breaker.open_for() == FIRST_PAUSE
    service.now += FIRST_PAUSE
    service.breaker.admit()
    service.breaker.report(began, ok=False)
    service.breaker.abandon(began)
    assert service.breaker.admit() == PROBE_WAIT  # the probe is still out
    service.breaker.report(service.now, ok=True)
    assert service.ask(ok=True) == 0.0


def test_a_success_of_somebody_who_needed_no_leave_closes_it() -> None:
    """What is urgent is sent although the breaker is open."""
    service = Service().opened()
    service.now += FIRST_PAUSE / 2
    service.breaker.report(service.now, ok=False)
    assert service.breaker.open_for() == FIRST_PAUSE / 2
    service.breaker.report(service.now, ok=True)
    assert service.ask(ok=True) == 0.0


@given(st.lists(st.tuples(st.floats(0, 30), st.booleans(), st.booleans()), max_size=200))
def test_it_never_waits_for_ever(steps: list[tuple[float, bool, bool]]) -> None:
    """Whatever happens, somebody may go after the longest pause."""
    service = Service()
    for passed, ok, told in steps:
        service.now += passed
        wait = service.breaker.admit()
        assert 0.0 <= wait <= LONGEST_PAUSE
        if not wait and told:
            service.breaker.report(service.now, ok=ok)
        elif not wait:
            service.breaker.abandon(service.now)
    service.now += LONGEST_PAUSE
    assert service.breaker.admit() == 0.0

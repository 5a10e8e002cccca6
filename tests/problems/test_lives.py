"""P31 to P37: keeping calls, calls that are gone, answers that fail, and days without calls."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.problems.flows import DIGITS, HELLO, HOLD, MENU, REMIND
from tests.problems.place import HOUR, MINUTE, OUT, SECOND, Place

PHONE = "+442079460123"


# -- keeping a call ------------------------------------------------------------------------


@pytest.mark.problem("P31", fault="keep_alive_fails")
@pytest.mark.problem("P31", fault="keep_alives_fail")
@pytest.mark.problem("P60", fault="lost_answer_keepAlive")
async def test_a_call_outlives_keep_alives_that_fail(place: Place) -> None:
    call = await place.connect(HOLD)
    place.strike()
    await place.hold(call.id, 2 * HOUR)
    assert call.phone.state == "established"
    assert (await place.now(call.id)).phase == "connected"


@pytest.mark.problem("P31", "P60", fault="keep_alives_lost")
async def test_people_are_told_while_a_call_can_still_be_saved(place: Place) -> None:
    call = await place.connect(HOLD)
    place.strike()
    with capture_logs() as logs:
        await place.hold(call.id, 20 * MINUTE)
        await place.pass_(12 * MINUTE)
    assert "keep_alive_failing" in [log["event"] for log in logs]
    assert call.phone.state == "established", "thirty-two minutes of forty-five"


@pytest.mark.problem("P31", fault="short_life")
async def test_a_call_that_was_not_kept_long_enough_is_over_here_too(place: Place) -> None:
    place.strike()
    call = await place.connect(HOLD)
    await place.hold(call.id, 3 * MINUTE)
    assert (await place.until_closed(call.id)).end == "failed 408/8537"


@pytest.mark.problem("P34", fault="no_hidden_timers")
async def test_a_call_that_is_kept_alive_lasts_a_day(place: Place) -> None:
    call = await place.connect(HOLD)
    await place.hold(call.id, 22 * HOUR)
    assert call.phone.state == "established"
    assert len(place.asked(call, "keepAlive")) in range(70, 112)
    await place.hold(call.id, 2 * HOUR)
    assert (await place.row(call.id)).result == "thanks", "only the flow itself has ended it"


# -- calls that are gone -------------------------------------------------------------------


@pytest.mark.problem("P32", fault="keep_alive_gone")
async def test_a_keep_alive_that_finds_nothing_ends_the_call_here(place: Place) -> None:
    call = await place.connect(HOLD)
    place.strike()
    await place.hold(call.id, HOUR)
    assert (await place.row(call.id)).end == "failed 8522"
    assert place.asked(call)[-1] == "keepAlive"


@pytest.mark.problem("P32", fault="gone_for_everything")
async def test_any_request_that_finds_no_call_ends_it_here(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    row = await place.until_closed(call.id, 5 * SECOND)
    assert (row.end, row.result) == ("failed 8522", "caller_hung_up")
    asked = place.asked(call)
    await place.pass_(HOUR // 10)
    assert place.asked(call) == asked


@pytest.mark.problem("P13", "P32", fault="silent_end")
async def test_an_end_of_which_nobody_tells_is_found_by_the_next_keep_alive(place: Place) -> None:
    call = await place.connect(HOLD)
    place.strike()
    place.hang_up(call)
    await place.hold(call.id, 20 * MINUTE)
    assert (await place.row(call.id)).end == "failed 8522"


# -- answers -------------------------------------------------------------------------------


@pytest.mark.problem("P33", fault="answer_400")
@pytest.mark.problem("P33", "P48", fault="answer_403")
@pytest.mark.problem("P33", "P36", fault="answer_gone")
@pytest.mark.problem("P36", fault="answer_too_late")
@pytest.mark.problem("P46", fault="answer_accepted_elsewhere")
async def test_nothing_is_left_of_a_call_whose_answer_failed(place: Place) -> None:
    place.strike()
    call = await place.ring(HOLD)
    row = await place.until_closed(call.id, 10 * SECOND)
    assert row.end.startswith("failed")
    asked = place.asked(call)
    place.sleep(HOUR)
    await place.pass_(MINUTE)
    assert place.asked(call) == asked
    assert len(place.node.performer) == 0


@pytest.mark.problem("P33", fault="answer_500")
@pytest.mark.problem("P33", "P60", fault="answer_hangs")
@pytest.mark.problem("P60", fault="lost_request_answer")
async def test_an_answer_that_was_not_taken_is_given_again(place: Place) -> None:
    place.strike()
    call = await place.ring(HELLO)
    await place.pass_(6 * SECOND)
    assert place.asked(call, "answer") == ["answer"] * 2
    assert "get" in place.asked(call, "get"), "only once it is known that nobody has answered"
    assert (await place.until_closed(call.id)).result == "done"


@pytest.mark.problem("P33", "P60", fault="answer_500_taken")
@pytest.mark.problem("P33", "P60", fault="answer_hangs_taken")
async def test_an_answer_that_was_taken_is_not_given_again(place: Place) -> None:
    place.strike()
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "done"
    assert place.asked(call, "answer") == ["answer"]


# -- establishing --------------------------------------------------------------------------


@pytest.mark.problem("P35", fault="stuck_establishing")
async def test_a_call_that_is_not_established_is_given_up_in_time(place: Place) -> None:
    place.strike()
    call = await place.ring(MENU)
    row = await place.until_closed(call.id)
    assert row.end == "failed not established in time"
    assert await place.lasted(call.id) < 21 * SECOND
    assert call.phone.ended == "we_hung_up"


@pytest.mark.problem("P35", fault="stuck_establishing")
async def test_nobody_is_called_for_ever_who_cannot_be_reached(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    await place.hold(OUT, HOUR)
    assert (await place.row(OUT)).result == "not_reached"
    assert len(place.legs) == 2, "as often as the flow says"


@pytest.mark.problem("P35", fault="established_slowly")
@pytest.mark.problem("P35", fault="slow_service")
@pytest.mark.problem("P36", fault="answer_almost_too_late")
async def test_a_call_that_takes_its_time_is_served(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert place.whole(call) == ["hello", "account"]


@pytest.mark.problem("P35", fault="down_for_a_while")
async def test_a_service_that_is_down_is_left_in_peace_until_it_is_back(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    await place.pass_(2 * MINUTE)
    assert call.phone.ended == "we_hung_up", "nobody is left on the line"
    assert len(place.graph.log) < 60
    other = await place.ring()
    await place.talk(other, account="4711")
    assert (await place.until_closed(other.id)).result == "right"


@pytest.mark.problem("P35", "P56", fault="half_of_it_fails")
async def test_a_call_gets_through_although_every_request_fails_once(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"


# -- the first call, and none for a long time ----------------------------------------------


@pytest.mark.problem("P36", fault="cold_process")
async def test_a_process_that_has_just_started_answers_in_time(place: Place) -> None:
    await place.serve(HELLO, warm=0)
    call = await place.ring()
    await place.pass_(500)
    assert place.asked(call, "answer") == ["answer"]
    assert place.exchanges(call)[0].at - call.phone.call.at < 500


@pytest.mark.problem("P37", fault="no_incoming_calls")
async def test_after_days_without_calls_the_next_one_is_taken(place: Place) -> None:
    await place.serve(HELLO)
    place.strike()
    for _ in range(3):
        await place.ring()
        place.sleep(24 * HOUR)
        await place.pass_(MINUTE)
    place.relent()
    call = await place.ring()
    assert (await place.until_closed(call.id)).result == "done"

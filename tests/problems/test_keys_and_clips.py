"""P25 to P30: keys that do not come, come twice or out of order, and clips that get lost."""

from __future__ import annotations

import pytest

from ivr.simulator.graph.leg import Leg
from tests.problems.flows import DIGITS, GROUP, MESSAGE
from tests.problems.place import MINUTE, SECOND, Place

THIRTY = "471100998877665544332211012345"
LONG = f"""
vars: {{ account: {{ type: digits }} }}
states:
  ask: {{ type: collect, prompt: account, digits: 30, save_as: account,
         on: {{ done: sort, give_up: nobody }} }}
  sort: {{ type: choose, when: [{{ if: "account = '{THIRTY}'", go: right }}, {{ else: wrong }}] }}
"""
TWICE = """
states:
  one: { type: menu, prompt: first, on: { "1": rest, give_up: nobody } }
  rest: { type: wait, for: 75s, next: two }
  two: { type: menu, prompt: second, on: { "1": done, give_up: nobody } }
"""
BEEP = 1_700
"""A clip has begun by then, with its prompt and its beep, in milliseconds after the ringing."""


# -- keys ----------------------------------------------------------------------------------


@pytest.mark.problem("P25", fault="tones_refused")
async def test_keys_are_asked_for_again_when_that_was_refused(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert len(place.asked(call, "subscribeToTone")) == 2


@pytest.mark.problem("P25", fault="tones_refused_for_ever")
@pytest.mark.problem("P25", fault="lost_tones")
async def test_whose_keys_never_come_is_led_out_of_the_question(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "nobody"
    assert place.whole(call) == ["hello", "account", "account", "account"]
    assert len(place.asked(call, "subscribeToTone")) < 10


@pytest.mark.problem("P25", fault="tones_late")
@pytest.mark.problem("P27", fault="lost_tone")
async def test_who_is_not_understood_is_asked_again(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert place.whole(call) == ["hello", "account", "account"]


@pytest.mark.problem("P27", fault="doubled_tones")
@pytest.mark.problem("P27", fault="swapped_tones")
@pytest.mark.problem("P27", fault="tones_without_number")
@pytest.mark.problem("P27", fault="doubled_notifications")
async def test_keys_count_once_each_and_in_their_order(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert place.whole(call) == ["hello", "account"]


@pytest.mark.problem("P27", fault="burst_of_tones")
async def test_thirty_keys_in_a_second_are_thirty_keys(place: Place) -> None:
    call = await place.connect(LONG)
    for key in THIRTY:
        place.press(call, key)
        await place.pass_(33)
    assert (await place.until_closed(call.id)).result == "right"


@pytest.mark.problem("P27", fault="tones_start_again")
async def test_keys_that_are_counted_anew_after_a_minute_are_new_keys(place: Place) -> None:
    call = await place.connect(TWICE)
    place.press(call, "1")
    place.strike()
    await place.pass_(80 * SECOND)
    assert place.heard(call) == ["first", "second"]
    place.press(call, "1")
    assert (await place.until_closed(call.id)).result == "done"


@pytest.mark.problem("P26", fault="keys_of_a_third_party")
async def test_nobody_is_asked_for_a_secret_while_somebody_else_can_press_keys(
    place: Place,
) -> None:
    call = await place.connect(GROUP)
    await place.pass_(5 * SECOND)
    assert len(call.phone.conference.people.all()) == 3
    place.press(call, "1")
    assert (await place.until_closed(call.id)).result == "not_safe"
    assert "pin" not in place.heard(call)


# -- clips ---------------------------------------------------------------------------------


def speak(place: Place, call: Leg, seconds: int) -> None:
    call.phone.speak(place.graph.clock.now(), seconds * 1000)
    place.graph.settle(call)


async def leave_word(place: Place) -> Leg:
    """Somebody calls and speaks for two seconds after the beep."""
    call = await place.ring(MESSAGE)
    await place.pass_(BEEP)
    speak(place, call, 2)
    return call


@pytest.mark.problem("P28", fault="recording_lost_at_hang_up")
async def test_a_clip_that_a_hang_up_cuts_off_is_not_promised(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    await place.pass_(SECOND)
    place.hang_up(call)
    assert (await place.until_closed(call.id)).result == "empty"


@pytest.mark.problem("P28", fault="recording_kept_at_hang_up")
async def test_a_clip_that_survives_a_hang_up_is_kept(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    await place.pass_(SECOND)
    place.hang_up(call)
    assert (await place.until_closed(call.id)).result == "kept"


@pytest.mark.problem("P28", fault="lost_record_completion")
async def test_a_clip_of_which_nothing_is_told_has_a_deadline(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    assert (await place.until_closed(call.id, 3 * MINUTE)).result == "lost"


@pytest.mark.problem("P16", fault="recording_before_answer")
@pytest.mark.problem("P16", "P60", fault="lost_answer_recordResponse")
async def test_a_clip_that_is_over_before_its_request_is_answered_is_kept(place: Place) -> None:
    place.strike()
    call = await place.ring(MESSAGE)
    await place.pass_(BEEP)
    speak(place, call, 2)
    await place.pass_(50)
    place.press(call, "#")
    assert (await place.until_closed(call.id)).result == "kept"
    assert place.asked(call, "recordResponse") == ["recordResponse"]


@pytest.mark.problem("P29", fault="recording_503_once")
@pytest.mark.problem("P29", fault="recording_stalls")
@pytest.mark.problem("P29", fault="recording_truncated")
@pytest.mark.problem("P29", fault="recording_is_a_web_page")
async def test_a_clip_is_fetched_until_it_is_whole(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    assert (await place.until_closed(call.id)).result == "kept"
    [clip] = place.clips()
    assert clip.startswith(b"RIFF")
    assert await place.lasted(call.id) < 20 * SECOND


@pytest.mark.problem("P29", fault="recording_401")
@pytest.mark.problem("P29", fault="recording_403")
@pytest.mark.problem("P29", fault="recording_404")
@pytest.mark.problem("P29", fault="recording_410")
async def test_a_clip_that_is_not_given_is_told_as_lost(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    assert (await place.until_closed(call.id)).result == "lost"
    fetched = [each for each in place.graph.log if each.operation == "recording"]
    assert len(fetched) == 1


@pytest.mark.problem("P30", fault="record_result_8509")
@pytest.mark.problem("P30", fault="record_result_8514")
@pytest.mark.problem("P30", fault="record_result_8515")
@pytest.mark.problem("P30", fault="record_result_8588")
@pytest.mark.problem("P30", fault="record_silence_as_400")
async def test_an_ending_that_has_a_clip_is_no_failure_whatever_its_code(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    assert (await place.until_closed(call.id)).result == "kept"


@pytest.mark.problem("P30", fault="record_result_8510")
async def test_who_says_nothing_has_not_failed(place: Place) -> None:
    place.strike()
    call = await place.ring(MESSAGE)
    assert (await place.until_closed(call.id)).result == "silent"


@pytest.mark.problem("P30", fault="record_result_8503")
@pytest.mark.problem("P30", fault="record_result_8504")
@pytest.mark.problem("P30", fault="record_result_8508")
@pytest.mark.problem("P30", fault="record_result_8511")
@pytest.mark.problem("P30", fault="record_result_8512")
@pytest.mark.problem("P30", fault="record_result_8513")
async def test_a_clip_that_could_not_be_made_has_failed(place: Place) -> None:
    place.strike()
    call = await leave_word(place)
    assert (await place.until_closed(call.id)).result == "lost"

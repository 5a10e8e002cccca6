"""P08 to P15: the old form, odd spellings, and notifications that are lost, doubled or late.

Whatever becomes of the notifications, the caller's experience is that of a call without faults.
"""

from __future__ import annotations

import pytest

from ivr.simulator.graph.leg import Leg
from tests.problems.flows import DESKS, DIGITS, HOLD, MENU
from tests.problems.place import MINUTE, SECOND, Place

RIGHT = ["hello", "account"]
"""What a caller of `DIGITS` hears who does as asked."""


async def account(place: Place, call: Leg) -> str:
    """The caller enters his account as soon as he is asked; the result of the call."""
    await place.talk(call, account="4711")
    return (await place.until_closed(call.id)).result


@pytest.mark.problem("P08", "P09", fault="legacy_first")
@pytest.mark.problem("P08", "P09", fault="legacy_twice")
async def test_the_old_form_is_asked_to_come_again(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.pass_(SECOND)
    assert place.asked(call, "answer") == ["answer"]
    assert place.statuses(call)[0] == 204
    assert await account(place, call) == "right"


@pytest.mark.problem("P08", fault="legacy_only")
async def test_the_old_form_alone_begins_nothing(place: Place) -> None:
    place.strike()
    call = await place.ring(MENU)
    await place.pass_(MINUTE)
    assert place.statuses(call)[0] == 204
    assert place.asked(call) == []
    assert not await place.shared.store.known(call.id)


@pytest.mark.problem("P08", "P09", fault="legacy_always")
async def test_the_old_form_of_one_call_between_the_forms_of_another(place: Place) -> None:
    place.strike()
    await place.serve(MENU)
    calls = [await place.ring() for _ in range(3)]
    await place.pass_(SECOND)
    for call in calls:
        assert call.phone.state == "established"
        assert place.statuses(call)[:2] == [204, 202]


@pytest.mark.problem("P10", fault="unknown_type")
@pytest.mark.problem("P10", fault="unknown_operation")
@pytest.mark.problem("P10", fault="unknown_tone")
@pytest.mark.problem("P10", fault="unknown_status")
async def test_what_nobody_knows_is_acknowledged_and_stops_nothing(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    assert await account(place, call) == "right"
    assert set(place.statuses(call)) == {202}


@pytest.mark.problem("P10", fault="unknown_state")
async def test_a_state_that_nobody_knows_is_noted_and_passed_over(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    assert await account(place, call) == "right"
    events = [line.event for line in await place.shared.store.journal(call.id)]
    assert events[1] == "unrecognised"


@pytest.mark.problem("P10", fault="not_json")
async def test_what_is_no_json_is_refused_and_changes_nothing(place: Place) -> None:
    call = await place.connect(MENU)
    place.strike()
    place.press(call, "1")
    await place.pass_(200)
    assert place.statuses(call)[-1] == 400
    place.press(call, "2")
    assert (await place.until_closed(call.id)).result == "bills"


@pytest.mark.problem("P11", fault="spelt_upper_case_ids")
@pytest.mark.problem("P11", fault="spelt_resource_only")
@pytest.mark.problem("P11", fault="spelt_no_leading_slash")
@pytest.mark.problem("P11", fault="spelt_numbers_as_text")
@pytest.mark.problem("P11", fault="spelt_capital_states")
@pytest.mark.problem("P11", fault="spelt_capital_changes")
@pytest.mark.problem("P11", fault="spelt_old_types")
@pytest.mark.problem("P11", fault="spelt_bare_types")
@pytest.mark.problem("P11", fault="spelt_without_ids")
@pytest.mark.problem("P11", fault="spelt_unknown_members")
@pytest.mark.problem("P12", fault="spelt_windows_charset")
@pytest.mark.problem("P12", fault="spelt_byte_order_mark")
@pytest.mark.problem("P11", "P12", fault="spelt_in_every_way")
@pytest.mark.problem("P13", fault="lost_establishing")
@pytest.mark.problem("P13", fault="lost_established")
@pytest.mark.problem("P14", fault="established_twice")
@pytest.mark.problem("P14", fault="established_five_times")
@pytest.mark.problem("P14", fault="established_without_state")
@pytest.mark.problem("P14", fault="audio_told_twice")
@pytest.mark.problem("P14", fault="doubled_notifications")
@pytest.mark.problem("P14", fault="storm_of_copies")
@pytest.mark.problem("P14", fault="repeated_entry")
@pytest.mark.problem("P15", fault="established_before_establishing")
@pytest.mark.problem("P13", "P15", fault="late_established")
async def test_the_caller_notices_nothing(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    assert await account(place, call) == "right"
    assert place.whole(call) == place.heard(call) == RIGHT
    assert place.asked(call) == [
        "answer", "subscribeToTone", "playPrompt", "playPrompt", "delete",
    ]  # fmt: skip
    assert await place.lasted(call.id) < 5 * SECOND


@pytest.mark.problem("P13", "P14", fault="lost_audio")
@pytest.mark.problem("P14", fault="audio_inactive")
async def test_without_word_of_the_audio_we_speak_after_two_seconds(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.pass_(3 * SECOND)
    assert place.heard(call) == ["hello"]
    assert await account(place, call) == "right"
    assert place.whole(call) == RIGHT


@pytest.mark.problem("P14", "P35", fault="no_audio_for_long")
async def test_audio_that_comes_late_is_waited_for(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    assert await account(place, call) == "right"
    assert place.whole(call) == RIGHT


@pytest.mark.problem("P13", fault="lost_completion")
@pytest.mark.problem("P13", fault="lost_completions")
@pytest.mark.problem("P15", fault="late_completion")
@pytest.mark.problem("P15", fault="completion_after_end")
async def test_the_end_of_a_prompt_that_nobody_tells_has_a_deadline(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    assert await account(place, call) == "right"
    assert place.whole(call) == RIGHT
    assert await place.lasted(call.id) < 15 * SECOND


@pytest.mark.problem("P13", fault="empty_body")
@pytest.mark.problem("P13", fault="no_entries")
@pytest.mark.problem("P13", fault="null_entries")
async def test_a_post_that_tells_nothing_makes_us_ask(place: Place) -> None:
    call = await place.connect(HOLD)
    place.strike()
    place.hang_up(call)
    assert (await place.until_closed(call.id, 5 * SECOND)).end == "failed 404"
    assert place.asked(call, "get") == ["get"]
    assert set(place.statuses(call)) == {202}


@pytest.mark.problem("P13", fault="empty_bodies")
async def test_a_call_of_empty_bodies_comes_to_an_end(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    await place.talk(call, 2 * MINUTE, account="4711")
    assert (await place.until_closed(call.id)).result == "nobody"
    assert set(place.statuses(call)) == {202}


@pytest.mark.problem("P13", fault="no_signal")
async def test_a_call_of_which_nothing_more_is_told_comes_to_an_end(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    await place.talk(call, 2 * MINUTE, account="4711")
    row = await place.until_closed(call.id, 2 * MINUTE)
    assert (row.result, row.end) == ("nobody", "unconfirmed")
    assert call.phone.ended == "we_hung_up"


@pytest.mark.problem("P13", fault="lost_incoming")
async def test_a_call_of_which_nobody_tells_us_disturbs_no_other(place: Place) -> None:
    await place.serve(MENU)
    place.strike()
    lost, call = await place.ring(), await place.ring()
    await place.pass_(SECOND)
    assert not await place.shared.store.known(lost.id)
    assert call.phone.state == "established"


@pytest.mark.problem("P15", fault="accepted_before_transferring")
@pytest.mark.problem("P13", fault="lost_transfer_progress")
async def test_a_transfer_is_done_whatever_is_told_of_its_way(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    row = await place.until_closed(call.id)
    assert (row.result, row.end) == ("served", "transferred 0/7015")
    assert place.asked(call, "transfer") == ["transfer"]


@pytest.mark.problem("P15", fault="terminated_first")
async def test_nothing_that_comes_after_the_end_brings_a_call_back(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    row = await place.until_closed(call.id)
    asked = place.asked(call)
    await place.pass_(MINUTE)
    assert place.statuses(call)[-1] == 202
    assert place.asked(call) == asked == ["answer", "delete"]
    assert await place.row(call.id) == row

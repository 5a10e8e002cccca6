"""P38 to P46: transfers that fail or are told in odd words, guests, and calls that two take."""

from __future__ import annotations

import pytest

from ivr.simulator.faults.catalogue import fault_named
from tests.problems.flows import (
    DESK,
    DESKS,
    EXPERT,
    GREET_AND_HOLD,
    HELLO,
    MENU,
    REDIRECT,
    REJECT,
    SALES,
    WHO,
)
from tests.problems.place import HOUR, MINUTE, SECOND, Place

DECISIONS = ("answer", "reject", "redirect")


def rung(place: Place) -> list[str]:
    """Whom callers were handed to, in order."""
    return [f"{each.to.kind}:{each.to.id}" for call in place.legs for each in call.phone.handovers]


# -- transfers -----------------------------------------------------------------------------


@pytest.mark.problem("P38", fault="transfer_fails_8538")
@pytest.mark.problem("P38", fault="transfer_fails_8539")
@pytest.mark.problem("P38", fault="transfer_fails_8540")
@pytest.mark.problem("P38", fault="transfer_fails_8541")
@pytest.mark.problem("P38", fault="transfer_fails_10037")
@pytest.mark.problem("P38", fault="transfer_fails_10076")
@pytest.mark.problem("P38", fault="transfer_fails_10134")
@pytest.mark.problem("P38", fault="transfer_fails_10199")
async def test_after_a_transfer_that_failed_the_next_one_is_rung_and_then_somebody_speaks(
    place: Place,
) -> None:
    place.strike()
    call = await place.ring(DESKS)
    assert (await place.until_closed(call.id)).result == "nobody"
    assert rung(place) == [SALES, DESK]
    assert place.whole(call) == ["moment", "next_one", "nobody_there"]
    assert await place.lasted(call.id) < 10 * SECOND, "as soon as it is told"


@pytest.mark.problem("P38", fault="transfer_hop_limit")
@pytest.mark.problem("P49", fault="wrong_tenant")
async def test_a_transfer_that_is_refused_is_the_next_ones(place: Place) -> None:
    call = await place.connect(DESKS)
    place.strike()
    assert (await place.until_closed(call.id)).result == "served"
    assert rung(place) == [DESK]
    assert place.whole(call) == ["moment", "next_one"]


@pytest.mark.problem("P39", fault="media_refused_after_transfer")
@pytest.mark.problem("P39", fault="media_refused_for_a_second")
@pytest.mark.problem("P39", fault="transfer_takes_audio")
async def test_who_comes_back_hears_the_next_prompt_however_long_there_is_no_sound(
    place: Place,
) -> None:
    place.strike()
    call = await place.ring(DESKS)
    row = await place.until_closed(call.id, 2 * MINUTE)
    assert row.result == "nobody"
    assert place.whole(call) == ["moment", "next_one", "nobody_there"]


@pytest.mark.problem("P39", fault="media_not_ready")
async def test_a_call_that_is_not_ready_for_a_prompt_is_asked_a_moment_later(place: Place) -> None:
    place.strike()
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "done"
    assert place.whole(call) == ["hello"]


@pytest.mark.problem("P39", "P45", fault="lost_transfer_failure")
async def test_a_transfer_of_which_nothing_is_told_is_asked_after(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    call.phone.set_transfer_outcome(place.graph.clock.now(), "declined")
    assert (await place.until_closed(call.id, 2 * MINUTE)).result == "nobody"
    assert rung(place) == [SALES, DESK]


@pytest.mark.problem("P39", fault="voicemail_takes_the_transfer")
@pytest.mark.problem("P41", fault="nothing_after_transfer")
async def test_who_was_handed_on_has_left_us_and_no_more_is_claimed(place: Place) -> None:
    call = await place.ring(DESKS)
    row = await place.until_closed(call.id)
    assert (row.result, row.end) == ("served", "transferred 0/7015")
    asked = place.asked(call)
    assert asked[-1] == "transfer"
    place.sleep(HOUR)
    await place.pass_(MINUTE)
    assert place.asked(call) == asked


@pytest.mark.problem("P40", fault="transfer_told_by_result")
@pytest.mark.problem("P40", fault="transfer_told_by_reason")
@pytest.mark.problem("P40", fault="transfer_told_both_ways")
@pytest.mark.problem("P40", fault="transfer_told_neither_way")
@pytest.mark.problem("P40", fault="transfer_told_as_200")
@pytest.mark.problem("P13", "P41", fault="lost_transfer_progress")
async def test_a_transfer_that_worked_is_told_in_many_ways(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    row = await place.until_closed(call.id)
    assert (row.result, row.end.split()[0]) == ("served", "transferred")
    assert rung(place) == [SALES]


@pytest.mark.problem("P40", fault="transfer_told_by_result")
@pytest.mark.problem("P40", fault="transfer_told_by_reason")
@pytest.mark.problem("P40", fault="transfer_told_as_200")
async def test_its_end_alone_tells_that_a_transfer_worked(place: Place) -> None:
    place.strike()
    place.graph.faults.plan(*fault_named("lost_transfer_progress").faults)
    call = await place.ring(DESKS)
    row = await place.until_closed(call.id)
    assert (row.result, row.end.split()[0]) == ("served", "transferred")


@pytest.mark.problem("P42", fault="transfer_7505")
async def test_a_target_of_another_tenant_leads_to_the_next_way_out(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    assert (await place.until_closed(call.id)).result == "nobody"
    assert place.whole(call) == ["moment", "next_one", "nobody_there"]
    body = next(each.body for each in place.exchanges(call) if each.operation == "transfer")
    assert isinstance(body, dict)
    assert body["transferTarget"]["identity"]["user"]["id"] in SALES, "what kind of target it is"


@pytest.mark.problem("P53", fault="transfer_refused_for_a_while")
async def test_a_number_that_takes_a_while_to_be_known_needs_no_restart_of_ours(
    place: Place,
) -> None:
    await place.serve(DESKS)
    place.strike()
    first = await place.ring()
    assert (await place.until_closed(first.id)).result == "nobody"
    assert place.whole(first)[-1] == "nobody_there"
    second = await place.ring()
    assert (await place.until_closed(second.id)).result == "served"
    assert rung(place) == [SALES]


@pytest.mark.problem("P13", "P32", fault="silent_end")
async def test_a_transfer_whose_end_nobody_tells_is_done_all_the_same(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    row = await place.until_closed(call.id)
    assert (row.result, row.end) == ("served", "transferred 404")


@pytest.mark.problem("P45", fault="no_signal")
async def test_from_silence_nothing_is_concluded(place: Place) -> None:
    call = await place.connect(GREET_AND_HOLD)
    place.strike()
    await place.hold(call.id, 2 * HOUR)
    assert call.phone.state == "established"
    assert set(place.asked(call)[4:]) == {"keepAlive"}
    place.relent()
    place.hang_up(call)
    assert (await place.until_closed(call.id)).end.startswith("hung_up")


# -- others on the call --------------------------------------------------------------------


@pytest.mark.problem("P43", fault="lost_roster")
@pytest.mark.problem("P43", fault="empty_roster")
@pytest.mark.problem("P43", fault="empty_rosters")
async def test_a_guest_is_there_whatever_the_roster_says(place: Place) -> None:
    place.strike()
    call = await place.ring(EXPERT)
    assert (await place.until_closed(call.id)).result == "done"
    assert place.whole(call) == ["moment", "welcome"]


@pytest.mark.problem("P43", fault="participant_not_found")
@pytest.mark.problem("P43", fault="nobody_listed")
async def test_a_caller_is_served_whatever_the_list_of_participants_says(place: Place) -> None:
    place.strike()
    call = await place.ring(WHO)
    result = (await place.until_closed(call.id)).result
    assert result == {"nobody_listed": "nobody", "participant_not_found": "operator"}[place.fault]
    assert call.phone.ended == "we_hung_up"


@pytest.mark.problem("P44", fault="dropped_after_invite")
async def test_who_is_dropped_from_a_call_that_became_a_group_knows_it(place: Place) -> None:
    place.strike()
    call = await place.ring(EXPERT)
    row = await place.until_closed(call.id)
    assert row.end == "removed 200/5000"
    asked = place.asked(call)
    place.sleep(HOUR)
    await place.pass_(MINUTE)
    assert place.asked(call) == asked


@pytest.mark.problem("P44", fault="invite_500")
@pytest.mark.problem("P44", fault="invite_not_a_group")
@pytest.mark.problem("P60", fault="lost_request_invite")
async def test_an_invitation_that_does_not_work_leaves_the_caller_with_us(place: Place) -> None:
    place.strike()
    call = await place.ring(EXPERT)
    assert (await place.until_closed(call.id)).result == "ended_alone"
    assert place.whole(call) == ["moment", "sorry"]
    assert place.asked(call, "invite") == ["invite"]
    assert await place.lasted(call.id) < 25 * SECOND


@pytest.mark.problem("P44", "P60", fault="invite_500_sent")
@pytest.mark.problem("P60", fault="lost_answer_invite")
async def test_an_invitation_that_was_sent_is_not_sent_again(place: Place) -> None:
    place.strike()
    call = await place.ring(EXPERT)
    assert (await place.until_closed(call.id)).result == "done"
    assert len(call.phone.invited) == 1


# -- two who take the same call ------------------------------------------------------------


@pytest.mark.problem("P46", "P69", fault="same_incoming_twice")
@pytest.mark.problem("P46", "P69", fault="same_incoming_five_times")
async def test_a_call_that_comes_to_five_nodes_at_once_is_answered_once(place: Place) -> None:
    await place.serve(MENU, nodes=5)
    place.strike()
    call = await place.ring()
    await place.pass_(SECOND)
    assert place.asked(call, "answer") == ["answer"]
    place.press(call, "1")
    assert (await place.until_closed(call.id)).result == "sales"


@pytest.mark.problem("P69", fault="second_decision_refused")
@pytest.mark.parametrize(
    ("flow", "decision"),
    [(REJECT, "reject"), (REDIRECT, "redirect"), (HELLO, "answer")],
    ids=["reject", "redirect", "answer"],
)
async def test_every_call_is_decided_once(place: Place, flow: str, decision: str) -> None:
    call = await place.ring(flow)
    await place.pass_(MINUTE)
    assert [each for each in place.asked(call) if each in DECISIONS] == [decision]
    assert {each.status for each in place.exchanges(call)} <= {200, 202, 204}

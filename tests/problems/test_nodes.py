"""P57 to P63, P66, P67 and P70: many nodes, lost requests, odd addresses, and busy calls."""

from __future__ import annotations

from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from ivr.simulator.faults.catalogue import fault_named
from ivr.simulator.faults.process import canaries
from tests.problems.flows import ASK, BARGE, DESKS, DIGITS, HELLO, KEYS, MENU, MESSAGE
from tests.problems.node import PUBLIC
from tests.problems.place import MINUTE, SECOND, Place

MARK = "2079468317"
"""Digits of a caller's number that may turn up nowhere."""


def contexts(place: Place) -> list[str]:
    """The `clientContext` of every prompt that Graph was asked for."""
    bodies = [each.body for each in place.graph.log if each.operation == "playPrompt"]
    return [str(body["clientContext"]) for body in bodies if isinstance(body, dict)]


# -- many nodes, and ways that lead elsewhere ----------------------------------------------


@pytest.mark.problem("P57", fault="round_robin")
async def test_every_notification_may_go_to_another_node(place: Place) -> None:
    await place.serve(DIGITS, nodes=3)
    calls = [await place.ring() for _ in range(3)]
    await place.pass_(2 * SECOND)
    for call in calls:
        await place.talk(call, account="4711")
        assert (await place.until_closed(call.id)).result == "right"
        assert place.whole(call) == ["hello", "account"]
    assert len(contexts(place)) == len(set(contexts(place))) == 6


@pytest.mark.problem("P59", fault="wrong_callback")
async def test_a_call_of_which_no_callback_arrives_is_not_left_in_silence(place: Place) -> None:
    call = await place.ring(MENU)
    await place.pass_(10)
    place.tunnel(404)
    await place.pass_(MINUTE)
    assert (await place.row(call.id)).end == "failed not established in time"
    assert call.phone.ended == "we_hung_up"


@pytest.mark.problem("P61", fault="wrong_host")
async def test_what_we_tell_graph_of_ourselves_is_the_setting_and_not_the_host_header(
    place: Place,
) -> None:
    await place.serve(HELLO, nodes=2)
    call = await place.ring()
    assert (await place.until_closed(call.id)).result == "done"
    hosts = {each.path.split("/")[2] for each in place.exchanges(call, "sent")}
    assert {"node-0.example", "node-1.example"} <= hosts
    answer = place.exchanges(call)[0].body
    assert isinstance(answer, dict)
    assert answer["callbackUri"].startswith(f"{PUBLIC}/api/calls/")


@pytest.mark.problem("P62", fault="registration_differs")
async def test_calls_may_come_in_at_another_address_than_the_public_one(place: Place) -> None:
    place.graph.webhook = "https://node-0.example/api/calls"
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    paths = [each.path for each in place.exchanges(call, "sent") if each.method == "POST"]
    assert paths[0].startswith("https://node-0.example/")
    assert all(path.startswith(PUBLIC) for path in paths[1:])


@pytest.mark.problem("P61", "P63", fault="tunnel_answers_502")
@pytest.mark.problem("P63", fault="tunnel_answers_400")
async def test_a_call_outlives_a_tunnel_that_answers_for_us(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.tunnel(400 if place.fault.endswith("400") else 502)
    await place.pass_(5 * SECOND)
    place.tunnel()
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"


@pytest.mark.problem("P63", fault="sender_never_repeats")
@pytest.mark.problem("P63", fault="sender_always_repeats")
async def test_a_notification_that_was_not_taken_need_not_come_again(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.pass_(100)
    place.node.store.available = False
    await place.pass_(180)
    place.node.store.available = True
    assert place.statuses(call) == [202, 202, 503], "the one that says that the call is up"
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"


# -- requests of which nobody knows --------------------------------------------------------


@pytest.mark.problem("P60", fault="host_reset")
@pytest.mark.problem("P60", fault="host_hang")
@pytest.mark.problem("P60", fault="host_slow")
@pytest.mark.problem("P60", fault="host_truncated")
@pytest.mark.problem("P60", fault="host_garbage")
@pytest.mark.problem("P60", fault="host_html")
@pytest.mark.problem("P60", fault="host_empty")
@pytest.mark.problem("P60", fault="lost_request_playPrompt")
async def test_a_call_gets_through_and_no_prompt_is_asked_for_twice(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert len(contexts(place)) == len(set(contexts(place)))


@pytest.mark.problem("P60", fault="host_html")
@pytest.mark.problem("P60", fault="lost_answer_subscribeToTone")
@pytest.mark.problem("P60", fault="lost_request_subscribeToTone")
async def test_keys_are_subscribed_to_until_it_is_known(place: Place) -> None:
    call = await place.ring(DIGITS)
    await place.pass_(50)
    place.strike()
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert len(place.asked(call, "subscribeToTone")) in {2, 3}


@pytest.mark.problem("P60", fault="lost_answer_transfer")
@pytest.mark.problem("P60", fault="request_twice")
async def test_a_transfer_is_asked_for_once_and_lives(place: Place) -> None:
    call = await place.connect(DESKS)
    place.strike()
    assert (await place.until_closed(call.id)).result == "served"
    assert place.asked(call, "transfer") == ["transfer"]
    assert len(call.phone.handovers) == 1
    assert call.phone.ended == "transferred"


@pytest.mark.problem("P60", fault="lost_request_transfer")
async def test_a_transfer_that_got_lost_is_settled_within_twenty_seconds(place: Place) -> None:
    place.strike()
    call = await place.ring(DESKS)
    assert (await place.until_closed(call.id)).result == "served"
    assert place.whole(call) == ["moment", "next_one"], "the next one, not the same one again"
    assert len(place.asked(call, "transfer")) == 2
    assert await place.lasted(call.id) < 25 * SECOND


@pytest.mark.problem("P60", fault="lost_request_delete")
@pytest.mark.problem("P60", fault="lost_answer_delete")
async def test_nobody_is_left_on_the_line_when_a_hang_up_gets_lost(place: Place) -> None:
    place.strike()
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "done"
    assert call.phone.ended == "we_hung_up"


@pytest.mark.problem("P60", fault="lost_request_recordResponse")
async def test_a_recording_that_got_lost_is_not_asked_for_again(place: Place) -> None:
    place.strike()
    call = await place.ring(MESSAGE)
    assert (await place.until_closed(call.id, 3 * MINUTE)).result == "lost"
    assert place.asked(call, "recordResponse") == ["recordResponse"]


@pytest.mark.problem("P60", fault="lost_answer_sendDtmfTones")
async def test_keys_are_sent_once(place: Place) -> None:
    place.strike()
    call = await place.ring(KEYS)
    assert (await place.until_closed(call.id)).result == "sent"
    assert [_.name for _ in call.phone.heard] == ["tone 1", "tone 2"]


# -- secrets, slow calls, leftovers --------------------------------------------------------


@pytest.mark.problem("P66", fault="canaries")
async def test_a_caller_is_in_no_log_and_no_journal_however_much_fails(place: Place) -> None:
    await place.serve(DIGITS)
    place.graph.faults.plan(*fault_named("half_of_it_fails").faults)
    with capture_logs() as logs:
        call = await place.ring(caller=canaries(MARK))
        await place.talk(call, account="4711")
        row = await place.until_closed(call.id)
    journal = await place.shared.store.journal(call.id)
    assert logs, "there was something to tell"
    said = f"{logs} {row} {journal}"
    assert call.phone.call.caller.id.endswith(MARK)
    assert MARK not in said
    assert "4711" not in said


@pytest.mark.problem("P67", fault="slow_step")
async def test_a_slow_business_system_holds_up_its_own_caller_only(place: Place) -> None:
    await place.serve(ASK)
    place.node.business.ready.clear()
    slow = await place.ring()
    await place.pass_(SECOND)
    place.node.business.ready.set()
    call = await place.ring()
    assert (await place.until_closed(call.id)).result == "known"
    assert await place.lasted(call.id) < 2 * SECOND
    assert set(place.statuses(slow)) == {202}, "and its notifications are acknowledged"


@pytest.mark.problem("P67", fault="slow_notifications")
@pytest.mark.problem("P67", fault="storm_of_copies")
async def test_a_call_with_a_long_queue_is_served(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"


# -- two requests at once ------------------------------------------------------------------


@pytest.mark.problem("P70", fault="conflict_on_overlap")
async def test_no_two_requests_for_a_call_are_under_way_at_once(place: Place) -> None:
    place.may_miss = True
    await place.serve(BARGE)
    place.strike()
    place.graph.faults.plan(*fault_named("slow_service").faults)
    call = await place.ring()
    await place.pass_(10 * SECOND)
    place.press(call, "771")
    assert (await place.until_closed(call.id)).result == "done"
    assert not place.hit
    at = [each.at for each in place.exchanges(call)]
    assert all(after - before >= 2 * SECOND for before, after in pairwise(at))


@pytest.mark.problem("P70", fault="conflict")
@pytest.mark.problem("P70", fault="media_in_the_way")
async def test_a_prompt_that_is_in_the_way_of_others_costs_one_more_request(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert len(place.asked(call, "playPrompt")) == 3


@pytest.mark.problem("P70", fault="conflict")
async def test_a_transfer_in_the_way_of_another_is_asked_after_before_the_next(
    place: Place,
) -> None:
    call = await place.connect(DESKS)
    place.strike()
    assert (await place.until_closed(call.id)).result == "served"
    assert "get" in place.asked(call, "get")
    assert len(call.phone.handovers) == 1

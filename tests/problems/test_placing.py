"""P47 to P56 and P60: calls that we place, and what accounts, licences and limits do to them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from tests.problems.flows import DESKS, DIGITS, HELLO, MENU, PUT_OUT, REMIND
from tests.problems.place import MINUTE, OUT, SECOND, Place
from tests.simulator.graph_world import OTHER_TENANT, TENANT

PHONE = "+442079460123"


def creations(place: Place) -> list[int]:
    """The answers to all requests for a call."""
    return [each.status for each in place.graph.log if each.operation == "create"]


async def picked_up(place: Place) -> None:
    """Whoever is called hears the greeting and presses 1."""
    for _ in range(120):
        await place.pass_(SECOND)
        for leg in place.legs:
            if place.whole(leg) and leg.phone.state == "established":
                place.press(leg, "1")
                return
    raise AssertionError("nobody was greeted")


@pytest.mark.problem("P47", fault="not_registered")
@pytest.mark.problem("P47", fault="registered_after_a_while")
@pytest.mark.problem("P47", fault="create_busy_7503")
@pytest.mark.problem("P50", fault="source_not_ours")
@pytest.mark.problem("P53", fault="create_404_for_a_while")
@pytest.mark.problem("P55", fault="monthly_limit")
async def test_a_call_that_may_not_be_placed_is_not_tried_again_and_told_by_its_code(
    place: Place,
) -> None:
    place.strike()
    with capture_logs() as logs:
        await place.dial(REMIND, phone=PHONE)
        row = await place.settled()
    assert row.result == "not_reached"
    assert len(creations(place)) == 1
    [told] = [log for log in logs if log["event"] == "effect_failed"]
    codes = {"create_404_for_a_while": "UnknownError", "monthly_limit": "8529",
             "source_not_ours": "7507"}  # fmt: skip
    assert told["code"] == codes.get(place.fault, "7503")
    assert PHONE not in str(logs)


@pytest.mark.problem("P47", fault="registered_after_a_while")
@pytest.mark.problem("P53", fault="create_404_for_a_while")
async def test_what_takes_a_while_to_act_needs_no_restart_of_ours(place: Place) -> None:
    await place.serve(REMIND)
    place.strike()
    for number in range(4):
        await place.dial_again(f"out-{number:032}", phone=PHONE)
        await place.pass_(MINUTE)
    assert creations(place)[-1] == 201
    assert place.whole(place.legs[-1])[0] == "hello"


@pytest.mark.problem("P47", fault="not_registered")
async def test_a_call_that_may_not_be_answered_is_over_and_told_by_its_code(place: Place) -> None:
    await place.serve(HELLO)
    place.strike()
    with capture_logs() as logs:
        call = await place.ring()
        await place.pass_(MINUTE)
    assert (await place.row(call.id)).end == "failed 7503"
    assert [log["code"] for log in logs if log["event"] == "effect_failed"] == ["7503"]


@pytest.mark.problem("P48", fault="consent_missing_once")
@pytest.mark.problem("P48", "P51", fault="token_refused_once")
async def test_a_refused_token_is_replaced_once_and_the_caller_hears_nothing_of_it(
    place: Place,
) -> None:
    call = await place.connect(MENU)
    await place.pass_(SECOND)
    place.strike()
    place.press(call, "1")
    assert (await place.until_closed(call.id)).result == "sales"
    assert len(place.node.login.asked) == 2


@pytest.mark.problem("P48", fault="consent_missing")
@pytest.mark.problem("P51", fault="tokens_refused")
async def test_a_permission_that_is_missing_for_good_costs_one_new_token(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike(call=call.id)
    await place.pass_(20 * SECOND)
    assert (await place.row(call.id)).result == "nobody", "by the way out of the question"
    assert len(place.node.login.asked) == 2


@pytest.mark.problem("P48", fault="may_not_remove")
async def test_who_may_put_out_nobody_goes_on_all_the_same(place: Place) -> None:
    place.strike()
    call = await place.ring(PUT_OUT)
    assert (await place.until_closed(call.id)).result == "stays"


@pytest.mark.problem("P49", fault="many_tenants")
async def test_every_call_is_acted_on_with_a_token_of_its_own_tenant(place: Place) -> None:
    await place.serve(HELLO)
    tenants = [TENANT, OTHER_TENANT] * 3
    calls = [await place.ring(tenant=tenant) for tenant in tenants]
    for call in calls:
        assert (await place.until_closed(call.id)).result == "done"
    assert set(place.node.login.asked) == {TENANT, OTHER_TENANT}
    assert all(each.status < 300 for call in calls for each in place.exchanges(call))


@pytest.mark.problem("P50", fault="phones_need_an_account")
async def test_a_phone_is_not_called_without_an_account_and_graph_is_not_asked(
    place: Place,
) -> None:
    flow = "\n".join(line for line in REMIND.splitlines() if "from:" not in line)
    await place.dial(flow, phone=PHONE)
    assert (await place.settled()).end == "failed no_source"
    assert creations(place) == []


@pytest.mark.problem("P51", fault="login_500")
@pytest.mark.problem("P51", fault="login_hangs")
@pytest.mark.problem("P51", fault="login_garbage")
async def test_a_login_that_stumbles_costs_seconds_and_no_call(place: Place) -> None:
    place.strike(times=1)
    call = await place.ring(HELLO)
    assert (await place.until_closed(call.id)).result == "done"


@pytest.mark.problem("P51", fault="login_down")
@pytest.mark.problem("P51", fault="login_refused")
async def test_calls_go_on_with_the_token_that_they_have(place: Place) -> None:
    call = await place.connect(MENU)
    place.strike()
    place.press(call, "1")
    assert (await place.until_closed(call.id)).result == "sales"
    place.may_miss = not place.hit


@pytest.mark.problem("P38", "P53", fault="callee_failed")
@pytest.mark.problem("P38", "P53", fault="callee_no_answer")
async def test_who_cannot_be_reached_is_called_as_often_as_the_flow_says(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    assert (await place.settled()).result == "not_reached"
    assert creations(place) == [201, 201]


@pytest.mark.problem("P38", fault="callee_declined")
async def test_who_declines_is_not_called_again(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    assert (await place.settled()).end == "declined 603/8538"
    assert creations(place) == [201]


@pytest.mark.problem("P38", fault="callee_busy")
async def test_a_busy_line_is_told_from_one_that_cannot_be_reached(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    assert (await place.settled()).result == "was_busy"


@pytest.mark.problem("P54", fault="no_balance")
@pytest.mark.problem("P54", fault="number_not_allowed")
async def test_why_a_phone_cannot_be_called_is_told_by_its_code(place: Place) -> None:
    place.strike(times=50)
    await place.dial(REMIND, phone=PHONE)
    row = await place.settled()
    assert row.result == "not_reached"
    assert row.end.endswith({"no_balance": "412/10073"}.get(place.fault, "403/10151"))
    assert len(creations(place)) <= 2


@pytest.mark.problem("P55", fault="throttled_seconds")
@pytest.mark.problem("P55", fault="throttled_fraction")
@pytest.mark.problem("P55", fault="throttled_date")
@pytest.mark.problem("P55", fault="throttled_missing")
@pytest.mark.problem("P55", fault="throttled_absurd")
@pytest.mark.problem("P55", fault="throttled_negative")
@pytest.mark.problem("P55", fault="throttled_not_a_number")
@pytest.mark.problem("P55", fault="throttled_garbage")
@pytest.mark.problem("P55", fault="rate_limit_8516")
@pytest.mark.problem("P55", fault="busy_service")
async def test_a_service_that_has_no_time_is_asked_again_when_it_says(place: Place) -> None:
    call = await place.connect(DESKS)
    place.strike()
    assert (await place.until_closed(call.id)).result == "served"
    asked = [each.at for each in place.exchanges(call) if each.operation == "transfer"]
    assert len(asked) in {2, 3}
    least = {"throttled_seconds": 2_000, "throttled_fraction": 2_128, "busy_service": 2_000}
    assert least.get(place.fault, 0) <= asked[1] - asked[0] < 6_000


@pytest.mark.problem("P55", fault="throttled_for_long")
async def test_a_service_that_never_has_time_is_not_stormed(place: Place) -> None:
    call = await place.connect(DESKS)
    place.strike()
    await place.pass_(2 * MINUTE)
    for operation in ("playPrompt", "transfer", "delete"):
        asked = [each.at for each in place.exchanges(call) if each.operation == operation]
        assert all(after - before >= SECOND for before, after in pairwise(asked)), "as it says"


@pytest.mark.problem("P55", fault="concurrent_limit")
async def test_a_call_too_many_is_placed_when_there_is_room(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    await picked_up(place)
    assert (await place.settled()).result == "confirmed"
    assert creations(place) == [429, 201]


@pytest.mark.problem("P56", fault="create_500")
@pytest.mark.problem("P60", fault="lost_request_create")
async def test_a_call_of_which_nothing_is_known_is_never_placed_again(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    assert (await place.settled()).result == "not_reached"
    assert len(creations(place)) == 1
    assert await place.lasted(OUT) < 3 * MINUTE


@pytest.mark.problem("P56", "P60", fault="create_500_placed")
@pytest.mark.problem("P60", "P16", fault="lost_answer_create")
@pytest.mark.problem("P16", fault="established_before_created")
async def test_a_call_that_was_placed_after_all_is_found_by_what_it_tells(place: Place) -> None:
    place.strike()
    await place.dial(REMIND, phone=PHONE)
    await picked_up(place)
    assert (await place.settled()).result == "confirmed"
    assert len(place.legs) == 1

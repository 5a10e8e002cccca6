"""P01 to P07: whose notifications are taken, and how long their keys may be out of reach."""

from __future__ import annotations

import re

import pytest
from structlog.testing import capture_logs

from ivr.errors import UsageError
from ivr.server.settings import ISSUERS, Settings, check_serving, read_settings
from tests.problems.flows import DIGITS, MENU
from tests.problems.node import Trusted
from tests.problems.place import HOUR, SECOND, Place
from tests.simulator.graph_world import OTHER_TENANT, TENANT

BY_TENANT = (*ISSUERS, "https://sts.windows.net/{tid}/")


@pytest.mark.problem("P01", fault="issuer_with_slash")
@pytest.mark.problem("P01", "P02", fault="issuer_graph")
@pytest.mark.problem("P01", "P05", fault="second_key")
@pytest.mark.problem("P03", fault="metadata_names_another_issuer")
@pytest.mark.problem("P05", fault="keys_rotated")
@pytest.mark.problem("P05", fault="keys_flap")
async def test_a_call_goes_on_however_microsoft_signs(place: Place) -> None:
    place.strike()
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert set(place.statuses(call)) == {202}


@pytest.mark.problem("P02", "P04", fault="issuer_foreign")
@pytest.mark.problem("P02", fault="token_garbage")
@pytest.mark.problem("P02", fault="token_unsigned")
@pytest.mark.problem("P02", fault="token_expired")
@pytest.mark.problem("P02", fault="token_for_another_app")
@pytest.mark.problem("P02", fault="token_without_tenant")
@pytest.mark.problem("P02", fault="token_missing")
@pytest.mark.problem("P01", "P05", fault="key_unknown")
async def test_a_token_that_is_not_good_is_denied_and_never_a_fault_of_ours(place: Place) -> None:
    call = await place.connect(MENU)
    place.strike()
    place.press(call, "1")
    await place.pass_(200)
    assert place.statuses(call)[-1] == 401
    assert (await place.now(call.id)).result == "", "a key that nobody vouches for counts nothing"
    place.press(call, "2")
    assert (await place.until_closed(call.id)).result == "bills"


@pytest.mark.problem("P01", fault="key_unknown")
async def test_who_was_denied_is_logged_by_key_and_issuer_and_not_by_token(place: Place) -> None:
    call = await place.connect(MENU)
    place.strike()
    with capture_logs() as logs:
        place.press(call, "1")
        await place.pass_(200)
    [denied] = [log for log in logs if log["event"] == "notification_rejected"]
    assert denied["reason"] == "unknown_key"
    assert denied["issuer"] == "https://api.botframework.com"
    assert len(denied["kid"]) > 30
    assert "eyJ" not in str(logs), "the beginning of every token"


@pytest.mark.problem("P02", "P04", fault="issuer_of_the_tenant")
async def test_the_tenant_is_an_issuer_only_where_that_is_configured(place: Place) -> None:
    place.strike()
    place.trusted = Trusted(BY_TENANT)
    call = await place.ring(DIGITS)
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"


@pytest.mark.problem("P02", "P04", fault="issuer_of_the_tenant")
async def test_as_they_come_the_settings_trust_no_tenant_as_an_issuer(place: Place) -> None:
    place.strike()
    call = await place.ring(MENU)
    await place.pass_(SECOND)
    assert set(place.statuses(call)) == {401}
    assert not await place.shared.store.known(call.id)


@pytest.mark.problem("P04", "P52", fault="single_tenant")
async def test_a_bot_of_one_tenant_takes_no_other_tenants_calls(place: Place) -> None:
    place.trusted = Trusted(BY_TENANT, (TENANT,))
    await place.serve(MENU)
    stranger = await place.ring(tenant=OTHER_TENANT)
    ours = await place.ring()
    await place.pass_(SECOND)
    assert set(place.statuses(stranger)) == {401}
    assert ours.phone.state == "established"


@pytest.mark.problem("P05", fault="keys_rotated")
async def test_a_key_that_is_replaced_during_a_call_costs_one_look_for_keys(place: Place) -> None:
    call = await place.connect(DIGITS)
    place.strike()
    await place.talk(call, account="4711")
    assert (await place.until_closed(call.id)).result == "right"
    assert place.node.fetched["keys"] == 2


@pytest.mark.problem("P05", fault="key_unknown")
async def test_keys_that_nobody_knows_cost_one_look_in_thirty_seconds(place: Place) -> None:
    call = await place.connect(MENU)
    place.strike(times=20)
    place.press(call, "9" * 20)
    await place.pass_(200)
    assert place.statuses(call)[-20:] == [401] * 20
    assert place.node.fetched["keys"] == 2


@pytest.mark.problem("P06", fault="keys_down")
@pytest.mark.problem("P06", fault="keys_hang")
@pytest.mark.problem("P06", fault="keys_truncated")
@pytest.mark.problem("P06", fault="keys_are_a_web_page")
@pytest.mark.problem("P06", fault="keys_empty")
@pytest.mark.problem("P06", fault="metadata_down")
@pytest.mark.problem("P06", fault="metadata_garbage")
async def test_calls_are_taken_for_hours_while_no_keys_can_be_had(place: Place) -> None:
    tenants = (TENANT, OTHER_TENANT, "33333333-4620-44ed-baec-459b611f84b2")
    place.trusted = Trusted(ISSUERS, tenants)
    await place.serve(MENU)
    place.strike()
    for tenant in tenants:
        place.sleep(2 * HOUR)
        call = await place.ring(tenant=tenant)
        await place.pass_(SECOND)
        assert call.phone.state == "established", "and nobody waited for the keys"
        place.press(call, "1")
        assert (await place.until_closed(call.id)).result == "sales"


@pytest.mark.problem("P07", fault="no_validation")
@pytest.mark.parametrize("left_out", ["IVR_WEBHOOK_ISSUERS", "IVR_WEBHOOK_METADATA_URLS"])
def test_verification_cannot_be_left_out(left_out: str) -> None:
    given = {"IVR_PUBLIC_URL": "https://ivr.example", "IVR_APP_ID": "app", "IVR_TENANT_ID": "t",
             "IVR_APP_SECRET": "s"}  # fmt: skip
    check_serving(read_settings(given))
    with pytest.raises(UsageError, match=f"{left_out} is empty"):
        check_serving(read_settings({**given, left_out: ""}))


@pytest.mark.problem("P07", fault="no_validation")
def test_no_setting_is_a_switch_for_it() -> None:
    switches = re.compile("verif|valid|skip|insecure|unsafe|debug|dev|test|trust")
    assert [name for name in Settings.__struct_fields__ if switches.search(name)] == []

"""The webhook: who may speak, about which call, and when it is acknowledged."""

from __future__ import annotations

import pytest

from tests.graph.signing import NOW, Signer
from tests.server.notices import (
    envelope,
    established,
    incoming,
    legacy,
    played,
    terminated,
    tone,
)
from tests.server.site import OTHER_TENANT, Site, bearer, own_path
from tests.store.store_calls import SEALER
from tests.universe import CALL_ID

OTHER_CALL = "57dab8b1-894c-409a-b240-000000000000"


async def test_a_call_is_taken_and_goes_on_at_its_own_callback(site: Site) -> None:
    own = await site.ring()
    assert site.world.line.kinds == ["answer_call"]
    assert await site.post(established(), own) == 202
    assert await site.post(tone("tone1"), own) == 202
    assert (await site.call()).result == "sales"


async def test_a_call_that_was_not_answered_yet_ends_at_the_main_door(site: Site) -> None:
    await site.ring()
    assert await site.post(terminated()) == 202
    assert await site.world.is_closed()


STRANGERS = {
    "nothing": "",
    "no token": "Bearer",
    "no JWT": "Bearer x",
    "another scheme": "Basic eDp5",
    "no JSON": "bearer a.b.c",
    "for another app": bearer(aud="another-app"),
    "expired": bearer(exp=NOW - 301),
    "of another tenant": bearer("tenant-that-nobody-knows"),
    "of another key": f"Bearer {Signer(kid='unknown').token()}",
}


@pytest.mark.parametrize("authorization", STRANGERS.values(), ids=STRANGERS.keys())
async def test_whoever_cannot_prove_to_be_microsoft_changes_nothing(
    site: Site, authorization: str
) -> None:
    await site.ring()
    before = await site.state()
    for path in ("/api/calls", own_path()):
        assert await site.post(terminated(), path, {"Authorization": authorization}) == 401
    assert await site.state() == before


async def test_no_header_and_two_of_them_are_no_proof(site: Site) -> None:
    for headers in ([], [("Authorization", bearer())] * 2):
        answer = await site.client.post("/api/calls", content=envelope(), headers=headers)
        assert answer.status_code == 401


async def test_the_name_of_the_scheme_may_be_in_lower_case(site: Site) -> None:
    headers = {"Authorization": bearer().replace("Bearer", "bearer")}
    assert await site.post(incoming(), headers=headers) == 202


async def test_the_token_is_judged_before_the_body(site: Site) -> None:
    assert await site.post(b"{nonsense", headers={"Authorization": "Bearer x"}) == 401


async def test_nothing_is_acknowledged_that_is_not_committed(site: Site) -> None:
    site.world.store.failures = 1
    assert await site.post(incoming()) == 503
    assert site.world.line.asked == []
    assert await site.post(incoming()) == 202
    assert site.world.line.kinds == ["answer_call"]


async def test_a_store_that_is_down_is_told_and_survived(site: Site) -> None:
    own = await site.ring()
    site.world.store.available = False
    assert await site.post(incoming(OTHER_CALL)) == 503
    assert await site.post(b"", own) == 503
    site.world.store.available = True
    assert await site.post(established(), own) == 202


async def test_a_post_of_several_is_acknowledged_only_as_a_whole(site: Site) -> None:
    own = await site.ring()
    site.world.store.failures = 1
    entries = envelope(established(), tone("tone7", 1), tone("tone1", 2))
    assert await site.post(entries, own) == 503
    assert await site.post(entries, own) == 202
    assert (await site.call()).result == "sales"


async def test_a_post_that_comes_again_changes_nothing_more(site: Site) -> None:
    own = await site.ring()
    entries = envelope(established(), tone("tone1"))
    assert await site.post(entries, own) == 202
    asked = list(site.world.line.asked)
    assert await site.post(entries, own) == 202
    assert await site.post(incoming()) == 202
    assert site.world.line.asked == asked


async def test_the_old_form_is_asked_to_come_again_in_the_new_one(site: Site) -> None:
    assert await site.post(legacy()) == 204
    assert await site.world.store.calls() == []


async def test_the_callback_of_one_call_is_no_door_to_another(site: Site) -> None:
    own = await site.ring()
    await site.ring(OTHER_CALL)
    before = await site.state()
    assert await site.post(terminated(OTHER_CALL), own) == 404
    assert await site.state() == before


@pytest.mark.parametrize("body", [terminated(), {}], ids=["a call", "no call"])
async def test_a_wrong_key_finds_nothing(site: Site, body: dict[str, object]) -> None:
    await site.ring()
    before = await site.state()
    wrong = SEALER.callback_key("a call that was never here")
    assert await site.post(body, f"/api/calls/{wrong}") == 404
    assert await site.post(b"", f"/api/calls/{wrong}") == 404
    assert await site.state() == before


@pytest.mark.parametrize("body", [b"", b"{}", envelope(), envelope({}), envelope({"x": 1}, 7)])
async def test_a_post_that_tells_nothing_makes_us_ask_how_the_call_is(
    site: Site, body: bytes
) -> None:
    own = await site.ring()
    assert await site.post(body, own) == 202
    assert site.asked_about == [CALL_ID]


async def test_another_tenants_token_is_refused_at_a_calls_own_callback(site: Site) -> None:
    own = await site.ring()
    before = await site.state()
    for path in (own, "/api/calls"):
        assert await site.post(terminated(), path, tenant=OTHER_TENANT) == 403
    assert await site.state() == before


async def test_a_good_token_that_is_replayed_after_the_call_has_no_effect(site: Site) -> None:
    own = await site.ring()
    await site.post(established(), own)
    await site.post(terminated(), own)
    before = await site.state()
    for body in (tone("tone1"), established(), incoming(), terminated(), played(f"{CALL_ID}.2")):
        assert await site.post(body, own) == 202
        assert await site.post(body) == 202
    assert await site.state() == before


async def test_events_of_a_call_that_nobody_knows_are_acknowledged_and_forgotten(
    site: Site,
) -> None:
    for body in (terminated(), tone("tone1"), established()):
        assert await site.post(body) == 202
    assert await site.world.store.calls() == []


async def test_it_says_whether_it_lives_and_whether_it_can_take_calls(site: Site) -> None:
    assert (await site.client.get("/livez")).status_code == 200
    assert (await site.client.get("/readyz")).status_code == 200
    site.ready = {"flows": True, "keys": False}
    answer = await site.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"flows": True, "keys": False})

"""The webhook paths of legs that we have placed: the service's id of them is not known before."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.core.effects import PlaceCall
from ivr.core.events import Arrival, CallWanted
from ivr.runtime.leg_keys import PlacedLeg, leg_key
from tests.graph.signing import TENANT
from tests.server.notices import Body, envelope, established, incoming, terminated, tone
from tests.server.site import OTHER_TENANT, Site
from tests.store.store_calls import SEALER
from tests.universe import CALL_ID

REMIND = """
call_out: { to: "user:11111111-1111-4111-8111-111111111111", attempts: 2, gap: 5m,
            on: { answered: ask } }
states: { ask: { type: menu, prompt: choose, on: { '1': sales, '2': bills } } }
"""
OURS, OTHER = "out-1", "57dab8b1-894c-409a-b240-000000000000"


@pytest.fixture
async def outgoing(tmp_path: Path) -> Site:
    site = Site(tmp_path, REMIND)
    event = CallWanted("main", tenant=TENANT)
    assert await site.world.handler.handle(Arrival(OURS, event)) == "ok"
    return site


def path(leg: str = f"{OURS}.1", call: str = OURS) -> str:
    return f"/api/calls/{leg_key(SEALER.token, PlacedLeg(call, leg))}"


async def test_a_leg_is_known_by_its_path_before_its_id_is(outgoing: Site) -> None:
    assert await outgoing.post(established(), path()) == 202
    call = await outgoing.world.now(OURS)
    assert (call.phase, call.legs[f"{OURS}.1"].line) == ("connected", CALL_ID)
    assert await outgoing.post(tone("tone1"), path()) == 202
    assert (await outgoing.world.now(OURS)).result == "sales"


async def test_the_first_id_of_a_leg_is_its_only_one(outgoing: Site) -> None:
    await outgoing.post(established(), path())
    assert await outgoing.post(terminated(OTHER), path()) == 403
    assert (await outgoing.world.now(OURS)).phase == "connected"


async def test_a_leg_that_was_never_placed_changes_nothing(outgoing: Site) -> None:
    before = await outgoing.world.now(OURS)
    assert await outgoing.post(terminated(), path(f"{OURS}.9")) == 202
    assert await outgoing.world.now(OURS) == before


@pytest.mark.parametrize("body", [established(), incoming(), {}], ids=["call", "new", "nothing"])
async def test_a_path_that_we_have_not_made_is_nobodys(outgoing: Site, body: Body) -> None:
    for forged in (path()[:-4] + "AAAA", f"/api/calls/{SEALER.token('media', b'out-1 out-1.1')}"):
        assert await outgoing.post(body, forged) == 404
    assert (await outgoing.world.now(OURS)).phase == "placing"


async def test_a_leg_belongs_to_the_tenant_for_which_it_was_placed(outgoing: Site) -> None:
    assert await outgoing.post(established(), path(), tenant=OTHER_TENANT) == 403
    assert (await outgoing.world.now(OURS)).phase == "placing"


async def test_a_post_that_tells_nothing_makes_us_ask_about_the_leg(outgoing: Site) -> None:
    assert await outgoing.post(envelope(), path()) == 202
    assert outgoing.asked_about == [OURS]


async def test_a_leg_is_placed_once(outgoing: Site) -> None:
    assert await outgoing.world.handler.handle(Arrival(OURS, CallWanted("main"))) == "duplicate"
    placed = [each for each in outgoing.world.store.wanted.values() if isinstance(each, PlaceCall)]
    assert len(placed) == 1

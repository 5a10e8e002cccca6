"""What may be done at all: rates that hold over nodes, and words to the operator, no numbers."""

from __future__ import annotations

import pytest
import structlog
from msgspec.structs import replace
from structlog.testing import capture_logs

from ivr.core.effects import (
    AnyEffect,
    CountUse,
    InviteParticipants,
    KeepAlive,
    PlaceCall,
    RecordCaller,
    RedirectCall,
    TransferCall,
)
from ivr.core.events import UseCounted
from ivr.core.snapshot import Snapshot
from ivr.core.values import Caller, Target
from ivr.errors import Refused, StoreUnavailable
from ivr.policy.destinations import Destinations
from ivr.runtime.permits import CLIPS, DAY, HOP_WINDOW, HOPS, MINUTE, Permits, Rates
from ivr.store.memory import MemoryStore
from tests.canaries import PHONE
from tests.runtime.virtual import VirtualClock
from tests.store.store_calls import SEALER
from tests.universe import CALL_ID

MANY = Rates(per_minute=1_000, per_day=1_000, per_caller_per_day=1_000, at_once=1_000)
DESK = Target("phone", "+442079460101")
PERSON = Target("user", "11111111-1111-4111-8111-111111111111")
CALL = Snapshot(CALL_ID, "b", 0, Caller("phone", PHONE), "+442079460999", phase="connected")
WITHHELD = replace(CALL, caller=Caller())
OTHER = replace(CALL, caller=Caller("phone", "+442079460124"))
CALLED_OUT = Snapshot("out-1", "b", 0, entry="call_out", phase="placing")


class Office:
    """Permits of one node; a second one may share the store."""

    def __init__(self, rates: Rates = MANY, store: MemoryStore | None = None) -> None:
        self.store, self.clock, self.placed = store or MemoryStore(), VirtualClock(), 1
        self.permits = Permits(
            Destinations(["+44"]), rates, self.store.take, self._placed, SEALER.callback_key,
            lambda: {"+442079460998"}, self.clock,
        )  # fmt: skip

    async def refusal(self, effect: AnyEffect, call: Snapshot = CALL) -> str:
        """The code with which an effect is refused; "" when it is permitted."""
        try:
            await self.permits.check(effect, call)
        except Refused as refused:
            return refused.code
        return ""

    async def dials(
        self, times: int, call: Snapshot = CALL, effect: AnyEffect | None = None
    ) -> int:
        """How many of so many attempts are permitted."""
        effect = effect or TransferCall("e", DESK)
        return sum([not await self.refusal(effect, call) for _ in range(times)])

    async def _placed(self) -> int:
        return self.placed


@pytest.mark.parametrize(
    "effect",
    [
        TransferCall("e", DESK),
        RedirectCall("e", (PERSON, DESK), 1_000),
        InviteParticipants("e", (DESK,)),
        PlaceCall("e", DESK),
    ],
    ids=lambda effect: type(effect).__name__,
)
async def test_every_way_to_a_phone_counts(effect: AnyEffect) -> None:
    office = Office(replace(MANY, per_minute=3))
    assert await office.dials(5, effect=effect) == 3


async def test_each_of_several_phones_counts() -> None:
    office = Office(replace(MANY, per_minute=5))
    both = RedirectCall("e", (DESK, DESK), 1_000)
    assert await office.dials(5, effect=both) == 2


async def test_a_minute_a_day_and_a_caller_have_their_own_limits() -> None:
    office = Office(Rates(per_minute=3, per_day=5, per_caller_per_day=4, at_once=9))
    assert await office.dials(9) == 3
    office.clock.jump(MINUTE)
    assert await office.dials(9) == 0, "the caller has used up four, one of them in vain"
    assert await office.dials(9, OTHER) == 2
    office.clock.jump(MINUTE)
    assert await office.dials(9, CALLED_OUT) == 0
    office.clock.jump(DAY)
    assert await office.dials(9) == 3


async def test_who_is_over_a_limit_uses_up_nothing_of_others() -> None:
    office = Office(replace(MANY, per_day=10, per_caller_per_day=2))
    assert await office.dials(100) == 2
    assert await office.dials(8, CALLED_OUT) == 8


async def test_callers_who_withhold_their_number_share_a_tenth() -> None:
    office = Office(replace(MANY, per_day=15, per_caller_per_day=9))
    assert await office.dials(9, WITHHELD) == 2
    assert await office.dials(9, OTHER) == 9


async def test_calls_of_ours_have_no_caller_to_be_counted_by() -> None:
    assert await Office(replace(MANY, per_caller_per_day=1)).dials(9, CALLED_OUT) == 9


@pytest.mark.parametrize("nothing", ["per_minute", "per_day", "per_caller_per_day", "at_once"])
async def test_a_limit_of_nothing_stops_it(nothing: str) -> None:
    office = Office(replace(MANY, **{nothing: 0}))
    assert await office.dials(3, effect=PlaceCall("e", DESK)) == 0


async def test_calls_that_we_have_placed_are_counted_while_they_last() -> None:
    office = Office(replace(MANY, at_once=2))
    place = PlaceCall("e", PERSON)
    office.placed = 2
    assert await office.refusal(place, CALLED_OUT) == ""
    office.placed = 3
    assert await office.refusal(place, CALLED_OUT) == "limit_reached"
    assert await office.refusal(TransferCall("e", PERSON)) == ""


async def test_who_is_sent_round_in_circles_is_stopped() -> None:
    office = Office()
    queue = TransferCall("e", Target("instance", "queue"))
    assert await office.dials(HOPS + 5, effect=queue) == HOPS
    assert await office.dials(3, OTHER, queue) == 3
    assert await office.dials(3, effect=TransferCall("e", PERSON)) == 3
    assert await office.dials(HOPS + 5, WITHHELD, queue) == HOPS + 5
    office.clock.jump(HOP_WINDOW)
    assert await office.dials(1, effect=queue) == 1


async def test_nobody_fills_the_disk_with_recordings() -> None:
    office = Office()
    clip = RecordCaller("e", 120_000, 5_000, 5_000)
    assert await office.dials(CLIPS + 5, effect=clip) == CLIPS
    assert await office.dials(1, OTHER, clip) == 1
    assert await office.dials(CLIPS + 5, CALLED_OUT, clip) == CLIPS + 5
    assert await office.dials(11 * CLIPS, WITHHELD, clip) == 10 * CLIPS


async def test_what_costs_nothing_is_not_counted() -> None:
    office = Office(Rates(per_minute=0, per_day=0, per_caller_per_day=0, at_once=0))
    office.store.available = False
    assert await office.dials(3, effect=KeepAlive("e")) == 3


async def test_without_the_count_nothing_is_dialled() -> None:
    office = Office()
    office.store.available = False
    with pytest.raises(StoreUnavailable):
        await office.permits.check(TransferCall("e", DESK), CALL)


@pytest.mark.parametrize("number", ["+442079460998", "+442079460999"])
async def test_a_number_of_ours_is_refused(number: str) -> None:
    assert await Office().refusal(TransferCall("e", Target("phone", number))) == "not_allowed"


async def test_one_of_several_destinations_that_is_refused_stops_all() -> None:
    office = Office(replace(MANY, per_day=1))
    abroad = Target("phone", "+14165550123")
    assert await office.refusal(RedirectCall("e", (DESK, abroad), 1_000)) == "not_allowed"
    assert await office.dials(1) == 1, "what was refused has used up nothing"


async def test_uses_are_counted_by_key_and_window_on_all_nodes() -> None:
    one = Office()
    other = Office(store=MemoryStore(one.store))
    pin = CountUse("e", f"pin of {PHONE}", 3, DAY)
    counted = [await office.permits.count(pin) for office in (one, other, one, other)]
    assert counted == [UseCounted("e", within) for within in (True, True, True, False)]
    for another in (replace(pin, key="pin of 2"), replace(pin, window=MINUTE)):
        assert await one.permits.count(another) == UseCounted("e", within=True)
    assert await one.permits.count(pin) == UseCounted("e", within=False)


async def test_the_store_learns_no_number_and_no_key() -> None:
    asked: list[str] = []
    office = Office()

    async def take(quota: object, now: int) -> bool:
        asked.append(str(quota))
        return True

    office.permits._take = take
    await office.dials(1)
    await office.dials(1, effect=TransferCall("e", PERSON))
    await office.dials(1, effect=RecordCaller("e", 1, 1, 1))
    await office.permits.count(CountUse("e", f"pin of {PHONE}", 3, DAY))
    assert len(asked) == 6
    for secret in (PHONE.strip("+"), "pin", DESK.id.strip("+"), PERSON.id):
        assert secret not in str(asked)


async def test_a_refusal_is_written_down_once_with_its_reason_and_without_the_number() -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        office = Office(replace(MANY, per_minute=0))
        with pytest.raises(Refused) as refused:
            await office.permits.check(TransferCall("e", Target("phone", "+19002345678")), CALL)
        assert "premium" in str(refused.value)
        await office.refusal(TransferCall("e", DESK))
    assert [entry["event"] for entry in logs] == ["destination_refused", "dial_limit_reached"]
    told = {"reason": "costly", "kind": "phone", "country": 1, "length": 12}
    assert told.items() <= logs[0].items()
    assert logs[1]["limit"] == "IVR_DIAL_PER_MINUTE"
    for number in ("9002345678", DESK.id.strip("+"), PHONE.strip("+")):
        assert number not in f"{logs} {refused.value}"

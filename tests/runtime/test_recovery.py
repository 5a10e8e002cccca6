"""After a restart: what is done again, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    HangUp,
    KeepAlive,
    ListenForTones,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    RejectCall,
    SendRequest,
    StopMedia,
    TransferCall,
)
from ivr.core.snapshot import Phase, Snapshot
from ivr.core.values import Audio, Target
from ivr.runtime.recovery import recover
from ivr.store.memory import MemoryStore
from tests.store.store_calls import change, closing
from tests.universe import CALL_ID

SOMEBODY = Target("user", "u")
REPEATED: list[AnyEffect] = [
    ListenForTones("e"),
    StopMedia("e"),
    FetchRecording("e", "https://media.example/1", "token", 1_000),
    KeepAlive("e"),
    HangUp("e"),
]
LEFT: list[AnyEffect] = [
    PlayPrompts("e", (Audio("hello"),)),
    TransferCall("e", SOMEBODY),
    RecordCaller("e", 1_000, 1_000, 1_000),
    SendRequest("e", "POST", "https://crm.example", "crm.example", 1_000),
    RejectCall("e"),
    RedirectCall("e", (SOMEBODY,), 1_000),
    CheckCall("e"),
]


class Restart:
    """A store with one call, and what a new process does with it."""

    def __init__(self, *, rings: bool = False) -> None:
        self.store = MemoryStore()
        self.repeated: list[tuple[str, AnyEffect]] = []
        self.asked: list[str] = []
        self._rings = rings

    async def left(
        self, *effects: AnyEffect, call: str = CALL_ID, phase: Phase = "connected"
    ) -> None:
        """The call was left by the process before with these effects unsettled."""
        made = change(call, 0, *effects, callback=call)
        snapshot = replace(made.step.snapshot, phase=phase)
        await self.store.commit(replace(made, step=replace(made.step, snapshot=snapshot)))

    async def recover(self) -> int:
        return await recover(self.store, self._add, self._still_rings)

    def _add(self, snapshot: Snapshot, effects: Sequence[AnyEffect]) -> None:
        self.repeated += [(snapshot.call_id, effect) for effect in effects]

    async def _still_rings(self, snapshot: Snapshot) -> bool:
        self.asked.append(snapshot.call_id)
        return self._rings


def kind(effect: AnyEffect) -> str:
    return type(effect).__name__


@pytest.mark.parametrize("effect", REPEATED, ids=kind)
async def test_what_is_harmless_is_done_again(effect: AnyEffect) -> None:
    restart = Restart()
    await restart.left(effect)
    assert await restart.recover() == 1
    assert restart.repeated == [(CALL_ID, effect)]
    assert [each.effect for each in await restart.store.unsettled()] == [effect]


@pytest.mark.parametrize("effect", LEFT, ids=kind)
async def test_what_may_have_been_done_is_left_to_its_deadline(effect: AnyEffect) -> None:
    restart = Restart()
    await restart.left(effect)
    assert await restart.recover() == 0
    assert restart.repeated == []
    assert await restart.store.unsettled() == []


@pytest.mark.parametrize("rings", [True, False])
async def test_a_call_is_answered_again_only_while_it_still_rings(rings: bool) -> None:
    restart = Restart(rings=rings)
    await restart.left(AnswerCall("e"), phase="answering")
    await restart.recover()
    assert restart.asked == [CALL_ID]
    assert restart.repeated == ([(CALL_ID, AnswerCall("e"))] if rings else [])


@pytest.mark.parametrize("effect", REPEATED, ids=kind)
async def test_nothing_is_done_on_a_line_that_is_down(effect: AnyEffect) -> None:
    restart = Restart()
    await restart.left(effect, phase="ended")
    assert await restart.recover() == (1 if effect.lane == "recording" else 0)


async def test_a_closed_call_wants_nothing_any_more() -> None:
    restart = Restart()
    await restart.left(KeepAlive("e"))
    await restart.store.commit(closing(CALL_ID, 1, HangUp("f")))
    assert await restart.recover() == 0


async def test_overdue_keep_alives_and_hang_ups_come_first() -> None:
    restart = Restart()
    await restart.left(ListenForTones("a"), StopMedia("b"), call="first")
    await restart.left(KeepAlive("c"), call="second")
    await restart.left(HangUp("d"), call="third")
    await restart.recover()
    assert [effect.id for _, effect in restart.repeated] == ["c", "d", "a", "b"]

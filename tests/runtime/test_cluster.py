"""Nodes that die, stop and come back at any instant: calls go on, and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from ivr.core.events import Arrival, CallProgressed, TonePressed
from ivr.core.values import Millis
from ivr.runtime.lease import LENGTH
from ivr.runtime.recovery import LOOK_EVERY
from tests.runtime.cluster import Cluster, cluster
from tests.runtime.virtual import settled
from tests.runtime.world import TENANT
from tests.universe import ARRIVAL, CALL_ID, SALES

FLOW = f"""
    states:
      hello: {{ type: prompt, prompt: hi, next: ask }}
      ask: {{ type: menu, prompt: choose, on: {{ '1': hand_on, give_up: bye }} }}
      hand_on: {{ type: transfer, to: '{SALES}', on: {{ failed: bye }} }}
"""
TAKEN_OVER_WITHIN = LENGTH + LOOK_EVERY
STUCK_AFTER: Millis = 60_000
PRESSED_AT: Millis = 5_000
GLANCE: Millis = 250
TELL = Arrival(CALL_ID, TonePressed("1", 1), sender=TENANT)

Fate = Callable[[Cluster], Awaitable[None]]


async def nothing_more(_: Cluster) -> None:
    """Killed: the other node goes on."""


async def both_die(nodes: Cluster) -> None:
    """The machine is switched off, and a second later there are successors."""
    nodes[1].power.turn_off()
    await nodes.clock.pass_(1_000)
    await nodes.start("node-0")
    await nodes.start("node-1")


async def stopped_for_a_moment(nodes: Cluster) -> None:
    await nodes.clock.pass_(3_000)
    nodes[0].power.turn_on()


async def stopped_for_long(nodes: Cluster) -> None:
    await nodes.clock.pass_(20_000)
    nodes[0].power.turn_on()


async def replaced_and_awake_again(nodes: Cluster) -> None:
    """A supervisor has started a successor of the same name before it goes on."""
    await nodes.start("node-0")
    await nodes.clock.pass_(1_000)
    nodes[0].power.turn_on()


FATES = [nothing_more, both_die, stopped_for_a_moment, stopped_for_long, replaced_and_awake_again]


async def lived_through(instant: int, fate: Fate) -> bool:
    """Whether node 0 came through the whole call before the instant at which it was to die."""
    async with cluster(2, FLOW) as nodes:
        nodes[0].dies_at = nodes[0].steps + instant
        nodes.teams.ring()
        await watch(nodes, fate, PRESSED_AT)
        nodes.teams.press("1")
        await watch(nodes, fate, STUCK_AFTER)
        assert await nodes.is_closed(), "the call is stuck"
        assert nodes.teams.kinds.count("transfer_call") <= 1
        return nodes[0].dies_at is not None


async def watch(nodes: Cluster, fate: Fate, within: Millis) -> None:
    """Let time pass, and node 0 meet its fate if it dies."""
    for _ in range(within // GLANCE):
        if await nodes.is_closed():
            return
        if not nodes[0].power.on and nodes[0].dies_at is not None:
            nodes[0].dies_at = None
            await fate(nodes)
        await nodes.clock.pass_(GLANCE)


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.__name__)
@pytest.mark.problem("P57", "P58", fault="node_killed")
@pytest.mark.problem("P57", "P58", fault="node_paused")
async def test_a_call_comes_to_its_end_at_whatever_instant_a_node_dies(fate: Fate) -> None:
    for instant in count(1):
        if await lived_through(instant, fate):
            break
    assert instant > 15, "there are more instants than that in a call"


@pytest.mark.problem("P57", fault="node_killed")
async def test_effects_of_a_dead_node_are_performed_once_by_one_other() -> None:
    async with cluster(4, FLOW) as nodes:
        nodes.teams.hold("listen_for_tones")
        nodes.teams.ring()
        await nodes.clock.pass_(200)
        [busy] = [node for node in nodes.nodes if node.sending]
        busy.power.turn_off()
        nodes.teams.release("listen_for_tones")
        await nodes.clock.pass_(TAKEN_OVER_WITHIN)
        assert nodes.teams.kinds == [
            "answer_call", "listen_for_tones", "listen_for_tones", "play_prompts",
        ]  # fmt: skip


async def test_the_successor_of_the_same_name_need_not_wait_for_the_lease() -> None:
    async with cluster(1, FLOW) as nodes:
        nodes.teams.hold("answer_call")
        nodes.teams.ring()
        await nodes.clock.pass_(50)
        nodes[0].power.turn_off()
        nodes.teams.release("answer_call")
        await nodes.start("node-0")
        assert nodes.teams.kinds[:2] == ["answer_call", "check_call"]
        assert nodes.teams.kinds.count("answer_call") == 1


@pytest.mark.problem("P57", "P58", fault="node_paused")
async def test_a_node_that_was_stopped_sends_nothing_that_is_another_s_by_now() -> None:
    async with cluster(2, FLOW) as nodes:
        nodes.teams.hold("answer_call")
        nodes.teams.ring()
        await nodes.clock.pass_(100)
        [busy] = [node for node in nodes.nodes if node.sending]
        busy.power.turn_off()
        await nodes.clock.pass_(TAKEN_OVER_WITHIN)
        nodes.teams.release("answer_call")
        asked = len(nodes.teams.asked)
        busy.power.turn_on()
        await settled()
        assert len(nodes.teams.asked) == asked
        assert len(busy.performer) == 0
        assert busy.lease.fresh, "it has enlisted anew, and goes on"


async def test_an_old_holder_of_a_name_goes_on_under_another() -> None:
    async with cluster(1, FLOW) as nodes:
        await nodes.start("node-0")
        await nodes.clock.pass_(3_000)
        assert [node.lease.fresh for node in nodes.nodes] == [True, True]
        for node in nodes.nodes:
            await node.store.renew()


@pytest.mark.problem("P46", fault="same_incoming_five_times")
async def test_the_same_call_at_five_nodes_at_once_is_answered_once() -> None:
    async with cluster(5, FLOW) as nodes:
        nodes.teams.calls[CALL_ID] = nodes.teams.new_call()
        arrival = Arrival(CALL_ID, ARRIVAL, sender=TENANT)
        await asyncio.gather(*(node.power.start(node.take(arrival)) for node in nodes.nodes))
        await settled()
        assert nodes.teams.kinds == ["answer_call"]


@pytest.mark.parametrize(
    "slow", ["answer_call", "listen_for_tones", "play_prompts", "stop_media", "transfer_call"]
)
async def test_nodes_never_send_two_commands_for_a_line_at_once(slow: str) -> None:
    async with cluster(2, FLOW) as nodes:
        nodes.teams.ring()
        nodes.teams.hold(slow)
        for key in "91":
            await nodes.clock.pass_(1_500)
            nodes.teams.press(key)
        await nodes.clock.pass_(1_000)
        assert slow in nodes.teams.kinds
        assert nodes.teams.most_at_work == 1
        nodes.teams.release(slow)
        await nodes.until_closed(STUCK_AFTER)
        assert nodes.teams.most_at_work == 1


@pytest.mark.parametrize("slow", ["answer_call", "listen_for_tones", "play_prompts"])
async def test_a_node_that_waits_for_its_turn_goes_on_when_the_other_dies(slow: str) -> None:
    async with cluster(2, FLOW) as nodes:
        nodes.teams.ring()
        nodes.teams.hold(slow)
        await nodes.clock.pass_(500)
        [busy] = [node for node in nodes.nodes if node.sending]
        busy.power.turn_off()
        nodes.teams.release(slow)
        nodes.teams.press("1")
        await nodes.clock.pass_(2 * TAKEN_OVER_WITHIN)
        nodes.teams.press("1")
        await nodes.until_closed(STUCK_AFTER)
        assert nodes.teams.kinds.count("transfer_call") == 1


async def test_what_another_node_has_moved_is_at_hand_no_more() -> None:
    async with cluster(2, FLOW) as nodes:
        nodes.teams.calls[CALL_ID] = nodes.teams.new_call()
        await nodes[0].power.start(nodes[0].take(Arrival(CALL_ID, ARRIVAL, sender=TENANT)))
        assert nodes[0].handler.at_hand(CALL_ID) is not None
        up = Arrival(CALL_ID, CallProgressed("established", audio=True), sender=TENANT)
        await nodes[1].power.start(nodes[1].take(up))
        await settled()
        assert nodes[0].handler.at_hand(CALL_ID) is None
        assert nodes[1].handler.at_hand(CALL_ID) is not None


async def test_only_the_node_that_moved_a_call_last_wakes_it() -> None:
    async with cluster(3, FLOW) as nodes:
        nodes.teams.ring()
        await nodes.clock.pass_(3_000)
        before = await wakes(nodes)
        await nodes.clock.pass_(10_000)
        assert await wakes(nodes) == before + 1


async def wakes(nodes: Cluster) -> int:
    return [line.event for line in await nodes.store.journal(CALL_ID)].count("timer_fired")

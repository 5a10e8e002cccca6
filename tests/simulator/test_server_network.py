"""Integration: the project's own Graph client and webhook checks against the simulator."""

from __future__ import annotations

import time

import pytest

from ivr.core.effects import (
    AnswerCall,
    CheckCall,
    HangUp,
    KeepAlive,
    ListenForTones,
    PlayPrompts,
    RecordCaller,
    StopMedia,
    TransferCall,
)
from ivr.core.events import (
    CallArrived,
    CallEnded,
    CallProgressed,
    PromptFinished,
    RecordingFinished,
    RosterChanged,
    TonePressed,
)
from ivr.core.values import Caller, Target
from ivr.errors import CallGone, OutcomeUnknown, Refused
from ivr.graph.auth import NotificationVerifier, Verified
from ivr.graph.keys import KeyCache
from ivr.speech.wav import read_recording
from tests.simulator.graph_world import APP_ID, OTHER_TENANT, TENANT, USER
from tests.simulator.scene import ISSUER, TEXT, Scene


async def test_a_call_is_announced_to_the_webhook_and_signed_for_it(scene: Scene) -> None:
    caller = {"kind": "user", "id": USER, "name": "Ana", "language": "en-GB"}
    await scene.place(caller=caller)
    arrived = await scene.until(CallArrived)
    assert isinstance(arrived, CallArrived)
    assert arrived.caller == Caller("user", USER, "Ana", "en-GB")

    async def fetch(url: str) -> bytes:
        return (await scene.client.get(url)).content

    keys = KeyCache([f"{scene.sim}/v1/.well-known/OpenIdConfiguration"], fetch, time.monotonic)
    verifier = NotificationVerifier(APP_ID, [ISSUER], [TENANT], keys, time.time)
    verdict = await verifier.verify([scene.posts.headers[-1]])
    assert isinstance(verdict, Verified), verdict
    await keys.aclose()


async def test_a_conversation_through_the_projects_own_client(scene: Scene) -> None:
    await scene.connect()
    assert await scene.do(ListenForTones("t")) == []
    assert await scene.do(PlayPrompts("p", audio=(TEXT,))) == []
    await scene.until(PromptFinished("p"))
    await scene.act("press", {"keys": "5"})
    await scene.until(TonePressed("5", 1))
    assert await scene.do(KeepAlive("k")) == []
    checked = await scene.do(CheckCall("c"))
    assert checked == [CallProgressed("established", audio=True)]
    assert await scene.do(HangUp("h")) == []
    await scene.until(CallEnded("ended_by_us", "200/7000"))
    with pytest.raises(CallGone):
        await scene.do(KeepAlive("k2"))
    assert await scene.do(CheckCall("c2")) == [CallEnded("failed", "404")]


async def test_a_prompt_is_stopped(scene: Scene) -> None:
    await scene.connect()
    await scene.do(PlayPrompts("p", audio=(TEXT,)))
    assert await scene.do(StopMedia("s")) == []
    finished = await scene.until(PromptFinished)
    assert isinstance(finished, PromptFinished)
    assert finished.failure is None


async def test_a_clip_is_recorded_and_fetched(scene: Scene) -> None:
    await scene.connect()
    limits = RecordCaller("r", max_length=30_000, first_sound=60_000, stop_after_silence=2_000)
    await scene.do(limits)
    await scene.act("speak", {"seconds": 3})
    finished = await scene.until(RecordingFinished)
    assert isinstance(finished, RecordingFinished)
    assert finished.stopped_by == "silence"
    clip = await scene.control.fetch(finished.location, finished.token)
    assert read_recording(clip).seconds >= 2
    with pytest.raises(Refused):
        await scene.control.fetch(finished.location, "wrong")


@pytest.mark.parametrize("outcome", ["busy", "declined", "no_answer", "failed"])
async def test_a_transfer_fails_for_the_same_reason_on_both_sides(
    scene: Scene, outcome: str
) -> None:
    await scene.connect()
    await scene.act("transfer", {"outcome": outcome, "after_ms": 100})
    await scene.do(TransferCall("x", to=Target("user", USER)))
    failed = CallProgressed("established", failure=outcome)  # type: ignore[arg-type]
    await scene.until(failed)


async def test_a_transfer_that_is_answered_ends_the_call(scene: Scene) -> None:
    await scene.connect()
    await scene.do(TransferCall("x", to=Target("user", USER)))
    await scene.until(CallEnded("transferred", "0/7015"))
    assert CallProgressed("accepted") in scene.events()
    assert not any(isinstance(event, RosterChanged) for event in scene.events())


async def test_a_dropped_request_and_a_dropped_answer_are_both_of_unknown_outcome(
    scene: Scene,
) -> None:
    await scene.connect()
    for lost, started in (("drop", 0), ("drop_answer", 1)):
        fault = {"target": "playPrompt", lost: True}
        await scene.client.post(f"{scene.sim}/sim/faults", json=fault)
        with pytest.raises(OutcomeUnknown):
            await scene.do(PlayPrompts(lost, audio=(TEXT,)))
        story = (await scene.client.get(f"{scene.sim}/sim/calls/{scene.call}")).json()
        assert len(story["operations"]) == started
    await scene.until(PromptFinished("drop_answer"))


async def test_a_token_of_another_tenant_is_refused(scene: Scene) -> None:
    await scene.place(tenant=OTHER_TENANT)
    await scene.until(CallArrived)
    with pytest.raises(Refused) as refused:
        await scene.do(AnswerCall("a"))
    assert refused.value.code == "7505"


async def test_msal_is_told_of_the_instance(scene: Scene) -> None:
    response = await scene.client.get(f"{scene.sim}/common/discovery/instance")
    found = response.json()
    home = scene.sim.replace("http://", "https://")
    assert found["tenant_discovery_endpoint"].startswith(f"{home}/common/")
    assert found["metadata"][0]["aliases"] == [home.removeprefix("https://")]

"""Integration: what the project's own Graph client asks of groups, legs and meetings."""

from __future__ import annotations

from itertools import count

import pytest
from msgspec.structs import replace

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    CreateMeeting,
    HangUp,
    HoldParticipant,
    InviteParticipants,
    JoinMeeting,
    ListParticipants,
    MuteParticipant,
    PlaceCall,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    SendTones,
    SetRecordingStatus,
    ShareScreen,
    TransferCall,
    UnmuteSelf,
)
from ivr.core.events import (
    CallArrived,
    CallEnded,
    CallProgressed,
    LegPlaced,
    MeetingCreated,
    OperationFinished,
    ParticipantsListed,
    RosterChanged,
)
from ivr.core.values import Meeting, Participant, Target
from ivr.errors import CallGone, OutcomeUnknown, Refused
from tests.simulator.graph_world import RECEPTION, TENANT, USER
from tests.simulator.scene import Scene

ANA = Target("user", USER)
NUMBER = Target("phone", "+442079460123")
_numbers = count()


async def joined(scene: Scene) -> Participant:
    """A call that somebody has joined, and who that is."""
    await scene.connect(called=RECEPTION)
    body = {"id": USER, "name": "Ana"}
    him = await scene.client.post(f"{scene.sim}/sim/calls/{scene.call}/join", json=body)
    changed = await scene.until(RosterChanged)
    assert isinstance(changed, RosterChanged)
    return next(one for one in changed.participants if one.id == him.json()["id"])


async def placed(scene: Scene, effect: AnyEffect) -> str:
    """Place a leg; the service's id of it."""
    first, second = await scene.do(effect)
    assert isinstance(first, LegPlaced)
    assert second == CallProgressed("establishing", leg=effect.id)
    scene.call = first.line
    return first.line


async def test_a_leg_is_placed_and_answered(scene: Scene) -> None:
    line = await placed(scene, PlaceCall("p", to=NUMBER, source=USER))
    await scene.until(CallProgressed("established", audio=True))
    assert await scene.do(CheckCall("c")) == [CallProgressed("established", audio=True)]
    assert await scene.do(HangUp("h")) == []
    await scene.until(CallEnded("ended_by_us", "200/7000"))
    assert line in (await scene.client.get(f"{scene.sim}/sim/calls")).text


@pytest.mark.parametrize("outcome", ["busy", "declined", "no_answer"])
async def test_a_leg_that_is_not_answered_says_why(scene: Scene, outcome: str) -> None:
    await scene.client.post(f"{scene.sim}/sim/callee", json={"outcome": outcome, "after_ms": 300})
    await placed(scene, PlaceCall("p", to=ANA))
    end = await scene.until(CallEnded)
    assert isinstance(end, CallEnded)
    assert end.reason == outcome
    await scene.client.post(f"{scene.sim}/sim/callee", json={"outcome": "answered"})


@pytest.mark.problem("P50", fault="phones_need_an_account")
async def test_a_phone_is_not_called_from_nowhere(scene: Scene) -> None:
    with pytest.raises(Refused):
        await scene.do(PlaceCall("p", to=NUMBER))


async def test_a_meeting_is_made_and_joined_in_each_way(scene: Scene) -> None:
    (created,) = await scene.do(CreateMeeting("m", organizer=USER, subject="Your call"))
    assert isinstance(created, MeetingCreated)
    made = created.meeting
    assert (made.organizer, bool(made.passcode)) == (USER, True)
    ways = (
        Meeting(link=made.link),
        Meeting(number=made.number, passcode=made.passcode),
        Meeting(organizer=made.organizer, chat=made.chat),
    )
    for way in ways:
        await placed(scene, JoinMeeting(f"j{next(_numbers)}", meeting=way))
        await scene.until(CallProgressed("established", audio=True))
        roster = await scene.until(RosterChanged)
        assert isinstance(roster, RosterChanged)
        assert roster.participants[0].kind == "app"
    with pytest.raises(Refused) as wrong:
        await scene.do(JoinMeeting("j", meeting=replace(ways[1], passcode="wrong")))
    assert wrong.value.code == "8561"


async def test_somebody_is_invited_and_put_out_again(scene: Scene) -> None:
    await scene.connect(called=RECEPTION)
    assert await scene.do(ListParticipants("l")) == [ParticipantsListed("l")]
    assert await scene.do(InviteParticipants("i", to=(NUMBER,))) == []
    await scene.until(OperationFinished("i"))
    (listed,) = await scene.do(ListParticipants("l"))
    assert isinstance(listed, ParticipantsListed)
    assert [one.kind for one in listed.participants] == ["app", "phone", "phone"]
    third = listed.participants[2]
    assert third.identity == NUMBER.id
    assert await scene.do(RemoveParticipant("r", participant=third.id)) == [OperationFinished("r")]
    with pytest.raises(Refused):
        await scene.do(RemoveParticipant("r", participant=third.id))


@pytest.mark.parametrize("outcome", ["busy", "declined", "no_answer", "failed"])
async def test_an_invitation_that_is_not_taken_says_why(scene: Scene, outcome: str) -> None:
    await scene.connect(invite={"outcome": outcome, "after_ms": 100})
    await scene.do(InviteParticipants("i", to=(ANA,)))
    ended = await scene.until(OperationFinished)
    assert isinstance(ended, OperationFinished)
    assert (ended.effect, ended.failure) == ("i", outcome)


async def test_people_are_muted_held_routed_and_told_of_a_recording(scene: Scene) -> None:
    him = await joined(scene)
    (listed,) = await scene.do(ListParticipants("l"))
    assert isinstance(listed, ParticipantsListed)
    me = listed.participants[0].id
    for effect in (
        MuteParticipant("a", participant=him.id),
        MuteParticipant("b"),
        UnmuteSelf("c"),
        SetRecordingStatus("d", recording=True),
        RouteAudio("e", sources=(me,), receivers=(him.id,)),
    ):
        assert await scene.do(effect) == [OperationFinished(effect.id)]
    assert await scene.do(HoldParticipant("f", participant=him.id)) == []
    await scene.until(OperationFinished("f"))
    assert await scene.do(ResumeParticipant("g", participant=him.id)) == [OperationFinished("g")]
    (listed,) = await scene.do(ListParticipants("l"))
    assert isinstance(listed, ParticipantsListed)
    assert [one.muted for one in listed.participants] == [False, False, True]


async def test_what_only_groups_can_do_is_refused_between_two(scene: Scene) -> None:
    await scene.connect()
    for effect in (MuteParticipant("a"), UnmuteSelf("b"), InviteParticipants("c", to=(ANA, ANA))):
        with pytest.raises(Refused) as refused:
            await scene.do(effect)
        assert refused.value.code == "8548"
    with pytest.raises(Refused) as refused:
        await scene.do(ShareScreen("d", role="sharer"))
    assert refused.value.code == "8500"


async def test_keys_are_sent(scene: Scene) -> None:
    await scene.connect()
    assert await scene.do(SendTones("t", keys="1#", gap=100)) == []
    await scene.until(OperationFinished("t"))
    heard = (await scene.client.get(f"{scene.sim}/sim/calls/{scene.call}")).json()["heard"]
    assert [one["name"] for one in heard] == ["tone 1", "tone #"]


async def test_a_consultation_ends_both_calls(scene: Scene) -> None:
    agent = await placed(scene, PlaceCall("p", to=ANA))
    await scene.until(CallProgressed("established", audio=True))
    await scene.connect()
    await scene.do(TransferCall("t", to=ANA, replaces="p"), replaces=agent)
    await scene.until(CallEnded("transferred"))
    scene.call = agent
    await scene.until(CallEnded("transferred", "200/7015"))


async def test_one_of_a_group_is_handed_on(scene: Scene) -> None:
    him = await joined(scene)
    with pytest.raises(Refused) as refused:
        await scene.do(TransferCall("t", to=Target("user", TENANT)))
    assert refused.value.code == "8523"
    await scene.do(TransferCall("u", to=Target("user", TENANT), transferee=him.id))
    await scene.until_last(RosterChanged, lambda roster: len(roster.participants) == 2)
    assert await scene.do(CheckCall("c")) == [CallProgressed("established", audio=True)]


@pytest.mark.problem("P60", fault="lost_request_create")
@pytest.mark.problem("P56", "P60", fault="create_500_placed")
async def test_a_call_that_is_placed_and_an_answer_that_is_lost(scene: Scene) -> None:
    calls = len((await scene.client.get(f"{scene.sim}/sim/calls")).json()["calls"])
    for name, placed_now in (("lost_request_create", 0), ("create_500_placed", 1)):
        await scene.client.post(f"{scene.sim}/sim/faults", json={"name": name})
        with pytest.raises(OutcomeUnknown):
            await scene.do(PlaceCall("p", to=ANA))
        now = len((await scene.client.get(f"{scene.sim}/sim/calls")).json()["calls"])
        assert now == calls + placed_now


@pytest.mark.problem("P32", fault="silent_end")
async def test_a_silent_end_is_found_by_asking(scene: Scene) -> None:
    await scene.connect()
    fault = {"name": "silent_end", "call": scene.call}
    await scene.client.post(f"{scene.sim}/sim/faults", json=fault)
    await scene.act("hangup", {})
    assert await scene.do(CheckCall("c")) == [CallEnded("failed", "404")]
    with pytest.raises(CallGone):
        await scene.do(ListParticipants("l"))
    assert not any(isinstance(event, CallEnded) for event in scene.events())


@pytest.mark.problem("P69", fault="same_incoming_twice")
async def test_two_answers_to_one_call_and_the_second_is_refused(scene: Scene) -> None:
    await scene.client.post(f"{scene.sim}/sim/faults", json={"name": "same_incoming_twice"})
    await scene.place()
    await scene.until(CallArrived)
    assert await scene.do(AnswerCall("a")) == []
    with pytest.raises(Refused) as refused:
        await scene.do(AnswerCall("b"))
    assert refused.value.code == "8585"

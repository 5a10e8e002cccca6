"""What effects mean outside: who is dialled, what is played, where a recording goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    CreateMeeting,
    FetchRecording,
    HangUp,
    HoldParticipant,
    JoinMeeting,
    KeepAlive,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    SendRequest,
    TransferCall,
)
from ivr.core.events import (
    CallEnded,
    CallProgressed,
    HttpAnswered,
    LegPlaced,
    RecordingStored,
)
from ivr.core.snapshot import Leg, Snapshot
from ivr.core.values import Audio, Meeting, Target
from ivr.errors import MediaError, NotSent, Refused
from ivr.policy.destinations import Destinations
from ivr.ports import Line
from ivr.runtime.leg_keys import PlacedLeg, read_leg_key
from ivr.runtime.lines import Lines
from ivr.runtime.outside import Outside
from ivr.runtime.permits import Permits, Rates
from ivr.runtime.recordings import Recordings
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice
from ivr.speech.wav import build
from ivr.store.memory import MemoryStore
from ivr.store.sql import SqlStore
from tests.runtime.virtual import VirtualClock
from tests.runtime.world import FakeBusiness, FakeLine
from tests.store.store_calls import SEALER, sql_store
from tests.universe import CALL_ID

OURS = "https://ivr.example"
CALL = Snapshot(CALL_ID, "bundle-1", 0, tenant="tenant-1", phase="connected")
FIXED = Audio("hello", "Hello.", "0" * 40)
PRIVATE = Audio("balance", "Your balance is 12 pounds.")
CLIP = build(bytes(2 * 16_000 * 3))
FETCH = FetchRecording(f"{CALL_ID}.9", "https://media.example/1", "token", 60_000)
PERSON = Target("user", "11111111-1111-4111-8111-111111111111")
OUT = "out-" + "0" * 32
LEG, AGENT = f"{OUT}.1", f"{CALL_ID}.7"
RATES = Rates(per_minute=60, per_day=2000, per_caller_per_day=20, at_once=50)


def called_out(line: str = "") -> Snapshot:
    """A call of ours to somebody, whose line is known as `line`."""
    return Snapshot(OUT, "bundle-1", 0, tenant="tenant-1", entry="call_out", phase="placing",
                    leg=LEG, legs={LEG: Leg(line)})  # fmt: skip


def consulting(line: str = "") -> Snapshot:
    """A call that came in, with a leg of ours to an agent."""
    return Snapshot(CALL_ID, "bundle-1", 0, tenant="tenant-1", phase="connected",
                    legs={AGENT: Leg(line)})  # fmt: skip


class HoarseVoice:
    """A voice that has failed."""

    name = "hoarse"

    def speak(self, text: str, language: str) -> bytes:
        raise MediaError("The voice has failed.")


class Desk:
    """Everything an effect may need, with fakes for what is not ours."""

    def __init__(self, folder: Path, store: SqlStore) -> None:
        self.line, self.business = FakeLine(), FakeBusiness()
        self.recordings = Recordings(folder / "recordings", store.recordings, VirtualClock())
        self.audio = AudioLibrary(folder / "audio", SilentVoice())
        self.latest: dict[str, Snapshot] = {}
        self.placed = 0
        self.store, self.clock = MemoryStore(), VirtualClock()
        self.outside = self.allowing()

    def allowing(self, *prefixes: str, audio: AudioLibrary | None = None) -> Outside:
        return Outside(
            self.line, self.business, audio or self.audio, self.recordings, f"{OURS}/",
            SEALER.token, Lines(f"{OURS}/", SEALER.token, "key-of-{}".format, self._latest),
            Permits(Destinations(prefixes, ["tenant-1"]), RATES, self.store.take, self._placed,
                    SEALER.callback_key, frozenset, self.clock),
        )  # fmt: skip

    async def sent(self, effect: AnyEffect, snapshot: Snapshot) -> Line:
        """The line that the adapter is told for an effect."""
        await self.outside.perform(effect, snapshot)
        return self.line.lines[-1]

    async def _latest(self, call_id: str) -> Snapshot | None:
        return self.latest.get(call_id)

    async def _placed(self) -> int:
        return self.placed


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with sql_store(tmp_path) as store:
        yield Desk(tmp_path, store)


def transfer(kind: str, number: str) -> TransferCall:
    return TransferCall("e", Target(kind, number))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+442079460999", ("+44",)),
        ("+442079460999", ("+1", "+4420")),
        ("+442079460999", ("+442079460999",)),
    ],
)
async def test_a_number_with_an_allowed_prefix_is_dialled(
    desk: Desk, number: str, allowed: tuple[str, ...]
) -> None:
    await desk.allowing(*allowed).perform(transfer("phone", number), CALL)
    assert desk.line.kinds == ["transfer_call"]


@pytest.mark.parametrize(
    ("number", "allowed"),
    [
        ("+442079460999", ()),
        ("+19005550100", ("+44",)),
        ("+442079460999", ("44", "0044", "2079460999")),
    ],
)
async def test_a_number_that_is_not_allowed_is_refused_before_anything_is_sent(
    desk: Desk, number: str, allowed: tuple[str, ...]
) -> None:
    phone = Target("phone", number)
    for effect in (TransferCall("e", phone), RedirectCall("e", (PERSON, phone), 1_000)):
        with pytest.raises(Refused, match="IVR_DIAL_ALLOW") as refused:
            await desk.allowing(*allowed).perform(effect, CALL)
        assert number not in str(refused.value)
    assert desk.line.asked == []


@pytest.mark.parametrize("kind", ["user", "app", "instance"])
async def test_people_and_queues_need_no_prefix(desk: Desk, kind: str) -> None:
    await desk.outside.perform(transfer(kind, "11111111-1111-4111-8111-111111111111"), CALL)
    assert desk.line.kinds == ["transfer_call"]


async def test_the_line_is_told_the_call_its_tenant_and_its_own_callback(desk: Desk) -> None:
    await desk.outside.perform(KeepAlive("e"), CALL)
    [line] = desk.line.lines
    assert (line.call_id, line.tenant) == (CALL_ID, "tenant-1")
    assert line.callback == f"{OURS}/api/calls/key-of-{CALL_ID}"


async def test_a_leg_that_is_to_be_placed_is_told_where_it_will_be_spoken_of(desk: Desk) -> None:
    join = JoinMeeting(LEG, Meeting(link="https://teams.example/1"))
    for effect in (PlaceCall(LEG, PERSON), join):
        line = await desk.sent(effect, called_out())
        assert (line.call_id, line.tenant) == ("", "tenant-1")
        key = line.callback.removeprefix(f"{OURS}/api/calls/")
        assert read_leg_key(SEALER.read_token, key) == PlacedLeg(OUT, LEG)


async def test_effects_of_a_placed_call_go_to_its_line(desk: Desk) -> None:
    line = await desk.sent(KeepAlive(f"{OUT}.2", leg=LEG), called_out("line-1"))
    assert line.call_id == "line-1"
    key = line.callback.removeprefix(f"{OURS}/api/calls/")
    assert read_leg_key(SEALER.read_token, key) == PlacedLeg(OUT, LEG)


async def test_a_line_that_has_become_known_since_is_found(desk: Desk) -> None:
    desk.latest = {OUT: called_out("line-1"), CALL_ID: consulting("line-2")}
    assert (await desk.sent(KeepAlive(f"{OUT}.2"), called_out())).call_id == "line-1"
    hand_on = TransferCall(f"{CALL_ID}.9", PERSON, replaces=AGENT)
    line = await desk.sent(hand_on, consulting())
    assert (line.call_id, line.replaces) == (CALL_ID, "line-2")
    assert (await desk.sent(HangUp(f"{CALL_ID}.8", leg=AGENT), consulting())).call_id == "line-2"


@pytest.mark.parametrize("is_over", [True, False])
async def test_a_line_that_nobody_knows_is_not_acted_on(desk: Desk, is_over: bool) -> None:
    desk.latest = {} if is_over else {OUT: called_out(), CALL_ID: consulting()}
    with pytest.raises(Refused) as refused:
        await desk.outside.perform(HangUp(f"{OUT}.2"), called_out())
    assert refused.value.code == "no_line"
    for effect, snapshot in (
        (KeepAlive(f"{OUT}.3"), called_out()),
        (TransferCall(f"{CALL_ID}.9", PERSON, replaces=AGENT), consulting()),
    ):
        with pytest.raises(NotSent):
            await desk.outside.perform(effect, snapshot)
    assert desk.line.asked == []


async def test_what_cannot_be_sent_yet_uses_up_no_limit(desk: Desk) -> None:
    outside = desk.allowing("+44")
    handed_on = TransferCall("e", Target("phone", "+442079460999"), replaces=AGENT)
    for _ in range(RATES.per_minute + 1):
        with pytest.raises(NotSent):
            await outside.perform(handed_on, consulting())
    await outside.perform(handed_on, consulting("line-2"))
    assert desk.line.asked == [handed_on]


async def test_a_meeting_is_made_before_there_is_any_line(desk: Desk) -> None:
    assert (await desk.sent(CreateMeeting(f"{OUT}.1", "o"), called_out())).call_id == ""


async def test_what_is_known_at_once_is_told_of_the_leg_that_it_is_about(desk: Desk) -> None:
    desk.line.will("check_call", [CallEnded("busy")], [CallEnded("busy")])
    [event] = await desk.outside.perform(CheckCall("e", leg=AGENT), consulting("line-2"))
    assert event == CallEnded("busy", leg=AGENT)
    [event] = await desk.outside.perform(CheckCall("e"), consulting("line-2"))
    assert event == CallEnded("busy")
    desk.line.will("check_call", [CallEnded("busy")])
    [event] = await desk.outside.perform(CheckCall("e"), called_out("line-1"))
    assert event == CallEnded("busy", leg=LEG)
    desk.line.will("place_call", [LegPlaced(LEG, "line-1"), CallProgressed("ringing")])
    events = await desk.outside.perform(PlaceCall(LEG, PERSON), called_out())
    assert list(events) == [LegPlaced(LEG, "line-1"), CallProgressed("ringing", leg=LEG)]


async def test_hold_music_has_an_address(desk: Desk) -> None:
    line = await desk.sent(HoldParticipant("e", "p", FIXED), CALL)
    assert [sound.uri for sound in line.sounds] == [f"{OURS}/media/{FIXED.file}.wav"]
    assert (await desk.sent(HoldParticipant("e", "p"), CALL)).sounds == ()


async def test_fixed_audio_has_the_address_of_its_content_and_may_be_kept(desk: Desk) -> None:
    await desk.outside.perform(PlayPrompts("e", (FIXED,)), CALL)
    [sound] = desk.line.lines[0].sounds
    assert (sound.uri, sound.resource_id) == (f"{OURS}/media/{FIXED.file}.wav", FIXED.file)


async def test_audio_worth_having_is_offered_with_the_answer(desk: Desk) -> None:
    await desk.outside.perform(AnswerCall("e", ("0" * 40,)), CALL)
    assert [sound.uri for sound in desk.line.lines[0].sounds] == [f"{OURS}/media/{'0' * 40}.wav"]


@pytest.mark.parametrize(
    "effect",
    [
        PlayPrompts(f"{CALL_ID}.3", (FIXED, PRIVATE)),
        RecordCaller(f"{CALL_ID}.3", 1, 1, 1, audio=PRIVATE),
    ],
    ids=["play", "record"],
)
async def test_what_holds_a_callers_data_has_an_address_that_tells_nothing(
    desk: Desk, effect: AnyEffect
) -> None:
    await desk.outside.perform(effect, CALL)
    sound = desk.line.lines[0].sounds[-1]
    name = sound.uri.removeprefix(f"{OURS}/media/").removesuffix(".wav")
    index = len(desk.line.lines[0].sounds) - 1
    assert SEALER.read_token("media", name) == f"{CALL_ID}.3 {index}".encode()
    assert sound.resource_id == ""
    assert not list(Path(desk.audio.path("0" * 40)).parent.parent.rglob("*.wav"))


async def test_words_that_cannot_be_spoken_are_refused_before_anything_is_sent(
    desk: Desk, tmp_path: Path
) -> None:
    hoarse = AudioLibrary(tmp_path / "hoarse", HoarseVoice())
    with pytest.raises(Refused, match="voice has failed"):
        await desk.allowing(audio=hoarse).perform(PlayPrompts("e", (PRIVATE,)), CALL)
    assert desk.line.asked == []


async def test_a_business_system_is_asked_and_its_answer_comes_back(desk: Desk) -> None:
    request = SendRequest("e", "GET", "https://crm.example/x", "crm.example", 1_000)
    assert await desk.outside.perform(request, CALL) == [HttpAnswered("e", 200, "{}")]
    assert desk.line.asked == []


async def test_the_state_that_we_asked_for_is_the_state_of_now(desk: Desk) -> None:
    desk.line.will("check_call", [CallProgressed("established", audio=True)])
    [event] = await desk.outside.perform(CheckCall("e"), CALL)
    assert event == CallProgressed("established", audio=True, checked=True)


async def test_a_clip_is_brought_home_and_found_under_a_name_of_ours(desk: Desk) -> None:
    desk.line.clip.append(CLIP)
    [event] = await desk.outside.perform(FETCH, CALL)
    assert isinstance(event, RecordingStored)
    assert (event.effect, event.seconds) == (FETCH.id, 3.0)
    name = event.url.removeprefix(f"{OURS}/recordings/").removesuffix(".wav")
    path = await desk.recordings.path(name)
    assert path is not None
    assert path.read_bytes() == CLIP
    assert CALL_ID not in event.url
    assert desk.line.fetched == [("https://media.example/1", "token")]


async def test_a_clip_in_a_format_that_we_cannot_read_is_kept_all_the_same(desk: Desk) -> None:
    desk.line.clip.append(b"an MP4, say")
    [event] = await desk.outside.perform(FETCH, CALL)
    assert isinstance(event, RecordingStored)
    assert event.seconds == 0.0


async def test_a_clip_that_does_not_come_is_no_recording(desk: Desk) -> None:
    desk.line.clip.append(NotSent())
    with pytest.raises(NotSent):
        await desk.outside.perform(FETCH, CALL)

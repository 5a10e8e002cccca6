"""What effects mean outside: who is dialled, what is played, where a recording goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    KeepAlive,
    PlayPrompts,
    RecordCaller,
    RedirectCall,
    SendRequest,
    TransferCall,
)
from ivr.core.events import CallProgressed, HttpAnswered, RecordingStored
from ivr.core.snapshot import Snapshot
from ivr.core.values import Audio, Target
from ivr.errors import MediaError, NotSent, Refused
from ivr.runtime.outside import Outside
from ivr.runtime.recordings import Recordings
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice
from ivr.speech.wav import build
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
        self.outside = self.allowing()

    def allowing(self, *prefixes: str, audio: AudioLibrary | None = None) -> Outside:
        return Outside(
            self.line, self.business, audio or self.audio, self.recordings, f"{OURS}/",
            SEALER.token, lambda call: f"key-of-{call}", prefixes,
        )  # fmt: skip


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
        ("+44", ("+4420",)),
        ("!442079460999", ()),
        ("+442079460999", ("44", "0044", "2079460999")),
    ],
)
async def test_a_number_that_is_not_allowed_is_refused_before_anything_is_sent(
    desk: Desk, number: str, allowed: tuple[str, ...]
) -> None:
    phone = Target("phone", number)
    person = Target("user", "11111111-1111-4111-8111-111111111111")
    for effect in (TransferCall("e", phone), RedirectCall("e", (person, phone), 1_000)):
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

"""Audio by name: fixed prompts for ever, a caller's data with the call, recordings a while."""

from __future__ import annotations

import pytest

from ivr.core.effects import PlayPrompts
from ivr.speech.wav import build, inspect
from tests.server.notices import established, terminated
from tests.server.site import Site, own_path
from tests.server.test_hostile_http import request
from tests.server.wire import listening, status_of
from tests.store.store_calls import SEALER
from tests.universe import CALL_ID, program

SPOKEN = """
prompts: { number: "You call from ${call.from}." }
states: { tell: { type: prompt, prompt: number, next: bye } }
"""
CLIP = build(bytes(2 * 16_000))
SAFE = {"x-content-type-options": "nosniff", "content-disposition": "attachment"}


@pytest.fixture
async def fixed(site: Site) -> str:
    """The address of a prompt that is always the same."""
    await site.audio.prepare([("Good day.", "en-GB")])
    return f"/media/{site.audio.name_for('Good day.', 'en-GB')}.wav"


@pytest.fixture
async def kept(site: Site) -> str:
    """The address of a recording that is kept for a minute."""
    name = await site.recordings.keep("call", CLIP, 1.0, 60_000)
    return f"/recordings/{name}.wav"


async def private(site: Site) -> str:
    """The address of what is played to a caller of a call that is up."""
    site.world.library.program = program(SPOKEN)
    await site.ring()
    await site.post(established(), own_path())
    [effect] = [each for each in site.world.line.asked if isinstance(each, PlayPrompts)]
    return f"/media/{SEALER.token('media', f'{effect.id} 0'.encode())}.wav"


async def test_a_fixed_prompt_is_a_wav_file_that_may_be_kept_for_ever(
    site: Site, fixed: str
) -> None:
    answer = await site.client.get(fixed)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers.items() >= SAFE.items()
    assert "immutable" in answer.headers["cache-control"]
    assert inspect(answer.content, "prompt").seconds > 0.5


async def test_a_prompt_with_a_callers_data_is_spoken_by_any_node_and_kept_by_nobody(
    site: Site,
) -> None:
    answer = await site.client.get(await private(site))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.items() >= SAFE.items()
    assert inspect(answer.content, "prompt").seconds > 0.5
    assert list(site.audio.path("0" * 40).parents[1].rglob("*.wav")) == []


async def test_a_callers_data_is_gone_with_the_call(site: Site) -> None:
    address = await private(site)
    await site.post(terminated(), own_path())
    assert await site.world.is_closed()
    assert (await site.client.get(address)).status_code == 404


async def test_a_store_that_is_down_is_told(site: Site) -> None:
    address = await private(site)
    site.world.store.available = False
    assert (await site.client.get(address)).status_code == 503


async def test_the_head_alone_may_be_asked_for(site: Site, fixed: str, kept: str) -> None:
    for address in (fixed, kept):
        answer, whole = await site.client.head(address), await site.client.get(address)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == whole.headers["content-length"]


async def test_a_part_of_a_prompt_may_be_asked_for(site: Site, fixed: str) -> None:
    answer = await site.client.get(fixed, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"RIFF")


@pytest.mark.parametrize(
    "asked",
    ["bytes=" + ",".join(f"{at}-" for at in range(2_000)), "bytes=" + "0-," * 2_000, "bytes=9-1",
     "bytes=-0", "bytes=999999999-", "lines=1-2", "bytes=x", "bytes=" + "9" * 1_000 + "-"],
)  # fmt: skip
async def test_hostile_ranges_are_answered_with_no_more_than_the_file(
    site: Site, fixed: str, asked: str
) -> None:
    whole = (await site.client.get(fixed)).content
    answer = await site.client.get(fixed, headers={"Range": asked})
    assert answer.status_code in {200, 206, 400, 416}
    assert len(answer.content) <= 2 * len(whole)


async def test_a_recording_is_given_to_whoever_has_its_name_while_it_lasts(
    site: Site, kept: str
) -> None:
    answer = await site.client.get(kept)
    assert (answer.status_code, answer.content) == (200, CLIP)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.items() >= SAFE.items()
    site.world.clock.jump(60_000)
    assert (await site.client.get(kept)).status_code == 404


NAMES = ["0" * 40, "0" * 39, "x" * 3_000, "%00", "..", "%2e%2e", "%2e%2e%2fseal", "con", "a b",
         f"{CALL_ID}.1", "..%5c..%5cseal.key", "%ff", "٠" * 32]  # fmt: skip
TOKENS = [("session", b"x 0"), ("media", b"unknown.1 0"), ("media", b"x"), ("media", b"")]


@pytest.mark.parametrize("name", NAMES)
async def test_no_other_name_gives_anything(site: Site, fixed: str, kept: str, name: str) -> None:
    await private(site)
    for folder in ("media", "recordings"):
        path = f"/{folder}/{name}.wav"
        assert await site.raw("GET", path, {}, b"") == 404


@pytest.mark.parametrize(("kind", "payload"), TOKENS)
async def test_a_token_for_something_else_gives_nothing(
    site: Site, kind: str, payload: bytes
) -> None:
    token = SEALER.token(kind, payload)
    assert (await site.client.get(f"/media/{token}.wav")).status_code == 404


async def test_a_changed_token_gives_nothing(site: Site) -> None:
    address = await private(site)
    for at in range(7, len(address) - 4, 5):
        letter = "A" if address[at] != "A" else "B"
        changed = f"{address[:at]}{letter}{address[at + 1 :]}"
        assert (await site.client.get(changed)).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_audio_can_only_be_fetched(site: Site, fixed: str, kept: str, method: str) -> None:
    for address in (fixed, kept):
        assert (await site.client.request(method, address)).status_code == 405


async def test_no_path_climbs_out_of_the_audio(site: Site, fixed: str) -> None:
    async with listening(site.app) as port:
        for path in ("/media/../../etc/passwd.wav", "/media/%2e%2e/%2e%2e/seal.key",
                     "/media//etc/passwd.wav", "/media/..%2f..%2fseal.wav"):  # fmt: skip
            assert await status_of(port, request("", first=f"GET {path} HTTP/1.1")) == 404

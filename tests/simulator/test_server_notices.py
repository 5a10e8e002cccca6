"""Integration: notifications that go wrong by the faults of the catalogue."""

from __future__ import annotations

import time

import pytest

from ivr.graph.decode import Legacy, Notifications, decode
from tests.simulator.graph_world import ANSWER, TENANT, Json, World, prompt, wav, world


async def inject(w: World, name: str, **more: object) -> None:
    """Put a fault of the catalogue in force."""
    await w.sim("faults", {"name": name, **more}, 201)


async def connecting(w: World, name: str) -> str:
    """A call that is answered while a fault is in force."""
    call = await w.ring()
    await inject(w, name)
    assert (await w.act(call, "answer", ANSWER)).status_code == 202
    return call


def told(w: World) -> list[str]:
    """What calls were told, each in one word."""
    words = []
    for call in w.bot.calls():
        tone = (call.get("toneInfo") or {}).get("tone")
        words.append(tone or ("audio" if call.get("mediaState") else str(call.get("state"))))
    return words


# Lost, doubled, late, out of order


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("lost_establishing", ["established", "audio"]),
        ("lost_established", ["establishing", "audio"]),
        ("established_twice", ["establishing", "established", "established", "audio"]),
        ("established_before_establishing", ["established", "establishing", "audio"]),
        ("storm_of_copies", ["establishing"] * 20 + ["established"] * 20 + ["audio"] * 20),
        ("repeated_entry", [w for w in ("establishing", "established", "audio") for _ in "12"]),
        ("unknown_state", ["hovering", "established", "audio"]),
    ],
)
async def test_the_way_to_an_answered_call(name: str, then: list[str]) -> None:
    async with world() as w:
        await connecting(w, name)
        await w.bot.until(lambda: len(told(w)) > len(then))
        assert told(w) == ["incoming", *then]


async def test_the_same_call_comes_in_several_times_at_once() -> None:
    async with world() as w:
        await inject(w, "same_incoming_five_times")
        call = await w.ring()
        await w.bot.until(lambda: len(w.bot.posts) == 5)
        assert {one["id"] for one in w.bot.calls()} == {call}
        ids = {headers["x-microsoft-skype-message-id"] for _, headers, _ in w.bot.posts}
        assert len(ids) == 5


async def test_an_operation_is_told_after_the_end_of_its_call() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(30)}
        call = await w.connect()
        await inject(w, "completion_after_end")
        await w.act(call, "playPrompt", {"prompts": [prompt("hello")]})
        await w.sim(f"calls/{call}/hangup", {})
        await w.bot.until(lambda: "playPromptOperation" in str(w.bot.notices[-1]))
        assert w.bot.notices[-2]["resourceData"]["state"] == "terminated"


async def test_one_that_is_late_is_overtaken() -> None:
    async with world() as w:
        call = await w.connect()
        await w.sim("faults", {"target": "notification", "late_ms": 100}, 201)
        await w.act(call, "subscribeToTone")
        await w.sim(f"calls/{call}/press", {"keys": "12"})
        await w.bot.until(lambda: len(told(w)) == 6)
        assert told(w)[-2:] == ["tone2", "tone1"]


async def test_nothing_is_told_any_more() -> None:
    async with world() as w:
        call = await w.connect()
        await inject(w, "no_signal", call=call)
        await w.sim(f"calls/{call}/hangup", {})
        lost = await w.act(call, "keepAlive")
        assert (lost.status_code, lost.json()["error"]["code"]) == (404, "8522")
        assert told(w)[-1] == "audio"


# Bodies


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("empty_body", b""),
        ("not_json", b'{"value":['),
        ("no_entries", None),
        ("null_entries", None),
    ],
)
async def test_a_post_without_a_notification(name: str, raw: bytes | None) -> None:
    async with world() as w:
        await inject(w, name)
        w.bot.reads = False
        await w.sim("calls", {}, 201)
        await w.bot.until(lambda: w.bot.raw)
        if raw is not None:
            assert w.bot.raw[0] == raw
        else:
            assert decode(w.bot.raw[0]) == Notifications(empty=True)


@pytest.mark.parametrize(
    ("name", "replies", "forms"),
    [
        ("legacy_first", [204, 202], "LG"),
        ("legacy_first", [400], "L"),
        ("legacy_twice", [204, 204, 202], "LLG"),
        ("legacy_only", [204], "L"),
    ],
)
async def test_a_call_comes_in_the_old_form(name: str, replies: list[int], forms: str) -> None:
    async with world() as w:
        await inject(w, name)
        w.bot.replies = list(replies)
        call = str((await w.sim("calls", {}, 201))["id"])
        await w.bot.until(lambda: len(w.bot.raw) == len(forms))
        await w.sim(f"calls/{call}/hangup", {})
        await w.down(call)
        came = "".join("L" if isinstance(decode(raw), Legacy) else "G" for raw in w.bot.raw)
        assert came == forms + "G"


async def test_an_empty_roster_names_nobody() -> None:
    async with world() as w:
        call = await w.connect()
        await inject(w, "empty_roster")
        await w.sim(f"calls/{call}/join", {"id": TENANT}, 201)
        await w.bot.until(lambda: w.bot.notices[-1]["resourceUrl"].endswith("/participants"))
        assert w.bot.notices[-1]["resourceData"] == []


@pytest.mark.parametrize(
    ("name", "status", "subcode"),
    [("completed_with_500", "completed", 8511), ("prompt_wrong_format", "failed", 8535)],
)
async def test_a_prompt_ends_otherwise(name: str, status: str, subcode: int) -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.1)}
        call = await w.connect()
        await inject(w, name)
        played = (await w.act(call, "playPrompt", {"prompts": [prompt("hello")]})).json()
        end = await w.ended(played["id"])
        assert (end["status"], end["resultInfo"]["subcode"]) == (status, subcode)


@pytest.mark.parametrize(
    ("name", "subcode", "kept"),
    [("record_result_8514", 8514, True), ("record_result_8511", 8511, False)],
)
async def test_a_recording_ends_otherwise(name: str, subcode: int, kept: bool) -> None:
    async with world() as w:
        call = await w.connect()
        await inject(w, name)
        body = {"maxRecordDurationInSeconds": 2, "initialSilenceTimeoutInSeconds": 120}
        recorded = (await w.act(call, "recordResponse", body)).json()
        end = await w.ended(recorded["id"])
        assert (end["resultInfo"]["subcode"], bool(end["recordingLocation"])) == (subcode, kept)


@pytest.mark.parametrize(
    ("name", "result", "reason"),
    [
        ("transfer_told_by_result", True, None),
        ("transfer_told_by_reason", False, "AppTransferred"),
        ("transfer_told_both_ways", True, "AppTransferred"),
        ("transfer_told_neither_way", False, None),
    ],
)
async def test_a_transfer_is_told_in_each_way(name: str, result: bool, reason: str | None) -> None:
    async with world() as w:
        call = await w.connect()
        await inject(w, name)
        body = {"transferTarget": {"identity": {"user": {"id": TENANT}}}}
        await w.act(call, "transfer", body)
        end = await w.down(call)
        assert (bool(end.get("resultInfo")), end.get("terminationReason")) == (result, reason)


async def test_everything_is_spelt_in_every_way_and_still_understood() -> None:
    async with world() as w:
        await inject(w, "spelt_in_every_way")
        w.bot.reads = False
        call = str((await w.sim("calls", {}, 201))["id"])
        await w.bot.until(lambda: w.bot.raw)
        raw = w.bot.raw[0]
        assert raw.startswith(b"\xef\xbb\xbf{")
        assert b'"@odata.type":"Microsoft.Graph.Notifications"' in raw
        assert b'"changeType":"Created"' in raw
        found = decode(raw, "Windows-1252")
        assert isinstance(found, Notifications)
        assert found.items[0].call_id == call


# Repeats and nodes


@pytest.mark.parametrize(
    ("name", "replies", "posts"),
    [("sender_never_repeats", [500], 1), ("sender_always_repeats", [403, 404, 202], 3)],
)
async def test_a_sender_repeats_in_its_own_way(name: str, replies: list[int], posts: int) -> None:
    async with world() as w:
        await inject(w, name)
        w.bot.replies = list(replies)
        call = await w.ring()
        await w.sim(f"calls/{call}/hangup", {})
        await w.down(call)
        assert len(w.bot.posts) == posts + 1


async def test_nodes_take_turns() -> None:
    async with world() as w:
        nodes = ["https://one.example", "https://two.example:8443"]
        await w.sim("nodes", {"nodes": nodes})
        call = await w.connect()
        shown = (await w.sim(f"calls/{call}"))["wire"]
        urls = [one["path"] for one in shown if one["direction"] == "sent"]
        assert {url.partition("/cb/")[0].partition("/api/")[0] for url in urls} == set(nodes)
        assert urls[1].endswith("/cb/k1")
        await w.sim("nodes", {"nodes": ["ftp://x"]}, 400)


# The catalogue over HTTP


async def test_a_fault_has_a_name_or_members_and_not_both() -> None:
    async with world() as w:
        listed: Json = await w.sim("catalogue")
        assert "silent_end" in {each["name"] for each in listed["faults"]}
        wrong = await w.sim("faults", {"name": "silent_ende"}, 400)
        assert "did you mean silent_end" in wrong["error"]
        await w.sim("faults", {"name": "silent_end", "drop": True}, 400)
        elsewhere = await w.sim("faults", {"name": "node_killed"}, 409)
        assert "process" in elsewhere["error"]
        await w.sim("faults", {"name": "silent_end", "call": "nobody"}, 404)


async def test_rules_hold_for_the_next_call() -> None:
    async with world() as w:
        await inject(w, "stuck_establishing", times=1)
        call = await w.ring()
        started = time.monotonic()
        await w.act(call, "answer", ANSWER)
        end = await w.down(call)
        assert end["resultInfo"]["code"] == 500
        assert time.monotonic() - started > 0.4
        await w.connect()

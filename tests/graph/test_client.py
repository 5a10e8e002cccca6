"""What becomes of an effect that Graph takes on: over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import re

import pytest

from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    EffectFailed,
    PromptFinished,
    RecordingFinished,
)
from ivr.errors import CallGone, OutcomeUnknown
from ivr.net.sender import Bounds
from tests.graph.effects_of_a_call import CALL, LINE, REQUESTS
from tests.graph.graph_on_loopback import Purse, control_of, error, graph, outcome
from tests.graph.rude_server import Behaviour, Talk

QUICK = Bounds(total=0.4)


async def test_a_request_is_made_as_graph_wants_it() -> None:
    async with control_of(graph("202 Accepted")) as (control, server):
        assert await control.perform(*REQUESTS["transfer"]) == ()
        await control.perform(*REQUESTS["keep alive"])
    first, second = (request.decode() for request in server.requests)
    assert first.startswith(f"POST /v1.0/communications/calls/{CALL}/transfer HTTP/1.1\r\n")
    assert re.search(r"(?i)\r\nauthorization: Bearer t1\r\n", first)
    assert re.search(r"(?i)\r\ncontent-type: application/json\r\n", first)
    assert second.endswith("\r\n\r\n")
    ids = [
        re.search(r"(?i)\r\nclient-request-id: ([0-9a-f-]{36})\r\n", one) for one in (first, second)
    ]
    assert ids[0]
    assert ids[1]
    assert ids[0][1] != ids[1][1]
    assert server.connections == 1


WITH_NEWS = {name for name in REQUESTS if name.startswith(("call ", "join "))} | {
    "check", "list", "create a meeting", "remove", "share", "stop sharing", "whisper",
    "tell several",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REQUESTS.keys() - WITH_NEWS))
async def test_an_accepted_request_without_news_gives_none(name: str) -> None:
    assert await outcome(name, graph("202 Accepted")) == ()


@pytest.mark.parametrize(
    ("name", "operation", "expected"),
    [
        ("play", {"status": "running"}, None),
        ("play", {"status": "notStarted"}, None),
        ("play", {"status": None}, None),
        ("play", {"status": "Completed"}, PromptFinished("e1")),
        (
            "play",
            {"status": "failed", "resultInfo": {"code": "400", "subCode": "8536"}},
            PromptFinished("e1", "not_started"),
        ),
        ("play", {"status": "failed", "clientContext": "another"}, PromptFinished("e1", "failed")),
        (
            "record",
            {"status": "failed", "resultInfo": {"code": 400, "subcode": 8508}},
            RecordingFinished("e1", cancelled=True),
        ),
        ("listen", {"status": "completed"}, None),
        ("stop", {"status": "completed", "clientContext": "e1"}, None),
        ("listen", {"status": "failed"}, EffectFailed("e1", "listen_for_tones")),
    ],
)
async def test_an_operation_that_is_finished_at_once_is_told_at_once(
    name: str, operation: dict[str, object], expected: AnyEvent | None
) -> None:
    found = await outcome(name, graph("200 OK", operation))
    assert found == (() if expected is None else (expected,))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b"[]", b"null", b'{"status":7}', b"[" * 50_000, b"\xff\xfe"]
)
async def test_an_accepted_prompt_is_accepted_whatever_the_body(body: bytes) -> None:
    assert await outcome("play", graph("200 OK", body)) == ()


async def cut_in_the_body(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    talk.hang_up()


async def too_much(talk: Talk) -> None:
    await talk.answer(body=b" " * 1_000_001)


async def stalls(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    await asyncio.sleep(60)


@pytest.mark.parametrize("behaviour", [cut_in_the_body, too_much, stalls])
async def test_a_lost_body_matters_to_a_question_only(behaviour: Behaviour) -> None:
    assert await outcome("play", behaviour, QUICK) == ()
    with pytest.raises(OutcomeUnknown):
        await outcome("check", behaviour, QUICK)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"state": "established"}, [CallProgressed("established")]),
        (
            {"state": "Established", "mediaState": {"audio": "active"}},
            [CallProgressed("established", audio=True)],
        ),
        ({"state": "transferring", "toneInfo": None}, [CallProgressed("transferring")]),
        ({"state": "incoming"}, []),
        ({"state": "hold"}, []),
        (
            {"state": "terminated", "resultInfo": {"code": 200, "subcode": 4521}},
            [CallEnded("hung_up", "200/4521")],
        ),
    ],
)
async def test_the_state_of_a_call_is_told(call: object, expected: list[AnyEvent]) -> None:
    assert list(await outcome("check", graph("200 OK", call))) == expected


@pytest.mark.parametrize("body", [None, error("8522"), b"<html>gone</html>"])
async def test_a_call_that_graph_does_not_know_is_over(body: object) -> None:
    assert await outcome("check", graph("404 Not Found", body)) == (CallEnded("failed", "404"),)
    for name in ("play", "hang up", "keep alive", "answer"):
        with pytest.raises(CallGone) as gone:
            await outcome(name, graph("404 Not Found", body))
        assert gone.value.status == 404


@pytest.mark.parametrize("body", [b"", b"{}", b"7", b'{"state":7}'])
async def test_an_answer_about_a_call_that_says_nothing_is_no_answer(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        await outcome("check", graph("200 OK", body))


async def test_another_tenant_has_another_token() -> None:
    purse = Purse()
    effect, line = REQUESTS["keep alive"]
    async with control_of(graph("200 OK"), purse) as (control, server):
        for tenant in ("one", "two", "one"):
            await control.perform(effect, type(LINE)(line.call_id, tenant, line.callback))
    tokens = [re.findall(rb"Bearer (t\d)", request)[0] for request in server.requests]
    assert tokens == [b"t1", b"t2", b"t1"]

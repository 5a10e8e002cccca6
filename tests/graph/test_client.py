"""What becomes of an effect, from what Graph answers: over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest
from effects_of_a_call import CALL, LINE, REQUESTS, TENANT
from rude_server import Behaviour, RudeServer, Talk, free_port, rude

from ivr.core.events import (
    AnyEvent,
    CallEnded,
    CallProgressed,
    OperationFinished,
    PromptFinished,
    RecordingFinished,
)
from ivr.errors import CallGone, NotSent, OutcomeUnknown, Refused, Temporary, UsageError
from ivr.graph.client import GraphControl
from ivr.graph.transport import Bounds, Sender
from ivr.ports import CallControl

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
PATIENT, QUICK = Bounds(), Bounds(head=2.0, total=0.1)


class Purse:
    """Tokens `t1`, `t2` and so on; each tenant has one until it is dropped."""

    def __init__(self) -> None:
        self.made = 0
        self.held: dict[str, str] = {}
        self.dropped: list[tuple[str, str | None]] = []
        self.trouble: Temporary | Refused | None = None

    async def token(self, tenant: str) -> str:
        if self.trouble:
            raise self.trouble
        if tenant not in self.held:
            self.made += 1
            self.held[tenant] = f"t{self.made}"
        return self.held[tenant]

    def drop(self, tenant: str, token: str | None = None) -> None:
        self.dropped.append((tenant, token))
        self.held.pop(tenant, None)


class Graph:
    """A Graph that gives the answers it was told, in order, the last one for ever."""

    def __init__(self, answers: Sequence[tuple[str, object, tuple[bytes, ...]]]) -> None:
        self._answers = list(answers)

    async def __call__(self, talk: Talk) -> None:
        status, body, headers = self._answers.pop(0) if self._answers[1:] else self._answers[0]
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        await talk.answer(status, raw, *headers)


def graph(status: str, body: object = None, *headers: bytes) -> Graph:
    return Graph([(status, body, headers)])


@asynccontextmanager
async def control_of(
    behaviour: Behaviour, purse: Purse | None = None, bounds: Bounds = PATIENT
) -> AsyncIterator[tuple[CallControl, RudeServer]]:
    async with rude(behaviour) as server, aclosing(Sender(bounds)) as sender:
        root = f"{server.url}/v1.0/"
        yield GraphControl(root, purse or Purse(), sender, clock=lambda: NOW), server


async def outcome(
    effect: str, behaviour: Behaviour, bounds: Bounds = PATIENT
) -> Sequence[AnyEvent]:
    async with control_of(behaviour, bounds=bounds) as (control, _):
        return await control.perform(*REQUESTS[effect])


def error(code: object, message: object = "as the service puts it") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "innerError": {"request-id": "r"}}}


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


@pytest.mark.parametrize("name", REQUESTS)
async def test_an_accepted_request_without_news_gives_none(name: str) -> None:
    if name != "check":
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
        ("listen", {"status": "completed"}, OperationFinished("e1")),
        ("stop", {"status": "completed", "clientContext": "e1"}, OperationFinished("e1")),
        ("listen", {"status": "failed"}, OperationFinished("e1", "failed")),
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


async def test_a_refused_token_is_replaced_once() -> None:
    purse = Purse()
    answers: list[tuple[str, object, tuple[bytes, ...]]] = [
        ("401 Unauthorized", error("InvalidAuthenticationToken"), ()),
        ("202 Accepted", None, ()),
    ]
    async with control_of(Graph(answers), purse) as (control, server):
        assert await control.perform(*REQUESTS["answer"]) == ()
    assert purse.dropped == [(TENANT, "t1")]
    assert [b"Bearer t2" in request for request in server.requests] == [False, True]


@pytest.mark.parametrize(
    ("status", "code"), [("401 Unauthorized", ""), ("403 Forbidden", "7504"), ("403 No", "7501")]
)
async def test_a_new_token_is_not_asked_for_twice(status: str, code: str) -> None:
    async with control_of(graph(status, error(code))) as (control, server):
        with pytest.raises(Refused) as refused:
            await control.perform(*REQUESTS["answer"])
    assert (refused.value.status, refused.value.code) == (int(status[:3]), code)
    assert len(server.requests) == 2


@pytest.mark.parametrize("code", ["7503", "7505", "7507"])
async def test_what_an_administrator_must_mend_is_said_in_words(code: str) -> None:
    async with control_of(graph("403 Forbidden", error(code))) as (control, server):
        with pytest.raises(Refused, match=rf"403 to answer_call, code {code}: the [a-z]"):
            await control.perform(*REQUESTS["answer"])
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (error("8523"), "8523"),
        (error(8523), "8523"),
        (error("BadRequest"), "BadRequest"),
        (
            error("UnknownError", '{"errorCode":"8523","message":"","instanceAnnotations":[]}'),
            "8523",
        ),
        (error("UnknownError", '{"errorCode":8523}'), "8523"),
        (error("UnknownError", ""), "UnknownError"),
        (error("UnknownError", "<!DOCTYPE html><html>"), "UnknownError"),
        (error("UnknownError", "[" * 50_000), "UnknownError"),
        (error(None, '{"errorCode":"8523"}'), "8523"),
        ({"error": {"code": "8523", "innererror": {"date": "x"}}}, "8523"),
        ({"error": {"code": "8523", "innerError": 7, "message": ["x"]}}, "8523"),
        (error(["8523"]), ""),
        (error("who called: +46701740605"), ""),
        ({"error": "8523"}, ""),
        ({"error": None}, ""),
        ([], ""),
        (b"", ""),
        (b"Bad Request", ""),
        (b"\xff\xfe", ""),
    ],
)
async def test_every_form_of_an_error_body_is_read(body: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await outcome("play", graph("400 Bad Request", body))
    assert not isinstance(refused.value, CallGone)
    assert (refused.value.status, refused.value.code) == (400, code)


@pytest.mark.parametrize("code", ["8522", "8528", "8543"])
async def test_a_call_that_has_ended_is_gone_whatever_the_status(code: str) -> None:
    with pytest.raises(CallGone):
        await outcome("play", graph("400 Bad Request", error(code)))


@pytest.mark.parametrize(
    "status", ["302 Found", "307 Temporary Redirect", "400 Bad Request", "405 No", "409 Conflict"]
)
async def test_a_no_is_a_no(status: str) -> None:
    with pytest.raises(Refused) as refused:
        await outcome("play", graph(status, None, b"Location: http://127.0.0.1:1/"))
    assert refused.value.status == int(status[:3])


@pytest.mark.parametrize(
    ("header", "delay"),
    [
        (b"Retry-After: 7", 7.0),
        (b"Retry-After: 2.128", 2.128),
        (b"Retry-After: 0", 0.0),
        (b"Retry-After: 86400", 60.0),
        (b"Retry-After: 999999999999", 60.0),
        (b"Retry-After: Tue, 14 Nov 2023 22:13:25 GMT", 5.0),
        (b"Retry-After: Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        (b"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 60.0),
        (b"Retry-After: soon", None),
        (b"Retry-After: -1", None),
        (b"Retry-After: nan", None),
        (b"Retry-After: 1e9", None),
        (b"X-Nothing: 1", None),
    ],
)
async def test_a_throttled_request_was_not_sent_and_says_when_to_try(
    header: bytes, delay: float | None
) -> None:
    body = error("TooManyRequests")
    with pytest.raises(NotSent) as throttled:
        await outcome("transfer", graph("429 Too Many Requests", body, header))
    assert throttled.value.delay == delay
    turned_away = OutcomeUnknown if delay is None else NotSent
    with pytest.raises(turned_away) as unavailable:
        await outcome("transfer", graph("503 Service Unavailable", body, header))
    assert unavailable.value.delay == delay


@pytest.mark.parametrize("status", ["408 Timeout", "500 Oops", "502 Bad Gateway", "504 Late"])
@pytest.mark.parametrize("body", [None, error("9999"), b"<html>"])
async def test_a_fault_of_the_service_leaves_the_outcome_open(status: str, body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        await outcome("transfer", graph(status, body))


async def test_a_dropped_transfer_is_never_sent_again() -> None:
    async def drops(talk: Talk) -> None:
        talk.hang_up()

    async with control_of(drops) as (control, server):
        with pytest.raises(OutcomeUnknown):
            await control.perform(*REQUESTS["transfer"])
        assert len(server.requests) == 1


async def test_a_graph_that_is_not_there_was_sent_nothing() -> None:
    async with aclosing(Sender()) as sender:
        control = GraphControl(f"http://127.0.0.1:{await free_port()}", Purse(), sender)
        with pytest.raises(NotSent):
            await control.perform(*REQUESTS["transfer"])


async def test_without_a_token_nothing_is_sent() -> None:
    purse = Purse()
    async with control_of(graph("202 Accepted"), purse) as (control, server):
        purse.trouble = OutcomeUnknown("The login endpoint gave no answer.", 9.0)
        with pytest.raises(NotSent, match="login") as later:
            await control.perform(*REQUESTS["transfer"])
        assert later.value.delay == 9.0
        purse.trouble = Refused("The secret has expired.", 401, "AADSTS7000222")
        with pytest.raises(Refused, match="secret"):
            await control.perform(*REQUESTS["transfer"])
        assert server.requests == []


async def test_an_error_names_the_request_and_no_person() -> None:
    body = error("8523", "no user +46701740605 with token t1")
    with pytest.raises(Refused) as refused:
        await outcome("transfer to a phone", graph("400 No", body, b"request-id: 0a-1b"))
    text = "Graph answered 400 to transfer_call, code 8523: an argument is not valid"
    assert str(refused.value) == f"{text} (request-id 0a-1b)."


@pytest.mark.parametrize("root", ["http://graph.microsoft.com/v1.0", "graph", "ftp://127.0.0.1/"])
async def test_graph_is_reached_by_https_or_on_loopback(root: str) -> None:
    async with aclosing(Sender()) as sender:
        with pytest.raises(UsageError, match="IVR_GRAPH_URL"):
            GraphControl(root, Purse(), sender)


async def test_another_tenant_has_another_token() -> None:
    purse = Purse()
    effect, line = REQUESTS["keep alive"]
    async with control_of(graph("200 OK"), purse) as (control, server):
        for tenant in ("one", "two", "one"):
            await control.perform(effect, type(LINE)(line.call_id, tenant, line.callback))
    tokens = [re.findall(rb"Bearer (t\d)", request)[0] for request in server.requests]
    assert tokens == [b"t1", b"t2", b"t1"]

"""What becomes of an effect that Graph does not carry out, or that nobody knows about."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from ivr.errors import CallGone, NotSent, OutcomeUnknown, Refused, UsageError
from ivr.graph.client import RENEW_GAP, GraphControl
from ivr.net.breaker import LEAST
from ivr.net.sender import Sender
from tests.graph.effects_of_a_call import REQUESTS, TENANT
from tests.graph.graph_on_loopback import Graph, Purse, control_of, error, graph, outcome
from tests.graph.rude_server import Talk, free_port, rude


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


class Hours:
    """A clock that the test moves."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_permission_that_is_missing_does_not_cost_a_new_token_each_time() -> None:
    """P48: the token may be older than the consent; a new one is not asked for over and over."""
    purse, clock = Purse(), Hours()
    refuses = graph("403 Forbidden", error("7504"))
    async with rude(refuses) as server, aclosing(Sender()) as sender:
        control = GraphControl(server.url, purse, sender, clock=clock)

        async def refused(times: int) -> None:
            for _ in range(times):
                with pytest.raises(Refused, match="permission"):
                    await control.perform(*REQUESTS["play"])

        await refused(10)
        assert (len(purse.dropped), purse.made, len(server.requests)) == (1, 2, 11)
        clock.now += RENEW_GAP
        await refused(10)
        assert (len(purse.dropped), purse.made) == (2, 3)
        clock.now -= 7200  # a clock that was set back puts nothing off
        await refused(1)
        assert len(purse.dropped) == 3


async def test_a_consent_is_noticed_with_the_next_token() -> None:
    answers: list[tuple[str, object, tuple[bytes, ...]]] = [
        ("403 Forbidden", error("7504"), ()),
        ("202 Accepted", None, ()),
    ]
    purse = Purse()
    async with control_of(Graph(answers), purse) as (control, _):
        assert await control.perform(*REQUESTS["answer"]) == ()
        assert await control.perform(*REQUESTS["play"]) == ()
    assert purse.made == 2


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


@pytest.mark.parametrize(
    ("effect", "status", "code", "words"),
    [
        ("play", "403 Forbidden", "7503", "Enable calling"),
        ("record", "403 Forbidden", "7504", "Calls.AccessMedia.All"),
        ("join by number", "403 Forbidden", "7504", "Calls.JoinGroupCall.All"),
        ("call a phone", "403 Forbidden", "7507", "New-CsOnlineApplicationInstance"),
        ("create a meeting", "403 Forbidden", "Unauthorized", "New-CsApplicationAccessPolicy"),
        ("remove", "403 Forbidden", "", "Set-CsApplicationMeetingConfiguration"),
        ("call a user", "429 Too Many", "8529", "monthly limit"),
    ],
)
async def test_a_refusal_says_which_switch_to_use(
    effect: str, status: str, code: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        await outcome(effect, graph(status, error(code)))


@pytest.mark.parametrize("urgent", ["keep alive", "hang up"])
async def test_keep_alive_and_hang_up_reach_a_graph_that_is_left_in_peace(urgent: str) -> None:
    async with rude(graph("503 Down")) as server, aclosing(Sender(home=server.url)) as sender:
        control = GraphControl(server.url, Purse(), sender)
        for _ in range(LEAST):
            with pytest.raises(OutcomeUnknown):
                await control.perform(*REQUESTS["play"])
        for name in ("play", "transfer", "check", "call a user"):
            with pytest.raises(NotSent) as turned_away:
                await control.perform(*REQUESTS[name])
            assert turned_away.value.delay
        assert len(server.requests) == LEAST
        server.behaviour = graph("200 OK")
        assert await control.perform(*REQUESTS[urgent]) == ()
        assert await control.perform(*REQUESTS["play"]) == ()


@pytest.mark.parametrize("root", ["http://graph.microsoft.com/v1.0", "graph", "ftp://127.0.0.1/"])
async def test_graph_is_reached_by_https_or_on_loopback(root: str) -> None:
    async with aclosing(Sender()) as sender:
        with pytest.raises(UsageError, match="IVR_GRAPH_URL"):
            GraphControl(root, Purse(), sender)

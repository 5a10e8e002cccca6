"""Services that answer badly or not at all, and what that costs the others (reliability.md G22)."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from ivr.errors import NotSent, OutcomeUnknown
from ivr.net.breaker import FIRST_PAUSE, LEAST
from ivr.net.sender import RESERVED, Bounds, Sender
from ivr.net.transport import MAX_CONNECTIONS
from tests.graph.rude_server import Behaviour, RudeServer, Talk, free_port, rude

SHORT = Bounds(head=0.2, total=0.4, body=10_000)
PATIENT = Bounds(head=30.0, total=40.0)
SLACK = 2.0
"""Seconds by which a busy machine may be late; a limit that is missing costs a minute."""


async def hangs(_talk: Talk) -> None:
    await asyncio.sleep(60)


async def is_kind(talk: Talk) -> None:
    await talk.answer(body=b"ok")


async def drips_the_head(talk: Talk) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
        await talk.say(bytes([letter]))
        await asyncio.sleep(0.02)


async def drips_headers(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await talk.say(b"X-Slow: x\r\n")
        await asyncio.sleep(0.02)


async def drips_the_body(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        await talk.say(b"x")
        await asyncio.sleep(0.02)


async def resets_in_the_body(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\nabc")
    talk.reset()


@pytest.mark.parametrize("behaviour", [hangs, drips_the_head, drips_headers])
async def test_nobody_waits_for_a_head_that_does_not_come(behaviour: Behaviour) -> None:
    async with aclosing(Sender(SHORT)) as sender, rude(behaviour) as server:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown) as failed:
            await sender.send("POST", server.url, {}, b"{}")
        assert failed.value.late
        assert time.monotonic() - began < SHORT.head + SLACK


@pytest.mark.parametrize("behaviour", [drips_the_body, resets_in_the_body])
async def test_nobody_waits_for_a_body_that_does_not_come(behaviour: Behaviour) -> None:
    async with aclosing(Sender(SHORT)) as sender, rude(behaviour) as server:
        began = time.monotonic()
        answer = await sender.send("POST", server.url, {}, b"{}")
        assert (answer.status, answer.ending) == (200, "cut")
        assert time.monotonic() - began < SHORT.total + SLACK


async def test_what_is_compressed_is_not_blown_up() -> None:
    """C25: a thousand bytes of gzip would be a million."""
    bomb = gzip.compress(b"\0" * 5_000_000)

    async def explodes(talk: Talk) -> None:
        await talk.answer("200 OK", bomb, b"Content-Encoding: gzip")

    async with aclosing(Sender(SHORT)) as sender, rude(explodes) as server:
        answer = await sender.send("GET", server.url, {})
        assert answer.body == bomb
        assert b"accept-encoding: identity\r\n" in server.requests[0].lower()


async def test_a_length_that_lies_leaves_nothing_for_the_next_answer() -> None:
    """What comes after the announced end must not be taken for the answer to another request."""

    async def says_too_much(talk: Talk) -> None:
        if talk.number == 1 and len(server.requests) == 1:
            await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        else:
            await talk.answer(body=b"own")

    async with aclosing(Sender(SHORT)) as sender, rude(says_too_much) as server:
        assert (await sender.send("POST", server.url, {}, b"{}")).body == b"ok"
        await asyncio.sleep(0.05)  # the rest must have arrived
        assert (await sender.send("POST", server.url, {}, b"{}")).body == b"own"


async def test_a_retry_after_of_five_megabytes_is_no_header() -> None:
    async def rants(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 429 Slow\r\nRetry-After: " + b"9" * 5_000_000 + b"\r\n\r\n")

    async with aclosing(Sender(SHORT)) as sender, rude(rants) as server:
        with pytest.raises(OutcomeUnknown):
            await sender.send("POST", server.url, {}, b"{}")


class Crowd:
    """Requests to a server that hangs, until the test is over."""

    def __init__(self, sender: Sender, url: str) -> None:
        self._sender, self._url = sender, url
        self._tasks: list[asyncio.Task[object]] = []

    async def fill(self, server: RudeServer, count: int) -> None:
        """Have `count` requests reach the server."""
        asks = (self._sender.send("POST", self._url, {}, b"{}", PATIENT) for _ in range(count))
        self._tasks += [asyncio.create_task(ask) for ask in asks]
        async with asyncio.timeout(20):
            while len(server.requests) < count:
                await asyncio.sleep(0.01)

    async def disperse(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def slow() -> AsyncIterator[RudeServer]:
    async with rude(hangs) as server:
        yield server


async def test_a_full_pool_sends_nothing_but_what_is_urgent(slow: RudeServer) -> None:
    async with aclosing(Sender(SHORT, home=slow.url)) as sender:
        crowd = Crowd(sender, slow.url)
        await crowd.fill(slow, MAX_CONNECTIONS - RESERVED)
        with pytest.raises(NotSent, match="taken") as turned_away:
            await sender.send("POST", slow.url, {}, b"{}")
        assert turned_away.value.late
        assert slow.connections == MAX_CONNECTIONS - RESERVED
        slow.behaviour = is_kind
        urgent = (
            sender.send("POST", slow.url, {}, b"{}", PATIENT, urgent=True)
            for _ in range(5 * RESERVED)
        )
        assert {answer.body for answer in await asyncio.gather(*urgent)} == {b"ok"}
        await crowd.disperse()
        assert (await sender.send("POST", slow.url, {}, b"{}", PATIENT)).body == b"ok"


async def test_one_bad_host_leaves_three_quarters_of_the_pool_to_others(slow: RudeServer) -> None:
    async with rude(is_kind) as good, aclosing(Sender(SHORT)) as sender:
        crowd = Crowd(sender, slow.url)
        await crowd.fill(slow, MAX_CONNECTIONS // 4)
        with pytest.raises(NotSent):
            await sender.send("POST", slow.url, {}, b"{}")
        answers = await asyncio.gather(
            *(sender.send("POST", good.url, {}, b"{}", PATIENT) for _ in range(100))
        )
        assert {answer.body for answer in answers} == {b"ok"}
        assert slow.connections == MAX_CONNECTIONS // 4
        await crowd.disperse()


async def test_a_service_that_is_down_is_left_in_peace_for_a_moment() -> None:
    async def is_down(talk: Talk) -> None:
        await talk.answer("503 Service Unavailable")

    async with rude(is_down) as server, aclosing(Sender(home=server.url)) as sender:
        for _ in range(LEAST):
            assert (await sender.send("POST", server.url, {}, b"{}")).status == 503
        for _ in range(50):
            with pytest.raises(NotSent) as turned_away:
                await sender.send("POST", server.url, {}, b"{}")
            assert 0 < (turned_away.value.delay or 0) <= FIRST_PAUSE
        assert len(server.requests) == LEAST
        assert (await sender.send("DELETE", server.url, {}, urgent=True)).status == 503


async def test_a_port_on_which_nobody_listens_is_left_in_peace_too() -> None:
    url = f"http://127.0.0.1:{await free_port()}"
    async with aclosing(Sender()) as sender:
        found: list[float | None] = []
        for _ in range(LEAST + 1):
            with pytest.raises(NotSent) as failed:
                await sender.send("POST", url, {}, b"{}")
            found.append(failed.value.delay)
        assert found[:LEAST] == [None] * LEAST
        assert found[-1] is not None


@pytest.mark.parametrize("status", ["429 Slow", "500 Oops", "404 No", "401 No", "302 There"])
async def test_an_answer_to_one_request_says_nothing_of_the_service(status: str) -> None:
    """A prompt that makes Graph answer 500 every time must not cost other calls a thing."""

    async def refuses(talk: Talk) -> None:
        await talk.answer(status)

    async with rude(refuses) as server, aclosing(Sender()) as sender:
        for _ in range(2 * LEAST):
            assert (await sender.send("POST", server.url, {}, b"{}")).status == int(status[:3])


async def test_whoever_gives_up_gives_the_connection_back(slow: RudeServer) -> None:
    async with aclosing(Sender(SHORT)) as sender:
        for _ in range(2):
            crowd = Crowd(sender, slow.url)
            slow.requests.clear()
            await crowd.fill(slow, MAX_CONNECTIONS // 4)
            await crowd.disperse()

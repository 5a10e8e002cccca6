"""Business systems that answer badly (reliability.md 4c, C25 to C27 and G22).

Nothing that they send may cost more than its request: not memory, not time, not another system's
requests.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import time
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.business.client import MAX_BODY, HttpBusiness
from ivr.core.effects import SendRequest
from ivr.core.events import HttpAnswered, HttpFailed
from ivr.net.sender import Sender
from ivr.net.transport import MAX_CONNECTIONS
from tests.business import certificates
from tests.graph.rude_server import Behaviour, RudeServer, Talk, rude
from tests.universe import Ride, program

BIG = 64 * 1024
HEAD = b"HTTP/1.1 200 OK\r\n"
ASK_BANK = """
    vars:
      pin: { type: digits, secret: true }
      account: { type: record, fields: { balance: money } }
    states:
      ask_bank: { type: http, request: { get: "${env.ticket_url}/a" }, save_as: account, on: { ok: served, error: lost } }
"""  # noqa: E501


@pytest.fixture
async def business() -> AsyncIterator[HttpBusiness]:
    sender = Sender()
    yield HttpBusiness(sender, {})
    await sender.aclose()


def asking(server: RudeServer, timeout: int = 2_000, scheme: str = "http") -> SendRequest:
    host = f"127.0.0.1:{server.port}"
    return SendRequest("call.1", "GET", f"{scheme}://{host}/", host, timeout)


async def endless(talk: Talk) -> None:
    """A stream that goes on for ever, in pieces of `BIG` bytes."""
    await talk.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await talk.say(b"%x\r\n%s\r\n" % (BIG, b" " * BIG))


async def endless_headers(talk: Talk) -> None:
    await talk.say(HEAD)
    while True:
        await talk.say(b"X-More: and more\r\n" * 1_000)


async def endless_head_line(talk: Talk) -> None:
    while True:
        await talk.say(b"x" * BIG)


async def drip(talk: Talk) -> None:
    """A byte now and then, which always looks like progress."""
    await talk.say(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        await talk.say(b" ")
        await asyncio.sleep(0.02)


async def drip_head(talk: Talk) -> None:
    for byte in HEAD * 1_000:
        await talk.say(bytes([byte]))
        await asyncio.sleep(0.02)


async def reset_half_way(talk: Talk) -> None:
    await talk.say(HEAD + b"Content-Length: 10\r\n\r\n{")
    talk.reset()


@pytest.mark.parametrize(
    "behaviour",
    [endless, endless_headers, endless_head_line, drip, drip_head, reset_half_way],
    ids=lambda behaviour: behaviour.__name__,
)
async def test_c25_an_answer_without_end_is_cut_off(
    business: HttpBusiness, behaviour: Behaviour
) -> None:
    began = time.monotonic()
    async with rude(behaviour) as server:
        answered = await business.send(asking(server, timeout=400))
        assert isinstance(answered, HttpFailed)
        assert time.monotonic() - began < 1.5


async def test_c25_a_compressed_answer_is_not_unpacked(business: HttpBusiness) -> None:
    bomb = gzip.compress(b"0" * 200_000_000, compresslevel=9)
    assert len(bomb) < MAX_BODY

    async def answer(talk: Talk) -> None:
        await talk.answer("200 OK", bomb, b"Content-Encoding: gzip")

    async with rude(answer) as server:
        answered = await business.send(asking(server))
    assert isinstance(answered, HttpAnswered)
    assert len(answered.body) <= len(bomb)
    assert taken(answered.body) == "lost"


async def test_c25_what_comes_after_the_announced_length_is_not_read(
    business: HttpBusiness,
) -> None:
    async def answer(talk: Talk) -> None:
        await talk.say(HEAD + b'Content-Length: 2\r\n\r\n{}{"balance": 1}')
        talk.hang_up()

    async with rude(answer) as server:
        answered = await business.send(asking(server))
    assert answered in {HttpAnswered("call.1", 200, "{}"), HttpFailed("call.1")}


def taken(body: str, status: int = 200) -> str:
    """Where a flow goes when a system answers with `body`."""
    ride = Ride(program(ASK_BANK))
    ride.connect()
    ride.tell(HttpAnswered(ride.sent(SendRequest).id, status, body))
    return ride.result or ride.state


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000, '{"balance":' * 20_000, '{"balance": 1e999999}', '{"balance": NaN}',
        '{"balance": ' + "9" * 10_000 + "}", '{"balance": "1"', "\ufeff{}", "\x00", "[]",
        '{"balance": "ten"}', '{"balance": {"__class__": 1}}',
    ],
    ids=lambda body: body[:12],
)  # fmt: skip
def test_c26_a_body_that_does_not_fit_takes_the_error_exit(body: str) -> None:
    assert taken(body) == "lost"


def test_c26_what_is_not_declared_is_dropped_whatever_it_is_called() -> None:
    ride = Ride(program(ASK_BANK))
    ride.connect()
    body = {
        "balance": 1, "pin": "0000", "__proto__": {"balance": 2}, "env": {"sales": "phone:+1"},
        "call": {"from": "+442079460999"}, "account": {"balance": 3},
    }  # fmt: skip
    ride.tell(HttpAnswered(ride.sent(SendRequest).id, 200, json.dumps(body)))
    assert ride.result == "served"
    assert ride.value("account").keys() == {"balance"}  # type: ignore[union-attr]
    assert ride.value("pin") is None
    assert ride.snapshot.caller.id != "+442079460999"


@pytest.mark.parametrize("trouble", ["wrong name", "expired", "self-signed", "old TLS"])
async def test_c27_a_system_that_does_not_prove_who_it_is_is_told_nothing(
    tmp_path: Path, trouble: str
) -> None:
    address = "127.0.0.2" if trouble == "wrong name" else "127.0.0.1"
    valid = certificates.PAST if trouble == "expired" else certificates.ALWAYS
    path = certificates.certificate(tmp_path, address, valid)
    client = None if trouble == "self-signed" else certificates.trusting(path)
    sender = Sender(verify=client)
    async with rude(endless, _context(path, old=trouble == "old TLS")) as server:
        answered = await HttpBusiness(sender, {}).send(asking(server, scheme="https"))
        assert (answered, server.requests) == (HttpFailed("call.1"), [])
    await sender.aclose()


async def test_c27_a_system_that_proves_who_it_is_is_asked(tmp_path: Path) -> None:
    path = certificates.certificate(tmp_path)
    sender = Sender(verify=certificates.trusting(path))

    async def answer(talk: Talk) -> None:
        await talk.answer(body=b"{}")

    async with rude(answer, certificates.serving(path)) as server:
        answered = await HttpBusiness(sender, {}).send(asking(server, scheme="https"))
        assert answered == HttpAnswered("call.1", 200, "{}")
        await sender.aclose()


def _context(path: Path, *, old: bool) -> ssl.SSLContext:
    if not old:
        return certificates.serving(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return certificates.serving_old_tls(path)


async def test_g22_a_system_that_hangs_takes_a_quarter_of_the_connections(
    business: HttpBusiness,
) -> None:
    async def hang(_: Talk) -> None:
        await asyncio.Event().wait()

    async def answer(talk: Talk) -> None:
        await talk.answer(body=b"{}")

    async with rude(hang) as bad, rude(answer) as good:
        waiting = [
            asyncio.create_task(business.send(asking(bad, 800))) for _ in range(MAX_CONNECTIONS)
        ]
        await asyncio.sleep(0.2)
        assert 0 < bad.connections <= MAX_CONNECTIONS // 4
        assert await business.send(asking(good)) == HttpAnswered("call.1", 200, "{}")
        answers = await asyncio.gather(*waiting)
    assert all(isinstance(each, HttpFailed) for each in answers)


async def test_a_system_that_fails_again_and_again_is_left_in_peace(
    business: HttpBusiness,
) -> None:
    async def vanish(talk: Talk) -> None:
        talk.reset()

    async with rude(vanish) as server:
        for _ in range(60):
            assert isinstance(await business.send(asking(server)), HttpFailed)
        assert len(server.requests) < 60, "a GET may be sent twice, by aiohttp"

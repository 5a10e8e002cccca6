"""Group B of the hostile inputs where they are a matter of HTTP itself, over loopback."""

from __future__ import annotations

import asyncio

import pytest

from ivr.server.connection import MAX_HEAD, BoundedConnection
from tests.server.notices import envelope, incoming
from tests.server.site import Site, bearer, own_path
from tests.server.wire import PATIENCE, Hasty, drip, exchange, listening, status_of
from tests.universe import CALL_ID

ENOUGH = 2.0
"""Seconds within which a connection with `Hasty` patience must be over."""


def request(head: str, body: bytes = b"", *, first: str = "POST /api/calls HTTP/1.1") -> bytes:
    lines = [first, "Host: ivr.example", "Connection: close", head]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request("Content-Length: 3\r\nTransfer-Encoding: chunked"), id="CL and TE"),
        pytest.param(request("Transfer-Encoding: chunked\r\nContent-Length: 3"), id="TE and CL"),
        pytest.param(request("Transfer-Encoding: xchunked"), id="no such TE"),
        pytest.param(request("Transfer-Encoding : chunked"), id="a space before the colon"),
        pytest.param(request("Transfer-Encoding: chunked\r\nTransfer-Encoding: x"), id="two TE"),
        pytest.param(request("Content-Length: 0\r\nContent-Length: 3"), id="two CL"),
        pytest.param(request("Content-Length: +3"), id="a plus"),
        pytest.param(request("Content-Length: -1"), id="less than nothing"),
        pytest.param(request("Content-Length: 99999999999999999999999"), id="a huge CL"),
        pytest.param(b"POST /api/calls HTTP/1.1\nHost: x\nContent-Length: 0\n\n", id="LF only"),
        pytest.param(request("A: b\r\n c: d"), id="a folded line"),
        pytest.param(request("A: b\0c"), id="NUL"),
        pytest.param(request("", first="FOO /api/calls HTTP/1.1"), id="no such method"),
        pytest.param(request("", first="CONNECT evil.example:443 HTTP/1.1"), id="a proxy"),
        pytest.param(request("", first="POST /api/calls HTTP/9.9"), id="no such version"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="B29 HTTP/2"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9, id="TLS"),
        pytest.param(request("Transfer-Encoding: chunked", b"zz\r\n"), id="no chunk"),
    ],
)
async def test_b23_what_two_servers_could_read_differently_is_refused(
    site: Site, sent: bytes
) -> None:
    async with listening(site.app) as port:
        assert await status_of(port, sent) == 400
    assert await site.world.store.calls() == []


async def test_b23_chunks_are_measured_whatever_their_extensions_say(site: Site) -> None:
    head = f"Authorization: {bearer()}\r\nTransfer-Encoding: chunked"
    small = b"2;" + b"a" * 50_000 + b"\r\n{}\r\n0\r\n\r\n"
    large = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    async with listening(site.app) as port:
        assert await status_of(port, request(head, small)) == 202
        assert await status_of(port, request(head, large * 20 + b"0\r\n\r\n")) == 413


async def test_b04_a_body_that_is_announced_too_large_is_not_waited_for(site: Site) -> None:
    head = f"Authorization: {bearer()}\r\nContent-Length: 999999999"
    async with listening(site.app) as port:
        assert await status_of(port, request(head)) == 413


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        pytest.param(b"", b"", id="nothing at all"),
        pytest.param(b"", b"\r\n", id="empty lines"),
        pytest.param(b"POST /api/c", b"a", id="a path"),
        pytest.param(b"POST /api/calls HTTP/1.1\r\n", b"A: b\r\n", id="headers"),
        pytest.param(request("Content-Length: 9999"), b"x", id="a body of a stranger"),
        pytest.param(
            request(f"Authorization: {bearer()}\r\nContent-Length: 9999"), b"x", id="a body"
        ),
        pytest.param(
            request(f"Authorization: {bearer()}\r\nTransfer-Encoding: chunked"),
            b"1\r\nx\r\n",
            id="chunks",
        ),
        pytest.param(
            request(f"Authorization: {bearer()}\r\nExpect: 100-continue\r\nContent-Length: 9"),
            b"",
            id="B25 a body that is held back",
        ),
    ],
)
async def test_b24_a_request_that_takes_too_long_is_cut_off(
    site: Site, sent: bytes, more: bytes
) -> None:
    async with listening(site.app, Hasty) as port:
        suffered, answer = await drip(port, sent, lambda: more)
    assert suffered < ENOUGH
    assert b" 5" not in answer[:12]
    assert await site.world.store.calls() == []


async def test_b24_nor_is_a_second_request_that_never_begins(site: Site) -> None:
    first = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    async with listening(site.app, Hasty) as port:
        suffered, answer = await drip(port, first, lambda: b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert suffered < ENOUGH


async def test_b24_the_time_is_five_seconds() -> None:
    assert BoundedConnection.request_within == 5.0


async def test_a_connection_that_is_used_for_many_requests_is_not_cut_off(site: Site) -> None:
    body = envelope(incoming())
    head = f"POST /api/calls HTTP/1.1\r\nAuthorization: {bearer()}\r\nContent-Length: {len(body)}"
    async with listening(site.app, Hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(8):
            writer.write(f"{head}\r\n\r\n".encode() + body)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            assert answer.startswith(b"HTTP/1.1 202")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.05)
        writer.close()


async def test_a_head_that_never_ends_is_refused(site: Site) -> None:
    line = b"A: " + b"b" * 1_000 + b"\r\n"
    async with listening(site.app) as port:
        _, answer = await drip(port, b"POST /api/calls HTTP/1.1\r\n", lambda: line * 8)
    assert answer.startswith(b"HTTP/1.1 400")


async def test_a_value_that_never_ends_is_refused(site: Site) -> None:
    sent = b"POST /api/calls HTTP/1.1\r\nAuthorization: Bearer "
    async with listening(site.app) as port:
        _, answer = await drip(port, sent, lambda: b"b" * MAX_HEAD)
    assert answer.startswith(b"HTTP/1.1 400")


async def test_an_ordinary_request_with_a_long_token_passes(site: Site) -> None:
    body = envelope(incoming())
    head = f"Authorization: {bearer()}\r\nX: {'y' * 8_000}\r\nContent-Length: {len(body)}"
    async with listening(site.app) as port:
        assert await status_of(port, request(head, body)) == 202
    assert site.world.line.kinds == ["answer_call"]


async def test_b25_a_stranger_is_told_no_before_sending_a_body(site: Site) -> None:
    async with listening(site.app) as port:
        answer = await exchange(port, request("Expect: 100-continue\r\nContent-Length: 9"))
    assert answer.startswith(b"HTTP/1.1 401")


async def test_b26_a_websocket_is_not_for_the_webhook(site: Site) -> None:
    head = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
    sent = f"GET /api/calls HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode()
    async with listening(site.app) as port:
        assert await status_of(port, sent) == 405


async def test_b28_the_address_that_a_client_writes_out_leads_nowhere_else(site: Site) -> None:
    first = "POST http://evil.example/api/calls HTTP/1.1"
    head = f"Host: evil.example\r\nAuthorization: {bearer()}\r\nContent-Length: 0"
    async with listening(site.app) as port:
        assert await status_of(port, request(head, first=first)) in {202, 404}
    assert site.world.line.lines == []


async def test_b30_a_wrong_key_and_a_key_of_the_wrong_form_are_answered_alike(site: Site) -> None:
    await site.ring()
    body = envelope({})
    head = f"Authorization: {bearer()}\r\nContent-Length: {len(body)}"
    answers = set()
    async with listening(site.app) as port:
        for key in ("0" * 32, "x", own_path("another")[11:]):
            sent = request(head, body, first=f"POST /api/calls/{key} HTTP/1.1")
            answers.add(await exchange(port, sent))
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 404"]


async def test_b31_idle_connections_take_no_service_from_others(site: Site) -> None:
    async with listening(site.app, Hasty) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        body = envelope(incoming())
        head = f"Authorization: {bearer()}\r\nContent-Length: {len(body)}"
        assert await status_of(port, request(head, body)) == 202
        for reader, writer in idle:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), PATIENCE)
            writer.close()
    assert (await site.call()).call_id == CALL_ID

"""What is told of a request that went wrong: sent or not. A wrong "not sent" transfers twice."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from ivr.errors import NotSent, OutcomeUnknown, UsageError
from ivr.net.sender import Bounds, Sender
from tests.graph.rude_server import Behaviour, Talk, free_port, own_certificate, rude

SHORT = Bounds(head=0.3, total=0.5, body=1000)
POST = ("POST", {"Content-Type": "application/json"}, b'{"a":1}')


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with aclosing(Sender(Bounds(head=2.0, total=3.0, body=1000))) as sender:
        yield sender


async def drops(talk: Talk) -> None:
    talk.hang_up()


async def resets(talk: Talk) -> None:
    talk.reset()


async def breaks_off_in_the_head(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Le")
    talk.hang_up()


async def talks_junk(talk: Talk) -> None:
    await talk.say(b"SSH-2.0-OpenSSH_9.7\r\n\r\n")


async def says_a_bad_length(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")


async def sends_a_huge_header(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")


async def sends_many_headers(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\n" + b"X-Long: x\r\n" * 100_000 + b"\r\n")


async def sends_bad_chunks(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nzz\r\n")


async def hangs(_talk: Talk) -> None:
    await asyncio.sleep(60)


async def is_kind(talk: Talk) -> None:
    await talk.answer(body=b"ok")


AFTER_THE_REQUEST = [
    drops,
    resets,
    breaks_off_in_the_head,
    talks_junk,
    says_a_bad_length,
    sends_a_huge_header,
    sends_many_headers,
    sends_bad_chunks,
]


@pytest.mark.parametrize("behaviour", AFTER_THE_REQUEST)
async def test_a_post_that_was_read_may_have_been_done(
    sender: Sender, behaviour: Behaviour
) -> None:
    method, headers, body = POST
    async with rude(behaviour) as server:
        with pytest.raises(OutcomeUnknown):
            await sender.send(method, server.url, headers, body)
        assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", AFTER_THE_REQUEST)
async def test_a_post_on_a_kept_connection_may_have_been_done(
    sender: Sender, behaviour: Behaviour
) -> None:
    """aiohttp repeats some requests by itself when a kept connection fails: never a POST."""

    async def kind_once(talk: Talk) -> None:
        await (is_kind if talk.number == 1 else behaviour)(talk)

    method, headers, body = POST
    async with rude(kind_once) as server:
        assert (await sender.send(method, server.url, headers, body)).status == 200
        with pytest.raises(OutcomeUnknown):
            await sender.send(method, server.url, headers, body)
        assert (len(server.requests), server.connections) == (2, 1)


async def test_no_answer_in_time_may_still_be_carried_out() -> None:
    method, headers, body = POST
    async with aclosing(Sender(SHORT)) as sender, rude(hangs) as server:
        with pytest.raises(OutcomeUnknown, match="too late"):
            await sender.send(method, server.url, headers, body)
        assert len(server.requests) == 1


async def test_a_refused_connection_was_not_sent(sender: Sender) -> None:
    with pytest.raises(NotSent):
        await sender.send("POST", f"http://127.0.0.1:{await free_port()}", {}, b"{}")


async def test_a_server_without_tls_was_sent_nothing(sender: Sender) -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotSent):
            await sender.send("POST", f"https://127.0.0.1:{port}", {}, b"{}")


async def test_a_server_with_an_unknown_certificate_was_sent_nothing(
    sender: Sender, tmp_path: Path
) -> None:
    async with rude(is_kind, tls=own_certificate(tmp_path)) as server:
        with pytest.raises(NotSent):
            await sender.send("POST", f"https://127.0.0.1:{server.port}", {}, b"{}")
        assert server.requests == []


async def test_a_tls_handshake_that_hangs_was_sent_nothing() -> None:
    async with aclosing(Sender(SHORT)) as sender, rude(is_kind) as server:
        with pytest.raises(NotSent, match="too late"):
            await sender.send("POST", f"https://127.0.0.1:{server.port}", {}, b"{}")
        assert server.connections == 1


async def test_an_unknown_host_was_not_sent(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_such_name(*_args: object, **_named: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_such_name)
    with pytest.raises(NotSent):
        await sender.send("POST", "https://graph.invalid/v1.0", {}, b"{}")


async def test_connections_are_kept_and_a_closed_one_is_replaced(sender: Sender) -> None:
    async def kind_twice(talk: Talk) -> None:
        await talk.answer(body=b"ok")
        if talk.number == 2:
            talk.hang_up()

    async with rude(kind_twice) as server:
        for _ in range(3):
            assert (await sender.send("POST", server.url, {}, b"{}")).body == b"ok"
            await asyncio.sleep(0.01)  # the server's end must have been seen
        assert (len(server.requests), server.connections) == (3, 2)


async def never_ends(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
    await asyncio.sleep(60)


async def ends_early(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
    talk.hang_up()


async def floods(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await talk.say(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


@pytest.mark.parametrize(
    ("behaviour", "ending"),
    [(never_ends, "cut"), (ends_early, "cut"), (floods, "too_long")],
)
async def test_a_status_counts_though_its_body_is_lost(behaviour: Behaviour, ending: str) -> None:
    bounds = Bounds(total=0.4, body=1000)
    async with aclosing(Sender(bounds)) as sender, rude(behaviour) as server:
        answer = await sender.send("POST", server.url, {}, b"{}")
        assert (answer.status, answer.body, answer.ending) == (200, b"", ending)


async def test_a_redirect_is_an_answer_like_any_other(sender: Sender) -> None:
    async def redirects(talk: Talk) -> None:
        await talk.answer("302 Found", b"", b"Location: http://127.0.0.1:1/")

    async with rude(redirects) as server:
        assert (await sender.send("GET", server.url, {})).status == 302
        assert len(server.requests) == 1


async def test_cookies_are_not_sent_back(sender: Sender) -> None:
    async def sets_a_cookie(talk: Talk) -> None:
        await talk.answer("200 OK", b"", b"Set-Cookie: id=1; Path=/")

    async with rude(sets_a_cookie) as server:
        for _ in range(2):
            await sender.send("GET", server.url, {})
        assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_proxies_of_the_environment_are_not_used(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{await free_port()}")
    async with rude(is_kind) as server:
        assert (await sender.send("GET", server.url, {})).body == b"ok"


async def test_an_address_is_sent_as_it_was_signed(sender: Sender) -> None:
    path = "/rec/a%2Fb%20c/1?sig=ab%2Bc%3D%3D&x=1%262"
    async with rude(is_kind) as server:
        await sender.send("GET", server.url + path, {})
        assert server.requests[0].split(b" ")[1].decode() == path


async def test_plain_http_goes_to_loopback_only(sender: Sender) -> None:
    with pytest.raises(UsageError):
        await sender.send("GET", "http://graph.microsoft.com/v1.0", {})


async def test_no_failure_shows_the_token_or_the_body(sender: Sender) -> None:
    async with rude(drops) as server:
        with pytest.raises(OutcomeUnknown) as failed:
            await sender.send("POST", server.url, {"Authorization": "Bearer hush"}, b'"hush"')
    assert "hush" not in f"{failed.value!r} {failed.value}"
    assert "127.0.0.1" not in str(failed.value)

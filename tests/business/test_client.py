"""Requests to business systems: to the named host only, bounded, and never an exception."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import AsyncIterator

import pytest
import structlog
from structlog.testing import capture_logs

from ivr.business.client import MAX_BODY, HttpBusiness
from ivr.core.effects import SendRequest
from ivr.core.events import HttpAnswered, HttpFailed
from ivr.net.sender import Sender
from tests.canaries import NAME, PHONE

KEY = "a-very-secret-key"
MARK, B64 = "\ue000", "\ue001"
FAILED = HttpFailed("call.1")
LATE = HttpFailed("call.1", timeout=True)


class Shop:
    """A business system on loopback that answers every request with the same bytes.

    `got` is what it was sent, one text for each request; without an `answer` it says nothing.
    """

    def __init__(self) -> None:
        self.got: list[str] = []
        self.answer: bytes | None = reply(b"{}")
        self.host = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next((int(line[15:]) for line in head.lower().split("\r\n")
                       if line.startswith("content-length:")), 0)  # fmt: skip
        self.got.append(head + (await reader.readexactly(length)).decode())
        if self.answer is not None:
            writer.write(self.answer)
        else:
            await reader.read()
        writer.close()

    def request(
        self,
        path: str = "/orders",
        *,
        url: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        body: str = "",
        timeout: int = 2_000,
    ) -> SendRequest:
        method = "POST" if body else "GET"
        address = url or f"http://{self.host}{path}"
        return SendRequest("call.1", method, address, self.host, timeout, headers, body)


def reply(body: bytes, status: str = "200 OK", *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield shop
    server.close()


@pytest.fixture
async def business() -> AsyncIterator[HttpBusiness]:
    sender = Sender()
    yield HttpBusiness(sender, {"crm_key": KEY, "broken": "two\r\nX-Admin: 1", "odd": "schlüssel"})
    await sender.aclose()


async def test_an_answer_comes_back_with_its_status_and_its_text(
    shop: Shop, business: HttpBusiness
) -> None:
    shop.answer = reply('{"owed": "£12"}'.encode(), "201 Created")
    answered = await business.send(shop.request("/orders?a=1"))
    assert answered == HttpAnswered("call.1", 201, '{"owed": "£12"}')
    assert shop.got[0].startswith("GET /orders?a=1 HTTP/1.1\r\n")
    assert "accept: application/json\r\n" in shop.got[0].lower()


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "500 Oops"])
async def test_any_status_is_an_answer(shop: Shop, business: HttpBusiness, status: str) -> None:
    shop.answer = reply(b"", status)
    assert await business.send(shop.request()) == HttpAnswered("call.1", int(status[:3]), "")


async def test_a_body_is_sent_as_json(shop: Shop, business: HttpBusiness) -> None:
    await business.send(shop.request(body='{"n":1}'))
    assert "content-type: application/json\r\n" in shop.got[0].lower()
    assert shop.got[0].endswith('{"n":1}')


async def test_a_secret_is_filled_in_when_it_is_sent(shop: Shop, business: HttpBusiness) -> None:
    request = shop.request(headers=(("Authorization", f"Bearer {MARK}crm_key{MARK}"),))
    assert KEY not in repr(request)
    await business.send(request)
    assert f"Bearer {KEY}\r\n" in shop.got[0]


async def test_a_user_and_a_password_are_put_together_when_they_are_sent(
    shop: Shop, business: HttpBusiness
) -> None:
    basic = f"Basic {B64}zoë:{MARK}odd{MARK}{B64}"
    await business.send(shop.request(headers=(("Authorization", basic),)))
    [given] = re.findall(r"(?mi)^authorization: Basic (\S+)\r$", shop.got[0])
    assert b64decode(given).decode() == "zoë:schlüssel"


@pytest.mark.parametrize("value", ["Zoë", "☎", f"{MARK}odd{MARK}"])
async def test_letters_outside_ascii_are_sent_as_utf_8(
    shop: Shop, business: HttpBusiness, value: str
) -> None:
    assert isinstance(await business.send(shop.request(headers=(("X-Name", value),))), HttpAnswered)
    meant = value.replace(f"{MARK}odd{MARK}", "schlüssel")
    assert f"x-name: {meant}\r\n".encode() in shop.got[0].encode("latin-1")


async def test_without_its_secret_a_request_is_not_sent_and_the_setting_is_named(
    shop: Shop, business: HttpBusiness
) -> None:
    with capture_logs() as logs:
        answered = await business.send(shop.request(headers=(("X-Key", f"{MARK}absent{MARK}"),)))
    assert (answered, shop.got) == (FAILED, [])
    assert "IVR_SECRET_ENV_ABSENT" in logs[0]["reason"]


@pytest.mark.parametrize(
    "value",
    [
        "x\r\nX-Admin: 1", "x\nX-Admin: 1", "x\0", "\udcff",
        f"{MARK}broken{MARK}", f"Zoë{MARK}broken{MARK}",
    ],
)  # fmt: skip
async def test_c28_a_header_that_would_be_two_is_not_sent(
    shop: Shop, business: HttpBusiness, value: str
) -> None:
    assert await business.send(shop.request(headers=(("X-Name", value),))) == FAILED
    assert shop.got == []


@pytest.mark.parametrize(
    "url",
    [
        "https://good.example@{}/", "http://{}@evil.example/", "http://evil.example#{}",
        "http://evil.example\\@{}/", "http://{}%00.evil.example/", "http://{}.evil.example/",
        "http://evil.example/", "//{}/", "http://[", "", "http://{}\t/", "HTTP://evil.example/{}",
    ],
)  # fmt: skip
async def test_c19_an_address_of_another_host_is_not_asked(
    shop: Shop, business: HttpBusiness, url: str
) -> None:
    assert await business.send(shop.request(url=url.format(shop.host) or "x")) == FAILED
    assert shop.got == []


async def test_a_host_that_the_flow_does_not_name_is_not_asked_though_it_is_there(
    shop: Shop, business: HttpBusiness
) -> None:
    for host in ("good.example", shop.host.partition(":")[0], f"localhost:{shop.host[10:]}", ""):
        request = SendRequest("call.1", "GET", f"http://{shop.host}/", host, 1_000)
        assert await business.send(request) == FAILED
    assert shop.got == []


@pytest.mark.parametrize("path", ["/a b", "/ü", "/\r\nX-Admin: 1", "/\x00", "/\udcff", "/#top"])
async def test_an_address_that_no_request_may_have_is_not_asked(
    shop: Shop, business: HttpBusiness, path: str
) -> None:
    assert await business.send(shop.request(path)) == FAILED
    assert shop.got == []


async def test_plain_http_goes_to_loopback_only(business: HttpBusiness) -> None:
    request = SendRequest("call.1", "GET", "http://198.51.100.1/", "198.51.100.1", 1_000)
    assert await business.send(request) == FAILED


async def test_a_redirect_is_an_answer_and_is_not_followed(
    shop: Shop, business: HttpBusiness
) -> None:
    shop.answer = reply(b"", "307 Temporary Redirect", f"Location: http://{shop.host}/elsewhere")
    assert await business.send(shop.request()) == HttpAnswered("call.1", 307, "")
    assert len(shop.got) == 1


async def test_a_system_that_says_nothing_is_not_waited_for_longer_than_the_flow_says(
    shop: Shop, business: HttpBusiness
) -> None:
    shop.answer = None
    assert await business.send(shop.request(timeout=100)) == LATE


async def test_an_answer_that_stops_half_way_is_no_answer(
    shop: Shop, business: HttpBusiness
) -> None:
    shop.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"
    answered = await business.send(shop.request())
    assert isinstance(answered, HttpFailed)


@pytest.mark.parametrize(
    "answer",
    [
        reply(b" " * (MAX_BODY + 1)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\nzz",
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=["too long", "broken chunks", "no HTTP", "nothing", "a huge header"],
)  # fmt: skip
async def test_c25_a_bad_answer_is_a_failure_and_no_more(
    shop: Shop, business: HttpBusiness, answer: bytes
) -> None:
    shop.answer = answer
    assert isinstance(await business.send(shop.request()), HttpFailed)


async def test_nobody_listening_is_a_failure(business: HttpBusiness) -> None:
    request = SendRequest("call.1", "GET", "http://127.0.0.1:1/", "127.0.0.1:1", 1_000)
    assert await business.send(request) == FAILED


async def test_bytes_that_are_no_text_are_replaced(shop: Shop, business: HttpBusiness) -> None:
    shop.answer = reply(b"\xff\xfe")
    assert await business.send(shop.request()) == HttpAnswered("call.1", 200, "\ufffd\ufffd")


async def test_a_failure_is_logged_without_what_was_asked(
    shop: Shop, business: HttpBusiness
) -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        await business.send(shop.request(f"/{PHONE}\n", headers=(("X-Name", f"{NAME}☎"),)))
        await business.send(shop.request(headers=(("X-Name", f"{NAME}\r\n"),)))
        await business.send(SendRequest("call.1", "GET", f"https://[{PHONE}/", "[", 1_000))
    assert len(logs) == 3
    assert PHONE not in str(logs)
    assert NAME not in str(logs)
    assert {entry["effect"] for entry in logs} == {"call.1"}

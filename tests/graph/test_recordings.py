"""Fetching a recording: to which hosts its token goes, and what a download may be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import httpx
import pytest

from ivr.errors import MediaError, Refused, Temporary
from ivr.graph.client import GraphControl
from ivr.graph.recordings import BOUNDS, MAX_RECORDING, Recordings
from ivr.net.egress import PublicResolver
from ivr.net.sender import Bounds, Sender
from tests.graph.rude_server import Behaviour, RudeServer, Talk, rude
from tests.net.names import Names, guarding
from tests.net.urls import CREDENTIALS, NOT_PUBLIC, PUBLIC, UNUSABLE

CLIP = b"RIFF" + b"\x00\xff" * 50_000
HOSTS = ("media.example", ".Skype.example", "*.teams.example")


class NoTokens:
    """A recording is never fetched with a token of Graph's."""

    async def token(self, tenant: str) -> str:
        raise AssertionError(tenant)

    def drop(self, tenant: str, token: str | None = None) -> None:
        raise AssertionError(tenant)


@asynccontextmanager
async def local(behaviour: Behaviour) -> AsyncIterator[tuple[GraphControl, RudeServer]]:
    async with rude(behaviour) as server, aclosing(Sender()) as sender:
        yield GraphControl(server.url, NoTokens(), sender), server


async def fetched(behaviour: Behaviour, token: str = "clip-token") -> bytes:
    async with local(behaviour) as (control, server):
        return await control.fetch(f"{server.url}/rec/1", token)


async def gives_the_clip(talk: Talk) -> None:
    await talk.answer("200 OK", CLIP, b"Content-Type: application/octet-stream")


async def gives_it_in_chunks(talk: Talk) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(CLIP), 7000):
        part = CLIP[start : start + 7000]
        await talk.say(b"%x\r\n%b\r\n" % (len(part), part))
    await talk.say(b"0\r\n\r\n")


@pytest.mark.parametrize("behaviour", [gives_the_clip, gives_it_in_chunks])
async def test_a_clip_is_fetched_with_its_own_token(behaviour: Behaviour) -> None:
    async with local(behaviour) as (control, server):
        assert await control.fetch(f"{server.url}/rec/1?sig=a%2Bb", "clip-token") == CLIP
        assert server.requests[0].startswith(b"GET /rec/1?sig=a%2Bb HTTP/1.1\r\n")
        assert b"authorization: bearer clip-token\r\n" in server.requests[0].lower()


async def test_without_a_token_none_is_sent() -> None:
    async with local(gives_the_clip) as (control, server):
        assert await control.fetch(f"{server.url}/rec/1", "") == CLIP
        assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("token", ["a\r\nX-Admin: 1", "a b", "é", "x" * 20_000])
async def test_a_token_that_is_none_is_not_sent(token: str) -> None:
    async with local(gives_the_clip) as (control, server):
        with pytest.raises(Refused):
            await control.fetch(f"{server.url}/rec/1", token)
        assert server.requests == []


@pytest.mark.parametrize("status", ["301 Moved", "401 No", "403 No", "404 No", "410 Gone"])
async def test_a_clip_that_is_not_given_is_refused(status: str) -> None:
    async def refuses(talk: Talk) -> None:
        await talk.answer(status, b"", b"Location: https://evil.example/")

    with pytest.raises(Refused) as refused:
        await fetched(refuses)
    assert refused.value.status == int(status[:3])


@pytest.mark.parametrize("status", ["429 Slow", "500 Oops", "503 Later"])
async def test_trouble_of_the_service_is_worth_another_try(status: str) -> None:
    async def later(talk: Talk) -> None:
        await talk.answer(status, b"", b"Retry-After: 1.5")

    with pytest.raises(Temporary) as failed:
        await fetched(later)
    assert failed.value.delay == 1.5


async def test_half_a_clip_is_no_clip() -> None:
    async def breaks_off(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nRIFF")
        talk.hang_up()

    with pytest.raises(Temporary):
        await fetched(breaks_off)


async def test_an_empty_clip_is_no_clip() -> None:
    async def empty(talk: Talk) -> None:
        await talk.answer()

    with pytest.raises(MediaError, match="empty"):
        await fetched(empty)


async def test_a_compressed_clip_is_no_clip() -> None:
    async def compressed(talk: Talk) -> None:
        await talk.answer("200 OK", b"\x1f\x8b", b"Content-Encoding: gzip")

    with pytest.raises(MediaError, match="compressed"):
        await fetched(compressed)


async def test_a_clip_has_an_end() -> None:
    async def floods(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await talk.say(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    assert BOUNDS.body == MAX_RECORDING == 16 * 2**20
    async with rude(floods) as server, aclosing(Sender()) as sender:
        small = Recordings(sender, (), lambda: 0.0, loopback=True, bounds=Bounds(body=500_000))
        with pytest.raises(MediaError, match="too long"):
            await small.fetch(f"{server.url}/rec/1", "clip-token")


class Network(httpx.AsyncBaseTransport):
    """Answers for every host, and remembers which were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        return httpx.Response(200, stream=httpx.ByteStream(CLIP), request=request)


async def ask(location: str, *, root: str = "https://graph.example/v1.0") -> list[str]:
    """The hosts that were asked for a recording at `location`."""
    network = Network()
    async with aclosing(Sender(transport=network)) as sender:
        control = GraphControl(root, NoTokens(), sender, HOSTS)
        with suppress(Refused):
            await control.fetch(location, "clip-token")
    return network.asked


@pytest.mark.parametrize(
    "host", ["media.example", "a.media.example", "x.y.skype.example", "TEAMS.example"]
)
async def test_named_hosts_are_asked_and_their_subdomains(host: str) -> None:
    assert await ask(f"https://{host}/rec/1") == [host.lower()]
    assert await ask(f"https://{host}:443/rec/1") == [host.lower()]


@pytest.mark.parametrize(
    "location",
    [
        "http://media.example/rec/1",
        "https://media.example:8443/rec/1",
        "https://media.example:22/rec/1",
        "https://media.example:0/",
        "https://media.example:65536/",
        "https://media.example:-1/",
        "https://evilmedia.example/rec/1",
        "https://media.example.evil.example/",
        "https://media.example@evil.example/",
        "https://evil.example#media.example",
        "https://evil.example#.media.example/",
        "https://evil.example?.media.example",
        "https://evil.example\\@media.example/",
        "https://evil.example\\.media.example/",
        "https://media.example%00.evil.example/",
        "https://evil.example%2f.media.example/",
        "https://media.example\t.evil.example/",
        "https://media.example\n/",
        "https://media.example./rec/1",
        "https://①②⑦.0.0.1/",
        "https://media。example/",
        "https://mediа.example/",  # a Cyrillic letter
        "https://169.254.169.254/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0251.0376.0251.0376/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fd00:ec2::254]/",
        "https://168.63.129.16/",
        "https://localhost/rec/1",
        "https://localhost./rec/1",
        "https://127.0.0.1/rec/1",
        "http://127.0.0.1:8080/rec/1",
        "https://127.1/",
        "https://[::1]/",
        "https://0.0.0.0/",
        "file:///etc/passwd",
        "ftp://media.example/",
        "gopher://media.example/",
        "data:audio/wav;base64,AAAA",
        "//media.example/rec/1",
        "media.example/rec/1",
        "https:///rec/1",
        "https://",
        "",
        "https://media.example/" + "x" * 3000,
    ],
)
async def test_no_other_address_gets_the_token(location: str) -> None:
    assert await ask(location) == []


async def test_a_refusal_shows_neither_address_nor_token() -> None:
    async with local(gives_the_clip) as (control, _):
        with pytest.raises(Refused) as refused:
            await control.fetch("https://evil.example/rec/1", "clip-token")
    assert "evil" not in str(refused.value)
    assert "clip-token" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:9", "[::1]:9"])
async def test_loopback_is_asked_where_graph_is_there_too(host: str) -> None:
    assert len(await ask(f"http://{host}/rec/1", root="http://127.0.0.1:1/v1.0")) == 1
    assert await ask(f"http://{host}/rec/1") == []


async def test_no_host_is_asked_that_was_not_named() -> None:
    network = Network()
    async with aclosing(Sender(transport=network)) as sender:
        control = GraphControl("https://graph.example/v1.0", NoTokens(), sender, ("", " "))
        with pytest.raises(Refused):
            await control.fetch("https://media.example/rec/1", "clip-token")
    assert network.asked == []


def as_url(address: str) -> str:
    return f"https://[{address}]/rec/1" if ":" in address else f"https://{address}/rec/1"


@pytest.mark.parametrize("name", UNUSABLE)
async def test_an_address_in_disguise_gets_no_token(name: str) -> None:
    assert await ask(UNUSABLE[name]) == []


@pytest.mark.parametrize("address", [*CREDENTIALS.values(), *NOT_PUBLIC.values(), *PUBLIC])
async def test_no_address_without_a_name_gets_a_token(address: str) -> None:
    assert await ask(as_url(address)) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
async def test_a_name_of_microsoft_s_that_leads_inside_gets_no_token(address: str) -> None:
    """C15: the host is on the list, but one of its addresses is not public."""
    names = Names("20.190.128.1", address)
    async with (
        aclosing(Sender()) as sender,
        aclosing(Sender(resolver=guarding(names, PublicResolver))) as downloads,
    ):
        control = GraphControl(
            "https://graph.example/v1.0", NoTokens(), sender, HOSTS, downloads=downloads
        )
        with pytest.raises(Temporary):
            await control.fetch("https://media.example/rec/1", "clip-token")
    assert names.asked == ["media.example"]


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_does_not_take_the_token_along(status: str) -> None:
    """C24."""
    async with rude(gives_the_clip) as elsewhere:

        async def redirects(talk: Talk) -> None:
            await talk.answer(status, b"", f"Location: {elsewhere.url}/rec/1".encode())

        with pytest.raises(Refused):
            await fetched(redirects)
        assert elsewhere.connections == 0

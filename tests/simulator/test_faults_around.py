"""Integration: faults of the network and of processes, on loopback."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ivr.simulator.faults import process
from ivr.simulator.faults.network import (
    Behaviour,
    Proxy,
    answers,
    hangs,
    passes,
    resets,
    rewrites,
    slows,
    speaks,
)
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.rules import Call
from tests.simulator.on_loopback import served

LONG = "x" * 20_000


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, int]]:
    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.headers['host']} {LONG}")

    with served(Starlette(routes=[Route("/", page)])) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=0.3), trust_env=False) as found:
        yield found


def at(proxy: Proxy, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{proxy.port}/"


async def test_what_a_proxy_does_can_be_changed(
    site: tuple[str, int], client: httpx.AsyncClient
) -> None:
    close = {"Connection": "close"}
    async with Proxy(*site) as proxy:
        assert (await client.get(at(proxy), headers=close)).text.endswith(LONG)
        for status in (400, 502):
            proxy.does = answers(status)
            assert (await client.get(at(proxy))).status_code == status
        proxy.does = rewrites(b"Host", b"elsewhere.example")
        answer = await client.get(at(proxy), headers=close)
        assert answer.text.startswith("elsewhere.example ")


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (hangs(), httpx.ReadTimeout),
        (resets(), (httpx.ReadError, httpx.RemoteProtocolError)),
        (resets(1_000), (httpx.ReadError, httpx.RemoteProtocolError)),
        (slows(1_000, 0.4), httpx.ReadTimeout),
        (speaks(b"nonsense"), httpx.RemoteProtocolError),
    ],
)
async def test_a_connection_is_of_no_use(
    site: tuple[str, int],
    client: httpx.AsyncClient,
    does: Behaviour,
    error: type[Exception] | tuple[type[Exception], ...],
) -> None:
    async with Proxy(*site, does) as proxy:
        with pytest.raises(error):
            await client.get(at(proxy))


async def test_a_handshake_breaks_off(site: tuple[str, int], client: httpx.AsyncClient) -> None:
    async with Proxy(*site, speaks(b"this is no TLS")) as proxy:
        with pytest.raises((httpx.ConnectError, ssl.SSLError)):
            await client.get(at(proxy, "https"))


async def test_a_proxy_that_is_closed_refuses_connections(client: httpx.AsyncClient) -> None:
    async with Proxy("127.0.0.1", 1, passes()) as proxy:
        url = at(proxy)
    with pytest.raises(httpx.ConnectError):
        await client.get(url)


async def test_a_site_that_is_down_ends_the_connection(client: httpx.AsyncClient) -> None:
    async with Proxy("127.0.0.1", 1) as proxy:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await client.get(at(proxy))


# Processes

IDLE = "import signal; print('here', flush=True); signal.pause()"


@pytest.fixture
def idle() -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen([sys.executable, "-c", IDLE], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    yield child
    child.kill()
    child.stdout.close()
    child.wait()


def test_a_process_is_paused_and_goes_on(idle: subprocess.Popen[str]) -> None:
    with process.paused(idle.pid):
        assert os.WIFSTOPPED(os.waitpid(idle.pid, os.WUNTRACED)[1])
    assert os.WIFCONTINUED(os.waitpid(idle.pid, os.WCONTINUED)[1])
    assert idle.poll() is None


@pytest.mark.parametrize(
    ("done", "by"), [(process.kill, signal.SIGKILL), (process.end, signal.SIGTERM)]
)
def test_a_process_is_ended(idle: subprocess.Popen[str], done: object, by: int) -> None:
    assert callable(done)
    done(idle.pid)
    assert idle.wait(10) == -by


def test_what_is_left_over_is_counted() -> None:
    before = process.alive(Phone)["Phone"]
    kept = [Phone(Call(at=0)) for _ in range(3)]
    assert process.alive(Phone)["Phone"] == before + 3
    kept.clear()
    assert process.alive(Phone)["Phone"] == before


def test_a_canary_can_be_found() -> None:
    caller = process.canaries("2079461234")
    assert (caller.id, caller.name) == ("+442079461234", "Canary 2079461234")

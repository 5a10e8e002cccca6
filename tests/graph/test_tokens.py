"""The cache of Graph tokens: one per tenant, early refresh, outages, refused tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from ivr.errors import Refused, Temporary
from ivr.graph.tokens import BACKGROUND_GAP, FOREGROUND_GAP, MARGIN, TokenSource
from tests.graph.login_server import LIFE, LoginServer
from tests.graph.signing import APP, TENANT, VirtualClock

SECRET = "s3cret~of.the-app"
OTHER_TENANT = "contoso.onmicrosoft.com"


@pytest.fixture
def login() -> Iterator[LoginServer]:
    server = LoginServer()
    yield server
    server.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(0.0)


@pytest_asyncio.fixture
async def source(login: LoginServer, clock: VirtualClock) -> AsyncIterator[TokenSource]:
    source = TokenSource(APP, SECRET, login.url, clock)
    yield source
    await source.aclose()


@pytest.mark.problem("P49", fault="many_tenants")
async def test_every_tenant_has_its_own_token(source: TokenSource, login: LoginServer) -> None:
    for _ in range(3):
        assert await source.token(TENANT) == f"token-1-{TENANT[:4]}"
        assert await source.token(OTHER_TENANT) == f"token-2-{OTHER_TENANT[:4]}"
    assert len(login.forms) == 2


async def test_fifty_calls_at_once_ask_once(source: TokenSource, login: LoginServer) -> None:
    login.open.clear()
    asking = [asyncio.create_task(source.token(TENANT)) for _ in range(50)]
    hasty = asyncio.create_task(source.token(TENANT))
    await asyncio.sleep(0)
    hasty.cancel()  # a caller that gives up ends nobody else's attempt
    await asyncio.wait([hasty])
    login.open.set()
    assert len(set(await asyncio.gather(*asking))) == 1
    assert len(login.forms) == 1


async def test_a_new_token_is_fetched_in_the_background_at_half_of_its_life(
    source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    first = await source.token(TENANT)
    clock.advance(LIFE / 2 - 1)
    assert await source.token(TENANT) == first
    await source.aclose()
    assert len(login.forms) == 1
    clock.advance(1)
    login.open.clear()
    for _ in range(10):
        assert await source.token(TENANT) == first  # nobody waits for it
    login.open.set()
    await source.aclose()
    assert await source.token(TENANT) == f"token-2-{TENANT[:4]}"
    assert len(login.forms) == 2


async def test_a_short_lived_token_is_used_while_it_lasts(
    source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    login.fail(200, b'{"token_type":"Bearer","access_token":"brief","expires_in":"40"}')
    assert await source.token(TENANT) == "brief"
    clock.advance(19)
    assert await source.token(TENANT) == "brief"
    assert len(login.forms) == 1


OUTAGES: dict[str, Callable[[LoginServer], None]] = {
    "refused": LoginServer.stop,
    "500": lambda login: login.fail(500),
    "503 html": lambda login: login.fail(503, b"<html>down</html>"),
    "429": lambda login: login.fail(429, b'{"error":"x"}'),
    "404 html": lambda login: login.fail(404, b"<html>not found</html>"),
    "busy": lambda login: login.refuse("later", error="temporarily_unavailable"),
    "html": lambda login: login.fail(200, b"<html>sign in</html>"),
    "truncated": lambda login: login.fail(200, b'{"access_token":"abc'),
    "empty": lambda login: login.fail(200, b""),
    "no token": lambda login: login.fail(200, b'{"expires_in":3600}'),
    "no life": lambda login: login.fail(200, b'{"access_token":"x"}'),
    "life of NaN": lambda login: login.fail(200, b'{"access_token":"x","expires_in":"nan"}'),
    "dead at once": lambda login: login.fail(200, b'{"access_token":"x","expires_in":0}'),
    "odd token": lambda login: login.fail(200, b'{"access_token":"x\\r\\nA: 1","expires_in":60}'),
    "a list": lambda login: login.fail(200, b"[1]"),
    "deep": lambda login: login.fail(200, b"[" * 100_000),
    "huge": lambda login: login.fail(200, b'{"access_token":"x","expires_in":3600}'.ljust(300_000)),
    "redirect": lambda login: login.fail(307, location=f"{login.url}/other"),
}


@pytest.mark.parametrize("kind", OUTAGES)
@pytest.mark.problem("P51", fault="login_down")
async def test_an_outage_is_not_noticed_until_a_minute_before_expiry(
    kind: str, source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    first = await source.token(TENANT)
    OUTAGES[kind](login)
    for moment in (LIFE / 2, LIFE - MARGIN - 1):
        clock.now = moment
        assert await source.token(TENANT) == first
        await source.aclose()
    clock.advance(1)
    with pytest.raises(Temporary):
        await source.token(TENANT)
    if kind == "refused":
        login.start()
    login.behave()
    clock.advance(FOREGROUND_GAP)
    assert await source.token(TENANT) == f"token-{len(login.forms)}-{TENANT[:4]}"


async def test_an_outage_is_tried_again_with_pauses(
    source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    login.fail(503)
    for _ in range(10):
        with pytest.raises(Temporary):
            await source.token(TENANT)
    assert len(login.forms) == 1
    clock.advance(FOREGROUND_GAP)
    with pytest.raises(Temporary):
        await source.token(TENANT)
    assert len(login.forms) == 2
    clock.advance(-7200)  # a clock set back must not lengthen the pause
    login.behave()
    await source.token(TENANT)


async def test_in_the_background_the_pauses_are_longer(
    source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    await source.token(TENANT)
    login.fail(503)
    clock.now = LIFE / 2
    for _ in range(5 * 30):
        await source.token(TENANT)
        await source.aclose()
        clock.advance(BACKGROUND_GAP / 30)
    assert len(login.forms) == 1 + 5


async def test_the_pause_that_the_endpoint_asks_for_is_kept(
    source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    login.fail(429, retry_after="7")
    with pytest.raises(Temporary):
        await source.token(TENANT)
    login.behave()
    clock.advance(6.5)
    with pytest.raises(Temporary) as failed:
        await source.token(TENANT)
    assert failed.value.delay == 7
    clock.advance(0.5)
    assert await source.token(TENANT)


async def test_a_refusal_is_told_and_logged_by_its_code_alone(
    source: TokenSource, login: LoginServer, caplog: pytest.LogCaptureFixture
) -> None:
    login.refuse(f"AADSTS7000215: Invalid client secret {SECRET}. Trace ID: 6f1b2c")
    for _ in range(2):
        with pytest.raises(Refused, match="AADSTS7000215"):
            await source.token(TENANT)
    assert len(login.forms) == 1
    assert "AADSTS7000215" in caplog.text
    assert TENANT in caplog.text
    assert not any(word in caplog.text for word in (SECRET, "Trace", "Invalid"))


@pytest.mark.problem("P51", fault="login_refused")
async def test_a_secret_that_expires_is_not_noticed_while_the_token_lasts(
    source: TokenSource, login: LoginServer, clock: VirtualClock
) -> None:
    first = await source.token(TENANT)
    login.refuse("AADSTS7000222: expired")
    clock.now = LIFE - MARGIN - 1
    assert await source.token(TENANT) == first
    await source.aclose()
    clock.advance(1)
    with pytest.raises(Refused, match="AADSTS7000222"):
        await source.token(TENANT)


async def test_a_dropped_token_is_replaced_by_a_new_one(
    source: TokenSource, login: LoginServer
) -> None:
    refused = await source.token(TENANT)
    source.drop(TENANT)
    assert await source.token(TENANT) != refused
    source.drop("nobody")
    assert len(login.forms) == 2


@pytest.mark.problem("P48", fault="consent_missing_once")
async def test_a_hundred_calls_refused_together_ask_once(
    source: TokenSource, login: LoginServer
) -> None:
    refused = await source.token(TENANT)

    async def call() -> str:
        source.drop(TENANT, refused)
        return await source.token(TENANT)

    assert len(set(await asyncio.gather(*(call() for _ in range(100))))) == 1
    source.drop(TENANT, refused)  # a refusal that comes late
    await source.token(TENANT)
    assert len(login.forms) == 2

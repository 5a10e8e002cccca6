"""P35, P60, P61, P64 and P65: connections that fail, on loopback, through a proxy that lies.

What matters is what may be said of a request afterwards: that it was never sent, or that nobody
knows.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import certifi
import pytest

from ivr.core.effects import CheckCall, TransferCall
from ivr.core.values import Target
from ivr.errors import NotSent, OutcomeUnknown
from ivr.graph.client import GraphControl
from ivr.net.sender import Bounds, Sender
from ivr.net.transport import HonestTransport
from ivr.ports import Line
from ivr.simulator.faults.network import Proxy, hangs, passes, resets, slows, speaks

LINE = Line("57dab8b1-894c-409a-b240-bd8beae78896", "tenant", "https://ivr.example/cb")
TRANSFER = TransferCall("t", Target("user", "11111111-1111-4111-8111-111111111111"))
ANSWER = b"HTTP/1.1 404 -\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
BRIEF = Bounds(head=0.1, total=0.2)


class Tokens:
    """A login that always works."""

    async def token(self, tenant: str) -> str:
        return "token"

    def drop(self, tenant: str, token: str | None = None) -> None:
        """It will give the same one again."""


@asynccontextmanager
async def through(scheme: str = "http") -> AsyncIterator[tuple[Proxy, GraphControl]]:
    """A client of a Graph that answers behind a proxy."""
    async with (
        Proxy("127.0.0.1", 0, speaks(ANSWER)) as graph,
        Proxy("127.0.0.1", graph.port, passes()) as proxy,
        aclosing(Sender(BRIEF)) as sender,
    ):
        yield proxy, GraphControl(f"{scheme}://127.0.0.1:{proxy.port}/v1.0", Tokens(), sender)


async def is_well(control: GraphControl) -> bool:
    """Whether Graph answers."""
    return bool(await control.perform(CheckCall("c"), LINE))


@pytest.mark.problem("P35", "P60", fault="connection_hangs")
@pytest.mark.problem("P60", fault="connection_reset")
@pytest.mark.problem("P35", fault="connection_slow")
async def test_of_what_was_sent_and_not_answered_nobody_knows(fault: str) -> None:
    does = {"hangs": hangs(), "reset": resets(20), "slow": slows(4, 0.05)}
    async with through() as (proxy, control):
        assert await is_well(control)
    async with through() as (proxy, control):
        proxy.does = does[fault.removeprefix("connection_")]
        with pytest.raises(OutcomeUnknown):
            await control.perform(TRANSFER, LINE)


@pytest.mark.problem("P61", fault="connection_refused")
async def test_what_reached_nobody_was_not_sent() -> None:
    async with through() as (proxy, control):
        await proxy.__aexit__(None, None, None)
        with pytest.raises(NotSent):
            await control.perform(TRANSFER, LINE)


@pytest.mark.problem("P64", "P65", fault="no_handshake")
async def test_a_handshake_that_fails_is_a_request_that_was_not_sent() -> None:
    async with through("https") as (proxy, control):
        proxy.does = speaks(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(NotSent):
            await control.perform(TRANSFER, LINE)


@pytest.mark.problem("P65", fault="no_handshake")
def test_every_authority_of_the_bundle_is_trusted_and_none_is_pinned() -> None:
    usual, trusted = ssl.create_default_context(cafile=certifi.where()), HonestTransport()._verify
    assert trusted.verify_mode is ssl.CERT_REQUIRED
    assert trusted.check_hostname
    assert set(trusted.get_ca_certs(binary_form=True)) >= set(usual.get_ca_certs(binary_form=True))

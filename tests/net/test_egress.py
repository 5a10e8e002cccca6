"""Where requests may go: by address, by name, and by the addresses that a name leads to."""

from __future__ import annotations

import socket
from contextlib import aclosing

import pytest

from ivr.errors import NotSent, Refused, UsageError
from ivr.net.addresses import is_host, split_url
from ivr.net.egress import (
    GuardedResolver,
    PublicResolver,
    is_forbidden,
    is_not_public,
    resolver_beside,
)
from ivr.net.sender import Bounds, Sender
from tests.graph.rude_server import RudeServer, Talk, rude
from tests.net.names import Names, guarding
from tests.net.urls import CREDENTIALS, NOT_PUBLIC, PUBLIC, UNUSABLE


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_address_in_disguise_is_no_address(name: str) -> None:
    assert split_url(UNUSABLE[name]) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://good.example",
        "https://good.example./",
        "https://good.example:8443/a?b=c%20d",
        "https://GOOD.example/",
        "https://crm_2.intern.example/",
        "https://8.8.8.8/",
        "https://[2603:1010::1]:443/",
        "http://127.0.0.1:9/",
        "http://localhost:1/",
        "http://[::1]:8080/",
        "https://1password.example/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_plain_addresses_are_taken(url: str) -> None:
    assert split_url(url) is not None


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", "a b", "1.2.3.4.5", "1.2.3.400", "é.example"]
)
def test_what_is_no_host(host: str) -> None:
    assert not is_host(host)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_addresses_that_hand_out_credentials_are_never_asked(name: str) -> None:
    address = CREDENTIALS[name]
    for text in (address, address.upper(), f"[{address}]"):
        assert is_forbidden(text)
        assert is_not_public(text)


@pytest.mark.parametrize("name", NOT_PUBLIC)
def test_what_comes_from_outside_leads_to_public_addresses_only(name: str) -> None:
    assert is_not_public(NOT_PUBLIC[name])
    assert not is_forbidden(NOT_PUBLIC[name])


@pytest.mark.parametrize("address", [*PUBLIC, "crm.example", ""])
def test_public_addresses_and_names_may_be_asked(address: str) -> None:
    assert not is_forbidden(address)
    assert not is_not_public(address)


async def resolved(kind: type[GuardedResolver], *addresses: str) -> list[str]:
    found = await kind(Names(*addresses)).resolve("good.example", 443, socket.AF_INET)
    return [each["host"] for each in found]


@pytest.mark.parametrize("name", CREDENTIALS)
async def test_a_name_that_leads_to_credentials_is_refused(name: str) -> None:
    for kind in (GuardedResolver, PublicResolver):
        with pytest.raises(OSError, match="may not be asked"):
            await resolved(kind, CREDENTIALS[name])


@pytest.mark.parametrize("name", NOT_PUBLIC)
async def test_one_private_address_among_public_ones_is_enough(name: str) -> None:
    """C15: a public A record beside a private AAAA record."""
    with pytest.raises(OSError, match="may not be asked"):
        await resolved(PublicResolver, *PUBLIC, NOT_PUBLIC[name])
    with pytest.raises(OSError, match="may not be asked"):
        await resolved(GuardedResolver, *PUBLIC, "169.254.169.254")
    assert await resolved(GuardedResolver, NOT_PUBLIC[name]) == [NOT_PUBLIC[name]]


async def test_public_names_resolve() -> None:
    assert await resolved(PublicResolver, *PUBLIC) == PUBLIC


async def test_a_name_on_this_machine_resolves_for_business_systems_only() -> None:
    found = await GuardedResolver().resolve("localhost", 80, socket.AF_INET)
    assert found[0]["host"] == "127.0.0.1"
    with pytest.raises(OSError, match="may not be asked"):
        await PublicResolver().resolve("localhost", 80, socket.AF_INET)


async def test_a_number_that_is_an_address_in_disguise_is_seen_through() -> None:
    """Names are refused before by their form; this is what would happen otherwise."""
    with pytest.raises(OSError, match="may not be asked"):
        await GuardedResolver().resolve("2852039166", 80, socket.AF_INET)


async def is_kind(talk: Talk) -> None:
    await talk.answer(body=b"ok")


@pytest.mark.parametrize("name", UNUSABLE)
async def test_nothing_is_sent_to_an_address_in_disguise(name: str) -> None:
    names = Names("127.0.0.1")
    for kind in (GuardedResolver, PublicResolver):
        async with aclosing(Sender(resolver=guarding(names, kind))) as sender:
            with pytest.raises(UsageError):
                await sender.send("GET", UNUSABLE[name], {"Authorization": "Bearer hush"})
    assert names.asked == []


@pytest.mark.parametrize("name", sorted(CREDENTIALS.keys() - {"C11 link-local in a zone"}))
async def test_nothing_is_sent_to_an_address_that_hands_out_credentials(name: str) -> None:
    address = CREDENTIALS[name]
    url = f"https://[{address}]/" if ":" in address else f"https://{address}/"
    async with aclosing(Sender(resolver=GuardedResolver)) as sender:
        with pytest.raises(Refused) as refused:
            await sender.send("GET", url, {"Authorization": "Bearer hush"})
    assert refused.value.code == "forbidden_address"
    assert address not in str(refused.value)


@pytest.mark.parametrize("name", NOT_PUBLIC)
async def test_nothing_that_comes_from_outside_is_sent_to_private_addresses(name: str) -> None:
    address = NOT_PUBLIC[name]
    url = f"https://[{address}]/" if ":" in address else f"https://{address}/"
    async with aclosing(Sender(resolver=PublicResolver)) as sender:
        with pytest.raises(Refused):
            await sender.send("GET", url, {})


async def ask(server: RudeServer, names: Names, kind: type[GuardedResolver]) -> int:
    async with aclosing(Sender(Bounds(head=0.2), resolver=guarding(names, kind))) as sender:
        answer = await sender.send("GET", f"https://good.example:{server.port}/", {})
    return answer.status


@pytest.mark.parametrize("kind", [GuardedResolver, PublicResolver])
async def test_no_connection_is_made_to_where_a_name_should_not_lead(
    kind: type[GuardedResolver],
) -> None:
    forbidden = "169.254.169.254" if kind is GuardedResolver else "127.0.0.1"
    async with rude(is_kind) as server:
        with pytest.raises(NotSent):
            await ask(server, Names("127.0.0.1", forbidden), kind)
        assert server.connections == 0


async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """C16: between the look at the addresses and the connection nothing is looked up again."""
    async with rude(is_kind) as server:
        names = Names("127.0.0.1")
        with pytest.raises(NotSent):  # the server speaks no TLS: but it was connected to
            await ask(server, names, GuardedResolver)
        assert (server.connections, names.asked) == (1, ["good.example"])


async def test_a_name_that_changes_its_mind_is_looked_at_again() -> None:
    names = Names("127.0.0.1")
    guard = guarding(names, GuardedResolver)()
    await guard.resolve("good.example")
    names.addresses = ["169.254.169.254"]
    with pytest.raises(OSError, match="may not be asked"):
        await guard.resolve("good.example")


@pytest.mark.parametrize("status", ["301 No", "302 No", "303 No", "307 No", "308 No"])
async def test_a_redirect_leads_nowhere(status: str) -> None:
    """C18: neither to credentials, nor round in a circle, nor from https to http."""
    async with rude(is_kind) as other:
        target = other.url.encode()

        async def redirects(talk: Talk) -> None:
            await talk.answer(status, b"", b"Location: " + target)

        async with rude(redirects) as server, aclosing(Sender()) as sender:
            for method in ("GET", "POST"):
                answer = await sender.send(method, server.url, {"Authorization": "Bearer hush"})
                assert answer.status == int(status[:3])
        assert other.connections == 0


@pytest.mark.parametrize("value", ["x\r\nX-Admin: 1", "x\nX-Admin: 1", "x\rX-Admin: 1", "x\x00"])
async def test_a_header_cannot_smuggle_in_another(value: str) -> None:
    """C28."""
    async with rude(is_kind) as server, aclosing(Sender()) as sender:
        for headers in ({"X-Caller": value}, {value: "x"}):
            with pytest.raises(Refused, match="line end") as refused:
                await sender.send("GET", server.url, headers)
            assert "Admin" not in str(refused.value)
        assert server.connections == 0


def test_beside_a_simulator_everything_may_be_on_loopback() -> None:
    assert resolver_beside("http://127.0.0.1:8123/v1.0") is None
    assert resolver_beside("https://graph.microsoft.com/v1.0") is PublicResolver
    assert resolver_beside("nonsense") is PublicResolver

"""Requests of flows reach business systems, and never what hands out credentials."""

from __future__ import annotations

import socket

import pytest

from ivr.net.egress import GuardedResolver, is_forbidden


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "168.63.129.16",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "2002:a9fe:a9fe::",
        "64:ff9b::a9fe:a9fe",
        "[fe80::1]",
    ],
)
def test_addresses_that_hand_out_credentials_are_never_asked(address: str) -> None:
    assert is_forbidden(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.10", "fd12::1", "::1", "8.8.8.8", "crm.example"]
)
def test_business_systems_may_be_anywhere_else(address: str) -> None:
    assert not is_forbidden(address)


async def test_a_number_that_is_an_address_in_disguise_is_seen_through() -> None:
    with pytest.raises(OSError, match="may not be asked"):
        await GuardedResolver().resolve("2852039166", 80, socket.AF_INET)


async def test_a_name_on_this_machine_resolves() -> None:
    found = await GuardedResolver().resolve("localhost", 80, socket.AF_INET)
    assert found[0]["host"] == "127.0.0.1"

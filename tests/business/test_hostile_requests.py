"""What callers say in requests to business systems (reliability.md 4c, C28 and C29)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from ivr.core.effects import SendRequest
from ivr.core.values import Caller
from tests.universe import ARRIVAL, CALLER, Ride, program

BY_NAME = """
    states:
      tell: { type: http, request: REQUEST, on: { ok: served, error: lost } }
"""
KEYS = """
    vars: { choice: { type: text, start: "CHOICE" } }
    states:
      tell:
        type: http
        request:
          get: "${env.ticket_url}/orders/${choice}?from=ivr"
          query: { order: "${choice}", more: "yes" }
        on: { ok: served, error: lost }
"""


def of_caller(name: str, request: str) -> Ride:
    """A call by somebody of that name, whose flow sends the name at once."""
    ride = Ride(program(BY_NAME.replace("REQUEST", request)))
    ride.tell(replace(ARRIVAL, caller=Caller("phone", CALLER.id, name)))
    return ride


@pytest.mark.parametrize("name", ["x\r\nX-Admin: 1", "x\nX-Admin: 1", "x\r", "x\x00", "x\u2028y"])
def test_c28_a_name_is_never_a_second_header(name: str) -> None:
    ride = of_caller(
        name, '{ post: "${env.ticket_url}/a", headers: { X-Name: "${call.from_name}" } }'
    )
    assert ride.result == "lost"
    assert not [effect for effect in ride.done if isinstance(effect, SendRequest)]


@pytest.mark.parametrize("name", ["\ue000bank_key\ue000", "\ue001x\ue001", "\ue000"])
def test_c28_nor_does_it_stand_for_a_secret(name: str) -> None:
    ride = of_caller(
        name, '{ post: "${env.ticket_url}/a", headers: { X-Name: "${call.from_name}" } }'
    )
    assert ride.result == "lost"
    assert not [effect for effect in ride.done if isinstance(effect, SendRequest)]


@pytest.mark.parametrize("name", ["x\r\nX-Admin: 1", "a/b?c=d&e#f", "x y", "../../admin", "%2e%2e"])
def test_c28_nor_does_it_reach_into_an_address(name: str) -> None:
    ride = of_caller(name, '{ get: "${env.ticket_url}/people/${call.from_name}/notes" }')
    url = ride.sent(SendRequest).url
    parts = urlsplit(url)
    assert (parts.netloc, parts.query, parts.fragment) == ("tickets.example", "", "")
    assert parts.path.count("/") == 3
    assert not any(letter in url for letter in "\r\n ")


@pytest.mark.parametrize("keys", ["1*2#", "*", "#", "1&admin=1", "1;2", "1=2", "1%26a", "1+2"])
def test_c29_keys_are_one_value_of_a_query(keys: str) -> None:
    ride = Ride(program(KEYS.replace("CHOICE", keys)))
    ride.arrive()
    parts = urlsplit(ride.sent(SendRequest).url)
    assert parts.fragment == ""
    assert parse_qsl(parts.query) == [("from", "ivr"), ("order", keys), ("more", "yes")]
    assert parts.path.count("/") == 2

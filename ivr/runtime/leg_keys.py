"""The keys in the callback paths of legs that we have placed.

The service's id of such a leg is not known when its path is told, so the path itself says, sealed,
which leg of which call it is for: any node can read it, without a look at the store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

KIND = "leg"


class PlacedLeg(NamedTuple):
    """A leg that we have placed, and its call."""

    call_id: str
    leg: str


def leg_key(token: Callable[[str, bytes], str], placed: PlacedLeg) -> str:
    """The last segment of the leg's callback path."""
    return token(KIND, f"{placed.call_id} {placed.leg}".encode())


def read_leg_key(read_token: Callable[[str, str], bytes | None], key: str) -> PlacedLeg | None:
    """The leg for which a key was made, or None for a key that we have not made."""
    opened = read_token(KIND, key)
    if opened is None:
        return None
    call_id, _, leg = opened.decode().partition(" ")
    return PlacedLeg(call_id, leg)

"""What went over the wire of the simulator, for testers: bounded, and without secrets."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from ivr.core.values import Millis

SECRET = frozenset(
    {
        "recordingAccessToken",
        "token",
        "passcode",
        "client_secret",
        "client_assertion",
        "access_token",
        "blob",
    }
)
MASK = "(secret)"
DEEP = "(too deep)"
MAX_SHOWN = 100_000
MAX_DEPTH = 30


class Exchange(Struct, frozen=True):
    """One request that came in or went out, and the status of its answer.

    `at` is the simulated moment in milliseconds. A notification that was lost on purpose has
    status 0 and a `note` that says so.
    """

    at: Millis
    direction: Literal["received", "sent"]
    method: str
    path: str
    status: int
    operation: str
    body: object = None
    answer: object = None
    note: str = ""


def masked(value: object, depth: int = 0) -> object:
    """The same JSON value with every secret in it, and all that lies too deep, cut out."""
    if depth > MAX_DEPTH:
        return DEEP
    if isinstance(value, dict):
        return {
            key: MASK if key in SECRET and each else masked(each, depth + 1)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [masked(each, depth + 1) for each in value]
    return value


def readable(raw: bytes, content_type: str) -> object:
    """A body as it may stand in the log: JSON and forms without their secrets, else its size."""
    if not raw:
        return None
    if len(raw) > MAX_SHOWN:
        return f"({len(raw)} bytes)"
    if content_type.startswith("application/x-www-form-urlencoded"):
        return masked(dict(parse_qsl(raw.decode("utf-8", "replace"))))
    try:
        return masked(msgspec.json.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"({len(raw)} bytes that are not JSON)"

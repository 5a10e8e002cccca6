"""Who may use the admin API: whoever has the token. Wrong tokens are counted by address.

After `MOST` wrong ones within `WINDOW` seconds an address is told to wait, whatever it sends, so
that a token cannot be guessed from one place and the log cannot be filled. Other addresses are
not held up by that. Behind a proxy all addresses are the proxy's.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

import structlog

Verdict = Literal["ok", "denied", "wait"]

MOST = 10
WINDOW = 60.0
REMEMBERED = 1024
"""Addresses whose failures are counted; the oldest is forgotten first."""

log = structlog.get_logger()


class Guard:
    """Judges Authorization headers against one token; `clock` gives seconds that only grow."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self._expected = f"Bearer {token}".encode()
        self._clock = clock
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def judge(self, address: str, authorization: list[str]) -> Verdict:
        """Whether a request from an address may go on. Every wrong token takes the same time."""
        since, failures = self._failures.get(address, (self._clock(), 0))
        if self._clock() - since >= WINDOW:
            since, failures = self._clock(), 0
        if failures >= MOST:
            return "wait"
        if len(authorization) == 1 and hmac.compare_digest(
            _plain(authorization[0]), self._expected
        ):
            return "ok"
        self._count(address, since, failures + 1)
        return "denied"

    def _count(self, address: str, since: float, failures: int) -> None:
        log.warning("admin_denied", count=failures)
        self._failures[address] = (since, failures)
        self._failures.move_to_end(address)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)


def _plain(authorization: str) -> bytes:
    """The header with its scheme spelled as ours (RFC 9110, 11.1: in any case)."""
    scheme, _, token = authorization.partition(" ")
    return f"{scheme.title()} {token.strip()}".encode()

"""What a check of `ivr doctor` is, and what it can find."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from ivr.errors import IvrError

if TYPE_CHECKING:
    from ivr.cli.doctor.scene import Scene

Verdict = Literal["ok", "warning", "failed", "skipped"]
Group = Literal["settings", "this machine", "Microsoft", "public address"]

DEADLINE = 15.0
"""Seconds after which a check is given up."""


class Finding(Struct, frozen=True):
    """What a check has found, in one sentence; `fix` says what to do about it, in another."""

    verdict: Verdict
    said: str
    fix: str = ""


class NotLooked(IvrError):
    """Why a check was not made: something that it needs is missing, and told elsewhere."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `look` may raise `NotLooked`, and any `IvrError` for a failure.

    `fix` is for failures that say nothing of their own.
    """

    name: str
    group: Group
    look: Callable[[Scene], Awaitable[Finding]]
    fix: str


def good(said: str) -> Finding:
    """All is well."""
    return Finding("ok", said)


def warn(said: str, fix: str) -> Finding:
    """It works, and may not for long, or not as meant."""
    return Finding("warning", said, fix)


def bad(said: str, fix: str) -> Finding:
    """It does not work."""
    return Finding("failed", said, fix)

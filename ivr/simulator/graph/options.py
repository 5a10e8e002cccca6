"""Settings of the Graph simulator: its speed, its limits, and how odd its wire is."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.values import Millis
from ivr.simulator.faults.fault import Spelling
from ivr.simulator.phone.rules import Rules

__all__ = ["Options", "Spelling"]


class Options(Struct, frozen=True, kw_only=True):
    """How the simulator behaves.

    `speed` 20 makes prompts, ring times and delays 20 times shorter. `silence_code` is the code
    that goes with subcode 8509, of which 200 and 400 are both plausible. `clip_lives` is how long
    a recording can be fetched after the call, in simulated milliseconds; tokens live real seconds.
    """

    speed: float = 1.0
    rules: Rules = Rules()
    spelling: Spelling = Spelling()
    legacy_first: bool = False
    issuer: str = "https://api.botframework.com"
    token_seconds: int = 3_599
    silence_code: Literal[200, 400] = 200
    clip_lives: Millis = 60_000
    tries: int = 3
    max_calls: int = 1_000
    max_tokens: int = 1_000
    max_media: int = 1_000
    max_log: int = 1_000

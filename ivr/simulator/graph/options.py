"""Settings of the Graph simulator: its speed, its limits, and how odd its wire is."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.values import Millis
from ivr.simulator.phone.rules import Rules


class Spelling(Struct, frozen=True, kw_only=True):
    """Oddities that were seen in Graph's notifications; a client must survive each of them.

    All are off by default. They follow the published examples and users' reports: ids in upper
    case without hyphens, only `resource` or an address without its first slash, numbers as text,
    states with capitals, no `id`, unknown members.
    """

    upper_case_ids: bool = False
    resource_only: bool = False
    no_leading_slash: bool = False
    numbers_as_text: bool = False
    capital_states: bool = False
    without_ids: bool = False
    unknown_members: bool = False
    windows_charset: bool = False


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

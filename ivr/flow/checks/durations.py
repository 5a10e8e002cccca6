"""Times that are too short to mean anything, or longer than Graph or the engine allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ivr.core.options import Duration, walk
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic

NEEDS = ()
_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


class _Range(NamedTuple):
    low: int
    high: int
    words: str


_CLIP = _Range(_SECOND, 120 * _SECOND, "1s to 120s")  # Graph: recordResponse, 1 to 120 s
_KEYS = _Range(500, _MINUTE, "500ms to 1m")
_RANGES = {
    ("record", "max_length"): _CLIP,
    ("record", "first_digit"): _CLIP,
    ("record", "stop_after_silence"): _CLIP,
    ("record", "keep"): _Range(_HOUR, 3_650 * _DAY, "1h to 3650d"),
    # Graph: redirect, timeout 15 to 90 s
    ("redirect", "ring_for"): _Range(15 * _SECOND, 90 * _SECOND, "15s to 90s"),
    ("transfer", "ring_for"): _Range(5 * _SECOND, 10 * _MINUTE, "5s to 10m"),
    ("http", "timeout"): _Range(100, 10 * _SECOND, "100ms to 10s"),
    ("http", "after"): _Range(0, 10 * _SECOND, "0s to 10s"),
    ("wait", "for"): _Range(100, _HOUR, "100ms to 1h"),
    ("send_tones", "gap"): _Range(50, 5 * _SECOND, "50ms to 5s"),
    ("limit", "per"): _Range(_SECOND, 365 * _DAY, "1s to 365d"),
    ("meeting", "length"): _Range(5 * _MINUTE, _DAY, "5m to 1d"),
    ("", "first_digit"): _KEYS,
    ("", "between_digits"): _KEYS,
    ("", "max_duration"): _Range(10 * _SECOND, _DAY, "10s to 1d"),
    ("", "ring_for"): _Range(5 * _SECOND, 115 * _SECOND, "5s to 115s"),
    ("", "gap"): _Range(_MINUTE, 7 * _DAY, "1m to 7d"),
}
_ANY = _Range(0, 3_650 * _DAY, "at most 3650d")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Every time of the flow against its limits."""
    for name, (kind, options) in flow.states.items():
        yield from _times(flow, kind.name, options, ("states", name))
    for section in ("defaults", "call_out", "max_duration"):
        yield from _times(flow, "", getattr(flow.options, section), (section,))


def _times(flow: CheckedFlow, kind: str, options: object, base: Path) -> Iterator[Diagnostic]:
    for path, value in walk(options, base):
        if not isinstance(value, Duration):
            continue
        key = str(path[-1])
        limits = _RANGES.get((kind, key)) or _RANGES.get(("", key), _ANY)
        if not limits.low <= value <= limits.high:
            message = f"`{key}` is {limits.words}"
            yield flow.at(Code.DURATION, path, message)

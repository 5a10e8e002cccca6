"""Digits that a caller presses or is in tests, and that may turn up nowhere else.

Every test that lets a caller enter something of value uses these. `tests/conftest.py` looks
for them in what the tests logged, and in every file that they left behind.
"""

from __future__ import annotations

ACCOUNT = "73914628"
PIN = "9057"
PHONE = "+442079468317"
NAME = "Zyxwvu Qponml"

SPOKEN = " ".join(ACCOUNT)
CANARIES = (ACCOUNT, PHONE.removeprefix("+"), NAME, SPOKEN)
"""The PIN is too short to be looked for by itself: see `secret_traces`."""


def secret_traces(text: str) -> list[str]:
    """Canaries in a text, and the PIN where it stands as a JSON or YAML value."""
    found = [canary for canary in CANARIES if canary in text]
    marks = (f'"{PIN}"', f"'{PIN}'", f": {PIN}", f"={PIN}")
    return found + [mark for mark in marks if mark in text]

"""Numbers as they may be shown to people: enough to recognise one's own, too little to call it."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"\+?[0-9](?:[ ().-]{0,2}[0-9]){3,}")
_SHORTEST_SHOWN = 7
"""Fewer digits are a PIN or an extension, of which nothing is shown."""


def masked(text: str) -> str:
    """The text with what may be a number masked: `+442079460123` becomes `+44…123`."""
    return _NUMBERS.sub(lambda found: _masked(found[0]), text)


def _masked(number: str) -> str:
    digits = "".join(letter for letter in number if letter.isdigit())
    if len(digits) < _SHORTEST_SHOWN:
        return "…"
    return f"{'+' if number.startswith('+') else ''}{digits[:2]}…{digits[-3:]}"

"""The Retry-After header (RFC 9110, 10.2.3), in the forms that Graph sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

MAX_DELAY = 60.0
"""Seconds that are honoured: an absurd or forged value must not stop a call."""
MAX_LENGTH = 64
"""Characters in which any sensible value has room."""

_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, from 0 to 60; None where the header is absent or makes no sense.

    Graph sends fractions of a second too, against the RFC (FACTS.md 10). `now` is in seconds since
    1970 and is needed for the form with a date.
    """
    value = headers.get("retry-after", "").strip()
    if len(value) > MAX_LENGTH:
        return None
    if _SECONDS.fullmatch(value):
        return min(float(value), MAX_DELAY)
    try:
        date = parsedate_to_datetime(value)
        # A date whose zone is unknown comes without one; every HTTP date is in GMT.
        moment = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(moment - now, 0.0), MAX_DELAY)

"""The Retry-After header (RFC 9110, 10.2.3), in the forms that Graph sends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

MAX_DELAY = 60.0
"""Seconds that are honoured: an absurd or forged value must not stop a call."""

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, from 0 to 60; None where the header is absent or makes no sense.

    Graph sends fractions of a second too, against the RFC (FACTS.md 10). `now` is in seconds since
    1970 and is needed for the form with a date.
    """
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), MAX_DELAY)
    try:
        return min(max(parsedate_to_datetime(value).timestamp() - now, 0.0), MAX_DELAY)
    except (ValueError, OverflowError):
        return None

"""Which addresses may be used at all: https, or plain http on this machine's loopback."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ivr.errors import UsageError

_USUAL_PORTS = {"http": 80, "https": 443}
_PLAIN_URL = re.compile(r"[!-\[\]-~]{1,2048}")  # no space, control character or backslash


@lru_cache(maxsize=256)
def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's loopback interface."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def safe_url(url: str, setting: str) -> SplitResult:
    """Split an address that is https, or http on loopback, without a user name or fragment.

    Raises `UsageError`, naming `setting`, for any other.
    """
    parts = split_url(url)
    if parts is None:
        raise UsageError(f"{setting} needs an https address; plain http works on loopback only.")
    return parts


def same_origin(one: SplitResult, other: SplitResult) -> bool:
    """Whether two addresses share scheme, host and port; all names of loopback count as one."""
    if (one.scheme, port_of(one)) != (other.scheme, port_of(other)):
        return False
    both_loopback = is_loopback(one.hostname) and is_loopback(other.hostname)
    return both_loopback or one.hostname == other.hostname


def split_url(url: str) -> SplitResult | None:
    """Split an address as `safe_url` does; None for one that may not be used."""
    if _PLAIN_URL.fullmatch(url) is None:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is what checks it
    except ValueError:
        return None
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    plain = bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    return parts if secure and plain else None


def port_of(parts: SplitResult) -> int:
    """The port of an address, written out or not."""
    return parts.port or _USUAL_PORTS[parts.scheme]

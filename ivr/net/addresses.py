"""Which addresses may be used at all: https, or plain http on this machine's loopback."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from ivr.errors import UsageError

_USUAL_PORTS = {"http": 80, "https": 443}
_PLAIN_URL = re.compile(r"[!-\[\]-~]{1,2048}")  # no space, control character or backslash
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OTHER_PROTOCOLS = frozenset(
    {1, 7, 9, 11, 13, 19, 20, 21, 22, 23, 25, 53, 69, 79, 109, 110, 111, 119, 123, 135, 137}
    | {139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 548, 554, 587, 631, 636}
    | {873, 993, 995, 1433, 1521, 2049, 3306, 3389, 5060, 5061, 5432, 5900, 6379, 6667, 11211}
    | {27017}
)
"""Ports of services that speak no HTTP: whoever names one wants to talk to what is behind it."""


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
    except ValueError:
        return None
    return parts if _is_usable(parts.scheme, parts.netloc) and not parts.fragment else None


@lru_cache(maxsize=256)
def _is_usable(scheme: str, netloc: str) -> bool:
    parts = SplitResult(scheme, netloc, "", "", "")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    bracketed = "[" in netloc and ":" not in host
    if "@" in netloc or bracketed or port == 0 or not is_host(host):
        return False
    if is_loopback(host):
        return scheme in _USUAL_PORTS
    return scheme == "https" and port not in _OTHER_PROTOCOLS


def is_host(host: str) -> bool:
    """Whether `host` is a name or an address, each in its one plain form.

    An address that is written as a single number, in octal, in hexadecimal or with parts left out
    is none here: such a form serves to get an address past those who look at it.
    """
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return "%" not in host  # a zone is this machine's own affair
    return _NAME.fullmatch(host) is not None


def port_of(parts: SplitResult) -> int:
    """The port of an address, written out or not."""
    return parts.port or _USUAL_PORTS[parts.scheme]

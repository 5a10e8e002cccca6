"""Logs: one JSON object a line, static messages, values in fields, nothing of a caller.

A value is kept only under a field that is known to hold no caller's data; what a careless
line adds besides is left out, so a slip loses a field and not a phone number.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "event", "level", "timestamp", "logger", "call", "tenant", "bundle", "flow", "flows",
        "effect", "code", "reason", "fault", "status", "seconds", "size", "unsettled", "repeated",
        "verdict", "kind", "node", "host", "port", "file", "line", "column", "setting", "version",
        "missing", "count", "duration",
    }
)  # fmt: skip
LONGEST = 300


def configure(level: str = "info", *, as_json: bool = True) -> None:
    """Set up structlog for the process; everything goes to standard error."""
    minimum = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_known,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(minimum),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("httpx", "aiohttp", "msal", "urllib3", "transitions", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.ERROR)


def keep_known(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not known to be safe, and cut what is too long."""
    return {name: _short(value) for name, value in entry.items() if name in FIELDS}


def _short(value: object) -> object:
    return value[:LONGEST] if isinstance(value, str) else value

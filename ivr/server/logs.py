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
        "missing", "count", "duration", "country", "length", "limit", "percent", "most", "calls",
        "effects", "kid", "issuer",
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
    logging.basicConfig(handlers=[FromLogging()], level=max(minimum, logging.WARNING), force=True)
    for name in ("httpx", "aiohttp", "msal", "urllib3", "transitions", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.ERROR)


class FromLogging(logging.Handler):
    """Brings what libraries log by `logging` into the same lines.

    Of others' messages only the fixed part is kept: what they fill in may be a caller's data.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        ours = record.name.startswith("ivr.")
        text = record.getMessage() if ours else str(record.msg)
        fault = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        fields = {"fault": fault} if fault else {}
        level = logging.ERROR if record.levelno >= logging.ERROR else logging.WARNING
        structlog.get_logger().log(level, text, logger=record.name, **fields)


def keep_known(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not known to be safe, and cut what is too long."""
    return {name: _short(value) for name, value in entry.items() if name in FIELDS}


def _short(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)[:LONGEST]
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    """A control character would forge a line of the log, or change the terminal that shows it."""
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")

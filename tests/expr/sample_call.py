"""One flow's variables, as declared and as they stand in the middle of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from ivr.expr.speech_format import Speaker
from ivr.expr.types import CALL, Declaration, Value, declare, environment_of

_DECLARED: Mapping[str, object] = {
    "pick": "digits",
    "name": "text",
    "mobile": "phone",
    "pin": {"type": "digits", "secret": True},
    "pin_tries": {"type": "number", "start": 0},
    "fee": "money",
    "opens": "time",
    "account": {
        "type": "record",
        "fields": {"holder": "text", "balance": "money", "updated": "date", "locked": "yes_no"},
    },
    "slots": {"type": "list", "fields": {"id": "text", "at": "date_time"}},
    "tags": {"type": "list", "item": "text"},
    "anything": "list",
    "voicemail": "recording",
}

SCOPE: Mapping[str, Declaration] = {
    **{name: declare(raw) for name, raw in _DECLARED.items()},
    "call": CALL,
    "env": environment_of(["api_url", "reception"]),
}

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)

ENV: Mapping[str, Value] = {
    "pick": "2",
    "name": "Ada",
    "mobile": "+442079460123",
    "pin": "1234",
    "pin_tries": Decimal(2),
    "fee": Decimal("1.50"),
    "opens": time(9, 0),
    "account": {
        "holder": "Ada",
        "balance": Decimal("-12.50"),
        "updated": date(2026, 11, 23),
        "locked": False,
    },
    "slots": [{"id": "a", "at": AT}, {"id": "b", "at": AT}, {"id": "c", "at": AT}],
    "tags": ["new", "vip"],
    "anything": [Decimal(1), "x"],
    "call": {"id": "c1", "from": "+442079460123", "started_at": AT, "language": "en-GB"},
    "env": {"api_url": "https://api.example/v1", "reception": "phone:+442079460000"},
}

SPEAKER = Speaker("en-GB", "GBP", "Europe/London")

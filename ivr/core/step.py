"""The result of one `advance`: what the call is now, what to do, and what was thought of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.effects import AnyEffect
from ivr.core.snapshot import Snapshot

Verdict = Literal["ok", "duplicate", "late", "stale", "unhandled", "failed"]
"""ok: it moved the call; duplicate: seen before; late: the call is past it; stale: meant for
something that is no more; unhandled: nothing here wants it; failed: a fault of ours."""


class TraceEntry(Struct, frozen=True, omit_defaults=True):
    """One move from a state. Holds no caller's data: a menu key appears as its label."""

    flow: str
    state: str
    outcome: str
    to: str = ""
    note: str = ""


class Step(Struct, frozen=True):
    """What one event did. Without a change, `snapshot` is the very one that was given."""

    snapshot: Snapshot
    effects: tuple[AnyEffect, ...] = ()
    verdict: Verdict = "ok"
    trace: tuple[TraceEntry, ...] = ()

"""The flow of calls for which there is no room: sent elsewhere, or busy; on the record like any."""

from __future__ import annotations

from functools import cache

from ivr.core.program import Program
from ivr.flow.builtin import program, state

FLOW = "overflow"


@cache
def overflow(target: str = "") -> Program:
    """A program that redirects the call to `target`, and rejects it as busy where that fails.

    `target` is written as in a flow; without one the call is rejected at once.
    """
    busy = state("busy", {}, type="reject", reason="busy")
    away = state("elsewhere", {"failed": busy.name}, type="redirect", to=target,
                 on={"failed": busy.name})  # fmt: skip
    states = (away, busy) if target else (busy,)
    return program(FLOW, "Calls for which there is no room", *states)

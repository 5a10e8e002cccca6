"""The flow of calls that no flow takes: it turns them away, on the record like any other."""

from __future__ import annotations

from functools import cache

from ivr.core.program import Program
from ivr.flow.builtin import program, state

FLOW = "unserved"


@cache
def unserved() -> Program:
    """A program of one state, which rejects the call."""
    return program(FLOW, "Calls that no flow takes", state("turn_away", {}, type="reject"))

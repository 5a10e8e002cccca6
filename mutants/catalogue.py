"""The bugs that are planted, each with the tests that should notice it."""

from __future__ import annotations

from collections import Counter

from mutants import (
    api,
    core,
    door,
    edges,
    lanes,
    leases,
    money,
    network,
    nodes,
    notices,
    room,
    secrecy,
    senders,
    shown,
    stored,
)
from mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *core.MUTANTS,
    *door.MUTANTS,
    *senders.MUTANTS,
    *notices.MUTANTS,
    *nodes.MUTANTS,
    *lanes.MUTANTS,
    *leases.MUTANTS,
    *stored.MUTANTS,
    *edges.MUTANTS,
    *network.MUTANTS,
    *money.MUTANTS,
    *room.MUTANTS,
    *secrecy.MUTANTS,
    *shown.MUTANTS,
    *api.MUTANTS,
)

_twice = [name for name, times in Counter(each.name for each in MUTANTS).items() if times > 1]
if _twice:
    raise ValueError(f"Two bugs have the name {_twice[0]!r}.")

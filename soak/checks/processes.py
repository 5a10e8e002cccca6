"""No node ends by itself, and each that is started becomes ready, unless it is killed before."""

from __future__ import annotations

from collections.abc import Iterator

from soak.history import NodeDid
from soak.record import Breach, Record

READY_WITHIN = 60.0


def processes(record: Record) -> Iterator[Breach]:
    """Judged over what was done to the nodes and what they did."""
    deeds = sorted(record.history.of(NodeDid), key=lambda each: each.at)
    for at, deed in enumerate(deeds):
        if deed.deed == "died":
            yield Breach(deed.at, "", f"{deed.node} ended by itself")
        after = next((each for each in deeds[at + 1 :] if each.node == deed.node), None)
        if deed.deed == "started" and (after is None or after.at > deed.at + READY_WITHIN):
            yield Breach(deed.at, "", f"{deed.node} was not ready within {READY_WITHIN:.0f} s")

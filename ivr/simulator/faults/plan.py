"""The faults in force, each of which is used up by what it hits.

Pure: who sends a request or a notification asks whether a fault is planned for it.
"""

from __future__ import annotations

import msgspec

from ivr.errors import UsageError
from ivr.simulator.faults.fault import APART, CALL, NOTIFICATION, Fault, wrong_with
from ivr.simulator.phone.rules import Rules

MAX_FAULTS = 100
_NOTHING: frozenset[str] = frozenset()


class Faults:
    """Plans faults and hands them out."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def plan(self, *faults: Fault) -> list[Fault]:
        """Put faults in force; the copies that are used up.

        Raises `UsageError` for one that makes no sense, and for too many; then none is in force.
        """
        for fault in faults:
            if wrong := wrong_with(fault) or _wrong_rules(fault):
                raise UsageError(wrong)
        if len(self.planned) + len(faults) > MAX_FAULTS:
            raise UsageError(f"There are {MAX_FAULTS} faults at most: delete some first.")
        copies = [msgspec.structs.replace(fault) for fault in faults]
        self.planned += copies
        return copies

    def clear(self) -> None:
        """No more faults."""
        self.planned.clear()

    def take(
        self,
        target: str,
        call: str = "",
        words: frozenset[str] = _NOTHING,
        *,
        overlapping: bool = False,
    ) -> Fault | None:
        """The fault for this request or notification, if one is planned; it is used up by one.

        `words` tell what a notification is about, `overlapping` whether another request for the
        call is under way.
        """
        for fault in self.planned:
            if not _hits(fault, target, call, words) or (fault.overlapping and not overlapping):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            self._use(fault)
            return fault
        return None

    def rules(self, usual: Rules) -> Rules:
        """The rules of a call that begins now."""
        for fault in [each for each in self.planned if each.target == CALL]:
            if fault.skip:
                fault.skip -= 1
                continue
            self._use(fault)
            usual = msgspec.structs.replace(usual, **(fault.rules or {}))
        return usual

    def _use(self, fault: Fault) -> None:
        fault.times -= 1
        if not fault.times:
            self.planned.remove(fault)


def _hits(fault: Fault, target: str, call: str, words: frozenset[str]) -> bool:
    anything = fault.target == "*" and target not in APART and target != NOTIFICATION
    if not anything and fault.target != target:
        return False
    return fault.call in ("", call) and (not fault.of or not words.isdisjoint(fault.of))


def _wrong_rules(fault: Fault) -> str:
    try:
        msgspec.convert(fault.rules or {}, Rules)
    except msgspec.ValidationError as wrong:
        return f"The rules of a fault are those of the simulated phone: {wrong}."
    unknown = sorted(set(fault.rules or ()) - set(Rules.__struct_fields__))
    return f"There is no rule {unknown[0]}." if unknown else ""

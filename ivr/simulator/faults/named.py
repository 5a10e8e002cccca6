"""A fault with a name: what goes wrong in one sentence, which problems it stands for, and how."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ivr.simulator.faults.fault import CALL, NOTIFICATION, Fault

Kind = Literal["service", "always", "network", "process", "configuration"]
"""Who injects it: the simulated service, on demand or always; the network between it and us; who
runs our processes; or the configuration."""


class Named(Struct, frozen=True):
    """One entry of the catalogue.

    `rows` are the problems of the field that it stands for (P01 to P70). Those of kind `service`
    have `faults`, which can be planned as they are; of all others `how` says what injects them.
    """

    name: str
    sentence: str
    rows: tuple[str, ...]
    kind: Kind = "service"
    faults: tuple[Fault, ...] = ()
    how: str = ""

    def aimed(self, call: str = "", times: int | None = None) -> tuple[Fault, ...]:
        """Its faults for one call only, or as often as is said."""
        faults = self.faults
        if call:
            faults = tuple(
                each if each.target == CALL else replace(each, call=call) for each in faults
            )
        return faults if times is None else tuple(replace(each, times=times) for each in faults)


def service(name: str, rows: str, sentence: str, *faults: Fault, how: str = "") -> Named:
    """An entry that the simulated service injects; `rows` are separated by spaces."""
    return Named(name, sentence, tuple(rows.split()), faults=faults, how=how)


def elsewhere(name: str, rows: str, kind: Kind, sentence: str, how: str) -> Named:
    """An entry that something else injects."""
    return Named(name, sentence, tuple(rows.split()), kind, how=how)


def told(*of: str, **what: Any) -> Fault:
    """A fault of notifications about these things."""
    return Fault(NOTIFICATION, of=of, **what)


def asked(target: str, **what: Any) -> Fault:
    """A fault of requests."""
    return Fault(target, **what)


def calls(**rules: int | str | bool) -> Fault:
    """A fault of calls that begin from now on."""
    return Fault(CALL, rules=rules, times=ALWAYS)


ALWAYS = 1_000
"""As often as a fault can hit."""

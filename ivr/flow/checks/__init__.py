"""The checks of a flow: one file each, found by looking at what is here.

A check is a module with `check(flow)`, which yields diagnostics, and `NEEDS`: the sections of the
file that must be whole for what it says to be certain. `"states"` stands for all states; a check
without it looks at those that could be read.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Diagnostic


class Check(NamedTuple):
    """One check, and the sections of the file that it needs."""

    name: str
    needs: frozenset[str]
    run: Callable[[CheckedFlow], Iterable[Diagnostic]]


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(
        Check(name, frozenset(module.NEEDS), module.check)
        for name, module in zip(names, modules, strict=True)
    )


def check_flow(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Everything that the checks find in a flow, as far as it is certain."""
    for one in all_checks():
        if flow.damaged.isdisjoint(one.needs):
            yield from one.run(flow)

"""The state types: one file each, found by looking at what is here.

A package of another distribution adds types through the entry point group `ivr.states`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING

from ivr.core.options import StateOptions
from ivr.core.state_type import StateType

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def registry() -> Mapping[str, StateType[StateOptions]]:
    """Every state type by its YAML `type:`, in alphabetical order."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    modules += [entry.load() for entry in entry_points(group="ivr.states")]
    types = {kind.name: kind() for module in modules for kind in _types_in(module)}
    return MappingProxyType(dict(sorted(types.items())))


def _types_in(module: object) -> list[type[StateType[StateOptions]]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, StateType)
        and value is not StateType
        and value.__module__ == getattr(module, "__name__", "")
    ]

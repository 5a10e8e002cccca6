"""Changing parts of a JSON object: JSON Merge Patch (RFC 7396)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.simulator.graph.results import Body


def merge(target: Mapping[str, object], patch: Mapping[str, object]) -> Body:
    """The object with the members of `patch` in place of its own; null takes a member away."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping):
            inner = merged.get(name)
            merged[name] = merge(inner if isinstance(inner, Mapping) else {}, value)
        else:
            merged[name] = value
    return merged

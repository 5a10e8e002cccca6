"""Spells a notification in the odd ways in which Graph has been seen to spell it."""

from __future__ import annotations

import re

from ivr.simulator.graph.options import Spelling
from ivr.simulator.graph.results import Body

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ADDRESSES = ("resource", "resourceUrl", "@odata.id")
_NUMBERS = ("code", "subcode", "subCode", "sequenceId")


def spell(envelope: Body, how: Spelling) -> Body:
    """The same envelope with the oddities that `how` asks for."""
    odd = _value(envelope, how, "")
    assert isinstance(odd, dict)
    if how.unknown_members:
        odd["@odata.unknown"] = {"nested": [1, None]}
    return odd


def _value(value: object, how: Spelling, key: str) -> object:
    if isinstance(value, dict):
        return {
            name: _value(each, how, name)
            for name, each in value.items()
            if not _left_out(name, how, value)
        }
    if isinstance(value, list):
        return [_value(each, how, key) for each in value]
    if isinstance(value, str):
        return _text(value, how, key)
    if isinstance(value, int) and key in _NUMBERS and how.numbers_as_text:
        return str(value)
    return value


def _left_out(name: str, how: Spelling, of: Body) -> bool:
    if name == "resourceUrl":
        return how.resource_only
    return name == "id" and how.without_ids and "@odata.id" in of


def _text(value: str, how: Spelling, key: str) -> str:
    if key in _ADDRESSES:
        if how.upper_case_ids:
            value = _ID.sub(lambda found: found[0].replace("-", "").upper(), value)
        return value.removeprefix("/") if how.no_leading_slash else value
    if key in ("state", "status", "audio") and how.capital_states:
        return value[:1].upper() + value[1:]
    return value

"""Spells a notification in the odd ways in which Graph has been seen to spell it."""

from __future__ import annotations

import re

from ivr.simulator.faults.fault import Spelling
from ivr.simulator.graph.results import Body

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ADDRESSES = ("resource", "resourceUrl", "@odata.id")
_NUMBERS = ("code", "subcode", "subCode", "sequenceId")
_OLD_TYPES = {
    "#microsoft.graph.commsNotifications": "#Microsoft.Graph.Notifications",
    "#microsoft.graph.commsNotification": "#Microsoft.Graph.Notification",
}
USUAL = Spelling()


def spell(envelope: Body, how: Spelling) -> Body:
    """The same envelope with the oddities that `how` asks for."""
    odd = _value(envelope, how, "") if how != USUAL else envelope
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
    capital = (key in ("state", "status", "audio") and how.capital_states) or (
        key == "changeType" and how.capital_changes
    )
    if capital:
        return value[:1].upper() + value[1:]
    return _type(value, how) if key == "@odata.type" else value


def _type(name: str, how: Spelling) -> str:
    if how.old_types:
        name = _OLD_TYPES.get(name, name.replace("#microsoft.graph.", "#Microsoft.Graph."))
    return name.removeprefix("#") if how.bare_types else name

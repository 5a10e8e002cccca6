"""The bytes of a post to the bot: a notification, its spelling, and what a fault makes of it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ivr.simulator.faults.fault import Body as Damage
from ivr.simulator.faults.fault import Spelling
from ivr.simulator.graph.leg import Leg, Notice
from ivr.simulator.graph.log import masked
from ivr.simulator.graph.notices import envelope, legacy
from ivr.simulator.graph.results import Body
from ivr.simulator.graph.spelling import spell

MARK = b"\xef\xbb\xbf"


class Posted(NamedTuple):
    """A post: its bytes, what of it may stand in the log, and the charset that its header names."""

    raw: bytes
    shown: object
    charset: str = ""


def legacy_form(leg: Leg) -> Posted:
    """The old form of an incoming call."""
    body = legacy(leg)
    return Posted(msgspec.json.encode(body), masked(body))


def wire_form(leg: Leg, notice: Notice, usual: Spelling) -> Posted:
    """A notification in Graph's form."""
    fault = notice.fault
    how = fault.spelling if fault and fault.spelling else usual
    body = spell(envelope(leg, notice), how)
    charset = "Windows-1252" if how.windows_charset else ""
    damage = fault.body if fault else None
    if damage in ("empty", "not_json"):
        return Posted(b"" if damage == "empty" else b'{"value":[', f"({damage})", charset)
    body = _damaged(body, damage)
    raw = msgspec.json.encode(body)
    return Posted(MARK + raw if how.byte_order_mark else raw, masked(body), charset)


def _damaged(body: Body, damage: Damage | None) -> Body:
    if damage == "no_entries":
        return {**body, "value": []}
    if damage == "null_entries":
        return {**body, "value": None}
    if damage == "repeated_entry" and isinstance(body["value"], list):
        return {**body, "value": body["value"] * 2}
    return body

"""What happened on one call, for testers: what the caller heard and did, and the wire."""

from __future__ import annotations

from urllib.parse import urlsplit

from ivr.core.values import Millis, Target
from ivr.simulator.graph.leg import Leg
from ivr.simulator.graph.log import masked
from ivr.simulator.graph.results import STATES, Body
from ivr.simulator.phone.model import Phone
from ivr.simulator.phone.signals import Heard


def summary(leg: Leg) -> Body:
    """A call in one line."""
    call = leg.phone.call
    return {
        "id": leg.id,
        "state": STATES[leg.phone.state],
        "ended": leg.phone.ended,
        "audio": leg.phone.audio,
        "direction": "outgoing" if leg.outgoing else "incoming",
        "tenant": call.tenant,
    }


def story(leg: Leg) -> Body:
    """All of a call; moments are simulated milliseconds from its start."""
    phone, start = leg.phone, leg.phone.call.at
    caller = phone.call.caller
    return {
        **summary(leg),
        "caller": {"kind": caller.kind, "id": caller.id, "name": caller.name},
        "called": phone.call.to,
        "listening": phone.listening,
        "in_lobby": phone.in_lobby,
        **_lived_through(phone, start),
        **_people(phone, start),
        "operations": [masked(operation.body()) for operation in leg.operations.values()],
        "wire": list(leg.log),
    }


def _lived_through(phone: Phone, start: Millis) -> Body:
    """What the caller heard and did."""
    return {
        "heard": [_heard(one, start) for one in phone.heard],
        "pressed": [
            {"at_ms": one.at - start, "key": one.key, "told": one.told} for one in phone.pressed
        ],
        "clips": [
            {
                "started_ms": clip.started - start,
                "seconds": (clip.ended - clip.started) / 1000,
                "stopped_by": clip.stopped_by,
                "speech_ms": clip.speech,
            }
            for clip in phone.clips
        ],
        "redirected_to": [_target(target) for target in phone.redirected_to],
    }


def _people(phone: Phone, start: Millis) -> Body:
    """Who is on the call, who was rung, and what they were shown."""
    conference = phone.conference
    return {
        "group": conference.people.group,
        "people": conference.people.all(),
        "on_hold": conference.on_hold or None,
        "transfers": [
            {
                "at_ms": one.at - start,
                "to": _target(one.to),
                "replaces": one.replaces or None,
                "transferee": one.transferee or None,
                "outcome": one.outcome,
            }
            for one in phone.handovers
        ],
        "invitations": [
            {"at_ms": one.at - start, "to": [_target(to) for to in one.to], "outcome": one.outcome}
            for one in phone.invited
        ],
        "announced": [
            {"at_ms": one.at - start, "recording": one.recording} for one in conference.announced
        ],
        "routes": [
            {"id": name, "sources": sources, "receivers": receivers}
            for name, (sources, receivers) in conference.routes.items()
        ],
    }


def _heard(heard: Heard, start: Millis) -> Body:
    file = urlsplit(heard.name).path.rpartition("/")[2] if "://" in heard.name else ""
    return {
        "name": file.removesuffix(".wav") or heard.name,
        "url": heard.name if file else None,
        "started_ms": heard.started - start,
        "ended_ms": None if heard.ended is None else heard.ended - start,
        "whole": heard.whole,
        "cut_by": heard.cut_by or None,
        "operation": heard.context,
    }


def _target(target: Target) -> Body:
    return {"kind": target.kind, "id": target.id, "tenant": target.tenant or None}

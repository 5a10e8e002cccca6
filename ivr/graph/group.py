"""Requests that act on the people of a call: invite, list, remove, mute, hold, route their audio.

Pure. As the pages of participant and audioRoutingGroup have them (FACTS.md 5.11, 5.17, 5.18).
"""

from __future__ import annotations

import msgspec

from ivr.core.effects import (
    AnyEffect,
    HoldParticipant,
    InviteParticipants,
    ListParticipants,
    MuteParticipant,
    RemoveParticipant,
    ResumeParticipant,
    RouteAudio,
    UnmuteSelf,
)
from ivr.errors import Refused
from ivr.graph.request import Json, Request, invitation, prompt, segment
from ivr.ports import Line


def group_request(effect: AnyEffect, line: Line, call: str) -> Request:
    """The request for an effect on people; `call` is the path of the call.

    Raises `Refused` for an effect that is none of Graph's, and for ids that cannot be sent.
    """
    context: Json = {"clientContext": effect.id}
    match effect:
        case ListParticipants():
            return Request("GET", f"{call}/participants", subject="action")
        case InviteParticipants():
            return _post(f"{call}/participants/invite", context | _invited(effect))
        case MuteParticipant(participant=""):
            return _post(f"{call}/mute", context)
        case UnmuteSelf():
            return _post(f"{call}/unmute", context)
        case RouteAudio():
            return _post(f"{call}/audioRoutingGroups", _routed(effect))
    return _of_one(effect, line, call, context)


def _of_one(effect: AnyEffect, line: Line, call: str, context: Json) -> Request:
    match effect:
        case RemoveParticipant():
            return Request("DELETE", _path(call, effect.participant), subject="participant")
        case MuteParticipant():
            action, body = "mute", context
        case HoldParticipant():
            action, body = "startHoldMusic", context | _music(line)
        case ResumeParticipant():
            action, body = "stopHoldMusic", context
        case _:
            raise Refused("This effect is none of Graph's actions: it belongs to another adapter.")
    path = f"{_path(call, effect.participant)}/{action}"
    return Request("POST", path, msgspec.json.encode(body), "participant")


def _path(call: str, participant: str) -> str:
    return f"{call}/participants/{segment(participant, 'participant')}"


def _post(path: str, body: Json) -> Request:
    return Request("POST", path, msgspec.json.encode(body), "action")


def _invited(effect: InviteParticipants) -> Json:
    """With `replacesCallId` Graph looks at the first one only (participant-invite)."""
    people = [invitation(target) for target in effect.to]
    if effect.replaces:
        people[0]["replacesCallId"] = segment(effect.replaces, "call that is left")
    return {"participants": people}


def _music(line: Line) -> Json:
    return {"customPrompt": prompt(line.sounds[0])} if line.sounds else {}


def _routed(effect: RouteAudio) -> Json:
    sources, receivers = (
        [segment(one, "participant") for one in several]
        for several in (effect.sources, effect.receivers)
    )
    mode = "oneToOne" if len(sources) == len(receivers) == 1 else "multicast"
    return {"routingMode": mode, "sources": sources, "receivers": receivers}

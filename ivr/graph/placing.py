"""Bodies of the requests that make something new: a call, a place in a meeting, a meeting.

Pure. As the pages application-post-calls and application-post-onlinemeetings have them (FACTS.md
3.3, 5.1 and 11, and Appendix A).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ivr.core.effects import CreateMeeting, JoinMeeting, PlaceCall
from ivr.core.values import Meeting
from ivr.errors import Refused
from ivr.graph.join_link import JoinLink, read_join_link
from ivr.graph.request import TYPE, Json, hosted_media, invitation, person
from ivr.graph.wire import guid
from ivr.ports import Line

_NUMBER = re.compile(r"[0-9]{6,20}", re.ASCII)
_SPACES = re.compile(r"[\s-]")


def call_to(effect: PlaceCall, line: Line) -> Json:
    """The body that calls somebody. Raises `Refused` for a phone without an account to call from.

    Graph has no ring time for this (v1.0): whoever placed the call ends it.
    """
    if effect.to.kind == "phone" and not effect.source:
        raise Refused(
            "A phone is called in the name of a resource account that has a number: set `from: "
            "instance:ID`.",
            code="no_source",
        )
    return _call(line, effect.source) | {"targets": [invitation(effect.to)]}


def place_in(effect: JoinMeeting, line: Line) -> Json:
    """The body that joins a meeting. Raises `Refused` for one that cannot be found by what is told.

    Of several ways to name the meeting the first counts: organizer and chat, number, link.
    """
    meeting, call = effect.meeting, _call(line, effect.source)
    if meeting.organizer and meeting.chat:
        link = JoinLink(meeting.chat, "0", line.tenant, meeting.organizer)
        return call | _scheduled(link)
    if meeting.number:
        return call | {"meetingInfo": _numbered(meeting)}
    found = read_join_link(meeting.link)
    if found is None:
        raise Refused(
            "The link does not tell which meeting it is, as short links (/meet/) do not: give the "
            "meeting's number and passcode.",
            code="join_link",
        )
    if guid(line.tenant) not in ("", found.tenant):
        raise Refused(
            "The meeting is in another tenant than the call: join it in the name of that tenant.",
            code="other_tenant",
        )
    return call | _scheduled(found)


def meeting_of(effect: CreateMeeting, now: float) -> Json:
    """The body that makes a meeting; `now` is in seconds since 1970."""
    begin = datetime.fromtimestamp(int(now), UTC)
    end = begin + timedelta(milliseconds=effect.length)
    times: Json = {"startDateTime": _moment(begin), "endDateTime": _moment(end)}
    return times | ({"subject": effect.subject} if effect.subject else {})


def _call(line: Line, source: str) -> Json:
    call: Json = {
        TYPE: "#microsoft.graph.call",
        "callbackUri": line.callback,
        "direction": "outgoing",
        "requestedModalities": ["audio"],
        "mediaConfig": hosted_media(),
        "tenantId": line.tenant,
    }
    if source:
        account = person("applicationInstance", source)
        call["source"] = {TYPE: "#microsoft.graph.participantInfo", "identity": account}
    return call


def _scheduled(link: JoinLink) -> Json:
    chat: Json = {
        TYPE: "#microsoft.graph.chatInfo",
        "threadId": link.thread,
        "messageId": link.message,
    }
    if link.reply_to:
        chat["replyChainMessageId"] = link.reply_to
    info: Json = {
        TYPE: "#microsoft.graph.organizerMeetingInfo",
        "organizer": person("user", link.organizer, link.tenant),
        "allowConversationWithoutHost": True,
    }
    return {"chatInfo": chat, "meetingInfo": info, "tenantId": link.tenant}


def _numbered(meeting: Meeting) -> Json:
    """Teams shows the number in groups of digits, and people copy it so."""
    number = _SPACES.sub("", meeting.number)
    if _NUMBER.fullmatch(number) is None:
        raise Refused("A meeting's number is digits only: copy it from the invitation.")
    return {
        TYPE: "#microsoft.graph.joinMeetingIdMeetingInfo",
        "joinMeetingId": number,
        "passcode": meeting.passcode or None,
    }


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Online meetings, enough to make one and to find how it is joined (FACTS section 11)."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ivr.core.values import Participant
from ivr.simulator.graph.bodies import NewCall, parse
from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.errors import GraphError, invalid, json_response, new_id
from ivr.simulator.graph.objects import NumberedMeeting, OrganizerMeeting, TokenMeeting
from ivr.simulator.graph.results import Body

MAX_MEETINGS = 1_000
_FILTER = re.compile(r"(JoinWebUrl|joinMeetingIdSettings/joinMeetingId) eq '([^']{1,2000})'")


class Asked(msgspec.Struct, rename="camel"):
    """What a client says of a meeting; members that change nothing here are passed over."""

    subject: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    external_id: str | None = None
    join_meeting_id_settings: dict[str, object] | None = None


class Meetings:
    """The routes below `/users/{organiser}/onlineMeetings`; the newest thousand are kept."""

    def __init__(self, server: GraphServer) -> None:
        self._server = server
        self._meetings = server.meetings

    async def create(self, request: Request, raw: bytes) -> Response:
        """POST onlineMeetings: 201."""
        tenant = self._authorised(request)
        return json_response(self._make(request, tenant, parse(raw, Asked)), 201)

    async def create_or_get(self, request: Request, raw: bytes) -> Response:
        """POST onlineMeetings/createOrGet: 201 for a new meeting, 200 for one that is there."""
        tenant = self._authorised(request)
        asked = parse(raw, Asked)
        if not asked.external_id:
            raise invalid("externalId is required.")
        if asked.end_date_time and not asked.start_date_time:
            raise invalid("endDateTime needs a startDateTime.")
        known = [one for one in self._of(request) if one["externalId"] == asked.external_id]
        if known:
            return json_response(known[0])
        return json_response(self._make(request, tenant, asked), 201)

    async def find(self, request: Request, raw: bytes) -> Response:
        """GET onlineMeetings?$filter=..., by join address or by meeting id."""
        self._authorised(request)
        asked = _FILTER.fullmatch(request.query_params.get("$filter", ""))
        if asked is None:
            raise invalid("The filter is by JoinWebUrl or joinMeetingIdSettings/joinMeetingId.")
        wanted = asked[2]
        mine = self._of(request)
        found = [one for one in mine if wanted in (one["joinWebUrl"], _number(one))]
        return json_response({"value": found})

    async def read(self, request: Request, raw: bytes) -> Response:
        """GET onlineMeetings/{id}."""
        self._authorised(request)
        return json_response(self._meeting(request))

    async def change(self, request: Request, raw: bytes) -> Response:
        """PATCH onlineMeetings/{id}: subject and times."""
        self._authorised(request)
        meeting = self._meeting(request)
        asked = msgspec.to_builtins(parse(raw, Asked))
        names = ("subject", "startDateTime", "endDateTime")
        meeting.update({name: asked[name] for name in names if asked[name] is not None})
        return json_response(meeting)

    async def delete(self, request: Request, raw: bytes) -> Response:
        """DELETE onlineMeetings/{id}: 204."""
        self._authorised(request)
        self._meeting(request)
        del self._meetings[_key(request)]
        return Response(status_code=204)

    def _authorised(self, request: Request) -> str:
        return self._server.tokens.tenant_of(request.headers.get("authorization", ""))

    def _of(self, request: Request) -> list[Body]:
        user = request.path_params["user"]
        return [meeting for (owner, _), meeting in self._meetings.items() if owner == user]

    def _meeting(self, request: Request) -> Body:
        meeting = self._meetings.get(_key(request))
        if meeting is None:
            raise GraphError(404, "UnknownError", "Meeting not found.")
        return meeting

    def _make(self, request: Request, tenant: str, asked: Asked) -> Body:
        user = request.path_params["user"]
        meeting = _meeting_body(str(request.base_url), user, tenant, asked)
        self._meetings[user, str(meeting["id"])] = meeting
        while len(self._meetings) > MAX_MEETINGS:
            self._meetings.popitem(last=False)
        return meeting


def check_join(meetings: Mapping[tuple[str, str], Body], asked: NewCall) -> None:
    """Whether a meeting that was made here may be joined so; of others nothing is known.

    Raises `GraphError` with status 400: 8561 for the wrong passcode, 8527 for another organizer.
    """
    info = asked.meeting_info
    for (owner, _), meeting in meetings.items():
        if isinstance(info, NumberedMeeting) and _is(meeting, info.join_meeting_id):
            if _settings(meeting).get("passcode") not in (None, info.passcode):
                raise GraphError(400, "8561", "The join meeting id or passcode is not valid.")
        elif isinstance(info, OrganizerMeeting) and asked.chat_info:
            host = info.organizer.user.id if info.organizer.user else ""
            thread = meeting["chatInfo"]
            same = isinstance(thread, dict) and thread["threadId"] == asked.chat_info.thread_id
            if same and host.lower() != owner.lower():
                raise GraphError(400, "8527", "The organizer is not the meeting's.")


def host_of(info: OrganizerMeeting | TokenMeeting | NumberedMeeting) -> tuple[Participant, ...]:
    """Who is in a meeting that is joined: its organizer, where he is named."""
    user = info.organizer.user if isinstance(info, OrganizerMeeting) else None
    return (Participant(new_id(), "user", user.id, user.display_name or ""),) if user else ()


def _is(meeting: Body, number: str) -> bool:
    return _number(meeting) == number.replace(" ", "")


def _key(request: Request) -> tuple[str, str]:
    return request.path_params["user"], request.path_params["meeting"]


def _number(meeting: Body) -> object:
    return _settings(meeting).get("joinMeetingId")


def _settings(meeting: Body) -> Body:
    settings = meeting["joinMeetingIdSettings"]
    return settings if isinstance(settings, dict) else {}


def _meeting_body(base: str, user: str, tenant: str, asked: Asked) -> Body:
    now = datetime.fromtimestamp(time.time(), UTC)
    thread = f"19:meeting_{secrets.token_urlsafe(24)}@thread.v2"
    context = quote(f'{{"Tid":"{tenant}","Oid":"{user}"}}')
    needed = (asked.join_meeting_id_settings or {}).get("isPasscodeRequired", True) is not False
    join = f"https://teams.microsoft.com/l/meetup-join/{quote(thread)}/0?context={context}"
    settings = {
        "isPasscodeRequired": needed,
        "joinMeetingId": f"{secrets.randbelow(10**12):012}",
        "passcode": secrets.token_hex(3) if needed else None,
    }
    return {
        "@odata.context": f"{base}v1.0/$metadata#users('{user}')/onlineMeetings/$entity",
        "id": new_id(),
        "subject": asked.subject,
        "creationDateTime": _moment(now),
        "startDateTime": asked.start_date_time or _moment(now),
        "endDateTime": asked.end_date_time or _moment(now + timedelta(hours=1)),
        "externalId": asked.external_id,
        "joinWebUrl": join,
        "joinMeetingIdSettings": settings,
        "chatInfo": {"threadId": thread, "messageId": "0", "replyChainMessageId": None},
        "participants": {
            "organizer": {"identity": {"user": {"id": user, "tenantId": tenant}}},
            "attendees": [],
        },
    }


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

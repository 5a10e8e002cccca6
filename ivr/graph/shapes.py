"""The JSON of Graph's calls API, as far as we read it. Only this file knows how members are spelt.

Every member may be absent, and unknown members are ignored: nearly every type is open (FACTS.md
1.5). What the members mean is known to `decode.py` and `answers.py` alone.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

Number = int | float | str | None
"""A number on the wire: newer pages print codes as strings, older ones as numbers."""


class ResultInfo(Struct, rename="camel"):
    """Why a call or an operation ended. `subCode` is how the transfer pages spell it."""

    code: Number = None
    subcode: Number = None
    sub_code: Number = None


class MediaState(Struct):
    """Whether sound passes: `active` or `inactive`."""

    audio: str | None = None


class ToneInfo(Struct, rename="camel"):
    """One key, with its place in the call's tones."""

    sequence_id: Number = None
    tone: str | None = None


class Identity(Struct, rename="camel"):
    """One identity of whatever sort; the sort is its key in the set."""

    id: str | None = None
    display_name: str | None = None
    tenant_id: str | None = None


class IdentitySet(Struct, rename="camel"):
    """Who somebody is. One key is normally set, whatever `@odata.type` says (FACTS.md 3.2)."""

    phone: Identity | None = None
    user: Identity | None = None
    application_instance: Identity | None = None
    application: Identity | None = None
    guest: Identity | None = None
    on_premises: Identity | None = None
    azure_communication_services_user: Identity | None = None
    encrypted: Identity | None = None


class Party(Struct, rename="camel"):
    """One side of a call: participantInfo and invitationParticipantInfo."""

    identity: IdentitySet | None = None
    language_id: str | None = None


class RemovedState(Struct, rename="camel"):
    """Why somebody is no longer there; that it stands there is what counts."""

    reason: str | None = None


class Person(Struct, rename="camel"):
    """A participant, of a roster or of a delta roster."""

    id: str | None = None
    info: Party | None = None
    is_in_lobby: bool | None = None
    is_muted: bool | None = None
    removed_state: RemovedState | None = None
    roster_sequence_number: Number = None


class Roster(Struct):
    """The participants of a call, as they are listed when they are asked for."""

    value: list[Person] | None = None


class Resource(Person, rename="camel"):
    """What a notification is about: a call, an operation or a participant; the type tells.

    A delta roster has its people in `participants`, and so has an invitation's end.
    """

    odata_type: str | None = field(default=None, name="@odata.type")
    odata_id: str | None = field(default=None, name="@odata.id")
    state: str | None = None
    status: str | None = None
    client_context: str | None = None
    result_info: ResultInfo | None = None
    media_state: MediaState | None = None
    tone_info: ToneInfo | None = None
    source: Party | None = None
    targets: list[Party] | None = None
    tenant_id: str | None = None
    termination_reason: str | None = None
    completion_reason: str | None = None
    recording_location: str | None = None
    recording_access_token: str | None = None
    participants: list[Person] | None = None


class Notification(Struct, rename="camel"):
    """One entry of an envelope; `resource` is the older twin of `resourceUrl`."""

    change_type: str | None = None
    resource_url: str | None = None
    resource: str | None = None
    resource_data: Resource | list[Resource] | str | None = None


class Envelope(Struct, rename="camel"):
    """The body of a post to the webhook. The members after `value` are of the old Skype form."""

    value: list[Notification] | None = None
    call_state: Any = None
    participants: Any = None
    presented_modality_types: Any = None


class ChatInfo(Struct, rename="camel"):
    """The chat of a meeting."""

    thread_id: str | None = None


class Attendees(Struct, rename="camel"):
    """Who is invited to a meeting, as far as we look."""

    organizer: Party | None = None


class JoinSettings(Struct, rename="camel"):
    """The number of a meeting and its passcode, for those who type it in."""

    join_meeting_id: str | None = None
    passcode: str | None = None


class OnlineMeeting(Struct, rename="camel"):
    """A meeting that was made."""

    join_web_url: str | None = None
    chat_info: ChatInfo | None = None
    participants: Attendees | None = None
    join_meeting_id_settings: JoinSettings | None = None


class ErrorInfo(Struct):
    """The `error` of an error body."""

    code: Number = None
    message: str | None = None


class ErrorBody(Struct):
    """An error body (FACTS.md 1.4)."""

    error: ErrorInfo | None = None


class HiddenError(Struct, rename="camel"):
    """An error body inside the message of another (FACTS.md 1.4)."""

    error_code: Number = None

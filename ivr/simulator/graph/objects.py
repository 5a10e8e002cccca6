"""The objects inside the bodies of Graph's calls API, member by member, and strict.

A member that is neither declared in the v1.0 metadata nor sent by a published example is an
error here, so that a misspelt one is found; so is an enumeration member in the wrong case.
Polymorphic objects need their `@odata.type`; other objects may have one.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from ivr.net.addresses import split_url
from ivr.simulator.graph.errors import GraphError, invalid

Modality = Literal["audio", "video", "videoBasedScreenSharing", "data", "unknown"]
Endpoint = Literal["default", "voicemail", "skypeForBusiness", "skypeForBusinessVoipPhone"]
IdentityType = Literal[
    "#microsoft.graph.identity",
    "#microsoft.graph.communicationsApplicationIdentity",
    "#microsoft.graph.communicationsApplicationInstanceIdentity",
    "#microsoft.graph.communicationsGuestIdentity",
    "#microsoft.graph.communicationsPhoneIdentity",
    "#microsoft.graph.communicationsUserIdentity",
]
IdentitySetType = Literal[
    "#microsoft.graph.identitySet", "#microsoft.graph.communicationsIdentitySet"
]


class Wire(Struct, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """A JSON object in a request."""


class Identity(Wire):
    """Somebody, by the id that fits the kind."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]
    odata_type: IdentityType | None = field(name="@odata.type", default=None)
    display_name: str | None = None
    tenant_id: str | None = None
    identity_provider: Literal["AAD", "MSA", "None"] | None = None
    application_type: str | None = None
    email: str | None = None
    hidden: bool | None = None


class IdentitySet(Wire):
    """Exactly one identity; its key tells the kind."""

    odata_type: IdentitySetType | None = field(name="@odata.type", default=None)
    user: Identity | None = None
    application: Identity | None = None
    application_instance: Identity | None = None
    phone: Identity | None = None
    guest: Identity | None = None
    device: Identity | None = None
    encrypted: Identity | None = None
    on_premises: Identity | None = None
    asserted_identity: Identity | None = None
    azure_communication_services_user: Identity | None = None
    endpoint_type: Endpoint | None = None


class ParticipantInfo(Wire):
    """A party of a call, as `source` or `transferee`."""

    identity: IdentitySet
    odata_type: Literal["#microsoft.graph.participantInfo"] | None = field(
        name="@odata.type", default=None
    )
    participant_id: str | None = None
    country_code: str | None = None
    endpoint_type: Endpoint | None = None
    region: str | None = None
    language_id: str | None = None


class Invitation(Wire):
    """A party to be rung."""

    identity: IdentitySet
    odata_type: Literal["#microsoft.graph.invitationParticipantInfo"] | None = field(
        name="@odata.type", default=None
    )
    replaces_call_id: str | None = None
    participant_id: str | None = None
    endpoint_type: Endpoint | None = None
    region: str | None = None
    language_id: str | None = None
    hidden: bool | None = None
    remove_from_default_audio_routing_group: bool | None = None


class MediaInfo(Wire):
    """Where one WAV file is fetched, and its key in the service's cache."""

    uri: str
    odata_type: Literal["#microsoft.graph.mediaInfo"] | None = field(
        name="@odata.type", default=None
    )
    resource_id: str | None = None


class MediaPrompt(Wire):
    """One prompt."""

    odata_type: Literal["#microsoft.graph.mediaPrompt"] = field(name="@odata.type")
    media_info: MediaInfo


class MediaConfig(Wire):
    """Media that the service hosts; media hosted by the application is not simulated."""

    odata_type: Literal["#microsoft.graph.serviceHostedMediaConfig"] = field(name="@odata.type")
    pre_fetch_media: list[MediaInfo] | None = None
    remove_from_default_audio_group: bool | None = None


class CallOptions(Wire):
    """Features of a call; accepted, and without effect here."""

    odata_type: Literal[
        "#microsoft.graph.incomingCallOptions", "#microsoft.graph.outgoingCallOptions"
    ] = field(name="@odata.type")
    hide_bot_after_escalation: bool | None = None
    is_content_sharing_notification_enabled: bool | None = None
    is_delta_roster_enabled: bool | None = None
    is_interactive_roster_enabled: bool | None = None


class ChatInfo(Wire):
    """The chat of a meeting."""

    odata_type: Literal["#microsoft.graph.chatInfo"] | None = field(
        name="@odata.type", default=None
    )
    thread_id: str | None = None
    message_id: str | None = None
    reply_chain_message_id: str | None = None


class OrganizerMeeting(Wire, tag_field="@odata.type", tag="#microsoft.graph.organizerMeetingInfo"):
    """A meeting by its organiser; needs the chat too."""

    organizer: IdentitySet
    allow_conversation_without_host: bool | None = None


class TokenMeeting(Wire, tag_field="@odata.type", tag="#microsoft.graph.tokenMeetingInfo"):
    """A meeting by the token of an incoming group call."""

    token: Annotated[str, Meta(min_length=1)]
    allow_conversation_without_host: bool | None = None


class NumberedMeeting(
    Wire, tag_field="@odata.type", tag="#microsoft.graph.joinMeetingIdMeetingInfo"
):
    """A meeting by its number and passcode."""

    join_meeting_id: Annotated[str, Meta(pattern="^[0-9 ]{1,20}$")]
    passcode: str | None
    allow_conversation_without_host: bool | None = None


def check_callback(uri: str) -> str:
    """A callback address: https, or plain http on loopback. Raises `GraphError` with 400."""
    if split_url(uri) is None:
        raise invalid("callbackUri must be an https address; plain http works on loopback only.")
    return uri


def check_media(media: MediaInfo) -> str:
    """The address of an audio file, by the same rule. Raises `GraphError` with 400."""
    if split_url(media.uri) is None or not urlsplit(media.uri).path.strip("/"):
        raise GraphError(400, "8523", "The uri of a prompt must be the https address of a file.")
    return media.uri

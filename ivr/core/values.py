"""Small values that events, effects and snapshots share."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

Millis = int
"""A moment (since 1970, UTC) or a length of time, in milliseconds."""

TargetKind = Literal["user", "app", "instance", "phone"]
CallerKind = Literal["phone", "user", "anonymous"]

_TARGET = re.compile(
    r"(?:(?P<kind>user|app|instance):(?P<id>[0-9A-Za-z-]{1,64})|phone:(?P<phone>\+[0-9]{7,15}))"
    r"(?:;tenant=(?P<tenant>[0-9A-Za-z-]{1,64}))?"
)
_PHONE = re.compile(r"\+[0-9]{7,15}")


KEY_WORDS = {"star": "*", "pound": "#", "hash": "#"}
"""How flows write the keys that YAML cannot hold; digits are written as they are."""


def kind_of(value: Struct) -> str:
    """The tag of an event or an effect, such as `play_prompts`."""
    return str(type(value).__struct_config__.tag)


class Caller(Struct, frozen=True, omit_defaults=True):
    """Who calls: `id` is E.164 for a phone, the object id for a user, empty if withheld."""

    kind: CallerKind = "anonymous"
    id: str = ""
    name: str = ""
    language: str = ""

    def __repr__(self) -> str:
        return f"Caller(kind={self.kind!r}, ...)"


class Target(Struct, frozen=True, omit_defaults=True):
    """Where a call is sent: the parsed form of `user:ID;tenant=T` and its kin."""

    kind: TargetKind
    id: str
    tenant: str = ""

    def __repr__(self) -> str:
        return f"Target(kind={self.kind!r}, ...)"


def parse_target(text: str) -> Target | None:
    """Read `user:…`, `app:…`, `instance:…` or `phone:+…` (or a bare E.164 number)."""
    if _PHONE.fullmatch(text):
        return Target("phone", text)
    match = _TARGET.fullmatch(text)
    if match is None:
        return None
    kind: TargetKind = "phone" if match["phone"] else match["kind"]  # type: ignore[assignment]
    return Target(kind, match["phone"] or match["id"], match["tenant"] or "")


ParticipantKind = Literal["user", "phone", "app", "guest", "other"]


class Participant(Struct, frozen=True, omit_defaults=True):
    """Somebody on a group call: `id` is the service's for this call, `identity` who it is."""

    id: str
    kind: ParticipantKind = "other"
    identity: str = ""
    name: str = ""
    muted: bool = False
    in_lobby: bool = False

    def __repr__(self) -> str:
        return f"Participant(kind={self.kind!r}, ...)"


class Meeting(Struct, frozen=True, omit_defaults=True):
    """An online meeting to join: by `link`, by `number` and `passcode`, or by organizer and chat.

    `organizer` is the organizer's object id, `chat` the meeting's chat thread.
    """

    link: str = ""
    number: str = ""
    passcode: str = ""
    organizer: str = ""
    chat: str = ""

    def __repr__(self) -> str:
        return "Meeting(...)"


class Audio(Struct, frozen=True, omit_defaults=True):
    """One prompt to be played.

    `name` is the prompt's name in the flow, `file` the content hash of audio that exists
    already. Without a file the `text` holds a caller's data: it is rendered for this call
    only. `seconds` is the length, or an estimate that is too long rather than too short.
    """

    name: str
    text: str = ""
    file: str = ""
    language: str = "en-GB"
    seconds: float = 0.0

    def __repr__(self) -> str:
        return f"Audio(name={self.name!r})"

"""Scenarios as QA writes them: one verb a step, read from top to bottom like a call.

This is the part of the format that a whole call needs: `hear press silence hangup transfer
record dial invite join leave end`. A file holds one scenario in each YAML document.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct, field

from ivr.core.options import Duration
from ivr.core.values import Caller, Millis
from ivr.errors import UsageError
from ivr.flow.diagnostics import Code, Diagnostic, FlowError
from ivr.flow.document import Document, load_all

Far = Literal["accepted", "answered", "joined", "declined", "busy", "no_answer", "failed"]
"""What somebody does who is rung; the first three are words for the same."""


class Words(Struct, forbid_unknown_fields=True):
    """A prompt by what it says instead of by its name."""

    text: str


class Press(Struct, forbid_unknown_fields=True):
    """Keys, or the choice of a menu by its label; `during` presses while a prompt plays."""

    keys: str = ""
    option: str = ""
    during: str = ""
    after: Duration = Duration(0)
    gap: Duration = Duration(200)


class Leave(Struct, forbid_unknown_fields=True):
    """When the caller hangs up; at once if nothing is said."""

    during: str = ""
    after: Duration = Duration(0)


class Handover(Struct, forbid_unknown_fields=True):
    """A transfer that is expected, and what the other side does."""

    to: str = ""
    then: Far = "accepted"


class Dial(Struct, forbid_unknown_fields=True):
    """Somebody whom the flow calls, and what he does: one outcome for each attempt."""

    to: str = ""
    then: Far | list[Far] = "answered"


class Invite(Struct, forbid_unknown_fields=True):
    """Somebody whom the flow invites, and what he does."""

    to: str = ""
    then: Far = "joined"


class Join(Struct, forbid_unknown_fields=True):
    """Somebody who joins the call by himself: `user:ID`, `phone:+...` and their kin."""

    who: str
    name: str = ""


class Clip(Struct, forbid_unknown_fields=True):
    """What the caller says into a recording, and the key that ends it."""

    speech: Duration = field(name="for", default=Duration(3_000))
    stop: str = ""


VERBS = (
    "hear", "press", "transfer", "record", "dial", "invite", "join", "leave", "end",
)  # fmt: skip
BARE = ("silence", "hangup")
"""Verbs that may stand alone."""


class Step(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One step: exactly one of its verbs."""

    hear: str | Words | None = None
    press: str | Press | None = None
    silence: str | bool | msgspec.UnsetType | None = msgspec.UNSET
    hangup: Leave | bool | msgspec.UnsetType | None = msgspec.UNSET
    transfer: Handover | None = None
    record: Clip | None = None
    dial: Far | list[Far] | Dial | None = None
    invite: Far | Invite | None = None
    join: str | Join | None = None
    leave: str | None = None
    end: str | None = None

    def verb(self) -> str:
        """The verb of the step."""
        return self.verbs()[0]

    def verbs(self) -> list[str]:
        """Every verb that is there; a sound step has one."""
        found = [name for name in VERBS if getattr(self, name) is not None]
        return found + [name for name in BARE if getattr(self, name) is not msgspec.UNSET]


class CallerGiven(Struct, forbid_unknown_fields=True):
    """Who calls."""

    kind: Literal["phone", "pstn", "user", "teams", "anonymous"] = "phone"
    number: str = ""
    id: str = ""
    name: str = ""

    def caller(self) -> Caller:
        """The caller of the engine."""
        kinds = {"pstn": "phone", "teams": "user"}
        return Caller(kinds.get(self.kind, self.kind), self.number or self.id, self.name)  # type: ignore[arg-type]


class Given(Struct, forbid_unknown_fields=True):
    """The world of the scenario; `vars` are values of the flow's `input:`."""

    now: str = ""
    caller: CallerGiven = field(default_factory=CallerGiven)
    called: str = "+442079460999"
    vars: dict[str, object] = field(default_factory=dict)

    def moment(self) -> Millis:
        """`now` in milliseconds. Raises `ValueError`."""
        text, _, zone = (self.now or "2026-03-03T10:15:00 UTC").partition(" ")
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
        return int(moment.timestamp() * 1000)


class Scenario(Struct, forbid_unknown_fields=True):
    """One scenario."""

    scenario: str
    flow: str
    steps: list[Step]
    id: str = ""
    tags: list[str] = field(default_factory=list)
    given: Given = field(default_factory=Given)


Scenarios: TypeAlias = list[tuple[Scenario, Document]]


def load_scenarios(path: Path) -> Scenarios:
    """Every scenario of a file. Raises `UsageError` and `FlowError` with file and line."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    return [(_read(document), document) for document in load_all(text, str(path))]


def _read(document: Document) -> Scenario:
    try:
        scenario = msgspec.convert(document.value, Scenario, dec_hook=_decode)
        scenario.given.moment()
    except msgspec.ValidationError as error:
        raise _wrong(document, str(error)) from None
    except (ValueError, ZoneInfoNotFoundError):
        raise _wrong(document, "`now` is not a time - at `$.given.now`") from None
    for number, step in enumerate(scenario.steps):
        if len(step.verbs()) != 1:
            message = f"a step has exactly one of {', '.join((*VERBS[:-1], *BARE, VERBS[-1]))}"
            raise _wrong(document, f"{message} - at `$.steps[{number}]`")
    return scenario


def _decode(kind: type, raw: object) -> object:
    return Duration.parse(raw) if kind is Duration else kind(raw)


def _wrong(document: Document, message: str) -> FlowError:
    sentence, _, place = message.partition(" - at `$")
    parts = place.rstrip("`").replace("[", ".").replace("]", "").split(".")
    path = [int(part) if part.isdigit() else part for part in parts if part]
    span = document.where(path)
    finding = Diagnostic(
        Code.SCENARIO, "this scenario cannot be read", document.file, span, sentence
    )
    return FlowError([finding], {document.file: document.lines})

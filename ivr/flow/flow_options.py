"""What stands at the top of a flow file, beside its states."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from ivr.core.options import Duration, Exit, Name, Text

VERSION = 1
"""The version of the language that this engine writes and runs."""


class Variable(Struct, kw_only=True, forbid_unknown_fields=True):
    """The type of a variable, and what it holds at the start."""

    type: Annotated[
        Literal[
            "text", "digits", "number", "money", "date", "time", "date_time", "phone", "yes_no",
            "list", "record", "recording",
        ],
        Meta(description="What kind of value it holds."),
    ]  # fmt: skip
    secret: Annotated[
        bool, Meta(description="Never shown, spoken or passed on in clear, such as a PIN.")
    ] = False
    start: Annotated[
        str | int | float | bool | None, Meta(description="The value at the start of the call.")
    ] = None
    fields: Annotated[
        dict[Name, Any] | None,
        Meta(description="The fields of a record, or of each item of a list, with their types."),
    ] = None
    item: Annotated[Any, Meta(description="The type of each item of a list.")] = None
    note: Annotated[str, Meta(description="A remark for whoever edits the flow.")] = ""


class QuestionDefaults(Struct, kw_only=True, forbid_unknown_fields=True):
    """What every question of the flow does unless its state says otherwise."""

    first_digit: Annotated[
        Duration | None, Meta(description="Silence allowed before the first key (5s).")
    ] = None
    between_digits: Annotated[
        Duration | None, Meta(description="Silence allowed between keys (3s).")
    ] = None
    attempts: Annotated[
        Annotated[int, Meta(ge=1, le=10)] | None,
        Meta(description="How often a question is asked (3)."),
    ] = None
    interrupt: Annotated[
        Literal["yes", "no", "choices"] | bool | None,
        Meta(description="Whether a key stops a question's prompt (yes)."),
    ] = None
    type_ahead: Annotated[
        bool | None, Meta(description="Whether keys pressed before a question count (true).")
    ] = None


class CalendarOptions(Struct, kw_only=True, forbid_unknown_fields=True):
    """Opening hours: special dates win over holidays, holidays over the weekly hours."""

    timezone: Annotated[
        str | None, Meta(description="An IANA time zone.", examples=["Europe/London"])
    ] = None
    open: Annotated[
        dict[str, str],
        Meta(
            description="Weekdays and their hours; the end is exclusive, overnight is allowed.",
            examples=[{"mon-fri": "09:00-12:00, 13:00-17:30", "sat,sun": "10:00-14:00"}],
        ),
    ] = field(default_factory=dict)
    special: Annotated[
        dict[str, str],
        Meta(
            description="Single dates: hours, `closed` or `holiday`.",
            examples=[{"2026-12-24": "09:00-12:00", "2026-12-25": "closed"}],
        ),
    ] = field(default_factory=dict)
    holidays: Annotated[
        str | list[str] | None,
        Meta(
            description="Public holidays: a country with an optional region, or a list of dates.",
            examples=["GB-ENG", ["2026-12-25"]],
        ),
    ] = None


class CallOut(Struct, kw_only=True, forbid_unknown_fields=True):
    """The engine calls somebody.

    `busy` and no answer are tried again after `gap`, as often as `attempts` allows; who declines
    is not called again. The flow begins at `on.answered`, or at its `start`.
    """

    to: Annotated[Text, Meta(description="Whom to call: a target.")]
    caller: Annotated[
        Text | None, Meta(description="The resource account that calls: `instance:ID`.")
    ] = field(name="from", default=None)
    ring_for: Annotated[Duration, Meta(description="How long it rings.")] = Duration(60_000)
    attempts: Annotated[int, Meta(ge=1, le=10, description="How often it is tried.")] = 1
    gap: Annotated[Duration, Meta(description="The time between tries.")] = Duration(900_000)
    only_in: Annotated[
        Name | None, Meta(description="A calendar outside which nobody is called.")
    ] = None
    on: Annotated[
        dict[Literal["answered", "not_reached", "busy", "declined"], Exit],
        Meta(description="Where the flow begins by what became of the call."),
    ] = field(default_factory=dict)


class Join(Struct, kw_only=True, forbid_unknown_fields=True):
    """The engine joins an online meeting.

    It is named by `link`, by `meeting_id`, or by `organizer` and `chat`.
    """

    link: Annotated[Text | None, Meta(description="The meeting's join link.")] = None
    meeting_id: Annotated[Text | None, Meta(description="The meeting's number.")] = None
    passcode: Annotated[Text | None, Meta(description="The meeting's passcode.")] = None
    organizer: Annotated[Text | None, Meta(description="The organizer: `user:ID`.")] = None
    chat: Annotated[Text | None, Meta(description="The meeting's chat thread.")] = None
    caller: Annotated[
        Text | None, Meta(description="The resource account that joins: `instance:ID`.")
    ] = field(name="from", default=None)
    on: Annotated[
        dict[Literal["joined", "not_joined"], Exit],
        Meta(description="Where the flow begins by what became of it."),
    ] = field(default_factory=dict)


class FlowOptions(Struct, kw_only=True, forbid_unknown_fields=True):
    """The top of a flow file."""

    flow: Annotated[Name, Meta(description="The flow's name: that of its folder.")]
    schema: Annotated[
        Literal[1], Meta(description="The version of the language this file is written in.")
    ]
    title: Annotated[str, Meta(description="What people call the flow.")] = ""
    note: Annotated[str, Meta(description="A remark for whoever edits the flow.")] = ""
    owner: Annotated[str, Meta(description="Who answers for the flow.")] = ""
    language: Annotated[
        str, Meta(description="The language that is spoken.", examples=["en-GB"])
    ] = "en-GB"
    timezone: Annotated[
        str | None, Meta(description="The time zone of spoken times.", examples=["Europe/London"])
    ] = None
    currency: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] | None,
        Meta(description="The currency of `as money`.", examples=["GBP"]),
    ] = None
    start: Annotated[str, Meta(description="The state in which a call begins.")]
    default: Annotated[
        bool, Meta(description="Whether this flow takes calls that no other flow claims.")
    ] = False
    numbers: Annotated[
        list[Annotated[str, Meta(pattern=r"^\+[0-9]{7,15}$")]],
        Meta(
            description="Phone numbers whose calls this flow takes.", examples=[["+442079460123"]]
        ),
    ] = field(default_factory=list)
    users: Annotated[
        list[str], Meta(description="Object ids of the accounts whose calls this flow takes.")
    ] = field(default_factory=list)
    media: Annotated[
        Literal["service"], Meta(description="Where audio is played: by the service.")
    ] = "service"
    input: Annotated[
        dict[Name, Variable], Meta(description="Values that whoever starts the flow must give.")
    ] = field(default_factory=dict)
    output: Annotated[dict[Name, Variable], Meta(description="Values that a sub-flow returns.")] = (
        field(default_factory=dict)
    )
    outcomes: Annotated[list[Name], Meta(description="What a sub-flow can end with.")] = field(
        default_factory=list
    )
    vars: Annotated[
        dict[Name, Variable], Meta(description="The variables of the flow, with their types.")
    ] = field(default_factory=dict)
    env: Annotated[
        list[Name] | dict[Name, str],
        Meta(description="The names of `env.` that the flow uses, perhaps with a remark each."),
    ] = field(default_factory=list)
    secret_env: Annotated[
        list[Name], Meta(description="Secrets from the environment, for headers only.")
    ] = field(default_factory=list)
    defaults: Annotated[
        QuestionDefaults, Meta(description="What every question does unless its state differs.")
    ] = field(default_factory=QuestionDefaults)
    prompts: Annotated[
        dict[Name, str],
        Meta(
            description="The words of every prompt, by name.",
            examples=[{"welcome": "Welcome to Contoso."}],
        ),
    ] = field(default_factory=dict)
    calendars: Annotated[
        dict[Name, CalendarOptions], Meta(description="Opening hours, by name.")
    ] = field(default_factory=dict)
    on: Annotated[
        dict[str, Exit],
        Meta(description="Outcomes, from any state that does not say otherwise."),
    ] = field(default_factory=dict)
    max_duration: Annotated[Duration | None, Meta(description="The longest call (1h).")] = None
    max_visits: Annotated[
        Annotated[int, Meta(ge=1, le=200)] | None,
        Meta(description="How often one state may be entered (10)."),
    ] = None
    call_out: Annotated[
        CallOut | None, Meta(description="The engine calls somebody with this flow.")
    ] = None
    join: Annotated[
        Join | None, Meta(description="The engine joins an online meeting with this flow.")
    ] = None
    states: Annotated[dict[Name, Any], Meta(min_length=1, description="The states, by name.")]

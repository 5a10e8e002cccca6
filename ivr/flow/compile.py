"""A checked flow into a `Program`: exits resolved, prompts found, plans made, once.

What comes in has passed the schema and the checks; a mistake met here is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.core.calendar import Calendar
from ivr.core.options import Exit, StateOptions
from ivr.core.program import Defaults, Outward, Program, SpokenPrompt, State
from ivr.core.state_type import StateType
from ivr.core.values import Audio
from ivr.expr.speech_format import Speaker
from ivr.expr.template import parse_template
from ivr.expr.types import Declaration, Value, coerce, declare
from ivr.flow.flow_options import CalendarOptions, FlowOptions, Join, Variable
from ivr.flow.hours import read_calendar

FindAudio = Callable[[str, str, str], Audio]
"""From a flow's name, a prompt's name and its words to audio that exists before the call."""

EVERYWHERE = ("error", "hangup", "max_duration", "participant_joined", "participant_left")
"""Outcomes that a flow-wide exit takes from any state."""


@dataclass(frozen=True)
class Shared:
    """What all flows of a folder have in common."""

    prompts: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, CalendarOptions] = field(default_factory=dict)


def compile_flow(
    flow: FlowOptions,
    states: Mapping[str, tuple[StateType[StateOptions], StateOptions]],
    shared: Shared,
    env: Mapping[str, str],
    find_audio: FindAudio,
    bundle: str,
    flows: Mapping[str, Program],
) -> Program:
    """The program of one flow. `flows` may be filled later with its siblings."""
    defaults = _defaults(flow)
    declarations = variables_of(flow)
    return Program(
        flow=flow.flow,
        bundle=bundle,
        start=flow.start,
        states={name: _state(name, *state, flow, defaults) for name, state in states.items()},
        prompts=_prompts(flow, shared, find_audio),
        calendars=_calendars(flow, shared),
        declarations=declarations,
        initial=initial_values(declarations),
        inputs=tuple(flow.input),
        outputs=tuple(flow.output),
        outcomes=tuple(flow.outcomes),
        defaults=defaults,
        speaker=Speaker(flow.language, currency=flow.currency, timezone=flow.timezone or "UTC"),
        language=flow.language,
        env=dict(env),
        flows=flows,
        title=flow.title or flow.flow,
        outward=_outward(flow, _calendars(flow, shared)),
    )


def _outward(flow: FlowOptions, calendars: Mapping[str, Calendar]) -> Outward | None:
    out = flow.call_out
    if out is not None:
        return Outward(
            entry="call_out",
            entries={outcome: way.go for outcome, way in out.on.items()},
            to=out.to.template,
            source=out.caller.template if out.caller else None,
            ring_for=int(out.ring_for),
            attempts=out.attempts,
            gap=int(out.gap),
            hours=calendars[out.only_in] if out.only_in else None,
        )
    return _joining(flow.join) if flow.join is not None else None


def _joining(join: Join) -> Outward:
    texts = {
        "link": join.link,
        "number": join.meeting_id,
        "passcode": join.passcode,
        "organizer": join.organizer,
        "chat": join.chat,
    }
    return Outward(
        entry="join",
        entries={outcome: way.go for outcome, way in join.on.items()},
        meeting={name: text.template for name, text in texts.items() if text is not None},
        source=join.caller.template if join.caller else None,
    )


def variables_of(flow: FlowOptions) -> dict[str, Declaration]:
    """Every variable of a flow: what it is given and what it keeps."""
    variables = {**flow.input, **flow.vars}
    return {name: declaration_of(variable) for name, variable in variables.items()}


def declaration_of(variable: Variable) -> Declaration:
    """The declaration behind a variable. Raises `DeclarationError`."""
    raw = {"type": variable.type, "secret": variable.secret, "start": variable.start}
    extra = {"fields": variable.fields, "item": variable.item}
    return declare({**raw, **{key: value for key, value in extra.items() if value is not None}})


def initial_values(declarations: Mapping[str, Declaration]) -> dict[str, Value]:
    """What the variables hold when the flow begins. Raises `SpokenValueError`."""
    return {
        name: coerce(declared.start, declared)
        for name, declared in declarations.items()
        if declared.start is not None
    }


def exits_of(
    type_: StateType[StateOptions], options: StateOptions, flow: FlowOptions
) -> dict[str, Exit]:
    """Every exit of a state: its own, and the flow's where the state does not say otherwise."""
    own = type_.exits(options)
    for outcome, way in flow.on.items():
        applies = outcome in EVERYWHERE or (hasattr(options, "on") and type_.allows(outcome))
        if applies and outcome not in own and not (type_.ends and outcome == "hangup"):
            own[outcome] = way
    return own


def _state(
    name: str,
    type_: StateType[StateOptions],
    options: StateOptions,
    flow: FlowOptions,
    defaults: Defaults,
) -> State:
    exits = exits_of(type_, options, flow)
    targets = {outcome: way.go for outcome, way in exits.items()}
    return State(
        name=name,
        type=type_,
        options=options,
        targets=targets,
        labels=_labels(type_, exits),
        plan=type_.plan(options, defaults, targets),
    )


def _labels(type_: StateType[StateOptions], exits: Mapping[str, Exit]) -> dict[str, str]:
    """Names for choices, so that no journal has to hold a key that was pressed."""
    choices = [outcome for outcome in exits if type_.is_pressed(outcome)]
    named = {outcome: way.label for outcome, way in exits.items() if way.label}
    numbered = {key: f"choice {number}" for number, key in enumerate(choices, start=1)}
    return {**numbered, **named}


def _defaults(flow: FlowOptions) -> Defaults:
    engine, own = Defaults(), flow.defaults
    interrupt = own.interrupt
    if isinstance(interrupt, bool):
        interrupt = "yes" if interrupt else "no"
    return Defaults(
        first_digit=engine.first_digit if own.first_digit is None else int(own.first_digit),
        between_digits=(
            engine.between_digits if own.between_digits is None else int(own.between_digits)
        ),
        attempts=own.attempts or engine.attempts,
        interrupt=interrupt or engine.interrupt,
        type_ahead=engine.type_ahead if own.type_ahead is None else own.type_ahead,
        max_duration=engine.max_duration if flow.max_duration is None else int(flow.max_duration),
        max_visits=flow.max_visits or engine.max_visits,
    )


def _prompts(flow: FlowOptions, shared: Shared, find_audio: FindAudio) -> dict[str, SpokenPrompt]:
    prompts = {}
    for name, words in {**shared.prompts, **flow.prompts}.items():
        template = parse_template(words)
        fixed = find_audio(flow.flow, name, words) if template.is_fixed else None
        prompts[name] = SpokenPrompt(name, template, fixed)
    return prompts


def _calendars(flow: FlowOptions, shared: Shared) -> dict[str, Calendar]:
    calendars = {}
    for name, options in {**shared.calendars, **flow.calendars}.items():
        calendar, _ = read_calendar(options, flow.timezone)
        if calendar is not None:
            calendars[name] = calendar
    return calendars

"""Calls to which anything may happen: events of every kind, in any order, at any time.

A call may begin in any state. An event is drawn as a `Happening`, which says what in general;
which effect it is about is chosen when it happens, mostly the one that the call waits for.
"""

from __future__ import annotations

import os
from typing import NamedTuple, get_args

from hypothesis import settings
from hypothesis import strategies as st

from ivr.core.effects import AnyEffect
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    CallWanted,
    EffectFailed,
    EndReason,
    Failure,
    HangUpAsked,
    HttpAnswered,
    HttpFailed,
    LegPlaced,
    OperationFinished,
    Progress,
    PromptFinished,
    RecordingFinished,
    RecordingStored,
    RosterChanged,
    StopReason,
    TimerFired,
    TonePressed,
    Unrecognised,
    on_leg,
)
from ivr.core.values import kind_of
from tests.core.any_flows import beginnings
from tests.universe import CALLER, Ride

_AT_NIGHT = os.environ.get("IVR_EXAMPLES", "")
TRIED = settings(deadline=None, max_examples=int(_AT_NIGHT or "50"), derandomize=not _AT_NIGHT)
"""The same calls each time, unless `IVR_EXAMPLES` asks for that many others; no deadline, for the
machine may be busy."""


class Happening(NamedTuple):
    """What happens, `after` milliseconds; `pick` chooses among the possible details."""

    what: str
    pick: int
    after: int


class Run(NamedTuple):
    """A call: where it begins, whether it is up at once, and what happens to it."""

    flow: int
    up: bool
    happenings: list[Happening]


ORDINARY = ("go_on", "go_on", "key", "key", "timer", "up")
ODD = (
    *("heard", "recorded", "stored", "answered", "lost", "finished", "failed"),
    *("progress", "ended", "arrived", "other", "placed", "placed"),
)
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.sampled_from(ORDINARY) | st.sampled_from(ODD),
        st.integers(0, 47),
        st.sampled_from((0, 0, 0, 40, 900, 3_000, 5_000, 12_000, 70_000)),
    ),
    max_size=40,
)
RUNS = st.builds(Run, st.integers(0, len(beginnings()) - 1), st.booleans(), HAPPENINGS)

KEYS = "1234567890*#1122"
PROGRESS: tuple[Progress | None, ...] = (*get_args(Progress), None)
ENDS: tuple[EndReason, ...] = get_args(EndReason)
FAILURES: tuple[Failure, ...] = get_args(Failure)
STOPS: tuple[StopReason, ...] = get_args(StopReason)
BODIES = ("", "{}", "[", '{"balance": 12.5}', '{"who": "bad"}', '{"balance": "x"}', "null", "7")
KINDS = ("play_prompts", "answer_call", "hang_up", "fetch_recording", "listen_for_tones", "")


def ride_of(run: Run) -> Ride:
    """The call of a run, before its first event."""
    return Ride(beginnings()[run.flow])


def event_of(happening: Happening, ride: Ride) -> AnyEvent:
    """What it comes to for this very call, mostly on the leg on which it is."""
    legs = [*ride.snapshot.legs, "another-call.1"]
    leg = legs[happening.pick % len(legs)] if happening.pick % 6 == 5 else ride.snapshot.leg
    if happening.what == "placed":
        return LegPlaced(legs[happening.pick % len(legs)], f"line-{happening.pick}")
    return on_leg(_on_line(happening, ride), leg)


def _on_line(happening: Happening, ride: Ride) -> AnyEvent:
    what, pick = happening.what, happening.pick
    if what == "go_on":
        what = _awaited(ride)
    if what == "key":
        skew = (0, 0, 0, 0, 0, 1, 2, -1)[pick % 8]
        return TonePressed(KEYS[pick % len(KEYS)], max(0, ride.snapshot.next_tone + skew))
    if what in {"progress", "up"}:
        return _progress(what, pick)
    if what == "arrived" and ride.program.outward is not None:
        return CallWanted(ride.program.flow)
    return _simple(what, pick) or _about_effect(what, pick, ride)


def _awaited(ride: Ride) -> str:
    """What an ordinary service would tell next."""
    wanted = {effect.id: kind_of(effect) for effect in ride.done[-20:]}
    visit = ride.snapshot.visits[-1] if ride.snapshot.visits else None
    kind = wanted.get(ride.snapshot.media) or wanted.get(visit.awaiting if visit else "")
    return NEWS.get(kind or "", "up")


def _progress(what: str, pick: int) -> AnyEvent:
    if what == "up":
        return CallProgressed("established", audio=(True, True, None, False)[pick % 4])
    failure = FAILURES[pick % 7] if pick % 4 == 0 else None
    return CallProgressed(
        PROGRESS[pick % 7],
        audio=(None, True, False)[pick % 3],
        failure=failure,
        checked=pick % 5 == 0,
    )


def _simple(what: str, pick: int) -> AnyEvent | None:
    if what == "ended":
        return CallEnded(ENDS[pick % 7], ("", "200/7015")[pick % 2])
    events: dict[str, AnyEvent] = {
        "timer": TimerFired(),
        "arrived": CallArrived(CALLER),
        "other": (HangUpAsked(), RosterChanged(), Unrecognised("other"))[pick % 3],
    }
    return events.get(what)


def _about_effect(what: str, pick: int, ride: Ride) -> AnyEvent:
    effect = _effect(what, pick, ride)
    if what == "heard":
        return PromptFinished(effect, FAILURES[pick % 7] if pick % 6 == 0 else None)
    if what == "recorded":
        place = ("there", "")[pick % 2]
        return RecordingFinished(effect, STOPS[pick % 6], place, "token")
    if what == "stored":
        return RecordingStored(effect, "https://ours.example/clip.wav", 3.5)
    if what == "answered":
        return HttpAnswered(effect, (200, 200, 404, 500, 302)[pick % 5], BODIES[pick % 8])
    if what == "lost":
        return HttpFailed(effect, timeout=pick % 2 == 0)
    if what == "finished":
        return OperationFinished(effect, "failed" if pick % 2 else None)
    return _failed(effect, pick, ride)


def _failed(effect: str, pick: int, ride: Ride) -> EffectFailed:
    kinds = {each.id: kind_of(each) for each in ride.done}
    kind = kinds.get(effect) or KINDS[pick % 6]
    leg = next((each.leg for each in ride.done if each.id == effect), "")
    return EffectFailed(effect, kind, FAILURES[pick % 7], "500", leg)


NEWS = {
    "play_prompts": "heard",
    "record_caller": "recorded",
    "fetch_recording": "stored",
    "send_request": "answered",
    "transfer_call": "progress",
}
FITTING = {
    "heard": ("play_prompts", "record_caller"),
    "recorded": ("record_caller",),
    "stored": ("fetch_recording",),
    "answered": ("send_request",),
    "lost": ("send_request",),
    "finished": ("transfer_call", "redirect_call"),
}


def _effect(what: str, pick: int, ride: Ride) -> str:
    """Mostly the latest effect that fits, at times an old one, another call's, or none at all."""
    if pick % 12 == 11:
        return ("", "another-call.1")[pick // 12 % 2]
    kinds = FITTING.get(what)
    fitting: list[AnyEffect] = [e for e in ride.done if kinds is None or kind_of(e) in kinds]
    if not fitting:
        return ""
    back = 1 if pick % 8 else min(2, len(fitting))
    return fitting[-back].id

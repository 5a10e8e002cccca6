"""Calls to which anything may happen: flows of every state type, and events in any order.

A call may begin in any state. An event is drawn as a `Happening`, which says what in general;
which effect it is about is chosen when it happens, mostly the one that the call waits for.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

from hypothesis import strategies as st

from ivr.core.effects import AnyEffect
from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    EffectFailed,
    EndReason,
    Failure,
    HangUpAsked,
    HttpAnswered,
    HttpFailed,
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
)
from ivr.core.program import Program
from ivr.flow.bundle import load_folder
from tests.universe import CALLER, Ride, kind_of, program

EXAMPLES = int(os.environ.get("IVR_EXAMPLES", "100"))
"""How many calls each property is tried with; more at night."""

FLOWS = Path(__file__).parents[2] / "flows"

BANK = """
vars:
  account: { type: digits }
  pin: { type: digits, secret: true }
  tries: { type: number, start: 0 }
  clip: { type: recording }
  answer: { type: record, fields: { balance: money } }
  found: { type: record, fields: { who: text } }
on: { error: sorry, hangup: note_it, max_duration: sorry, "9": ring }
prompts: { balance: "You have ${answer.balance as money}.", back: "${account as digits}?" }
calendars: { office: { timezone: UTC, open: { mon-fri: 09:00-17:30 } } }
states:
  open: { type: hours, calendar: office, on: { open: ask_bank, closed: leave_word } }
  ask_bank:
    type: http
    request: { get: "${env.ticket_url}/known", query: { from: "${call.from}" } }
    while_waiting: { prompt: one_moment }
    save_as: answer
    on: { ok: welcome, "404": pick_up, error: pick_up }
  pick_up: { type: answer, on: { answered: welcome, failed: note_it } }
  welcome: { type: prompt, prompt: [hello, news], interrupt: yes, next: main_menu }
  main_menu:
    type: menu
    prompt: [long, short]
    retry: { no_input: [silent], no_match: [wrong] }
    on: { "1": ask_account, "2": leave_word, "21": music, "3": deeper, "4": ask_bank,
          star: main_menu, pound: ring, give_up: ring }
  ask_account:
    type: collect
    prompt: account
    digits: 4-6
    interrupt: choices
    save_as: account
    confirm: { prompt: back }
    on: { done: ask_pin, give_up: ring }
  ask_pin: { type: collect, prompt: pin, digits: 4, interrupt: no, save_as: pin,
             check: luhn(value), on: { done: count, no_input: ring, give_up: sorry } }
  count: { type: set, set: { tries: "${tries + 1}" }, next: enough }
  enough: { type: choose, when: [{ if: tries >= 3, go: say_balance }, { else: main_menu }] }
  say_balance: { type: prompt, prompt: balance, next: main_menu }
  music: { type: wait, for: 40s, music: tune, next: main_menu }
  leave_word: { type: record, prompt: speak, purpose: call back, keep: 30d, save_as: clip,
                on: { recorded: note_it, failed: bye } }
  deeper: { type: run, flow: find_out, with: { number: "${account}" }, save_as: found,
            on: { done: main_menu, error: sorry } }
  ring: { type: transfer, prompt: connecting, to: "${env.sales}", ring_for: 25s,
          on: { answered: served, busy: leave_word, failed: main_menu } }
  note_it:
    type: http
    request: { post: "${env.ticket_url}/notes", json: { clip: "${clip.url}", n: 1 } }
    on: { ok: served, error: served }
  sorry: { type: hangup, result: trouble, prompt: sorry }
  bye: { type: hangup, result: bye, prompt: bye }
  served: { type: hangup, result: served }
"""

FIND_OUT = """
flow: find_out
input: { number: { type: digits } }
output: { who: { type: text } }
outcomes: [done, lost]
states:
  ask_more: { type: menu, prompt: more, attempts: 2,
              on: { "1": again, "2": found, "3": lost_it, give_up: lost_it } }
  again: { type: run, flow: find_out, on: { done: found, error: lost_it } }
  found: { type: return, outcome: done, values: { who: "${number}" } }
  lost_it: { type: return, outcome: lost }
"""

AT_THE_DOOR = """
vars: { answer: { type: record, fields: { who: text } } }
on: { error: pick_up }
states:
  look: { type: http, request: { get: "${env.ticket_url}/who" }, save_as: answer,
          on: { ok: decide, error: send_on } }
  decide: { type: choose, when: [{ if: "answer.who = 'bad'", go: refuse }, { else: send_on }] }
  refuse: { type: reject, reason: busy }
  send_on: { type: redirect, to: ["${env.sales}"], on: { failed: look_again } }
  look_again: { type: http, request: { get: "${env.ticket_url}/who" },
                on: { ok: pick_up, error: pick_up } }
  pick_up: { type: answer, on: { answered: hold, failed: gone } }
  hold: { type: wait, for: 5s, next: look }
"""

LOOPING = """
max_visits: 3
on: { error: ask }
states:
  ask: { type: menu, prompt: choose, attempts: 1, on: { "1": ask, "2": spin, give_up: ask } }
  spin: { type: set, set: { n: "${n + 1}" }, next: spin }
vars: { n: { type: number, start: 0 } }
"""


@cache
def programs() -> tuple[Program, ...]:
    """The flows of these tests: our own, and those that come with the project."""
    own = (program(BANK, FIND_OUT), program(AT_THE_DOOR), program(LOOPING))
    bundle = load_folder(FLOWS).bundle if FLOWS.is_dir() else None
    return own + (tuple(bundle.programs.values()) if bundle else ())


@cache
def beginnings() -> tuple[Program, ...]:
    """The same flows, begun in each of their states."""
    return tuple(replace(each, start=state) for each in programs() for state in each.states)


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
    *("progress", "ended", "arrived", "other"),
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
    """What it comes to for this very call."""
    what, pick = happening.what, happening.pick
    if what == "go_on":
        what = _awaited(ride)
    if what == "key":
        skew = (0, 0, 0, 0, 0, 1, 2, -1)[pick % 8]
        return TonePressed(KEYS[pick % len(KEYS)], max(0, ride.snapshot.next_tone + skew))
    if what in {"progress", "up"}:
        return _progress(what, pick)
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
        "other": (HangUpAsked(), RosterChanged(pick), Unrecognised("other"))[pick % 3],
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
    return EffectFailed(effect, kind, FAILURES[pick % 7], "500")


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

"""Flows of every state type, for calls to which anything may happen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from ivr.core.program import Program
from ivr.flow.bundle import load_folder
from tests.universe import program

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

REMIND = """
input: { phone: { type: phone, start: "+442079460123" } }
call_out: { to: "${phone}", from: "instance:9", attempts: 2, gap: 2m,
            on: { answered: greet, not_reached: note_it } }
on: { error: bye }
states:
  greet: { type: menu, prompt: hello, on: { "1": bye, "2": hand_on, give_up: bye } }
  hand_on: { type: transfer, mode: consult, to: "${env.sales}", music: tune, ring_for: 20s,
             on: { answered: served, busy: greet, failed: greet } }
  note_it: { type: http, request: { post: "${env.ticket_url}/missed" },
             on: { ok: served, error: served } }
  bye: { type: hangup, result: bye, prompt: bye }
  served: { type: hangup, result: served }
"""

LINK = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context="
    "%7b%22Tid%22%3a%2299999999-8888-4777-8666-555555555555%22%2c"
    "%22Oid%22%3a%2211111111-1111-4111-8111-111111111111%22%7d"
)

MEETING = """
join: { link: "LINK", on: { joined: hello } }
on: { error: bye, participant_left: hello }
states:
  hello: { type: prompt, prompt: hello, next: stay }
  stay: { type: wait, for: 50s, music: tune, next: bye }
  bye: { type: hangup, result: bye, prompt: bye }
""".replace("LINK", LINK)


@cache
def programs() -> tuple[Program, ...]:
    """The flows of these tests: our own, and those that come with the project."""
    own = tuple(map(program, (AT_THE_DOOR, LOOPING, REMIND, MEETING)))
    own = (program(BANK, FIND_OUT), *own)
    bundle = load_folder(FLOWS).bundle if FLOWS.is_dir() else None
    return own + (tuple(bundle.programs.values()) if bundle else ())


@cache
def beginnings() -> tuple[Program, ...]:
    """The same flows, begun in each of their states."""
    return tuple(replace(each, start=state) for each in programs() for state in each.states)

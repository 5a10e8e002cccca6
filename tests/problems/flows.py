"""Flows: a prompt takes a second, and a state that is only named ends the call."""

from __future__ import annotations

SALES = "user:11111111-1111-4111-8111-111111111111"
DESK = "user:22222222-2222-4222-8222-222222222222"

MENU = """
states:
  ask: { type: menu, prompt: choose, on: { "1": sales, "2": bills, give_up: nobody } }
"""
DIGITS = """
vars: { account: { type: digits } }
states:
  hello: { type: prompt, prompt: hello, next: ask }
  ask: { type: collect, prompt: account, digits: 4, save_as: account,
         on: { done: sort, give_up: nobody } }
  sort: { type: choose, when: [{ if: "account = '4711'", go: right }, { else: wrong }] }
"""
HELLO = """
on: { error: operator }
states:
  say: { type: prompt, prompt: hello, next: done }
"""
BARGE = """
states:
  ask: { type: menu, prompt: choose, on: { "1": say, give_up: nobody } }
  say: { type: prompt, prompt: chosen, next: done }
"""
ASK = """
vars: { found: { type: record, fields: { name: text } } }
states:
  look: { type: http, request: { get: "${env.ticket_url}/who" }, timeout: 10s, save_as: found,
          on: { ok: known, error: unknown } }
"""
DESKS = f"""
states:
  ring: {{ type: transfer, prompt: moment, to: "{SALES}", ring_for: 20s,
          on: {{ answered: served, failed: again }} }}
  again: {{ type: transfer, prompt: next_one, to: "{DESK}", ring_for: 20s,
           on: {{ answered: served, failed: sorry }} }}
  sorry: {{ type: hangup, prompt: nobody_there, result: nobody }}
"""
MESSAGE = """
vars: { clip: { type: recording } }
states:
  take: { type: record, prompt: speak, purpose: call back, keep: 30d, save_as: clip,
          on: { recorded: thank, nothing_said: silent, failed: lost, hangup: look } }
  thank: { type: prompt, prompt: thanks, next: look }
  look: { type: choose, when: [{ if: clip is not empty, go: kept }, { else: empty }] }
"""
HOLD = """
max_duration: 24h
states:
  hold: { type: wait, for: 23h, next: thanks }
"""
GREET_AND_HOLD = """
max_duration: 24h
states:
  say: { type: prompt, prompt: hello, next: hold }
  hold: { type: wait, for: 23h, next: thanks }
"""
REMIND = """
input: { phone: { type: phone } }
call_out:
  to: "${phone}"
  from: "instance:99999999-9999-4999-8999-999999999999"
  ring_for: 35s
  attempts: 2
  gap: 10m
  on: { answered: greet, not_reached: report, busy: report_busy }
states:
  greet: { type: menu, prompt: hello, on: { "1": confirmed, give_up: unconfirmed } }
  report: { type: hangup, result: not_reached }
  report_busy: { type: hangup, result: was_busy }
"""
GROUP = f"""
vars: {{ pin: {{ type: digits, secret: true }} }}
on: {{ error: not_safe }}
states:
  bring: {{ type: invite, to: "{SALES}", on: {{ joined: ask, failed: alone }} }}
  ask: {{ type: menu, prompt: choose, anyone: yes, on: {{ "1": pin, give_up: nobody }} }}
  pin: {{ type: collect, prompt: pin, digits: 4, save_as: pin,
         on: {{ done: known, give_up: nobody }} }}
"""
PUT_OUT = f"""
states:
  bring: {{ type: invite, to: "{SALES}", on: {{ joined: out, failed: alone }} }}
  out: {{ type: remove, who: "{SALES}", on: {{ done: gone, failed: stays }} }}
"""
WHO = """
vars: { people: { type: list, fields: { id: text } } }
on: { error: operator }
states:
  look: { type: roster, save_as: people, on: { done: sort, failed: operator } }
  sort: { type: choose, when: [{ if: count(people) = 0, go: nobody }, { else: somebody }] }
"""
KEYS = "states: { dial: { type: send_tones, tones: '12', on: { done: sent, failed: lost } } }"
REJECT = "states: { go: { type: reject, reason: busy } }"
REDIRECT = f"states: {{ go: {{ type: redirect, to: '{SALES}', on: {{ failed: lost }} }} }}"
EXPERT = f"""
states:
  bring: {{ type: invite, prompt: moment, to: "{SALES}",
           on: {{ joined: together, no_answer: alone, failed: alone, hangup: dropped }} }}
  together: {{ type: prompt, prompt: welcome, next: done }}
  alone: {{ type: prompt, prompt: sorry, next: ended_alone }}
"""

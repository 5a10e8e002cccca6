"""The flows that hostile callers are let loose on."""

from __future__ import annotations

MENU = "states: { ask: { type: menu, prompt: choose, on: { '1': sales, give_up: lost } } }"
NUMBER = """
    vars: { number: { type: digits } }
    states: { ask: { type: collect, prompt: which, digits: 8, end_key: pound, save_as: number, on: { done: sales, give_up: lost } } }
"""  # noqa: E501
CONFIRMED = """
    vars: { number: { type: digits } }
    states:
      ask: { type: collect, prompt: which, digits: 4, save_as: number, confirm: { prompt: is_it }, on: { done: order, hangup: gone, give_up: lost } }
      order: { type: http, request: { post: "${env.ticket_url}/orders", json: { number: "${number}" } }, on: { ok: sales, error: lost } }
      gone: { type: hangup, result: gone }
"""  # noqa: E501
TRY_PIN = """
    vars: { pin: { type: digits, secret: true }, account: { type: digits, start: "12345678" } }
    states:
      may_try: { type: limit, key: "pin of ${account}", most: 3, per: 1h, on: { within: ask, over: locked, error: locked } }
      ask: { type: collect, prompt: ask_pin, digits: 4, attempts: 1, save_as: pin, on: { done: wrong, give_up: lost } }
      wrong: { type: choose, when: [ { if: "pin = '0000'", go: inside }, { else: may_try } ] }
"""  # noqa: E501
ONE_PIN = """
    vars: { pin: { type: digits, secret: true } }
    states:
      ask: { type: collect, prompt: ask_pin, digits: 4, attempts: 1, save_as: pin, on: { done: right, give_up: lost, error: outside } }
      right: { type: choose, when: [ { if: "pin = '0000'", go: inside }, { else: outside } ] }
"""  # noqa: E501
BY_NAME = """
    states:
      greet: { type: prompt, prompt: hello, next: tell }
      tell: { type: http, request: { post: "${env.ticket_url}/a", json: { name: "${call.from_name}" } }, on: { ok: done, error: lost } }
    prompts: { hello: "Hello ${call.from_name}." }
"""  # noqa: E501
CALL_BACK = """
    states: { ring: { type: transfer, to: "${call.from}", on: { answered: done, failed: lost, error: lost } } }
"""  # noqa: E501
TO_ATTENDANT = """
    states:
      ring: { type: transfer, to: "instance:attendant", on: { answered: done, failed: lost } }
"""
RING_SALES = """
    states:
      ring: { type: transfer, to: "${env.sales}", on: { answered: done, failed: ask } }
      ask: { type: menu, prompt: choose, on: { '1': sales, give_up: lost } }
"""
ROUND = """
    states:
      ask: { type: menu, prompt: choose, on: { '1': ask, give_up: lost, error: lost } }
"""
PAID = """
    states:
      first: { type: menu, prompt: choose, on: { '1': second, give_up: lost } }
      second: { type: menu, prompt: choose, on: { '1': ring, give_up: lost } }
      ring: { type: transfer, to: "phone:+442079460101", on: { answered: done, failed: lost } }
"""

"""`ivr call` of flows that call somebody, join a meeting, or bring others in."""

from __future__ import annotations

import pytest

from tests.cli.shell import Ran, Shell

RING = """
schema: 1
flow: ring
start: greet
input: { phone: { type: phone } }
call_out: { to: "${phone}", from: "instance:9", attempts: 3, gap: 20m,
            on: { answered: greet, not_reached: nobody } }
prompts: { hello: "This is a reminder. Press 1 if you have heard it." }
states:
  greet: { type: menu, prompt: hello,
           on: { "1": { label: Heard, go: heard }, give_up: nobody } }
  heard: { type: hangup, result: heard }
  nobody: { type: hangup, result: nobody }
"""
BRING = """
schema: 1
flow: bring
start: expert
prompts: { talk: "You are both here now." }
states:
  expert: { type: invite, to: "user:11111111-1111-4111-8111-111111111111",
            on: { joined: both, no_answer: alone, declined: refused, failed: lost } }
  both: { type: prompt, prompt: talk, next: done }
  done: { type: hangup, result: together }
  alone: { type: hangup, result: alone }
  refused: { type: hangup, result: refused }
  lost: { type: hangup, result: lost }
"""


def told(ran: Ran, kind: str) -> list[str]:
    """What a call in JSON says of one kind of thing."""
    assert ran.code == 0, ran.err
    return [each["text"] for each in ran.json if each["kind"] == kind]


def end_of(ran: Ran) -> str:
    [end] = told(ran, "end")
    return end.split("\t")[0]


@pytest.mark.parametrize(
    ("dial", "calls", "end"),
    [
        ((), 1, "heard"),
        (("--dial", "busy, no_answer,answered"), 3, "heard"),
        (("--dial", "failed"), 3, "nobody"),
        (("--dial", "declined"), 1, "nobody"),
    ],
)
def test_who_is_called_does_as_he_is_told(
    ivr: Shell, dial: tuple[str, ...], calls: int, end: str
) -> None:
    ivr.write("ring", RING)
    ran = ivr("call", "ring", "--keys", "1", "--json", *dial)
    assert end_of(ran) == end
    assert told(ran, "dial") == ["phone:+442079460123"] * calls
    assert len(told(ran, "dialled")) == calls - (end == "heard")


def test_who_is_called_is_given(ivr: Shell) -> None:
    ivr.write("ring", RING)
    ran = ivr("call", "ring", "--set", "phone=+442079460999", "--json")
    assert told(ran, "dial") == ["phone:+442079460999"]
    out = ivr("call", "ring", "--dial", "busy").out
    assert "☎ rings phone:+442079460123" in out
    assert "☎ attempt 3: busy" in out


@pytest.mark.parametrize("given", ["busi", "busy,", "", "undecided"])
def test_what_nobody_can_do_is_a_usage_error(ivr: Shell, given: str) -> None:
    ivr.write("ring", RING)
    ran = ivr("call", "ring", "--dial", given)
    assert (ran.code, "--dial" in ran.sentence) == (2, True)


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ("joined", "together"),
        ("no_answer", "alone"),
        ("declined", "refused"),
        ("failed", "lost"),
    ],
)
def test_who_is_invited_does_as_he_is_told(ivr: Shell, given: str, end: str) -> None:
    ivr.write("bring", BRING)
    ran = ivr("call", "bring", "--invite", given, "--json")
    assert end_of(ran) == end
    assert len(told(ran, "invite")) == 1
    assert bool(told(ran, "people")) == (given == "joined")

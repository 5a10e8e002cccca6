"""The transcript of a call: what a test says that happens, and what came of it, line by line.

    0.0 > connected
          listen_for_tones
          play_prompts choose
          in ask: media 12.0
    1.5 > key 1
          stop_media
          ask: choice 1 -> sales
          ends: sales

A line with `>` is written by hand: the second, and what happens then. Everything else is written
by the engine. Deadlines that pass in between fire by themselves and are shown with a `*`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import asdict
from universe import CALLER, Ride, kind_of

from ivr.core.effects import AnyEffect
from ivr.core.events import AnyEvent, CallArrived, CallEnded, CallProgressed, PromptFinished
from ivr.core.values import Audio, Caller, Target
from ivr.expr.types import unpack

_INPUT = re.compile(r"^ *([0-9.]+) > (.+)$", re.MULTILINE)
_MARGIN = " " * 8
_EVERY_CALL = {"keep_alive", "max_duration"}

_WORDS: Mapping[str, tuple[AnyEvent, ...]] = {
    "waits": (),
    "call": (CallArrived(CALLER),),
    "withheld call": (CallArrived(Caller()),),
    "connected": (CallArrived(CALLER), CallProgressed("established", audio=True)),
    "up": (CallProgressed("established", audio=True),),
    "hangs up": (CallEnded("hung_up", "200/4521"),),
}
_ABOUT = {
    "prompt_finished": ("play_prompts", "record_caller"),
    "recording_finished": ("record_caller",),
    "recording_stored": ("fetch_recording",),
    "http_answered": ("send_request",),
    "http_failed": ("send_request",),
}


def inputs_of(transcript: str) -> list[tuple[float, str]]:
    """The lines written by hand: when, and what."""
    return [(float(at), words) for at, words in _INPUT.findall(transcript)]


def transcribe(ride: Ride, inputs: list[tuple[float, str]]) -> str:
    """Let it all happen; the whole transcript."""
    return "\n".join(line for at, words in inputs for line in _lines(ride, at, words)) + "\n"


def _lines(ride: Ride, at: float, words: str) -> Iterator[str]:
    timers: list[str] = []
    seen = _seen(ride)

    def fired() -> None:
        nonlocal seen
        timers.extend([f"{_seconds(ride, ride.now)} *", *_came_of_it(ride, seen, len(ride.done))])
        seen = _seen(ride)

    yield from ()
    length = round(at * 1000) - (ride.now - ride.began)
    assert length >= 0, f"{at} is in the past"
    done = len(ride.done)
    ride.wait(length, fired)
    yield from timers
    yield f"{at:5.1f} > {words}"
    done, moves, seen = len(ride.done), len(ride.trace), _seen(ride)
    for event in _events(ride, words):
        ride.tell(event)
    yield from ()

"""Small histories in which everything is well, to plant one thing into that is not."""

from __future__ import annotations

from soak.history import (
    Commanded,
    Ended,
    Entry,
    Heard,
    History,
    Kept,
    KeptLine,
    Phase,
    Placed,
    Posted,
    Rang,
)
from soak.record import Record

LINE = "11111111-2222-4333-8444-555555555555"
OUT = "out-0123456789abcdef0123456789abcdef"
LEG = f"{OUT}.1"
OUT_LINE = "66666666-7777-4888-8999-000000000000"
AGENT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def posted(at: float, kind: str, status: int = 202, line: str = LINE, node: str = "n1") -> Posted:
    return Posted(at, at + 0.01, line, (kind,), status, node)


def commanded(at: float, action: str, context: str = "", to: str = "", line: str = LINE,
              status: int = 200) -> Commanded:  # fmt: skip
    return Commanded(at, at + 0.01, line, action, status, context, to)


def line(at: float, event: str, *effects: str, verdict: str = "ok") -> KeptLine:
    return KeptLine(at, event, verdict, effects)


def kept(*lines: KeptLine, call: str = LINE, closed: bool = True) -> Kept:
    phase = "ended" if closed else "connected"
    return Kept(900.0, call, "front", phase, "bye", "ended_by_us", closed, lines)


def good_call() -> list[Entry]:
    """A call that is answered, hears a prompt, is handed on, and ends."""
    return [
        Rang(100.0, LINE, "caller"),
        posted(100.0, "call_arrived"),
        commanded(100.1, "answer", status=202),
        posted(100.3, "call_progressed"),
        commanded(100.4, "playPrompt", f"{LINE}.3"),
        Heard(100.5, 105.0, LINE, "welcome"),
        posted(105.1, "prompt_finished"),
        commanded(105.2, "transfer", to=AGENT, status=202),
        posted(107.0, "call_ended"),
        Ended(107.0, LINE, "transferred"),
        kept(
            line(100.0, "call_arrived", "answer_call"),
            line(100.3, "call_progressed", "play_prompts"),
            line(105.1, "prompt_finished", "transfer_call"),
            line(107.0, "call_ended"),
        ),
    ]


def good_call_out() -> list[Entry]:
    """A call that the engine places, and that nobody answers."""
    return [
        Placed(200.0, OUT_LINE, OUT, LEG, AGENT),
        commanded(200.0, "create", line="", to=AGENT, status=201),
        posted(205.0, "call_ended", line=OUT_LINE),
        Ended(205.0, OUT_LINE, "no_answer"),
        kept(line(199.9, "call_wanted", "place_call"), line(205.0, "call_ended"), call=OUT),
    ]


def record(*planted: Entry, without: tuple[Entry, ...] = ()) -> Record:
    """The two good calls with something planted into them, or taken out; calm is from 150 on."""
    history = History()
    entries = [*good_call(), *good_call_out(), *planted]
    for entry in [*entries, Phase(150.0, "calm"), Phase(400.0, "silent"), Phase(800.0, "end")]:
        if entry not in without:
            history.add(entry)
    return Record(history)

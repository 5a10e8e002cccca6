"""What is printed: a line of progress, a table of figures, and the evidence of each breach."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from soak.figures import Row, figures
from soak.history import NodeDid, Phase
from soak.ladder import ladder
from soak.record import Breach, Record
from soak.world import World

SHOWN = 5
"""Breaches of a kind that are printed with their ladders."""

EVERY = 30
"""Seconds between two lines of progress where there is no terminal."""


def progress() -> Callable[[World, float], None]:
    """Shows how far a run has come: one line on a terminal, now and then a line elsewhere."""
    told = -EVERY

    def show(world: World, seconds: float) -> None:
        nonlocal told
        kills = sum(each.deed == "killed" for each in world.history.of(NodeDid))
        phase = next((each.name for each in reversed(world.history.of(Phase))), "faults")
        words = (
            f"{seconds:4.0f} s  {phase:<6}  {world.on_the_line} on the line, "
            f"{kills} of {world.options.kills} kills"
        )
        if sys.stderr.isatty():
            print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)
        elif seconds - told >= EVERY:
            told = int(seconds)
            print(words, file=sys.stderr, flush=True)

    return show


def write_ladders(record: Record, path: Path) -> None:
    """Every call of a run, for whoever looks into one."""
    with path.open("w", encoding="utf-8") as file:
        for call in dict.fromkeys(record.calls.values()):
            file.writelines(f"{line}\n" for line in [*ladder(record, call), ""])


def report(title: str, record: Record, found: Mapping[str, Sequence[Breach]]) -> str:
    """The figures, the verdicts and the evidence, as one text."""
    rows: list[Row] = [*figures(record)]
    rows += [(name, f"{len(breaches)}") for name, breaches in found.items()]
    width = max(len(name) for name, _ in rows)
    lines = [title, *(f"  {name:<{width}}  {words}" for name, words in rows)]
    for name, breaches in found.items():
        lines += _evidence(name, record, breaches)
    return "\n".join(lines)


def _evidence(name: str, record: Record, breaches: Sequence[Breach]) -> list[str]:
    lines: list[str] = []
    for breach in breaches[:SHOWN]:
        lines += ["", f"{name}: {breach.call} {breach.words}".rstrip()]
        lines += [f"    {line}" for line in ladder(record, breach.call)] if breach.call else []
    if len(breaches) > SHOWN:
        lines.append(f"{name}: and {len(breaches) - SHOWN} more")
    return lines

"""How a simulated call looks in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from ivr.core.values import Millis
from ivr.simulator.narrator import Line, Narrator

WIDTH = 96


class Printer:
    """Prints what a narrator tells."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator

    def title(self, title: str, flow: str, started: Millis) -> None:
        """The head of the call."""
        when = datetime.fromtimestamp(started / 1000, UTC).strftime("%a %d %b %Y %H:%M UTC")
        click.secho(f"☎ {title} ({flow})", bold=True, nl=False)
        click.secho(f"   {when}", dim=True)

    def print_news(self) -> None:
        """What has happened since the last time."""
        for line in self._narrator.news():
            _LOOKS[line.kind](line)


def _clock(line: Line) -> str:
    minutes, seconds = divmod(line.at / 1000, 60)
    return f"{int(minutes):02}:{seconds:04.1f}"


def _row(line: Line, mark: str, text: str, **style: object) -> None:
    click.secho(f"{_clock(line)}  ", dim=True, nl=False)
    click.secho(f"{mark} {text}", **style)  # type: ignore[arg-type]


def _heard(line: Line) -> None:
    name, _, words = line.text.partition("\t")
    if name == "beep":
        _row(line, "♪", "beep", dim=True)
    else:
        _row(line, "▶", f"“{words}”", fg="cyan")


def _state(line: Line) -> None:
    state, outcome, target = line.text.split("\t")
    _row(line, "●", f"{state} – {outcome} → {target}", dim=True)


def _end(line: Line) -> None:
    result, _, how = line.text.partition("\t")
    _row(line, "■", f"{result} ({how})", bold=True)


_LOOKS: dict[str, Callable[[Line], None]] = {
    "heard": _heard,
    "state": _state,
    "end": _end,
    "pressed": lambda line: _row(line, "◀", f"pressed {line.text}", fg="green"),
    "said": lambda line: _row(line, "◀", line.text, fg="green"),
    "asked": lambda line: _row(line, "⇢", line.text, fg="magenta"),
    "answered": lambda line: _row(line, "⇠", line.text, fg="magenta"),
    "dial": lambda line: _row(line, "☎", f"rings {line.text}", fg="yellow"),
    "dialled": lambda line: _row(line, "☎", line.text, fg="yellow"),
    "invite": lambda line: _row(line, "⇒", f"invites {line.text}", fg="yellow"),
    "people": lambda line: _row(line, "◇", line.text, dim=True),
    "transfer": lambda line: _row(line, "⇒", f"transfer {line.text}", fg="yellow"),
}

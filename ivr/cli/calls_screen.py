"""How calls look in a terminal of 80 columns. No number of a caller is ever shown whole."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

import click

from ivr.cli.calls_batch import How, Outcome
from ivr.server.api.bodies import CallHistory, CallShown, EventShown, Fate, MoveShown
from ivr.server.masking import masked

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_PHONE = re.compile(r"\+[0-9]{7,15}")
WIDTHS = (36, 8, 15, 15)
FATES: dict[Fate, str | None] = {"done": "green", "failed": "red", "unknown": "red"}


def table(calls: Sequence[CallShown], now: datetime) -> None:
    """Calls as a table, one line each."""
    if not calls:
        click.echo("There are no calls.")
        return
    click.secho(_row("CALL", "STARTED", "FLOW", "STATE, RESULT"), dim=True)
    for call in calls:
        how = call.state if call.live else call.result or call.end
        line = _row(call.id, _when(call.started_at, now), call.flow, how or call.phase)
        click.secho(line, fg="green" if call.live else None)


def history(call: CallHistory) -> None:
    """One call: what it is, its way, and what it wanted done."""
    click.secho(call.id, bold=True, nl=False)
    click.echo(f"   {call.flow or 'no flow'}")
    click.echo(f"  {_state(call)}")
    click.secho(f"  {_span(call)}{_attempts(call)}   flows {call.bundle[:12]}", dim=True)
    moves = [(event, move) for event in call.events for move in event.moves]
    if moves:
        click.secho("\n  way", bold=True)
    for event, move in moves:
        _show_move(event, move)
    if call.effects:
        click.secho("\n  wanted", bold=True)
    for effect in call.effects:
        click.echo(f"  {_clock(effect.at)}  {effect.kind:<24} ", nl=False)
        fate = effect.fate.replace("_", " ")
        click.secho(f"{fate} {effect.code}".rstrip(), fg=FATES.get(effect.fate))


def line_of(outcome: Outcome) -> str:
    """One row of a file, done."""
    numbers = filter(_PHONE.fullmatch, outcome.person.inputs.values())
    who = " ".join(map(masked, numbers))
    tries = f", {outcome.attempts} attempts" if outcome.attempts > 1 else ""
    told = ending(outcome.how, outcome.result, outcome.error)
    return f"row {outcome.person.row:<5} {who:<9} {told}{tries}".rstrip()


def ending(how: How, result: str, why: str) -> str:
    """How a call went, with the flow's result and the reason if it went ill."""
    reason = f" ({why})" if why and why != result else ""
    return f"{how.replace('_', ' ')}: {result or 'no result'}{reason}"


def counts(outcomes: Iterable[Outcome]) -> str:
    """How many of each kind there are."""
    found = Counter(outcome.how for outcome in outcomes)
    kinds: tuple[How, ...] = ("reached", "not_reached", "failed")
    return ", ".join(f"{found[kind]} {kind.replace('_', ' ')}" for kind in kinds)


class Progress:
    """Shows how a file of calls goes: a bar at a terminal, a line for each row elsewhere."""

    def __init__(self, people: int, *, quiet: bool) -> None:
        self._done: list[Outcome] = []
        self._quiet = quiet
        self._bar: ProgressBar[int] | None = None
        if not quiet and sys.stderr.isatty():
            self._bar = click.progressbar(
                length=people, file=sys.stderr, width=16, show_eta=False, show_percent=False,
                show_pos=True, item_show_func=lambda _: counts(self._done),
            )  # fmt: skip

    def __enter__(self) -> Progress:
        self._around().__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._around().__exit__(kind, error, trace)

    def finished(self, outcome: Outcome) -> None:
        """See `Watcher`."""
        self._done.append(outcome)
        if self._bar is not None:
            self._bar.update(1, len(self._done))
        elif not self._quiet:
            click.echo(line_of(outcome))

    def _around(self) -> AbstractContextManager[object]:
        return self._bar or nullcontext()


def _show_move(event: EventShown, move: MoveShown) -> None:
    target = move.to or "the end"
    note = f" ({move.note})" if move.note and move.note != move.outcome else ""
    click.echo(f"  {_clock(event.at)}  {move.state} – {move.outcome}{note} → {target}", nl=False)
    click.secho(f"   {move.file}:{move.line}" if move.line else "", dim=True)


def _row(*cells: str) -> str:
    fitted = (_fit(cell, width) for cell, width in zip(cells, WIDTHS, strict=True))
    return "  ".join(fitted).rstrip()


def _fit(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else f"{text[: width - 1]}…"


def _when(at: datetime, now: datetime) -> str:
    """The time of day, or the day when it is another."""
    local, today = at.astimezone(), now.astimezone()
    return local.strftime("%H:%M:%S" if local.date() == today.date() else "%d %b")


def _clock(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M:%S")


def _state(call: CallHistory) -> str:
    if call.live:
        return f"{click.style('live', fg='green')} in {call.state or '–'} ({call.phase})"
    end = f" ({call.end})" if call.end and call.end != call.result else ""
    code = f", code {call.code}" if call.code else ""
    return f"over: {call.result or 'no result'}{end}{code}"


def _span(call: CallHistory) -> str:
    started = call.started_at.astimezone().strftime("%d %b %Y %H:%M:%S")
    if call.ended_at is None:
        return started
    seconds = round((call.ended_at - call.started_at).total_seconds())
    return f"{started}, {seconds // 60}:{seconds % 60:02} min"


def _attempts(call: CallHistory) -> str:
    return f", {call.attempts} attempts" if call.attempts > 1 else ""

"""How findings look: for a terminal of 80 columns, and as one JSON document."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Sequence

import click

import ivr
from ivr.cli.doctor.check import Verdict
from ivr.cli.doctor.examine import Examined

FORMAT_VERSION = "1.0"
"""Of the JSON form; the first number changes when a program that reads it has to."""

MARKS: dict[Verdict, tuple[str, str | None]] = {
    "ok": ("✔", "green"),
    "warning": ("!", "yellow"),
    "failed": ("✗", "red"),
    "skipped": ("–", None),
}
NAME = 14
INDENT = NAME + 5
WIDEST = 100


class Screen:
    """Prints findings as they come, under the headings of their groups."""

    def __init__(self) -> None:
        self._group = ""
        self._width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)

    def show(self, found: Examined) -> None:
        """One more finding."""
        if found.check.group != self._group:
            self._group = found.check.group
            click.secho(f"\n {self._group}", bold=True)
        finding = found.finding
        mark, color = MARKS[finding.verdict]
        dim = finding.verdict == "skipped" or None
        first, *rest = self._wrapped(finding.said)
        click.secho(f"   {mark} {found.check.name:<{NAME}}", fg=color, dim=dim, nl=False)
        click.secho(first, dim=dim)
        for line in rest:
            click.secho(" " * INDENT + line, dim=dim)
        if finding.fix:
            for number, line in enumerate(self._wrapped(finding.fix, 2)):
                click.secho(f"{' ' * INDENT}{'  ' if number else '→ '}{line}", fg="cyan")

    def total(self, examined: Sequence[Examined], seconds: float) -> None:
        """The last line."""
        count = counts(examined)
        words = {
            "ok": "ok",
            "warning": "warning" if count["warning"] == 1 else "warnings",
            "failed": "failed",
            "skipped": "not looked at",
        }
        told = [f"{count[kind]} {word}" for kind, word in words.items() if count[kind]]
        bad = bool(count["failed"])
        click.secho(f"\n {', '.join(told)}", bold=True, fg="red" if bad else "green", nl=False)
        click.secho(f"   {seconds:.1f} s", dim=True)

    def _wrapped(self, text: str, more: int = 0) -> list[str]:
        room = max(self._width - INDENT - more, 20)
        return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def counts(examined: Sequence[Examined]) -> Counter[str]:
    """How many findings there are of each kind."""
    return Counter(each.finding.verdict for each in examined)


def as_json(examined: Sequence[Examined]) -> str:
    """All findings as one document."""
    count = counts(examined)
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "tool": {"name": "ivr", "version": ivr.__version__},
            "summary": {verdict: count[verdict] for verdict in MARKS},
            "checks": [
                {
                    "name": each.check.name,
                    "group": each.check.group,
                    "verdict": each.finding.verdict,
                    "said": each.finding.said,
                    "fix": each.finding.fix,
                    "seconds": round(each.seconds, 3),
                }
                for each in examined
            ],
        },
        indent=2,
    )

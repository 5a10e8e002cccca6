"""`ivr check`: every finding in the flows, with its place."""

from __future__ import annotations

import os
import sys
import time
from typing import cast

import click

from ivr.cli.flows import locate, project_settings
from ivr.flow.bundle import Loaded, load_folder
from ivr.flow.diagnostics import Severity
from ivr.flow.report import Format, render, totals

FORMATS = ("auto", "full", "concise", "json", "github", "azure")


@click.command(short_help="Check flows and say what is wrong, and where.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="auto", help="How to print.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    help="When to colour.",
)
def command(
    paths: tuple[str, ...], form: str, as_json: bool, strict: bool, exit_zero: bool, color: str
) -> int:
    """Check the flows at PATH: names, folders or files; the project's own by default.

    Exits with 0 when they can run, with 1 when they cannot.
    """
    settings = project_settings()
    started = time.perf_counter()
    places = [locate(path) for path in paths or (None,)]
    found = [load_folder(place, settings.env, only=name) for place, name in places]
    diagnostics = [each for loaded in found for each in loaded.diagnostics]
    sources = {file: lines for loaded in found for file, lines in loaded.sources.items()}
    chosen: Format = "json" if as_json else _format(form)
    coloured = _colour(color)
    text = render(diagnostics, sources, chosen, color=coloured)
    if text:
        click.echo(text, color=coloured)
    if chosen == "full":
        click.echo(_summary(found, time.perf_counter() - started))
    failed = any(each.severity is Severity.ERROR or strict for each in diagnostics)
    return 1 if failed and not exit_zero else 0


def _format(form: str) -> Format:
    if form != "auto":
        return cast("Format", form)
    if os.environ.get("TF_BUILD"):
        return "azure"
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "full" if sys.stdout.isatty() else "concise"


def _colour(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _summary(found: list[Loaded], seconds: float) -> str:
    diagnostics = [each for loaded in found for each in loaded.diagnostics]
    programs = [p for loaded in found if loaded.bundle for p in loaded.bundle.programs.values()]
    states, prompts = (
        sum(len(getattr(p, what)) for p in programs) for what in ("states", "prompts")
    )
    counts = {"flow": len(programs), "state": states, "prompt": prompts}
    counted = ", ".join(_count(number, noun) for noun, number in counts.items())
    return f"Checked {counted} in {seconds:.2f} s: {totals(diagnostics)}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

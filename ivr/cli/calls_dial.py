"""`ivr calls dial`: place one call, or one for each row of a file."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click
from msgspec import Struct

from ivr.cli import calls_screen as screen
from ivr.cli.calls_batch import LOOK_EVERY, Batch, Pace, how_it_went, why_not
from ivr.cli.calls_client import Admin
from ivr.cli.calls_node import admin_of, json_option, print_json, url_option
from ivr.cli.calls_people import People, check_inputs, read_people
from ivr.cli.calls_results import Results
from ivr.errors import UsageError

PATIENCE = 60.0
"""Seconds for which this command outlives a node that is being restarted."""
GUARDED = ("not_allowed", "limit_reached")
"""What our own rules say of a destination."""
OK, FAILED, REFUSED, INTERRUPTED = 0, 1, 5, 130


@click.command(short_help="Place one call, or one for each row of a file.")
@click.argument("flow", metavar="FLOW")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="An input of the flow.")
@click.option("--wait", is_flag=True, help="Follow the call to its end.")
@click.option("--csv", "file", type=click.Path(path_type=Path), help="One call for each row.")
@click.option("--at-once", default=5, type=click.IntRange(1, 100), help="So many at a time.")
@click.option("--per-minute", default=0, type=click.IntRange(0, 600), help="So many a minute.")
@click.option("--batch", default="", metavar="NAME", help="Another name calls everybody again.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the results to a CSV file.")
@click.option("--yes", is_flag=True, help="Do not ask before a file of people is called.")
@url_option
@json_option
def dial(
    flow: str, given: tuple[str, ...], wait: bool, file: Path | None, at_once: int,
    per_minute: int, batch: str, out: Path | None, yes: bool, url: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Place a call with FLOW, or with --csv one for each row of a file.

    The first line of the file names inputs of the flow. Everything is checked before anybody is
    called. After an interruption give the same file again: nobody is called twice with the same
    file, flow and --batch. A file that was edited is another file.

    Exits with 1 when a call failed. One call with --wait also exits with 1 when nobody was reached,
    and with 5 when its destination is not allowed or a limit is reached.
    """
    if file is None:
        if out or batch:
            raise UsageError("--out and --batch belong to --csv.")
        return _dial_one(admin_of(url, PATIENCE), flow, _inputs(given), wait=wait, json=as_json)
    if given or wait:
        raise UsageError("--set and --wait are for one call: in a file the columns are the inputs.")
    admin = admin_of(url, PATIENCE)
    takes = admin.flow(flow)
    people = read_people(file, takes)
    results = Results(out, file)
    _ask(f"Call {len(people.rows)} people with {takes.title or flow}?", yes=yes)
    with screen.Progress(len(people.rows), quiet=as_json) as progress:
        run = Batch(admin, flow, batch, people, Pace(at_once, per_minute), progress)
        stopped = _run(run, results)
    _report(run, people, out, stopped=stopped, json=as_json)
    failed = any(outcome.how == "failed" for outcome in run.outcomes)
    return INTERRUPTED if stopped else FAILED if failed else OK


def _dial_one(admin: Admin, flow: str, inputs: Mapping[str, str], *, wait: bool, json: bool) -> int:
    check_inputs(inputs, admin.flow(flow))
    dialled = admin.dial(flow, inputs, secrets.token_hex(16))
    if not wait:
        print_json(dialled) if json else click.echo(dialled.id)
        return OK
    if not json:
        click.echo(dialled.id)
    while admin.call(dialled.id).live:
        time.sleep(LOOK_EVERY)
    call = admin.history(dialled.id)
    how = how_it_went(call)
    if json:
        print_json(call)
    else:
        click.echo(screen.ending(how, call.result or call.end, why_not(call)))
    if call.code in GUARDED:
        return REFUSED
    return OK if how == "reached" else FAILED


def _inputs(given: tuple[str, ...]) -> dict[str, str]:
    inputs: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name or name in inputs:
            raise UsageError("--set takes NAME=VALUE, each name once, such as phone=+44….")
        inputs[name] = value
    return inputs


def _ask(question: str, *, yes: bool) -> None:
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)


def _run(run: Batch, results: Results) -> bool:
    """Call everybody; whether somebody stopped it. The results are written in any case."""
    try:
        run.run()
    except KeyboardInterrupt:
        return True
    finally:
        results.write(run.all())
    return False


class RowShown(Struct, frozen=True):
    """What came of one row of the file, without anything of the person."""

    row: int
    call: str
    how: str
    result: str
    attempts: int
    error: str


class BatchShown(Struct, frozen=True):
    """What came of a file; `left` rows were not begun."""

    people: int
    left: int
    rows: list[RowShown]


def _report(run: Batch, people: People, out: Path | None, *, stopped: bool, json: bool) -> None:
    outcomes = run.all()
    if json:
        rows = [RowShown(each.person.row, each.call_id, each.how, each.result, each.attempts,
                         each.error) for each in outcomes]  # fmt: skip
        print_json(BatchShown(len(people.rows), run.left, rows))
        return
    click.echo(f"{len(people.rows)} people: {screen.counts(outcomes)}.")
    if stopped:
        going_on = sum(each.how == "goes_on" for each in outcomes)
        click.echo(
            f"Stopped: {going_on} calls go on by themselves, {run.left} were not begun.\n"
            "The same command goes on from here and calls nobody twice."
        )
    if out is not None:
        click.echo(f"The results are in {out}.")

"""`ivr call`: a telephone in the terminal, on the virtual clock."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from ivr.cli.flows import load_one, project_settings
from ivr.cli.telephone import Printer
from ivr.core.program import Program
from ivr.core.values import Caller, Millis, parse_target
from ivr.errors import SpokenValueError, UsageError
from ivr.expr.types import Value, coerce
from ivr.simulator.caller import act, leave_question, next_question, play, read_keys
from ivr.simulator.live_http import live
from ivr.simulator.narrator import Narrator
from ivr.simulator.phone.rules import Call, Outcome, Rules
from ivr.simulator.session import Session, ok

OUTCOMES: tuple[Outcome, ...] = ("answered", "no_answer", "busy", "declined", "failed")
INVITEES: dict[str, Outcome] = {
    "joined": "answered",
    "no_answer": "no_answer",
    "declined": "declined",
    "failed": "failed",
}
HELP = "keys 0-9 * #   Enter: stay silent   say: speak   hangup   vars   quit"


@click.command(short_help="Call a flow from the terminal.")
@click.argument("flow", required=False)
@click.option("--keys", metavar="ITEMS", help="One item per question: 1,wait,1234#,say,hangup.")
@click.option("--at", metavar="TIME", help="When: 2026-12-24T17:55 or now (next opening time).")
@click.option("--caller", default="+442079460123", help="Number or user:ID; empty: withheld.")
@click.option(
    "--transfer",
    type=click.Choice(OUTCOMES),
    default="answered",
    help="What the other side of a transfer does.",
)
@click.option(
    "--dial",
    metavar="OUTCOMES",
    default="answered",
    help="What one does whom the flow calls, by attempt: busy,no_answer,declined,answered.",
)
@click.option(
    "--invite",
    type=click.Choice(tuple(INVITEES)),
    default="joined",
    help="What those do who are invited.",
)
@click.option("--live-http", is_flag=True, help="Really ask the business systems.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A value of `input:`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(
    flow: str | None, keys: str | None, at: str | None, caller: str, transfer: Outcome, dial: str,
    invite: str, live_http: bool, given: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Call FLOW (its name, folder or file) and hear it as text.

    A flow that calls somebody calls you; what its inputs are not given by --set are samples.
    Nothing goes to a network: transfers do what --transfer says, and business systems answer
    with sample values. Without --keys and at a terminal it asks what to press.
    """
    program, _ = load_one(flow)
    items = read_keys(keys) if keys is not None else None
    who = _caller(caller)
    started = _moment(at, program)
    business = live(project_settings().secret_env) if live_http else ok
    rules = Rules(transferee=transfer, invitee=INVITEES[invite])
    session = Session(program, Call(at=started, caller=who, to="+442079460999"), rules, business,
                      _inputs(given, program), _dials(dial))  # fmt: skip
    narrator = Narrator(session)
    if as_json:
        play(session, items or [])
        click.echo(json.dumps([{"at": n.at, "kind": n.kind, "text": n.text}
                               for n in narrator.news()], ensure_ascii=False))  # fmt: skip
        return
    printer = Printer(narrator)
    printer.title(program.title, program.flow, started)
    watch = printer.print_news
    if items is None and sys.stdin.isatty():
        _ask(session, watch)
    else:
        play(session, items or [], watch)
    watch()


def _ask(session: Session, watch: Callable[[], None]) -> None:
    """Let a person answer the questions."""
    click.secho(HELP, dim=True)
    while not session.over:
        asked = next_question(session, watch)
        if not asked:
            break
        item = _item(session)
        if item == "quit":
            session.hang_up()
            continue
        act(session, item)
        leave_question(session, asked, watch)


def _item(session: Session) -> str:
    while True:
        typed = str(click.prompt("  keys", default="", show_default=False)).strip() or "wait"
        if typed == "vars":
            click.echo("  " + json.dumps(session.variables(), ensure_ascii=False, default=str))
            continue
        if typed == "quit":
            return typed
        try:
            return read_keys(typed)[0]
        except UsageError:
            click.secho(f"  {HELP}", dim=True)


def _moment(text: str | None, program: Program) -> Millis:
    if text is None or text == "now":
        now = time.time_ns() // 1_000_000
        openings = [each.next_opening(now) for each in program.calendars.values()]
        return now if text else min((at for at in openings if at is not None), default=now)
    moment, _, zone = text.partition(" ")
    try:
        read = datetime.fromisoformat(moment)
        known = ZoneInfo(zone or _zone(program)) if read.tzinfo is None else read.tzinfo
        if not 1970 < read.year < 9999:
            raise ValueError("no calendar reaches so far")
        return int(read.replace(tzinfo=known).timestamp() * 1000)
    except (ValueError, ZoneInfoNotFoundError, OverflowError):
        raise UsageError(f"--at {text!r} is not a time: write 2026-12-24T17:55.") from None


def _zone(program: Program) -> str:
    zones = [calendar.timezone.key for calendar in program.calendars.values()]
    return zones[0] if zones else program.speaker.timezone


def _inputs(given: tuple[str, ...], program: Program) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or name not in program.inputs:
            known = ", ".join(program.inputs) or "none"
            raise UsageError(f"--set {name}: write NAME=VALUE with an input of the flow ({known}).")
        try:
            values[name] = coerce(value, program.declarations[name])
        except SpokenValueError as error:
            raise UsageError(f"--set {name}: {error}") from None
    return values


def _dials(text: str) -> list[Outcome]:
    """What one does who is called, one attempt after the other."""
    words = [word.strip() for word in text.split(",")]
    known: dict[str, Outcome] = {outcome: outcome for outcome in OUTCOMES}
    wrong = [word for word in words if word not in known]
    if wrong:
        raise UsageError(f"--dial: {wrong[0]!r} is not one of {', '.join(OUTCOMES)}.")
    return [known[word] for word in words]


def _caller(text: str) -> Caller:
    who = parse_target(text) if text else None
    if who is not None and who.kind in {"phone", "user"}:
        return Caller("phone" if who.kind == "phone" else "user", who.id)
    if text:
        raise UsageError("--caller needs a number such as +442079460123, or user:ID.")
    return Caller()

"""The command line: finds the command, and turns every failure into a sentence and a code.

Commands are imported when they are called, so that `ivr version` does not pay for a server.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from ivr.errors import (
    IvrError,
    Refused,
    SpokenValueError,
    StoreUnavailable,
    Temporary,
    UsageError,
)

OK, FINDINGS, USAGE, INTERNAL, UNREACHABLE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

COMMANDS = {
    "demo": "Start",
    "doctor": "Start",
    "check": "Author",
    "call": "Author",
    "graph": "Author",
    "schema": "Author",
    "serve": "Run",
    "sim": "Run",
    "version": "Run",
    "calls": "Operate",
}
"""Every command with the group under which `ivr --help` lists it, in that order."""


class Commands(click.Group):
    """Loads a command from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of their groups."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"ivr.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual, with a guess at what a misspelt command was meant to be."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from rapidfuzz.distance import DamerauLevenshtein
            from rapidfuzz.process import extractOne

            # Not the default scorer, for which a longer command that begins alike is nearer.
            near = DamerauLevenshtein.normalized_similarity
            meant = extractOne(args[0], list(COMMANDS), scorer=near, score_cutoff=0.6)
            guess = f" Did you mean `ivr {meant[0]}`?" if meant else " See `ivr --help`."
            ctx.fail(f"There is no command `{args[0]}`.{guess}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under the headings of their groups."""
        for group in dict.fromkeys(COMMANDS.values()):
            names = [name for name, heading in COMMANDS.items() if heading == group]
            rows = [(name, self._summary(ctx, name)) for name in names]
            with formatter.section(group):
                formatter.write_dl(rows)

    def _summary(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=70) if command else ""


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("-C", "directory", metavar="DIR", help="Run as if started in DIR.")
@click.pass_context
def cli(context: click.Context, directory: str | None) -> None:
    """Call flows for Microsoft Teams, written as YAML state machines.

    Start with `ivr demo`: it needs no account and no network.
    """
    if directory is not None:
        try:
            os.chdir(directory)
        except OSError as error:
            raise UsageError(f"-C {directory}: {error.strerror}.") from None
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. Prints one sentence for a failure, never a traceback."""
    try:
        result: Any = cli.main(list(arguments) if arguments is not None else None,
                               prog_name="ivr", standalone_mode=False)  # fmt: skip
        return result if isinstance(result, int) else OK
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        return _say(error.format_message(), USAGE)
    except IvrError as error:
        return _say(_sentence(error), _code(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit:
        # So click ends when whoever reads our output has heard enough.
        return OK
    except OSError as error:
        return _say(f"{error.filename or 'The machine'}: {error.strerror or 'it failed'}.", USAGE)
    except Exception as fault:
        return _say(f"This is a fault of ivr itself ({_where(fault)}); please report it.", INTERNAL)


def _say(sentence: str, code: int) -> int:
    click.echo(f"ivr: {sentence}", err=True)
    return code


def _sentence(error: IvrError) -> str:
    from ivr.flow.diagnostics import FlowError
    from ivr.flow.report import render

    if not isinstance(error, FlowError):
        return str(error)
    return "the flows cannot be used.\n" + render(error.diagnostics, error.sources, "full")


def _code(error: IvrError) -> int:
    from ivr.flow.diagnostics import FlowError

    if isinstance(error, FlowError):
        return FINDINGS
    if isinstance(error, UsageError | SpokenValueError):
        return USAGE
    if isinstance(error, Refused):
        return REFUSED
    return UNREACHABLE if isinstance(error, Temporary | StoreUnavailable) else INTERNAL


def _where(fault: Exception) -> str:
    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return type(fault).__name__
    code = frame.tb_frame.f_code
    return f"{type(fault).__name__} in {os.path.basename(code.co_filename)}:{frame.tb_lineno}"

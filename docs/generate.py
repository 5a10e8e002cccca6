"""Writes the parts of the documentation that come from the code: `python -m docs.generate`.

What stands between `<!-- begin NAME -->` and `<!-- end NAME -->` in a page is made by the function
of that name below; the output of commands is made by running them (`docs/console.py`). With
`--check` nothing is written, and the exit code is 1 when a page is not up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import click

from docs.console import played
from ivr.cli import main as command_line
from ivr.flow import reference
from ivr.flow.reference import table
from ivr.flow.reference_words import default_in_words, description, fields_of, kind_in_words
from ivr.server.settings import SECRETS, Settings
from ivr.simulator.faults.catalogue import faults_table
from ivr.simulator.graph.openapi import DOCUMENT

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"<!-- begin ([a-z-]+) -->\n.*?<!-- end \1 -->", re.DOTALL)
FROM_FLOWS = {"env": "IVR_ENV_<NAME>", "secret_env": "IVR_SECRET_ENV_<NAME>"}
EXIT_CODES = (
    (command_line.OK, "It is done."),
    (command_line.FINDINGS, "The flows have errors, or a file is not up to date."),
    (command_line.USAGE, "The command line or a setting is wrong."),
    (command_line.INTERNAL, "A fault of ivr itself."),
    (command_line.UNREACHABLE, "The other side, or the store, cannot be reached."),
    (command_line.REFUSED, "The other side has refused it."),
    (command_line.INTERRUPTED, "Interrupted from the keyboard."),
)


def pages(root: Path = ROOT) -> list[Path]:
    """Every page that may have generated parts."""
    return [root / "README.md", *sorted(root.glob("docs/**/*.md")),
            *sorted(root.glob("examples/*/README.md"))]  # fmt: skip


def made(text: str, home: Path) -> str:
    """A page as it should be, whatever its generated parts say now."""
    whole = BLOCK.sub(lambda found: _block(found[1]), text)
    return played(whole, home)


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write the pages, or with `--check` name those that are not up to date."""
    stale = {
        page: new
        for page in pages(root)
        if (new := made(old := page.read_text("utf-8"), page.parent)) != old
    }
    for page, new in stale.items():
        print(page.relative_to(root))
        if "--check" not in arguments:
            page.write_text(new, encoding="utf-8")
    if stale and "--check" in arguments:
        print("These pages are not up to date: run `make docs`.", file=sys.stderr)
        return 1
    return 0


def settings() -> str:
    """Every setting with its variable, its key, its default and its meaning."""
    rows = []
    for field in fields_of(Settings):
        variable = FROM_FLOWS.get(field.name, f"IVR_{field.name.upper()}")
        key = {"env": "`[env]`", "secret_env": "–"}.get(field.name, f"`{field.name}`")
        default = "–" if field.name in FROM_FLOWS else default_in_words(field)
        meaning = re.sub(r"(?<!`)IVR_[A-Z_]+(?:<NAME>)?", r"`\g<0>`", description(field))
        meaning += " A list." if kind_in_words(field.type).startswith("list") else ""
        meaning += f" Also as `{variable}_FILE`." if field.name in SECRETS else ""
        rows.append((f"`{variable}`", key, default, meaning))
    return table(("variable", "in `ivr.toml`", "default", "meaning"), rows)


def commands() -> str:
    """Every command with its arguments and options."""
    context = click.Context(command_line.cli, info_name="ivr")
    found = ((name, command_line.cli.get_command(context, name)) for name in command_line.COMMANDS)
    return "\n\n".join(
        part for name, command in found if command for part in _command(f"ivr {name}", command)
    )


def command_table() -> str:
    """The commands in one line each."""
    context = click.Context(command_line.cli, info_name="ivr")
    rows = [
        (f"`ivr {name}`", command.get_short_help_str(limit=100))
        for name in command_line.COMMANDS
        if (command := command_line.cli.get_command(context, name)) is not None
    ]
    return table(("command", "for"), rows)


def exit_codes() -> str:
    """What a command exits with."""
    return table(("code", "meaning"), [(str(code), words) for code, words in EXIT_CODES])


def controls() -> str:
    """The simulator's own controls."""
    paths = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", DOCUMENT["paths"])
    rows = [
        (f"`{method.upper()} {path}`", operation["summary"])
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]
    return table(("control", "for"), rows)


def _block(name: str) -> str:
    return f"<!-- begin {name} -->\n\n{BLOCKS[name]()}\n\n<!-- end {name} -->"


def _command(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"## `{path}`"
    yield f"`{' '.join([path, *command.collect_usage_pieces(context)])}`"
    yield _paragraphs(command.help or "")
    options = [_option(each) for each in command.params if isinstance(each, click.Option)]
    if options:
        yield table(("option", "value", "meaning"), options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _command(f"{path} {name}", below)


def _option(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    default = option.default if isinstance(option.default, str | int | float) else None
    said = f" (`{default}`)" if default not in (None, "") and not option.is_flag else ""
    return names, _value(option), f"{option.help or ''}{said}".strip()


def _value(option: click.Option) -> str:
    if option.is_flag:
        return "–"
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{each}`" for each in option.type.choices)
    if isinstance(option.type, click.IntRange | click.FloatRange):
        return "number"
    return option.metavar or option.type.name


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


BLOCKS: Mapping[str, Callable[[], str]] = {
    "state-types": reference.state_types,
    "top-level": reference.top_level,
    "diagnostic-codes": reference.diagnostic_codes,
    "limits": reference.limits,
    "settings": settings,
    "commands": commands,
    "command-table": command_table,
    "exit-codes": exit_codes,
    "controls": controls,
    "faults": faults_table,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`ivr schema`: the JSON Schema of the flow language."""

from __future__ import annotations

from pathlib import Path

import click

from ivr.flow.schema import is_fresh, schema_text

FILE = "flow.schema.json"


@click.command(short_help="Print the JSON Schema of flow files.")
@click.argument("kind", type=click.Choice(("flow",)), default="flow")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to a file or folder.")
@click.option("--check", "check", type=click.Path(path_type=Path), help="Fail if a file is stale.")
def command(kind: str, out: Path | None, check: Path | None) -> int:
    """Print the schema that editors complete and check flow files with (2020-12)."""
    if check is not None:
        path = _file(check)
        if is_fresh(path):
            return 0
        click.echo(f"ivr: {path} is not up to date: run `ivr schema --out {path}`.", err=True)
        return 1
    if out is not None:
        _file(out).write_text(schema_text(), encoding="utf-8")
    else:
        click.echo(schema_text(), nl=False)
    return 0


def _file(path: Path) -> Path:
    return path / FILE if path.is_dir() else path

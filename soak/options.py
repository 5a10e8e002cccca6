"""What a run of the process part is asked to do."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from soak.database import Kind

SECONDS_A_KILL = 5.0
"""Long enough for most restarts to be over, and short enough for some not to be."""


class Options(NamedTuple):
    """`calls` at once, `kills` within `seconds`; `keep` is a folder for logs and ladders."""

    calls: int
    kills: int
    store: Kind
    nodes: int
    seconds: float
    seed: str
    keep: Path | None = None

    def __str__(self) -> str:
        return (
            f"--calls {self.calls} --kills {self.kills} --store {self.store} "
            f"--nodes {self.nodes} --seconds {self.seconds:g} --seed {self.seed}"
        )


def read_options(words: Sequence[str]) -> Options:
    """The options of a command line; ends the process with a sentence for wrong ones."""
    parser = _parser()
    given = parser.parse_args(words)
    if given.nodes > 1 and given.store == "sqlite":
        parser.error("several nodes need --store postgres: a SQLite file belongs to one.")
    seconds = given.seconds or max(30.0, given.kills * SECONDS_A_KILL)
    seed = given.seed or secrets.token_hex(4)
    return Options(
        given.calls, given.kills, given.store, given.nodes, seconds, seed, given.keep
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m soak processes",
        description="Calls over HTTP; real nodes, killed and paused at random instants.",
    )
    parser.add_argument("--calls", type=int, default=200, help="calls in progress (200)")
    parser.add_argument("--kills", type=int, default=50, help="how often a node is killed (50)")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--nodes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--seconds", type=float, default=0.0, help="for the faults (5 a kill)")
    parser.add_argument("--seed", default="", help="what is drawn depends on it; default: random")
    parser.add_argument("--keep", type=Path, help="a folder for logs and for all calls")
    return parser

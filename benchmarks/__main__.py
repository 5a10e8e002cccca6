"""`make bench`: all benchmarks, or `python -m benchmarks NAME...` for some of them.

With `--full` the longer ones run as long as for figures that are published.
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module

BENCHMARKS = {
    "steps": ("steps",),
    "calls": ("calls",),
    "memory": ("memory", "flat"),
    "compile": ("compile",),
    "load": ("load",),
    "restart": ("restart",),
}
"""The modules of each benchmark, in the order in which they run."""

LONGER = {"flat", "load"}
"""Modules whose `run` knows `full`."""


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, all of them without a name; 2 for a name that is none."""
    names = [each for each in arguments if each != "--full"]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        choices = ", ".join(BENCHMARKS)
        print(f"{unknown[0]!r} is no benchmark: choose from {choices}.", file=sys.stderr)
        return 2
    print(machine())
    for name in names or BENCHMARKS:
        for module in BENCHMARKS[name]:
            _run(module, full="--full" in arguments)
    return 0


def _run(module: str, *, full: bool) -> None:
    # Imported only now: one benchmark should not need what another measures.
    measure = import_module(f"benchmarks.{module}").run
    table = measure(full=True) if full and module in LONGER else measure()
    print(f"\n{table}", flush=True)


def machine() -> str:
    """What was measured on, and how busy it was with other things before."""
    text = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.platform()}"
    return f"{text}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

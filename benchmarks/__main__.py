"""`make bench`: all benchmarks, or `python -m benchmarks NAME...` for some of them."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module

NAMES = ("steps", "calls", "memory", "compile")


def main(names: list[str]) -> int:
    """Run the named benchmarks, all of them without a name; 2 for a name that is none."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"{unknown[0]!r} is no benchmark: choose from {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    print(machine())
    for name in names or NAMES:
        # Imported only now: one benchmark should not need what another measures.
        print(f"\n{import_module(f'benchmarks.{name}').run()}", flush=True)
    return 0


def machine() -> str:
    """What was measured on, and how busy it was with other things before."""
    text = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.platform()}"
    return f"{text}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

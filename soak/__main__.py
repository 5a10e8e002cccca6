"""`make soak`: all of it, or `python -m soak NAME [OPTION...]` for one part."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from soak import processes

PARTS: Mapping[str, Callable[[Sequence[str]], int]] = {"processes": processes.main}


def main(words: Sequence[str]) -> int:
    """Run the named part, all of them without a name; 2 for a name that is none."""
    if not words:
        return max(part([]) for part in PARTS.values())
    name, *options = words
    if name not in PARTS:
        print(f"{name!r} is no part: choose from {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    return PARTS[name](options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

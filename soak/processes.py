"""The process part: real nodes under real signals, judged from outside."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence

from uvicorn.loops.auto import auto_loop_factory

from soak.checks import breaches
from soak.history import History
from soak.options import Options, read_options
from soak.record import Record
from soak.report import progress, report, write_ladders
from soak.run import run

USUAL: Sequence[Sequence[str]] = (
    ("--store", "sqlite", "--nodes", "1"),
    ("--store", "postgres", "--nodes", "2"),
)
"""What `make soak` runs."""


def main(words: Sequence[str]) -> int:
    """Run what the words ask for, or else what is usual; 1 when anything was breached."""
    runs = [words] if words else USUAL
    return max(_run(read_options(each)) for each in runs)


def _run(options: Options) -> int:
    title = f"soak processes {options}"
    print(title, flush=True)
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            record = Record(runner.run(_until_told(options)))
    except TimeoutError:
        print("The run did not come to its end in time; all that it started is ended.")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped; all that the run started is ended.")
        return 1
    found = breaches(record)
    if options.keep is not None:
        write_ladders(record, options.keep / "calls.txt")
    print(f"{chr(13) if sys.stderr.isatty() else ''}{report(title, record, found)}\n", flush=True)
    return int(any(found.values()))


async def _until_told(options: Options) -> History:
    """SIGTERM ends a run as Ctrl-C does, and with it all that it has started."""
    task = asyncio.ensure_future(run(options, progress()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task

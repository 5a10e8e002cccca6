"""Faults that are done to processes of ours: killed, paused, ended; and what they leave behind."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.core.values import Caller


def kill(pid: int) -> None:
    """End a process at once, wherever it is: nothing can be tidied up."""
    os.kill(pid, signal.SIGKILL)


def end(pid: int) -> None:
    """Ask a process to end in good order."""
    os.kill(pid, signal.SIGTERM)


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """Stop a process where it is; when the block is left it goes on and knows nothing of it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def alive(*kinds: type) -> Counter[str]:
    """How many objects of these classes are alive in this process, by their names."""
    gc.collect()
    names = {kind: kind.__qualname__ for kind in kinds}
    return Counter(names[type(each)] for each in gc.get_objects() if type(each) in names)


def canaries(mark: str) -> Caller:
    """A caller whose number and name hold `mark` (digits), to be searched for in every sink."""
    return Caller("phone", f"+44{mark}", f"Canary {mark}", "en-GB")

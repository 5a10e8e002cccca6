"""Runs all checks at once, each within its time, and tells them in their order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from ivr.cli.doctor.check import DEADLINE, Check, Finding, NotLooked, bad
from ivr.cli.doctor.scene import Scene, first_line
from ivr.errors import IvrError


class Examined(Struct, frozen=True):
    """A check, what it found, and how many seconds it took."""

    check: Check
    finding: Finding
    seconds: float


async def examine(
    scene: Scene, checks: Sequence[Check], deadline: float = DEADLINE
) -> AsyncIterator[Examined]:
    """Every check with its finding, in order, as soon as those before it are done."""
    tasks = [asyncio.create_task(_look(scene, check, deadline)) for check in checks]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _look(scene: Scene, check: Check, deadline: float) -> Examined:
    began = time.monotonic()
    try:
        async with asyncio.timeout(deadline):
            finding = await check.look(scene)
    except NotLooked as error:
        finding = Finding("skipped", str(error))
    except TimeoutError:
        finding = bad(f"This took longer than {deadline:.0f} seconds.", check.fix)
    except IvrError as error:
        finding = bad(first_line(error), check.fix)
    except Exception as fault:
        sentence = f"This check is broken ({type(fault).__name__}), a fault of ivr itself."
        finding = bad(sentence, "Report it, with the version of ivr.")
    return Examined(check, finding, time.monotonic() - began)

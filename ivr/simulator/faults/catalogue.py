"""Every fault by its name: `FAULTS["lost_established"]`.

Each stands for problems that users of Graph's calls API have met (rows P01 to P70 of the project's
study of reliability), and every such problem has one at least.
"""

from __future__ import annotations

from ivr.errors import UsageError
from ivr.flow.diagnostics import did_you_mean
from ivr.simulator.faults.around import AROUND
from ivr.simulator.faults.identity import IDENTITY
from ivr.simulator.faults.life import LIFE
from ivr.simulator.faults.media import MEDIA
from ivr.simulator.faults.named import Named
from ivr.simulator.faults.notices import NOTICES
from ivr.simulator.faults.requests import REQUESTS

FAULTS: dict[str, Named] = {
    each.name: each for each in (*NOTICES, *MEDIA, *LIFE, *REQUESTS, *IDENTITY, *AROUND)
}
ROWS = tuple(f"P{number:02}" for number in range(1, 71))


def fault_named(name: str) -> Named:
    """The entry of that name. Raises `UsageError`, with the nearest one, where there is none."""
    found = FAULTS.get(name)
    if found is None:
        meant = did_you_mean(name, FAULTS)
        hint = f"did you mean {meant}?" if meant else "GET /sim/catalogue lists them all."
        raise UsageError(f"There is no fault {name[:64]!r}: {hint}")
    return found


def faults_table() -> str:
    """The catalogue as a Markdown table, in order."""
    head = ("| fault | what goes wrong | stands for | by |", "| --- | --- | --- | --- |")
    return "\n".join((*head, *map(_row, FAULTS.values())))


def _row(each: Named) -> str:
    by = each.kind if not each.how else f"{each.kind}: {each.how}"
    return f"| `{each.name}` | {each.sentence} | {' '.join(each.rows)} | {by} |"

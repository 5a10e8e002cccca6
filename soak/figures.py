"""What a run amounts to, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import NamedTuple

from soak.checks.answers import DECISIONS
from soak.checks.stuck import longest_wait
from soak.history import Commanded, Dialled, Kept, Late, NodeDid, Placed, Posted, Rang
from soak.record import Record

Row = tuple[str, str]


class Restart(NamedTuple):
    """Seconds from the start of a node until it took something in, and until it was ready."""

    first: float | None
    ready: float | None


def figures(record: Record) -> list[Row]:
    """Rows of the summary."""
    return [*_calls(record), *_wire(record), *_nodes(record), *_waits(record)]


def _calls(record: Record) -> Iterator[Row]:
    rang = record.history.of(Rang)
    decided = Counter(
        each.action
        for call in rang
        for each in record.accepted[call.line]
        if each.action in DECISIONS
    )
    words = ", ".join(f"{many} {action}ed" for action, many in sorted(decided.items()))
    given_up = len(rang) - decided.total()
    yield "calls that rang", f"{len(rang)}: {words}, {given_up} given up"
    dialled = {each.call for each in record.history.of(Dialled) if each.call}
    placed = record.history.of(Placed)
    out = sum(each.call in dialled for each in placed)
    yield "calls dialled", f"{len(dialled)}, {out} placed; {len(placed) - out} experts called"
    results = Counter(each.result or each.end for each in record.history.of(Kept))
    yield "results", _listed(results)


def _wire(record: Record) -> Iterator[Row]:
    posts = Counter(str(each.status or "none") for each in record.history.of(Posted))
    yield "notifications", f"{posts.total()}: {_listed(posts)}"
    taken = [each.until - each.at for each in record.history.of(Posted) if each.status == 202]
    yield "acknowledged within", _tail(taken)
    yield "the harness itself was late", _tail([each.by for each in record.history.of(Late)])
    done = [each for each in record.history.of(Commanded) if each.action != "look"]
    accepted = Counter(each.action for each in done if each.status < 300)
    refused = Counter(f"{each.action} {each.status}" for each in done if each.status >= 300)
    yield "commands carried out", f"{accepted.total()}: {_listed(accepted)}"
    yield "commands refused", f"{refused.total()}: {_listed(refused)}" if refused else "0"


def _nodes(record: Record) -> Iterator[Row]:
    deeds = Counter(each.deed for each in record.history.of(NodeDid))
    yield "kills, pauses", f"{deeds['killed']}, {deeds['paused']}"
    times = restarts(record)
    yield "restart to first 2xx", _spread([each.first for each in times if each.first is not None])
    yield "restart to ready", _spread([each.ready for each in times if each.ready is not None])


def _waits(record: Record) -> Iterator[Row]:
    for words, since in (
        ("under faults", 0.0),
        ("after the last restart", record.phase("calm")),
    ):
        waits = [(longest_wait(record, line, since).length, line) for line in record.begun]
        length, line = max(waits, default=(0.0, ""))
        yield f"longest wait {words}", f"{length:.1f} s, call {record.call_of(line)}"
    yield "all ended after", f"{record.phase('end') - record.phase('silent'):.0f} s of silence"


def restarts(record: Record) -> list[Restart]:
    """Of each start but the first of each node, in order."""
    deeds = sorted(record.history.of(NodeDid), key=lambda each: each.at)
    found: list[Restart] = []
    seen: set[str] = set()
    for at, deed in enumerate(deeds):
        if deed.deed != "started":
            continue
        if deed.node in seen:
            after = [each for each in deeds[at + 1 :] if each.node == deed.node]
            found.append(_restart(record, deed, after))
        seen.add(deed.node)
    return found


def _restart(record: Record, start: NodeDid, after: Sequence[NodeDid]) -> Restart:
    """Only of what came before the node was disturbed again."""
    disturbed = next((each.at for each in after if each.deed != "ready"), float("inf"))
    ready = next((each.at for each in after if each.deed == "ready"), None)
    first = min(
        (
            post.until
            for post in record.history.of(Posted)
            if post.node == start.node and post.at > start.at and 200 <= post.status < 300
        ),
        default=float("inf"),
    )
    return Restart(
        first - start.at if first < disturbed else None,
        ready - start.at if ready is not None and ready < disturbed else None,
    )


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "none was let finish"
    return f"median {median(seconds):.1f} s, longest {max(seconds):.1f} s ({len(seconds)})"


def _tail(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "not measured"
    cuts = quantiles(seconds, n=100)
    return f"p50 {cuts[49]:.3f} s, p99 {cuts[98]:.3f} s, longest {max(seconds):.2f} s"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {many}" for name, many in counts.most_common())

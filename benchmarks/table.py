"""How a benchmark says what it found: figures, and targets with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal


@dataclass(frozen=True)
class Target:
    """A limit on a ratio or a figure that was measured in this very run."""

    words: str
    measured: float
    limit: float
    kind: Literal["at most", "at least"] = "at most"

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of its limit."""
        return (
            self.measured <= self.limit if self.kind == "at most" else self.measured >= self.limit
        )

    def verdict(self) -> str:
        """`met`, or by how many per cent of the limit it was missed."""
        if self.met:
            return "met"
        return f"missed by {abs(self.measured / self.limit - 1):.0%}"

    def __str__(self) -> str:
        limit, measured = _figure(self.limit), _figure(self.measured)
        return f"{self.words}: {self.kind} {limit}, is {measured}: {self.verdict()}"


@dataclass
class Table:
    """What one benchmark prints."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        text = [self.title]
        text += ["  " + _aligned(line, widths) for line in lines]
        text += [f"  target: {target}" for target in self.targets]
        text += [f"  {note}" for note in self.notes]
        return "\n".join(text)


def side_by_side(own: Sequence[float], other: Sequence[float]) -> float:
    """The median of the ratios of each round: what disturbs one round disturbs both sides of it."""
    return median(mine / theirs for mine, theirs in zip(own, other, strict=True))


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left, figures to the right."""
    figures = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
    return "  ".join([line[0].ljust(widths[0]), *figures])

"""Chance from a seed, one draw for each place: no draw moves another.

A draw depends on the seed and on the name of the place alone, not on how many came before. So a
run from which one fault is taken away meets the same chances everywhere else, and can be shrunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_BITS = 53
"""As many as a float holds without rounding up to 1."""

_SPAN = float(1 << _BITS)


class Chance:
    """The chances of one run. With `steady`, what has a length always has its usual one."""

    def __init__(self, seed: int, *, steady: bool = False) -> None:
        self._steady = steady
        self._seeded = blake2b(digest_size=32, key=seed.to_bytes(16, "big", signed=True))

    def draw(self, place: str) -> float:
        """A number from 0 up to, but not including, 1."""
        return (int.from_bytes(self._digest(place)[:8], "big") >> (64 - _BITS)) / _SPAN

    def happens(self, likely: float, place: str) -> bool:
        """Whether something does that happens once in 1/`likely` times."""
        return likely > 0 and self.draw(place) < likely

    def between(self, least: int, most: int, place: str) -> int:
        """A whole number, both ends included."""
        return least + int(self.draw(place) * (most - least + 1))

    def lasts(self, least: int, most: int, place: str) -> int:
        """How long something takes that usually takes as long as the mean of the two."""
        return (least + most) // 2 if self._steady else self.between(least, most, place)

    def pick(self, options: Sequence[T], place: str) -> T:
        """One of the options, each as likely as the next."""
        return options[int(self.draw(place) * len(options))]

    def name(self, length: int, place: str) -> str:
        """Hexadecimal digits, for an id."""
        return self._digest(place).hex()[:length]

    def _digest(self, place: str) -> bytes:
        hash_ = self._seeded.copy()
        hash_.update(place.encode())
        return hash_.digest()

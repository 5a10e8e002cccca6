"""All that happened in one run, in order: what the checkers judge, and what a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TypeVar

import msgspec

from ivr.simulator.trials.entries import Entry

E = TypeVar("E", bound=Entry)
_encoder = msgspec.msgpack.Encoder()


class History:
    """The entries of one run; those of each kind are at hand."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._kinds: dict[type[Entry], list[Entry]] = {}

    def add(self, entry: Entry) -> None:
        """Note one more."""
        self.entries.append(entry)
        self._kinds.setdefault(type(entry), []).append(entry)

    def of(self, kind: type[E]) -> list[E]:
        """All of one kind, in order."""
        return self._kinds.get(kind, [])  # type: ignore[return-value]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def digest(self) -> str:
        """The same for the same history, on any machine and in any process."""
        hash_ = blake2b(digest_size=16)
        for entry in self.entries:
            hash_.update(_encoder.encode(entry))
        return hash_.hexdigest()

"""What the store needs of a kind of database, beyond SQL that all of them understand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine

from ivr.ports import Moved


class Listener(Protocol):
    """Hears of calls that others have moved, until it is closed."""

    def close(self) -> None:
        """Stop, and wait until it has stopped. Not for the event loop's thread."""
        ...


Hear = Callable[[int, Sequence[Moved]], None]
"""Told, on a thread of its own, by whom (the epoch) which calls were moved on."""


@dataclass(frozen=True)
class Backend:
    """How to reach one kind of database.

    `lock_schema` keeps others from making or changing tables until the transaction ends. `tidy`
    wipes copies of deleted rows from files beside the database, and says whether it could.
    `announce` tells other nodes, on the reading connection, which calls the node with this epoch
    has moved; `listen` begins to hear them. Both are None where nobody can be told.
    """

    writing: Engine
    reading: Engine
    lock_schema: Callable[[Connection], None]
    tidy: Callable[[], bool]
    announce: Callable[[Connection, int, Sequence[Moved]], None] | None = None
    listen: Callable[[Hear], Listener] | None = None


def nothing_to_tidy() -> bool:
    """For a database without such files."""
    return True

"""Telling other nodes on PostgreSQL which calls have moved on, and hearing it from them.

LISTEN and NOTIFY (https://www.postgresql.org/docs/current/sql-notify.html). Notes are sent after
the transaction, not within it: transactions that notify commit one after the other on the whole
server. So a note may be missed, and nothing depends on it: it only spares others the work on an
outdated snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import psycopg
import structlog
from sqlalchemy import Connection, text

from ivr.core.values import Millis
from ivr.ports import Moved
from ivr.store.backend import Hear

CHANNEL = "ivr_moved"
_LONGEST = 7_900
"""Bytes of one message: PostgreSQL takes less than 8000."""

_LOOK_UP = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between looks at whether to stop, and between attempts to connect."""

_Row = tuple[str, int, Millis | None]
_message: msgspec.json.Decoder[tuple[int, list[_Row]]] = msgspec.json.Decoder(
    tuple[int, list[_Row]]
)
_NOTIFY = text("SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS TEXT[])) message")

_log = structlog.get_logger(__name__)


def announce(connection: Connection, epoch: int, moved: Sequence[Moved]) -> None:
    """Tell the others."""
    texts = list(messages(epoch, moved))
    if texts:
        connection.execute(_NOTIFY, {"channel": CHANNEL, "messages": texts})


def messages(epoch: int, moved: Iterable[Moved]) -> Iterator[str]:
    """The calls in as many messages as they need; a call too long for any is left out."""
    head, size = f"[{epoch},[", 0
    rows: list[str] = []
    for one in moved:
        row = msgspec.json.encode(msgspec.structs.astuple(one)).decode()
        length = len(row.encode()) + 1
        if rows and len(head) + size + length > _LONGEST:
            yield head + ",".join(rows) + "]]"
            rows, size = [], 0
        if len(head) + length <= _LONGEST:
            rows.append(row)
            size += length
    if rows:
        yield head + ",".join(rows) + "]]"


class MovedListener:
    """A connection and a thread of its own; connects again when the connection is lost."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[tuple[object, ...]]], hear: Hear
    ) -> None:
        self._connect = connect
        self._hear = hear
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ivr-store-listen", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """See `Listener`."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    pause = _FIRST_PAUSE
                    self._listen(connection)
            except psycopg.Error as error:
                _log.warning("listening_interrupted", fault=type(error).__name__)
                self._closing.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def _listen(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._closing.is_set():
            for note in connection.notifies(timeout=_LOOK_UP):
                self._tell(note.payload)

    def _tell(self, payload: str) -> None:
        try:
            epoch, rows = _message.decode(payload)
        except msgspec.MsgspecError:
            return  # Somebody else uses the channel.
        self._hear(epoch, [Moved(*row) for row in rows])

"""The keys of calls: one for each call, at hand for the calls seen last."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from ivr.store.seal import Sealer, Unreadable

CHANGED = "it was changed, or sealed with another key"
FOREIGN = "it was changed, or written by another version of ivr"


class CallSeal:
    """Seals and opens the rows of one call with the call's key."""

    def __init__(self, sealer: Sealer, key: bytes, call_id: str) -> None:
        self._sealer = sealer
        self._key = key
        self._call_id = call_id

    def __repr__(self) -> str:
        return f"CallSeal({self._call_id!r}, ...)"

    def wrapped(self) -> bytes:
        """The call's key as it may be stored."""
        return self._sealer.wrap(self._key)

    def seal(self, table: str, row: str | int, plain: bytes) -> bytes:
        """The bytes for one row of one table; they open nowhere else."""
        return self._sealer.seal(self._key, plain, self._bound(table, row))

    def open(self, table: str, row: str | int, sealed: bytes) -> bytes:
        """What was sealed for this row. Raises `Unreadable`, naming the row."""
        try:
            return self._sealer.open(self._key, sealed, self._bound(table, row))
        except Unreadable:
            raise unreadable(table, self._call_id, row, CHANGED) from None

    def _bound(self, table: str, row: str | int) -> bytes:
        return msgspec.msgpack.encode((table, self._call_id, row))


def unreadable(table: str, call_id: str, row: str | int, why: str) -> Unreadable:
    """The error for one row."""
    return Unreadable(f"Row {row} of call {call_id} in table {table!r} cannot be read: {why}.")


class KeyRing:
    """Unwrapped keys of the calls used last, at most `most` of them."""

    def __init__(self, sealer: Sealer, most: int = 4096) -> None:
        self._sealer = sealer
        self._most = most
        self._seals: OrderedDict[str, CallSeal] = OrderedDict()

    def new(self, call_id: str) -> CallSeal:
        """The seal of a call that is not stored yet, so it is not kept either."""
        return CallSeal(self._sealer, self._sealer.new_key(), call_id)

    def get(self, call_id: str) -> CallSeal | None:
        """The seal, if it is at hand."""
        seal = self._seals.get(call_id)
        if seal is not None:
            self._seals.move_to_end(call_id)
        return seal

    def unwrap(self, call_id: str, wrapped: bytes) -> CallSeal:
        """The seal of a call whose wrapped key was read. Raises `Unreadable`."""
        seal = self.get(call_id)
        if seal is None:
            seal = CallSeal(self._sealer, self._unwrapped(call_id, wrapped), call_id)
            self.keep(call_id, seal)
        return seal

    def keep(self, call_id: str, seal: CallSeal) -> None:
        """Have the seal at hand."""
        self._seals[call_id] = seal
        self._seals.move_to_end(call_id)
        if len(self._seals) > self._most:
            self._seals.popitem(last=False)

    def drop(self, call_id: str) -> None:
        """Forget a key that is destroyed."""
        self._seals.pop(call_id, None)

    def _unwrapped(self, call_id: str, wrapped: bytes) -> bytes:
        try:
            return self._sealer.unwrap(wrapped)
        except Unreadable:
            raise unreadable("calls", call_id, "key", CHANGED) from None

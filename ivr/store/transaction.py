"""One job in one transaction: what is tried again, and what a fault is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ivr.errors import StoreUnavailable

_T = TypeVar("_T")

_TRIES = 5
_OF_A_ROW = (IntegrityError, DataError, OverflowError, UnicodeError)
_ROLLED_BACK = {"40001", "40P01"}
"""SQLSTATE of a transaction that lost against others: it left nothing and may be run again."""


class RowRefused(StoreUnavailable):
    """The database is well, and does not take some row that it was given."""


def is_fault(error: Exception) -> bool:
    """Whether the database itself is in trouble, rather than unwilling to take one row."""
    return isinstance(error, DBAPIError) and not isinstance(error, _OF_A_ROW)


def transact(engine: Engine, job: Callable[[Connection], _T]) -> _T:
    """What the job returns. Raises `RowRefused` or `StoreUnavailable`.

    The job is run again, from its beginning, when its transaction lost against others, and when
    the connection proves to have died before. A fault of the database drops the connections: the
    next job connects again. With a fault in the middle of the commit nobody can tell whether it
    was done; whoever commits must be able to find out.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            return _once(engine, job)
        except _OF_A_ROW as error:
            raise RowRefused(_refusal(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                engine.dispose()
            if not tries_left or not _worth_repeating(error):
                engine.dispose()
                raise StoreUnavailable(fault(engine, error)) from error
    raise AssertionError


def guarded(engine: Engine, work: Callable[[], _T]) -> _T:
    """What the work returns, which is no transaction. Raises `StoreUnavailable`."""
    try:
        return work()
    except DBAPIError as error:
        engine.dispose()
        raise StoreUnavailable(fault(engine, error)) from error


def fault(engine: Engine, error: DBAPIError) -> str:
    """One sentence without the password, and without rows, which a server's details may quote."""
    diagnosis = getattr(error.orig, "diag", None)
    text = getattr(diagnosis, "message_primary", None) or str(error.orig)
    text = " ".join(text.split()).rstrip(".")
    for password in (engine.url.password, engine.url.query.get("password")):
        if password:
            text = text.replace(str(password), "***")
    return f"The call store cannot be used: {text}."


def _refusal(error: Exception) -> str:
    # The driver's own text may quote the row.
    return f"The call store does not take what it was given ({type(error).__name__})."


def _once(engine: Engine, job: Callable[[Connection], _T]) -> _T:
    with engine.connect() as connection:
        result = job(connection)
        try:
            connection.commit()
        except DBAPIError as error:
            # A server that says why has not committed. One that is gone may have.
            if _state(error) or not error.connection_invalidated:
                raise
            engine.dispose()
            raise StoreUnavailable(fault(engine, error)) from error
        return result


def _worth_repeating(error: DBAPIError) -> bool:
    return error.connection_invalidated or _state(error) in _ROLLED_BACK


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)

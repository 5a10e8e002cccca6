"""What the admin API answers when it does not do what was asked: a code and one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ivr.errors import (
    Conflict,
    IvrError,
    Refused,
    SpokenValueError,
    StoreUnavailable,
    Temporary,
    UsageError,
)

RETRY = {"Retry-After": "1"}


class Wrong(Struct, frozen=True):
    """`code` is for programs and stays as it is; `message` is one sentence for people."""

    code: str
    message: str


class ErrorShown(Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: Wrong


class Problem(IvrError):
    """A request that is not carried out; `status` is HTTP's."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers or {}


def problem_of(error: IvrError) -> Problem:
    """What an error of ours means to whoever asked."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreUnavailable):
        sentence = "The call store cannot be used just now; nothing was changed, so ask again."
        return Problem(503, "store_unavailable", sentence, RETRY)
    if isinstance(error, Temporary):
        return Problem(503, "try_again", str(error), RETRY)
    if isinstance(error, Refused | Conflict):
        return Problem(409, "refused", str(error))
    if isinstance(error, UsageError | SpokenValueError):
        return Problem(400, "bad_request", str(error))
    return fault()


def fault() -> Problem:
    """A fault of ours: the log of the node has the rest."""
    return Problem(500, "internal", "This is a fault of ivr itself; its log says where.")


def no_such_call() -> Problem:
    """There is no call of that id."""
    sentence = "There is no call of that id: GET /api/v1/calls lists them."
    return Problem(404, "no_such_call", sentence)

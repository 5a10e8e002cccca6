"""One operation of the admin API, declared once: its route and its documentation come from here.

An operation takes one struct, from the query where it only reads and from the JSON body where it
changes something, and gives one struct. What it cannot do it raises as a `Problem`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from ivr.server.api.problems import Problem

Method = Literal["GET", "POST", "DELETE"]
A = TypeVar("A", bound=Struct)

_KEY = re.compile(r"[!-~]{1,200}")


class Where(Struct, frozen=True):
    """What a request is about: the `{id}` of its path, and its `Idempotency-Key` if it has one."""

    id: str = ""
    key: str = ""


class Given(Struct, frozen=True):
    """A request as it came in: the pairs of its query, its body, and what it is about."""

    query: list[tuple[str, str]]
    body: bytes
    where: Where


@dataclass(frozen=True, slots=True)
class Operation:
    """What the API can do. `path` is below the API's root; `keyed` takes an Idempotency-Key."""

    name: str
    method: Method
    path: str
    summary: str
    asked: type[Struct]
    answer: type[Struct]
    status: int
    keyed: bool
    problems: tuple[int, ...]
    serve: Callable[[Given], Awaitable[Struct]]


def operation(
    name: str,
    method: Method,
    path: str,
    summary: str,
    asked: type[A],
    answer: type[Struct],
    run: Callable[[A, Where], Awaitable[Struct]],
    *,
    status: int = 200,
    keyed: bool = False,
    problems: tuple[int, ...] = (),
) -> Operation:
    """Declare an operation. `problems` are the statuses that it has beside those of all."""

    async def serve(given: Given) -> Struct:
        if given.where.key and not (keyed and _KEY.fullmatch(given.where.key)):
            sentence = "Idempotency-Key takes 1 to 200 visible ASCII characters, where one counts."
            raise Problem(400, "bad_key", sentence)
        read = _from_query(given.query, asked) if method == "GET" else _from_body(given.body, asked)
        return await run(read, given.where)

    return Operation(name, method, path, summary, asked, answer, status, keyed, problems, serve)


def _from_query(query: list[tuple[str, str]], kind: type[A]) -> A:
    twice = [name for name, times in Counter(name for name, _ in query).items() if times > 1]
    if twice:
        raise _malformed("query", "a parameter is given twice")
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise _malformed("query", str(wrong)) from None


def _from_body(body: bytes, kind: type[A]) -> A:
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as wrong:
        raise _malformed("body", str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "bad_request", "The body is not JSON.") from None


def _malformed(part: str, why: str) -> Problem:
    """msgspec's words name types, places and our own members, never a value."""
    return Problem(400, "bad_request", f"The {part} is not as it must be: {why[:200]}.")

"""Requests that say in no way, or in two, who we are, and secrets that nobody has declared."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.checks.requests import CANNOT_BE_SET, can_be_set
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown
from ivr.states.http import Auth, HttpOptions, Request

NEEDS = ("secret_env",)


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Not exactly one way, a header that is sent twice, and names of secrets that are none."""
    for name, state in flow.states.items():
        options = state.options
        if isinstance(options, HttpOptions) and options.request.auth is not None:
            path: Path = ("states", name, "request", "auth")
            yield from _ways(flow, path, options.request.auth)
            yield from _header(flow, path, options.request)
            yield from _secrets(flow, path, options.request.auth)


def _ways(flow: CheckedFlow, path: Path, auth: Auth) -> Iterator[Diagnostic]:
    if len([way for way in (auth.bearer, auth.basic, auth.header) if way is not None]) != 1:
        message = "there is exactly one way to prove who we are"
        advice = "write one of bearer, basic and header, such as `bearer: crm_token`"
        yield flow.at(Code.REQUEST, path, message, key=True, help=advice)


def _header(flow: CheckedFlow, path: Path, request: Request) -> Iterator[Diagnostic]:
    """The header in which the proof is sent."""
    own = request.auth.header if request.auth is not None else None
    header = own.name if own is not None else "Authorization"
    if not can_be_set(header):
        where = (*path, "header", "name")
        yield flow.at(Code.REQUEST, where, CANNOT_BE_SET, detail=shown(header))
    for name in request.headers:
        if name.lower() == header.lower():
            message = "`auth:` sends this header already"
            yield flow.at(Code.REQUEST, (*path[:-1], "headers", name), message, key=True)


def _secrets(flow: CheckedFlow, path: Path, auth: Auth) -> Iterator[Diagnostic]:
    """What is misspelt may be the secret itself, so it is not repeated."""
    for below, name in _named(auth):
        if name not in flow.options.secret_env:
            message = "there is no secret of this name"
            guess = flow.near(name, flow.options.secret_env)
            advice = "" if guess else "its name has to stand under `secret_env:` at the top"
            where = (*path, *below)
            yield flow.at(Code.UNKNOWN_VARIABLE, where, message, suggestion=guess, help=advice)


def _named(auth: Auth) -> Iterator[tuple[Path, str]]:
    if auth.bearer is not None:
        yield ("bearer",), auth.bearer
    if auth.basic is not None:
        yield ("basic", "password"), auth.basic.password
    if auth.header is not None:
        yield ("header", "value"), auth.header.value

"""HTTP requests that cannot be sent the way they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.expr.template import Template
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.mistakes import shown
from ivr.states.http import METHODS, HttpOptions, Request

NEEDS = ("vars", "input")
_HOST = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
CANNOT_BE_SET = "this header cannot be set"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # RFC 9110, field-name
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Not exactly one method, a host that is not fixed, and headers that cannot be sent."""
    for name, state in flow.states.items():
        if isinstance(state.options, HttpOptions):
            path: Path = ("states", name, "request")
            yield from _request(flow, path, state.options.request)


def can_be_set(header: str) -> bool:
    """Whether a header of that name may be sent by a flow."""
    return _HEADER.fullmatch(header) is not None and header.lower() not in _OURS


def _request(flow: CheckedFlow, path: Path, request: Request) -> Iterator[Diagnostic]:
    target = request.target()
    if target is None:
        message = "a request has exactly one method with its URL"
        advice = f"write one of {', '.join(METHODS)}, such as `get: https://host/path`"
        yield flow.at(Code.REQUEST, path, message, key=True, help=advice)
    else:
        yield from _url(flow, (*path, target[0]), target[1].template)
    for name in request.headers:
        if not can_be_set(name):
            where = (*path, "headers", name)
            yield flow.at(Code.REQUEST, where, CANNOT_BE_SET, key=True, detail=shown(name))


def _url(flow: CheckedFlow, path: Path, url: Template) -> Iterator[Diagnostic]:
    known = url.check(flow.scope, as_text=True)
    if any(fault not in known for fault in url.check_url(flow.scope)):
        message = "the host has to be written out, or to come whole from `env.`"
        advice = "write https://host/… or ${env.name}/…; what a caller enters cannot choose it"
        yield flow.at(Code.REQUEST, path, message, help=advice)
        return
    first = url.parts[0] if url.parts else ""
    if isinstance(first, str) and not url.errors:
        yield from _written_host(flow, path, first)


def _written_host(flow: CheckedFlow, path: Path, text: str) -> Iterator[Diagnostic]:
    host = _HOST.match(text)
    if host is None or not host[1]:
        message = "this is no address of another system"
        advice = "write it as https://host/path"
        yield flow.at(Code.REQUEST, path, message, help=advice)
    elif "@" in host[1]:
        message = "a URL with a name or a password in it is not sent"
        advice = "put them into a header, from `secret_env.`"
        yield flow.at(Code.REQUEST, path, message, help=advice)

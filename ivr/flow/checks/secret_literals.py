"""Passwords and tokens that are written into the flow, where everybody who reads it has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.http import METHODS, HttpOptions

NEEDS = ()
_NAME = re.compile(
    r"(?i)(^|[-_.])(pass(word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|apikey|access[-_]?key"
    r"|subscription[-_]?key|functions[-_]?key|authorization|cookie|credentials?|pin)([-_.]|$)"
)
_URL = re.compile(
    r"(?i)[?&](password|pwd|secret|token|access_token|api_?key|key|sig|code)=[^&${}]{6,}"
)
_SHAPES = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.|(?i:bearer|basic)\s+[^\s$]{8,}|gh[pousr]_\w{20,}|AKIA[0-9A-Z]{16}"
    r"|sk-[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY|AccountKey=[^;$]{20,}"
)
_OPAQUE = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[\w+/=~.-]{32,}")
_NAMES_ONLY = "auth"
"""What stands there are names of secrets, and no secrets; see the check `request_auth`."""
_SHORTEST = 4
_LONGEST = 2_000
_FOR_REQUESTS = (
    "keep it in the environment: name it under `secret_env:`, and send it in a header as "
    "${secret_env.name}"
)
_FOR_VARIABLES = "leave `start:` out, and have the caller enter it or another system tell it"


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each; the value itself is never repeated."""
    for path, name, value in _written(flow):
        if _is_secret(name, value[:_LONGEST]):
            message = "this looks like a password or a token, for everybody to read"
            advice = _FOR_VARIABLES if path[0] == "vars" else _FOR_REQUESTS
            yield flow.at(Code.SECRET_LITERAL, path, message, help=advice)


def _written(flow: CheckedFlow) -> Iterator[tuple[Path, str, str]]:
    """Every single value of a request, and what secret variables hold at the start."""
    states = _as_map(_as_map(flow.document.value).get("states"))
    for name, (_, options) in flow.states.items():
        if isinstance(options, HttpOptions):
            request = _as_map(states[name]).get("request")
            yield from _values(("states", name, "request"), "", request)
    for name, variable in flow.options.vars.items():
        if variable.start is not None:
            secret = "secret" if variable.secret else ""
            yield ("vars", name, "start"), secret, str(variable.start)


def _values(path: Path, name: str, value: object) -> Iterator[tuple[Path, str, str]]:
    if name == _NAMES_ONLY:
        return
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _values((*path, key), key, each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _values((*path, index), name, each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, name, str(value)


def _is_secret(name: str, value: str) -> bool:
    if name in METHODS:
        return _URL.search(value) is not None or _SHAPES.search(value) is not None
    if _SHAPES.search(value) or (" " not in value and _OPAQUE.fullmatch(value)):
        return True
    return "${" not in value and len(value) >= _SHORTEST and _NAME.search(name) is not None


def _as_map(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}

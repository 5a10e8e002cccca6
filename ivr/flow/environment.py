"""Values from the environment: which a flow needs, which are missing, and what stands in for them.

A stand-in is made so that nothing can come of it: a host under `.invalid` (RFC 2606), or a user
whom no tenant has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ivr.core.values import parse_target
from ivr.expr.template import Template
from ivr.flow.checked import CheckedFlow, finding
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.offsets import span_within
from ivr.flow.uses import Use

NOBODY: Final = "user:00000000-0000-0000-0000-000000000000"
_HOST: Final = re.compile(r"https?://[^/?#@\\\s]+(?:[/?#][^\s]*)?", re.IGNORECASE)


def values_for(flow: CheckedFlow, env: Mapping[str, str]) -> dict[str, str]:
    """Every name of `env.` that the flow reads, with its value or a stand-in."""
    targets = {name for use in flow.uses if use.place == "target" for name in _names(use)}
    stand_ins = {
        name: NOBODY if name in targets else f"https://{name.replace('_', '-')}.invalid"
        for name in flow.env_names
    }
    return {name: env.get(name) or stand_in for name, stand_in in stand_ins.items()}


def check_environment(
    flow: CheckedFlow, env: Mapping[str, str], *, strict: bool
) -> Iterator[Diagnostic]:
    """Values that are missing, once for each name, and such as cannot be what they are used for."""
    seen: set[str] = set()
    for use in flow.uses:
        for name in _names(use):
            if not env.get(name) and name not in seen:
                seen.add(name)
                yield _missing(use, name, strict)
        yield from _unfit(use, env)


def _missing(use: Use, name: str, strict: bool) -> Diagnostic:
    code = Code.ENV_MISSING if strict else Code.ENV_PLACEHOLDER
    message = "there is no value for this in the environment"
    advice = f"set IVR_ENV_{name.upper()}, or {name} in the [env] table of ivr.toml"
    detail = f"env.{name}" if strict else f"env.{name} has a placeholder for now"
    source = use.what.source
    found = re.search(rf"\benv\s*\.\s*{re.escape(name)}\b", source)
    offset, end = found.span() if found is not None else (0, len(source))
    span = span_within(use.document, use.path, source, offset, end - offset)
    return Diagnostic(code, message, use.document.file, span, detail=detail, help=advice)


def _unfit(use: Use, env: Mapping[str, str]) -> Iterator[Diagnostic]:
    """A value that is there but is no target, or no URL. The value itself is not told."""
    first = use.what.parts[:1] if isinstance(use.what, Template) else ()
    names = _names(use)
    value = env.get(names[0], "") if names and first and not isinstance(first[0], str) else ""
    if not value:
        return
    whole = isinstance(use.what, Template) and use.what.single is not None
    if use.place == "target" and whole and parse_target(value) is None:
        message = f"the value of env.{names[0]} is nobody whom a call can be sent to"
        advice = "write user:ID, app:ID, instance:ID or phone:+442079460123"
        yield finding(use.document, Code.TARGET, use.path, message, help=advice)
    elif use.place == "url" and not _HOST.fullmatch(value):
        message = f"the value of env.{names[0]} is no address of another system"
        advice = "write it as https://host or https://host/path"
        yield finding(use.document, Code.REQUEST, use.path, message, help=advice)


def _names(use: Use) -> list[str]:
    return [name[1] for name in use.names if name[0] == "env" and len(name) > 1]

"""`secret_env.` outside of a header."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.offsets import span_within

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """An error for each text that uses one."""
    for use in flow.uses:
        if use.place != "header" and any(name[0] == "secret_env" for name in use.names):
            source = use.what.source
            offset = source.find("secret_env")
            span = span_within(use.document, use.path, source, offset, len("secret_env"))
            message = "`secret_env.` may be used in the headers of a request only"
            advice = "what is no secret stands under `env.`"
            yield Diagnostic(Code.SECRET_ENV, message, use.document.file, span, help=advice)

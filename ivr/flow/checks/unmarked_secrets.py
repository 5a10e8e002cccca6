"""Variables that are named like a secret and not marked as one, so that they are traced."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic

NEEDS = ()
_WORDS = frozenset({"pin", "password", "passcode", "passphrase", "secret", "cvv", "cvc", "ssn"})
_KINDS = frozenset({"digits", "text"})


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each variable of digits or text that has such a word in its name."""
    for section in ("input", "vars", "output"):
        for name, variable in getattr(flow.options, section).items():
            if variable.secret or variable.type not in _KINDS or _WORDS.isdisjoint(name.split("_")):
                continue
            message = "this variable is named like a secret and not marked as one"
            advice = "add `secret: true`, so that it is never shown, spoken or stored in clear"
            yield flow.at(Code.UNMARKED_SECRET, (section, name), message, key=True, help=advice)

"""`send_tones`: what is written out has to be keys."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.checked import CheckedFlow
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.send_tones import TONES, SendTonesOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """An error for each that is not."""
    for name, state in flow.states.items():
        if isinstance(state.options, SendTonesOptions):
            tones = state.options.tones.template
            if tones.is_fixed and not TONES.fullmatch(tones.source):
                message = "tones are 1 to 64 keys: 0-9, *, # and A-D, without spaces"
                yield flow.at(Code.WRONG_FORM, ("states", name, "tones"), message)

"""A language, time zone or currency that is not known, or is missing for what is spoken."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.expr.speech_format import Speaker
from ivr.expr.template import Template
from ivr.flow.checked import CheckedFlow
from ivr.flow.declared import sentence
from ivr.flow.diagnostics import Code, Diagnostic

NEEDS = ("language", "timezone", "currency")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """One error for each of the three."""
    options = flow.options
    zone = Speaker(timezone=options.timezone or "UTC").faults()
    language = Speaker(options.language).faults()
    money = Speaker(options.language, options.currency).faults(_forms(flow))
    for key, faults in (("timezone", zone), ("language", language), ("currency", money)):
        if faults and not (key == "currency" and language):
            yield flow.at(Code.LANGUAGE, (key,), sentence(faults[0]))


def _forms(flow: CheckedFlow) -> set[str]:
    """The forms after `as` in the texts of the flow."""
    texts = (use.what for use in flow.uses if isinstance(use.what, Template))
    return {form for text in texts for form in text.forms}

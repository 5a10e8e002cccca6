"""Says in the words of an author why a text is not YAML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ivr.flow.diagnostics import Code, Diagnostic, Related, Span
from ivr.flow.strict_yaml.events import NotYamlError
from ivr.flow.strict_yaml.mistakes import MISTAKES, UNKNOWN
from ivr.flow.strict_yaml.stop import Place, Stop
from ivr.flow.strict_yaml.text import Source

_LEAVE_WRECKAGE: Final = frozenset(
    {Code.ALIAS, Code.TAG, Code.KEY_NOT_TEXT, Code.LOST_TO_COMMENT, Code.UNSEEN_IN_KEY}
)


def explain(wrong: NotYamlError, source: Source, found: Iterable[Diagnostic]) -> Diagnostic:
    """The one diagnostic for a text that is not YAML.

    It is one of those `found` before, if the parser only stumbled over what that left behind.
    """
    stop = Stop(wrong, source)
    first = stop.began[0] if stop.in_brackets else stop.at[0]
    lines = range(first + 1, stop.at[0] + 2)
    causes = (one for one in found if one.code in _LEAVE_WRECKAGE and one.span.line in lines)
    return next(causes, None) or _diagnostic(stop)


def _diagnostic(stop: Stop) -> Diagnostic:
    mistake = next((one for one in MISTAKES if one.fits(stop)), UNKNOWN)
    place = stop.began if mistake.from_beginning else stop.at
    opening = Related(_one_character(stop.began), "the brackets begin here")
    return mistake.wording.at(
        stop.source.file,
        _one_character(place),
        stop.problem if mistake is UNKNOWN else "",
        (opening,) if stop.in_brackets and stop.began[0] != place[0] else (),
    )


def _one_character(place: Place) -> Span:
    line, column = place
    return Span(line + 1, column + 1, line + 1, column + 2)

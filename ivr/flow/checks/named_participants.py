"""Participants of a call that are named in a way in which nobody can be found."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.acting import SELF, OfSomebody
from ivr.core.options import StateOptions, Text
from ivr.core.values import parse_target
from ivr.expr.declarations import SPOKEN
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.mute import MuteOptions
from ivr.states.route_audio import RouteAudioOptions

NEEDS = ("vars", "input")
_TEXTS = frozenset({"text", "phone", "digits", "unknown", "empty", "list", "record", "recording"})
"""What can name somebody; that a list or a record is none is another check's finding."""
_ADVICE = "write a target such as ${env.expert}, ${call.from}, or the id of an item of a `roster`"


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """What is written out and can be nobody, and values of another type."""
    for name, (_, options) in flow.states.items():
        may_be_self = isinstance(options, MuteOptions | RouteAudioOptions)
        for path, who in _named(options):
            yield from _participant(flow, ("states", name, *path), who, may_be_self)


def _named(options: StateOptions) -> Iterator[tuple[Path, Text]]:
    if isinstance(options, OfSomebody | MuteOptions):
        yield ("who",), options.who
    elif isinstance(options, RouteAudioOptions):
        for key, whom in (("from", options.sources), ("to", options.receivers)):
            for index, who in enumerate(whom.items):
                yield ((key,) if len(whom.items) == 1 else (key, index)), who


def _participant(
    flow: CheckedFlow, path: Path, who: Text, may_be_self: bool
) -> Iterator[Diagnostic]:
    text = who.template
    if text.is_fixed and text.source == SELF:
        if not may_be_self:
            message = "this cannot be done to ourselves"
            yield flow.at(Code.PARTICIPANT, path, message, help=_ADVICE)
    elif text.is_fixed and parse_target(text.source) is None:
        message = "nobody on the call can be found by this"
        yield flow.at(Code.PARTICIPANT, path, message, help=_ADVICE)
    elif text.single is not None:
        kind = text.single.type(flow.scope).type
        if kind not in _TEXTS:
            message = f"a participant is named by a text, not by {SPOKEN[kind]}"
            yield flow.at(Code.PARTICIPANT, path, message, help=_ADVICE)

"""A `${}` where nothing is filled in: titles, labels, lists of a `set`, and the like."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.options import WithExits
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.storing import storings
from ivr.states.choose import ChooseOptions
from ivr.states.record import RecordOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A warning for each."""
    for path, text in _plain_texts(flow):
        if "${" in text:
            message = "nothing is filled in here: this is shown as it is written"
            yield flow.at(Code.NOT_FILLED_IN, path, message)
    for storing in storings(flow):
        if isinstance(storing.value.constant, list) and "${" in str(storing.value.constant):
            message = "nothing is filled in within a list"
            advice = 'write the list as one expression, such as "${[first, second]}"'
            yield flow.at(Code.NOT_FILLED_IN, storing.path, message, help=advice)


def _plain_texts(flow: CheckedFlow) -> Iterator[tuple[Path, str]]:
    yield ("title",), flow.options.title
    for name, (_, options) in flow.states.items():
        path: Path = ("states", name)
        yield (*path, "title"), options.title
        if isinstance(options, RecordOptions):
            yield (*path, "purpose"), options.purpose
        if isinstance(options, WithExits):
            for outcome, way in options.on.items():
                yield (*path, "on", outcome, "label"), way.label
        elif isinstance(options, ChooseOptions):
            for index, line in enumerate(options.when):
                yield (*path, "when", index, "label"), line.label

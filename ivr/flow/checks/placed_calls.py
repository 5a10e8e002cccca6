"""Calls that the engine begins in a way in which none can be begun."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.options import Text
from ivr.core.values import parse_target
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.flow_options import Join
from ivr.states.transfer import TransferOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """A flow calls out or joins, not both; a join names one meeting; phones need an account."""
    out, join = flow.options.call_out, flow.options.join
    if out is not None:
        yield from _phone(flow, out.to, out.caller, ("call_out", "to"))
    if join is not None:
        yield from _meeting(flow, join)
    if out is not None and join is not None:
        message = "a flow calls out or joins a meeting, not both"
        yield flow.at(Code.PLACING, ("join",), message, key=True)
    for name, state in flow.states.items():
        if isinstance(state.options, TransferOptions):
            yield from _transfer(flow, state.options, ("states", name))


def _meeting(flow: CheckedFlow, join: Join) -> Iterator[Diagnostic]:
    by_chat = join.organizer is not None and join.chat is not None
    ways = [join.link is not None, join.meeting_id is not None, by_chat]
    if sum(ways) != 1 or (join.organizer is None) != (join.chat is None):
        message = "a meeting is named in one way: `link`, `meeting_id`, or `organizer` and `chat`"
        yield flow.at(Code.PLACING, ("join",), message, key=True)
    elif join.passcode is not None and join.meeting_id is None:
        message = "a passcode belongs to a `meeting_id`"
        yield flow.at(Code.PLACING, ("join", "passcode"), message, key=True)


def _transfer(flow: CheckedFlow, options: TransferOptions, path: Path) -> Iterator[Diagnostic]:
    if options.mode == "consult":
        yield from _phone(flow, options.to, options.source, (*path, "to"))
        return
    for key, given in (("music", options.music), ("from", options.source)):
        if given is not None:
            message = f"`{key}` has an effect with `mode: consult` only"
            yield flow.at(Code.NO_EFFECT, (*path, key), message, key=True)


def _phone(flow: CheckedFlow, to: Text, source: Text | None, path: Path) -> Iterator[Diagnostic]:
    target = parse_target(to.template.source) if to.template.is_fixed else None
    if target is not None and target.kind == "phone" and source is None:
        message = "a phone is called by a resource account: say which in `from: instance:ID`"
        yield flow.at(Code.PLACING, path, message)

"""Invitations that cannot be sent the way they are written, and exits that none of them takes."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.limits import MAX_PROMPTS_AT_ONCE
from ivr.core.options import as_list
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.invite import MAX_INVITED, InviteOptions

NEEDS = ("on", "join", "outcomes")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each `invite` by itself, and by what is known of the call."""
    for name, state in flow.states.items():
        if isinstance(state.options, InviteOptions):
            yield from _too_many(flow, ("states", name), state.options)
            if "left" in state.options.on and "joined" in flow.exits[name]:
                message = "the flow goes on when somebody has joined, and does not wait here"
                advice = "to wait until they have left, do without the exit for `joined`"
                path = ("states", name, "on", "left")
                yield flow.at(Code.NEVER_TAKEN, path, message, key=True, help=advice)


def _too_many(flow: CheckedFlow, path: Path, options: InviteOptions) -> Iterator[Diagnostic]:
    invited = len(options.to.items)
    if invited > MAX_INVITED:
        message = f"at most {MAX_INVITED} are invited at once"
        yield flow.at(Code.TOO_MANY, (*path, "to"), message)
    elif invited > 1 and options.replaces is not None:
        message = "only one can leave another call for this one"
        yield flow.at(Code.TOO_MANY, (*path, "to"), message)
    elif invited > 1 and _is_between_two(flow):
        message = "a call between two takes one invitation at a time, so this will fail"
        advice = "invite one after the other"
        yield flow.at(Code.ONLY_FAILS, (*path, "to"), message, help=advice)
    if len(as_list(options.prompt)) > MAX_PROMPTS_AT_ONCE:
        message = f"at most {MAX_PROMPTS_AT_ONCE} prompts are played one after the other"
        yield flow.at(Code.TOO_MANY, (*path, "prompt"), message, help="say the rest before")


def _is_between_two(flow: CheckedFlow) -> bool:
    """Whether nothing in the flow makes a group call of its calls."""
    invites = [one for one in flow.states.values() if isinstance(one.options, InviteOptions)]
    return flow.options.join is None and not flow.options.outcomes and len(invites) == 1

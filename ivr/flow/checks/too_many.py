"""More prompts or targets at once than Graph takes, and lengths of an answer that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.limits import MAX_PROMPTS_AT_ONCE
from ivr.core.options import StateOptions, as_list
from ivr.flow.checked import CheckedFlow, Path
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.states.collect import MAX_DIGITS, CollectOptions
from ivr.states.hangup import HangupOptions
from ivr.states.prompt import PromptOptions
from ivr.states.redirect import MAX_TARGETS, RedirectOptions
from ivr.states.transfer import TransferOptions

NEEDS = ()


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each state by itself."""
    for name, (_, options) in flow.states.items():
        path: Path = ("states", name)
        yield from _prompts(flow, path, options)
        if isinstance(options, RedirectOptions) and len(options.to.items) > MAX_TARGETS:
            message = f"a call is redirected to at most {MAX_TARGETS} targets"
            yield flow.at(Code.TOO_MANY, (*path, "to"), message)
        if isinstance(options, CollectOptions):
            yield from _digits(flow, path, options)


def _prompts(flow: CheckedFlow, path: Path, options: StateOptions) -> Iterator[Diagnostic]:
    """Graph: playPrompt takes a limited list; a question plays only one of its list at a time."""
    if isinstance(options, PromptOptions | HangupOptions | TransferOptions):
        where, prompts = (*path, "prompt"), as_list(options.prompt)
    elif isinstance(options, CollectOptions) and options.confirm is not None:
        where, prompts = (*path, "confirm", "prompt"), as_list(options.confirm.prompt)
    else:
        return
    if len(prompts) > MAX_PROMPTS_AT_ONCE:
        message = f"at most {MAX_PROMPTS_AT_ONCE} prompts are played one after the other"
        yield flow.at(Code.TOO_MANY, where, message, help="say the rest in another state")


def _digits(flow: CheckedFlow, path: Path, options: CollectOptions) -> Iterator[Diagnostic]:
    low, high = options.bounds()
    if not 1 <= low <= high <= MAX_DIGITS:
        message = f"an answer has 1 to {MAX_DIGITS} digits, the smaller number first"
        yield flow.at(Code.OUT_OF_RANGE, (*path, "digits"), message)

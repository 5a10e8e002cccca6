"""The recordings in a flow's folder: playable, of a prompt that there is, and a fixed one."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.expr.template import parse_template
from ivr.flow.checked import CheckedFlow, finding
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.flow.uses import prompt_place
from ivr.speech.prompts_folder import RecordedPrompt

NEEDS = ("prompts", "language")


def check(flow: CheckedFlow) -> Iterator[Diagnostic]:
    """Each recording against the words of its prompt."""
    for name, recording in flow.recordings.items():
        if name not in flow.prompts:
            yield _without_prompt(flow, name, recording)
            continue
        place = prompt_place(flow, name)
        assert place is not None
        if recording.problem is not None:
            yield finding(place[0], Code.RECORDING, place[1], recording.problem, key=True)
        elif recording.remark is not None:
            yield finding(place[0], Code.RECORDING_SOUND, place[1], recording.remark, key=True)
        if not parse_template(flow.prompts[name]).is_fixed:
            message = "a prompt with a `${}` in it is spoken anew for each call, and never recorded"
            advice = "cut the fixed words off into a prompt of their own, or delete the recording"
            yield finding(place[0], Code.RECORDED_VALUE, place[1], message, key=True, help=advice)


def _without_prompt(flow: CheckedFlow, name: str, recording: RecordedPrompt) -> Diagnostic:
    guess = flow.near(name, flow.prompts)
    message = "there is a recording of a prompt that the flow does not have"
    detail = f"{recording.path.name}"
    return flow.at(
        Code.RECORDING_NAME, ("prompts",), message, key=True, detail=detail, suggestion=guess
    )

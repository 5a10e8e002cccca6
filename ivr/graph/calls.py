"""What Graph says of a call or an operation, as events of ours. Pure.

Used for notifications (`decode.py`) and for what Graph answers at once (`client.py`). Graph's
words stop here; every enumeration is compared without case (FACTS.md 3.6).
"""

from __future__ import annotations

import re
from typing import Literal

from ivr.core.events import (
    AnyEvent,
    CallArrived,
    CallEnded,
    CallProgressed,
    OperationFinished,
    Progress,
    PromptFinished,
    RecordingFinished,
    TonePressed,
    Unrecognised,
)
from ivr.graph.meanings import CANCELLED
from ivr.graph.people import called_of, caller_of
from ivr.graph.results import (
    end_reason,
    meaning,
    missed,
    operation_failure,
    subcode_of,
    transfer_failure,
)
from ivr.graph.shapes import Resource, ResultInfo, ToneInfo
from ivr.graph.wire import canonical_id, number

OperationKind = Literal["prompt", "recording", "invitation", "other"]

MAX_CONTEXT = 256
"""Characters of a `clientContext`, by Graph's own limit (FACTS.md 3.6)."""

_MAX_SEQUENCE = 2**31 - 1
_PROGRESS: dict[str, Progress] = {
    "establishing": "establishing",
    "ringing": "ringing",
    "established": "established",
    "transferring": "transferring",
    "transferaccepted": "accepted",
    "terminating": "ending",
}
_AUDIO = {"active": True, "inactive": False}
_KEYS = {f"tone{digit}": str(digit) for digit in range(10)}
_KEYS |= {"star": "*", "pound": "#", "a": "A", "b": "B", "c": "C", "d": "D"}
_STATE = re.compile(r"[a-z]{1,32}")


def word(text: str | None) -> str:
    """A member of an enumeration as it is compared: lower case, "" where there is none."""
    return text.lower() if text else ""


def call_events(call: Resource, *, over: bool = False) -> tuple[AnyEvent, ...]:
    """What a call resource tells. `over`: the service has dropped the call (`deleted`).

    A tone notification repeats `state: established`, so with a tone the state is not looked at;
    news of the audio is not lost.
    """
    state = word(call.state)
    if over or state == "terminated":
        return (_ended(call),)
    audio = _AUDIO.get(word(call.media_state.audio)) if call.media_state else None
    if call.tone_info is not None:
        heard = () if audio is None else (CallProgressed(audio=audio),)
        return (*heard, _tone(call.tone_info))
    if state == "incoming":
        return (_arrived(call),)
    return (_progressed(call, state, audio),)


def operation_kind(type_name: str, operation: Resource) -> OperationKind:
    """Whose end an operation tells of, from its type; from its members where the type is bare."""
    if type_name == "playpromptoperation":
        return "prompt"
    if type_name == "recordoperation" or operation.recording_location is not None:
        return "recording"
    return "invitation" if type_name == "inviteparticipantsoperation" else "other"


def operation_event(kind: OperationKind, effect: str, operation: Resource) -> AnyEvent:
    """The end of an operation that carried out the effect `effect`."""
    code, subcode = _result(operation.result_info)
    subcode = subcode_of(subcode, operation.completion_reason or "")
    cancelled = subcode == CANCELLED
    failure = None if cancelled else operation_failure(word(operation.status), code, subcode)
    if kind == "prompt":
        return PromptFinished(effect, failure, cancelled)
    if kind == "invitation" and failure == "failed" and meaning(subcode).failure is None:
        failure = missed(code)
    if kind in {"invitation", "other"}:
        return OperationFinished(effect, "failed" if cancelled else failure)
    stopped_by = meaning(subcode).stop or "unknown"
    if location := operation.recording_location:
        token = operation.recording_access_token or ""
        return RecordingFinished(effect, stopped_by, location, token)
    if stopped_by == "nothing_said":
        return RecordingFinished(effect, stopped_by)
    # Without a location there is no clip, however well the operation says it went.
    failure = None if cancelled else failure or "failed"
    return RecordingFinished(effect, stopped_by, failure=failure, cancelled=cancelled)


def tenant_of(call: Resource) -> str:
    """The call's tenant: its own member, else the caller's, else ""."""
    source = call.source.identity if call.source else None
    someone = source and (source.user or source.application_instance or source.application)
    found = call.tenant_id or (someone.tenant_id if someone else None)
    return canonical_id(found) if found else ""


def context_of(operation: Resource) -> str:
    """The id of the effect that began the operation, as it came back; "" where it did not."""
    return (operation.client_context or "")[:MAX_CONTEXT]


def _progressed(call: Resource, state: str, audio: bool | None) -> AnyEvent:
    progress = _PROGRESS.get(state)
    if progress is None and audio is None:
        return Unrecognised(f"call:{state}" if _STATE.fullmatch(state) else "call")
    # `established` with a failure is how a transfer that did not work ends (FACTS.md 5.12).
    result = _result(call.result_info) if progress == "established" else (None, None)
    return CallProgressed(progress, audio, transfer_failure(*result))


def _ended(call: Resource) -> CallEnded:
    """The end of a call.

    A call that vanishes without a state or a result is one that was rejected (call-reject); it may
    be one whose caller gave up while it rang, and only who did or did not reject it can tell. A
    redirected call ends without a result too, but in the state `terminated`: `hung_up`.
    """
    code, subcode = _result(call.result_info)
    number_text = f"{'' if code is None else code}/{'' if subcode is None else subcode}".strip("/")
    if not (call.state or number_text or call.termination_reason):
        return CallEnded("rejected")
    return CallEnded(end_reason(code, subcode, call.termination_reason or ""), number_text)


def _result(result: ResultInfo | None) -> tuple[int | None, int | None]:
    if result is None:
        return None, None
    subcode = number(result.subcode)
    return number(result.code), number(result.sub_code) if subcode is None else subcode


def _tone(tone: ToneInfo) -> AnyEvent:
    key = _KEYS.get(word(tone.tone))
    sequence = number(tone.sequence_id) or 0
    if key is None:
        return Unrecognised("tone")
    return TonePressed(key, sequence if 0 < sequence <= _MAX_SEQUENCE else 0)


def _arrived(call: Resource) -> CallArrived:
    called = (called_of(party) for party in call.targets or ())
    return CallArrived(caller_of(call.source), next(filter(None, called), ""), tenant_of(call))

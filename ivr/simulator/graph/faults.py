"""Faults on demand: the next requests or notifications go wrong in a chosen way."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ivr.simulator.graph.errors import ControlError

NOTIFICATION = "notification"
REQUESTS = frozenset(
    {
        "token",
        "create",
        "get",
        "delete",
        "answer",
        "reject",
        "redirect",
        "playPrompt",
        "recordResponse",
        "subscribeToTone",
        "cancelMediaProcessing",
        "mute",
        "unmute",
        "transfer",
        "keepAlive",
        "updateRecordingStatus",
        "sendDtmfTones",
        "participants",
        "operations",
        "onlineMeetings",
        "prompt",
        "recording",
        "*",
    }
)
MAX_FAULTS = 100


class Respond(Struct, frozen=True, forbid_unknown_fields=True):
    """An error answer instead of the usual one."""

    status: Annotated[int, Meta(ge=400, le=599)]
    code: Annotated[str, Meta(max_length=100)] = ""
    message: Annotated[str, Meta(max_length=1_000)] = ""
    retry_after: Annotated[float, Meta(ge=0, le=3_600)] | None = None


class Fault(Struct, forbid_unknown_fields=True):
    """What goes wrong, with whom and how often.

    `target` is a request (`*`: any but `prompt`) or `notification`. Requests: `respond` an error,
    `drop` the request before it acts, `drop_answer` after it has acted, `delay_ms` (real time).
    Notifications: `drop`, `duplicate`, `delay_ms`, or `reorder` with the one after it; the last
    one of a call is never held back. `call` limits the fault to one call.
    """

    target: str
    times: Annotated[int, Meta(ge=1, le=1_000)] = 1
    call: str = ""
    respond: Respond | None = None
    drop: bool = False
    drop_answer: bool = False
    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    duplicate: bool = False
    reorder: bool = False


class Faults:
    """The faults in force, each of which is used up by what it hits."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        """Put a fault in force. Raises `ControlError` for one that makes no sense."""
        _check(fault)
        if len(self.planned) >= MAX_FAULTS:
            raise ControlError(f"There are {MAX_FAULTS} faults already: delete them first.", 409)
        self.planned.append(fault)

    def clear(self) -> None:
        """No more faults."""
        self.planned.clear()

    def take(self, target: str, call: str = "") -> Fault | None:
        """The fault for this request or notification, if one is planned; it is used up by one."""
        for fault in self.planned:
            anything = fault.target == "*" and target not in ("prompt", NOTIFICATION)
            if (anything or fault.target == target) and fault.call in ("", call):
                fault.times -= 1
                if not fault.times:
                    self.planned.remove(fault)
                return fault
        return None


def _check(fault: Fault) -> None:
    told = fault.target == NOTIFICATION
    if not told and fault.target not in REQUESTS:
        known = ", ".join(sorted(REQUESTS | {NOTIFICATION}))
        raise ControlError(f"The target of a fault is one of: {known}.")
    for_requests = (fault.respond is not None, fault.drop_answer)
    for_notices = (fault.duplicate, fault.reorder)
    if sum((*for_requests, *for_notices, fault.drop, fault.delay_ms > 0)) != 1:
        raise ControlError(
            "A fault does one thing: respond, drop, drop_answer, delay_ms, duplicate or reorder."
        )
    if any(for_requests if told else for_notices):
        raise ControlError(
            "respond and drop_answer are for requests, duplicate and reorder for notifications."
        )
    if fault.target == "prompt" and fault.drop_answer:
        raise ControlError("A prompt can respond, drop or be delayed.")

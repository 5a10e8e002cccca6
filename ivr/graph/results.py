"""What Graph's result numbers come to, for calls, operations and refused requests.

The subcodes are in `meanings.py`. An unknown number is not an error: it is judged by the class of
its code, as HTTP's are.
"""

from __future__ import annotations

from typing import Literal

from ivr.core.events import EndReason, Failure
from ivr.graph.meanings import CANCELLED, MEANINGS, Meaning
from ivr.graph.request import Subject

RequestError = Literal["token", "gone", "wait", "unknown", "refused"]
"""What a refused request means: get a new token; the call is over; not now, so ask again later;
nobody knows whether it was done; no, and asking again will not help."""

TERMINATIONS: dict[str, EndReason] = {"apptransferred": "transferred"}
"""`terminationReason`, which a consultative transfer has in place of a result (call-transfer)."""

COMPLETIONS = {
    "mediaoperationcanceled": CANCELLED,
    "operationcanceled": CANCELLED,
    "maxsilencetimeout": 8509,
    "initialsilencetimeout": 8510,
    "playpromptfailed": 8511,
    "playbeepfailed": 8512,
    "mediareceivetimeout": 8513,
    "stoptonedetected": 8514,
    "maxrecorddurationreached": 8515,
    "unspecifiederror": 9999,
    "unknown": 9999,
}
"""`completionReason` as subcode: the beta member leaks into v1.0 bodies (FACTS.md 12)."""

ENDS_BY_CODE: dict[int, EndReason] = {
    408: "no_answer",
    486: "busy",
    487: "hung_up",
    600: "busy",
    603: "declined",
}
FAILURES_BY_CODE: dict[int, Failure] = {
    408: "no_answer",
    480: "no_answer",
    486: "busy",
    600: "busy",
    603: "declined",
}
"""SIP's numbers (RFC 3261, section 21), which the codes of calls follow."""

GONE = frozenset({"8522", "8528", "8543"})
OVER = frozenset({"8528", "8543"})
"""Codes that speak of the call even where the request is about a participant of it."""

NOWHERE = frozenset({"UnknownError", "8558"})
"""With a 404: there is no such address, or participant (FACTS.md 9.3). Nothing is said of the call,
unless to be kept alive, looked at or ended was all that was asked."""

USED_UP = "8529"
"""No call more this month: no use in asking again, whatever the status says."""

BAD_TOKEN = frozenset({"7501", "7504", "InvalidAuthenticationToken"})
TOO_MANY = frozenset({"8516", "8530", "TooManyRequests"})

NOT_READY = frozenset({"8501", "8503", "8504", "8585"})
"""The call has no audio yet, or not again: what is refused for that is taken a moment later."""

UNDER_WAY = frozenset({"8519", "8607"})
"""Another transfer is in the way: perhaps our own, which something on the way has sent twice."""

_UNKNOWN = Meaning("")
_ORDERLY: frozenset[EndReason] = frozenset({"hung_up", "ended_by_us", "transferred", "removed"})


def meaning(subcode: int | None) -> Meaning:
    """The row of `subcode`, or an empty one."""
    return MEANINGS.get(subcode or 0, _UNKNOWN)


def end_reason(code: int | None, subcode: int | None, termination: str = "") -> EndReason:
    """Why a call ended, from `resultInfo` and `terminationReason`; without either: hung up."""
    known = TERMINATIONS.get(termination.lower()) or meaning(subcode).end
    if known is not None and not (known in _ORDERLY and (code or 0) >= 500):
        return known
    if code is None or code == 0 or 200 <= code < 300:
        return "hung_up"
    if 400 <= code < 500 or code >= 600:
        return ENDS_BY_CODE.get(code, "not_reached")
    return "failed"


def transfer_failure(code: int | None, subcode: int | None) -> Failure | None:
    """Why a transfer failed, or None where `resultInfo` tells of no failure."""
    if code is None or code < 400:
        return None
    return meaning(subcode).failure or FAILURES_BY_CODE.get(code, "failed")


def missed(code: int | None) -> Failure:
    """Why somebody who was invited did not come, from `resultInfo`'s code."""
    return FAILURES_BY_CODE.get(code or 0, "failed")


def operation_failure(status: str, code: int | None, subcode: int | None) -> Failure | None:
    """Why an operation failed, or None where it was done.

    It was done when its status is `completed`, its code 2xx or absent, and its subcode none that
    tells of a failure: a file that could not be played is reported as completed too.
    """
    if (failure := meaning(subcode).failure) is not None:
        return failure
    if status == "failed" or not (code is None or code == 0 or 200 <= code < 300):
        return "failed"
    return None if status == "completed" or code else "unknown"


def subcode_of(subcode: int | None, completion: str) -> int | None:
    """The subcode, or the one that a beta `completionReason` stands for."""
    return subcode or COMPLETIONS.get(completion.lower(), subcode)


def request_error(
    status: int, code: str, *, later: bool = False, subject: Subject = "call"
) -> RequestError:
    """What an answer other than 2xx to a request means, from HTTP's status and the body's code.

    A 5xx, and a 408 that a gateway may have made, leave open whether the request was carried out
    (FACTS.md 10); any other 4xx is a clear no, and the call may live on (FACTS.md 9.3). `later`:
    the answer has a Retry-After, with which a 503 says that the request was turned away. `subject`
    is what the answer speaks of.
    """
    if status == 401 or (status == 403 and code in BAD_TOKEN):
        return "token"
    if _says_gone(status, code, subject):
        return "gone"
    if status < 500 and code == USED_UP:
        return "refused"
    turned_away = status == 429 or (status == 503 and later)
    if turned_away or (status < 500 and code in TOO_MANY):
        return "wait"
    if status < 500 and subject == "media" and code in NOT_READY:
        return "wait"
    if status < 500 and subject == "transfer" and code in UNDER_WAY:
        return "unknown"
    return "unknown" if status == 408 or status >= 500 else "refused"


def _says_gone(status: int, code: str, subject: Subject) -> bool:
    if subject in {"call", "action", "media", "transfer"}:
        nowhere = subject != "call" and code in NOWHERE
        return (status == 404 and not nowhere) or (status < 500 and code in GONE)
    return subject == "participant" and status < 500 and code in OVER


def explained(code: str) -> str:
    """The words for the code of a refused request, or ""."""
    return meaning(int(code)).words if code.isascii() and code.isdigit() else ""

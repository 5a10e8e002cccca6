"""What Graph's result numbers mean to a call, as data.

Sources: FACTS.md section 9 (Graph: call-delete and the pages of the actions) and, for the
numbers that Graph shares with it, Azure Communication Services' call automation and PSTN codes.
An unknown number is not an error: it is judged by the class of its code, as HTTP's are.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ivr.core.events import EndReason, Failure, StopReason

RequestError = Literal["token", "gone", "wait", "unknown", "refused"]
"""What a refused request means: get a new token; the call is over; not now, so ask again later;
nobody knows whether it was done; no, and asking again will not help."""

CANCELLED = 8508


class Meaning(NamedTuple):
    """One subcode: what it says to people, and what it makes of a call, a transfer or a clip."""

    words: str
    end: EndReason | None = None
    failure: Failure | None = None
    stop: StopReason | None = None


def _over(words: str) -> Meaning:
    return Meaning(words, end="hung_up")


def _missed(words: str, failure: Failure = "no_answer") -> Meaning:
    return Meaning(words, end="not_reached", failure=failure)


def _broken(words: str, failure: Failure = "failed") -> Meaning:
    return Meaning(words, end="failed", failure=failure)


MEANINGS: dict[int, Meaning] = {
    # How calls end in good order.
    4097: _over("the other party hung up"),
    4521: _over("the other party hung up"),
    5000: _over("a participant removed the bot"),
    5001: _over("the conversation ended"),
    5002: _over("everybody else left"),
    5003: _over("the conversation ended"),
    5007: _over("the one who began the call left"),
    5010: _over("one participant remained"),
    5012: _over("nobody is in the call"),
    5013: _over("nobody else joined"),
    5014: _over("no one could host the call"),
    5020: _over("nobody is in the call"),
    5030: _over("the time of the breakout room is over"),
    5300: _over("a participant removed the bot"),
    5855: _over("the wait in the lobby took too long"),
    18503: _over("the other party left"),
    540000: _over("the phone user hung up"),
    560000: _over("the phone user hung up"),
    540487: _over("the caller gave up before the answer"),
    560487: _over("the caller gave up before the answer"),
    7000: Meaning("the bot ended the call", end="ended_by_us"),
    10550: Meaning("the bot ended the call", end="ended_by_us"),
    7015: Meaning("the transfer is done", end="transferred"),
    # Why somebody could not be reached.
    8538: _missed("the callee declined", "declined"),
    8539: _missed("the callee is busy", "busy"),
    8540: _missed("the callee is busy everywhere", "busy"),
    8541: _missed("the callee is not available"),
    8542: _missed("the call was cancelled", "failed"),
    8544: _missed("the callee cannot be reached"),
    10003: _missed("another endpoint took the call", "failed"),
    10004: _missed("nobody took the call in time"),
    10024: _missed("every endpoint of the callee declined", "declined"),
    10037: _missed("the callee has no endpoint online"),
    10057: _missed("the callee did not answer"),
    10076: _missed("the callee cannot be reached"),
    10077: _missed("the callee is not online"),
    10078: _missed("the callee's endpoint cannot be reached"),
    10134: _missed("the call cannot be routed", "failed"),
    10199: _missed("the callee may not use private calling", "failed"),
    540486: _missed("the number is busy", "busy"),
    560486: _missed("the number is busy", "busy"),
    560408: _missed("the number did not answer"),
    560480: _missed("the number did not answer"),
    560404: _missed("the number does not exist", "failed"),
    560484: _missed("the number is incomplete", "failed"),
    560603: _missed("the call was declined", "declined"),
    # What went wrong, with us or with the service.
    1005: _broken("the service could not reach the bot's media"),
    1106: _broken("the acceptance of the call was not acknowledged"),
    7700: _broken("the transfer failed"),
    8537: _broken("no keep-alive came in time"),
    8586: _broken("the bot did not acknowledge the incoming call: the webhook was too slow"),
    8587: _broken("the bot did not answer the incoming call in time"),
    8610: _broken("the bot did not reply to a notification: the webhook was too slow"),
    301004: _broken("no media connection came about"),
    301005: _broken("the media connection was lost"),
    # How prompts and recordings end.
    CANCELLED: Meaning("the operation was cancelled"),
    8503: Meaning("the audio is not active"),
    8504: Meaning("there is no audio stream"),
    8509: Meaning("the caller stopped speaking", stop="silence"),
    8510: Meaning("the caller said nothing", stop="nothing_said"),
    8511: Meaning("the prompt could not be played", failure="failed"),
    8512: Meaning("the beep could not be played", failure="failed"),
    8513: Meaning("no sound came from the caller in time", failure="failed"),
    8514: Meaning("the caller pressed the end key", stop="end_key"),
    8515: Meaning("the longest allowed recording was reached", stop="max_length"),
    8535: Meaning("the audio file has the wrong format", failure="not_started"),
    8536: Meaning("the audio file could not be fetched", failure="not_started"),
    8588: Meaning("the sound of the call ended during the recording", stop="hung_up"),
    9999: Meaning("an unknown fault of the service", failure="failed"),
    # Why requests are refused.
    7501: Meaning("the token is not valid"),
    7503: Meaning("the app is not registered: switch calling on in the bot's Teams channel"),
    7504: Meaning("the app lacks a permission: have an administrator consent in this tenant"),
    7505: Meaning("the token is of another tenant than the call"),
    7507: Meaning("the bot's phone identity is not this app's application instance"),
    8501: Meaning("the call is not established"),
    8516: Meaning("the service limits the rate of requests"),
    8519: Meaning("another request for this call is under way"),
    8522: Meaning("the call is over or was never there"),
    8523: Meaning("an argument is not valid"),
    8528: Meaning("the call is over"),
    8529: Meaning("the monthly number of calls is used up"),
    8530: Meaning("too many calls at once"),
    8543: Meaning("the call is over or was never there"),
    8585: Meaning("the call is not in a state for this"),
    8607: Meaning("a transfer is under way already"),
}

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

ENDS_BY_CODE: dict[int, EndReason] = {487: "hung_up"}
FAILURES_BY_CODE: dict[int, Failure] = {
    408: "no_answer",
    480: "no_answer",
    486: "busy",
    600: "busy",
    603: "declined",
}
"""SIP's numbers (RFC 3261, section 21), which the codes of calls follow."""

GONE = frozenset({"8522", "8528", "8543"})
BAD_TOKEN = frozenset({"7501", "7504", "InvalidAuthenticationToken"})
TOO_MANY = frozenset({"8516", "8530", "TooManyRequests"})

_UNKNOWN = Meaning("")
_ORDERLY: frozenset[EndReason] = frozenset({"hung_up", "ended_by_us", "transferred"})


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


def request_error(status: int, code: str, *, later: bool = False) -> RequestError:
    """What an answer other than 2xx to a request means, from HTTP's status and the body's code.

    A 5xx, and a 408 that a gateway may have made, leave open whether the request was carried out
    (FACTS.md 10); any other 4xx is a clear no, and the call may live on (FACTS.md 9.3). `later`:
    the answer has a Retry-After, with which a 503 says that the request was turned away.
    """
    if status == 401 or (status == 403 and code in BAD_TOKEN):
        return "token"
    if status == 404 or (status < 500 and code in GONE):
        return "gone"
    turned_away = status == 429 or (status == 503 and later)
    if turned_away or (status < 500 and code in TOO_MANY):
        return "wait"
    return "unknown" if status == 408 or status >= 500 else "refused"


def explained(code: str) -> str:
    """The words for the code of a refused request, or ""."""
    return meaning(int(code)).words if code.isascii() and code.isdigit() else ""

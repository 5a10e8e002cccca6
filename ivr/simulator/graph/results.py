"""How Graph words a refusal, and the end of a call, an operation or a transfer: its numbers.

The pages call-delete, call-record, call-playprompt and call-transfer document some of the numbers;
the rest are those that the calling platform shares with Azure Communication Services.
"""

from __future__ import annotations

from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import DownReason, RefusalKind, Result, State

Body = dict[str, object]

STATES: dict[State, str] = {
    "incoming": "incoming",
    "establishing": "establishing",
    "ringing": "ringing",
    "established": "established",
    "transferring": "transferring",
    "accepted": "transferAccepted",
    "ending": "terminating",
    "terminated": "terminated",
}

REFUSALS: dict[RefusalKind, tuple[int, str, str]] = {
    "gone": (404, "8522", "Call not found."),
    "not_established": (400, "8501", "The call is not established."),
    "audio_inactive": (400, "8503", "The audio of the call is not active."),
    "wrong_state": (400, "8585", "The operation is not valid in the current state of the call."),
    "invalid": (400, "8523", "Invalid argument."),
    "conflict": (409, "8519", "Another operation on the call is in the way."),
    "not_a_group": (400, "8548", "The operation needs a group call."),
    "no_such_person": (404, "8558", "Participant not found."),
    "not_allowed": (403, "7504", "Insufficient enterprise tenant permissions."),
    "no_phones": (403, "7507", "Call source identity invalid."),
}
"""Status, code and text; Graph documents none of them but the 404."""

OPERATIONS: dict[Result, tuple[int, int, str]] = {
    "completed": (200, 0, "Action completed successfully."),
    "end_key": (200, 8514, "Action completed, stop tone detected."),
    "silence": (200, 8509, "Action completed, max silence timeout reached."),
    "max_length": (200, 8515, "Action completed, max record duration reached."),
    "hung_up": (200, 8588, "Action completed, media stopped."),
    "cancelled": (400, 8508, "Action failed, the operation was cancelled."),
    "nothing_said": (400, 8510, "Action failed, initial silence timeout reached."),
    "bad_audio": (400, 8535, "Action failed, file format is invalid."),
    "not_fetched": (400, 8536, "Action failed, file could not be downloaded."),
    "no_answer": (408, 10057, "Callee did not answer."),
    "busy": (486, 8539, "Callee is busy."),
    "declined": (603, 8538, "Callee declined."),
    "failed": (500, 9999, "Unknown internal error."),
}
"""Busy and declined are in no table of Graph's: SIP's codes (RFC 3261) stand in for them."""

NO_HOSTED_MEDIA = (400, "8500", "The call has no application-hosted media.")
"""The answer to what only media on the bot's own machine can do, such as sharing a screen."""

COMPLETED = frozenset({"completed", "end_key", "silence", "max_length", "hung_up"})

ENDS: dict[DownReason, tuple[int, int, str]] = {
    "caller_hung_up": (200, 4521, "Call ended by the other party."),
    "we_hung_up": (200, 7000, "Call ended by the application."),
    "transferred": (0, 7015, "GracefulTransferCompleted"),
    "replaced": (200, 7015, "GracefulTransferCompleted"),
    "not_answered": (408, 8587, "The incoming call was not answered in time."),
    "removed": (200, 5000, "The application was removed from the call."),
    "all_left": (200, 5002, "All other participants left."),
    "lobby_timed_out": (200, 5855, "The wait in the lobby timed out."),
    "not_connected": (500, 7117, "Server Internal Error. DiagCode: 500#7117.@"),
    "keep_alive_missed": (408, 8537, "The keep-alive of the call timed out."),
    "no_answer": (408, 10057, "No signalling from the callee."),
    "busy": (486, 8539, "Callee is busy."),
    "declined": (603, 8538, "Callee declined."),
    "failed": (480, 10037, "Callee has no endpoint online."),
}
_PHONE_HUNG_UP = (200, 560000, "Call ended by the phone user.")

_TRANSFERS: dict[Outcome, tuple[int, int]] = {
    "busy": (486, 8539),
    "declined": (603, 8538),
    "no_answer": (408, 10057),
    "undecided": (408, 10057),
}


def result_info(code: int, subcode: int, message: str, key: str = "subcode") -> Body:
    """A resultInfo object; the transfer page spells the second key `subCode`."""
    kind = "#microsoft.graph.resultInfo"
    return {"@odata.type": kind, "code": code, key: subcode, "message": message}


def operation_result(result: Result, silence_code: int) -> Body:
    """The resultInfo of an operation that has ended."""
    code, subcode, message = OPERATIONS[result]
    return result_info(silence_code if result == "silence" else code, subcode, message)


def end_result(reason: DownReason, *, by_phone: bool) -> Body | None:
    """The resultInfo of a call that is over; None where Graph sends none."""
    if reason == "caller_hung_up" and by_phone:
        return result_info(*_PHONE_HUNG_UP)
    return result_info(*ENDS[reason]) if reason in ENDS else None


def transfer_numbers(outcome: Outcome, *, consultative: bool = False) -> tuple[int, int]:
    """Code and subcode of a transfer that failed; only those without a reason are documented."""
    return _TRANSFERS.get(outcome, (500, 7700 if consultative else 7000))


def transfer_result(outcome: Outcome, *, consultative: bool) -> Body:
    """The resultInfo of a transfer that failed."""
    code, subcode = transfer_numbers(outcome, consultative=consultative)
    return result_info(code, subcode, "The transfer failed.", "subCode")

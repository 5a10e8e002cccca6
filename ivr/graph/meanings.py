"""What Graph's subcodes mean to a call, as data.

Sources: FACTS.md section 9 (Graph: call-delete and the pages of the actions) and, for the numbers
that Graph shares with it, Azure Communication Services' tables of call automation and phone codes.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ivr.core.events import EndReason, Failure, StopReason

CANCELLED = 8508


class Meaning(NamedTuple):
    """One subcode: what it says to people, and what it makes of a call, a transfer or a clip."""

    words: str
    end: EndReason | None = None
    failure: Failure | None = None
    stop: StopReason | None = None


def _over(words: str) -> Meaning:
    return Meaning(words, end="hung_up")


def _missed(words: str, failure: Literal["no_answer", "busy", "declined"]) -> Meaning:
    return Meaning(words, end=failure, failure=failure)


def _away(words: str, failure: Failure = "no_answer") -> Meaning:
    """Somebody who cannot be reached now: whoever handed a call on hears that nobody answered."""
    return Meaning(words, end="not_reached", failure=failure)


def _removed(words: str) -> Meaning:
    return Meaning(words, end="removed")


def _broken(words: str, failure: Failure = "failed") -> Meaning:
    return Meaning(words, end="failed", failure=failure)


MEANINGS: dict[int, Meaning] = {
    # How calls end in good order.
    4097: _over("the other party hung up"),
    4521: _over("the other party hung up"),
    5000: _removed("a participant removed the bot"),
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
    5300: _removed("a participant removed the bot"),
    18503: _over("the other party left"),
    540000: _over("the phone user hung up"),
    560000: _over("the phone user hung up"),
    540487: _over("the caller gave up before the answer"),
    560487: _over("the caller gave up before the answer"),
    7000: Meaning("the bot ended the call", end="ended_by_us"),
    10550: Meaning("the bot ended the call", end="ended_by_us"),
    7015: Meaning("the transfer is done", end="transferred"),
    # Why somebody could not be reached.
    5855: _away("nobody let the bot in from the lobby"),
    8538: _missed("the callee declined", "declined"),
    8539: _missed("the callee is busy", "busy"),
    8540: _missed("the callee is busy everywhere", "busy"),
    8541: _away("the callee is not available"),
    8542: _away("the call was cancelled", "failed"),
    8544: _away("the callee cannot be reached"),
    10003: _away("another endpoint took the call", "failed"),
    10004: _missed("nobody took the call in time", "no_answer"),
    10024: _missed("every endpoint of the callee declined", "declined"),
    10037: _away("the callee has no endpoint online"),
    10057: _missed("the callee did not answer", "no_answer"),
    10073: _away("the tenant has no credit for calls to phones", "failed"),
    10076: _away("the callee cannot be reached"),
    10077: _away("the callee is not online"),
    10078: _away("the callee's endpoint cannot be reached"),
    10134: _away("the call cannot be routed", "failed"),
    10151: _away("the tenant may not call this number", "failed"),
    10199: _away("the callee may not use private calling", "failed"),
    510403: _away("the number may not be called", "failed"),
    511404: _away("the number or the account that calls does not exist", "failed"),
    511532: _away("the tenant has no way out to phones", "failed"),
    540486: _missed("the number is busy", "busy"),
    560403: _away("the number may not be called", "failed"),
    560404: _away("the number does not exist", "failed"),
    560408: _missed("the number did not answer", "no_answer"),
    560480: _missed("the number did not answer", "no_answer"),
    560484: _away("the number is incomplete", "failed"),
    560486: _missed("the number is busy", "busy"),
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
    7500: Meaning("this kind of identity may not use the calls API"),
    7501: Meaning("the token is not valid"),
    7502: Meaning("calling is not enabled for this app"),
    7503: Meaning("the app is not registered for calling"),
    7504: Meaning("the app lacks a permission in this tenant"),
    7505: Meaning("the token is of another tenant than the call"),
    7506: Meaning("the certificate is not trusted"),
    7507: Meaning("the account that calls is not one of this app"),
    7508: Meaning("this kind of identity may not use the calls API"),
    7509: Meaning("the signature of the request is not valid"),
    7510: Meaning("the managed identity could not be verified"),
    8500: Meaning("another media operation is in the way"),
    8501: Meaning("the call is not established"),
    8516: Meaning("the service limits the rate of requests"),
    8517: Meaning("the token is of another tenant than the call"),
    8519: Meaning("another request for this call is under way"),
    8520: Meaning("the service does not do this"),
    8521: Meaning("the call was handed on too often"),
    8522: Meaning("the call is over or was never there"),
    8523: Meaning("an argument is not valid"),
    8526: Meaning("the join token is not valid"),
    8527: Meaning("the join link is not valid"),
    8528: Meaning("the call is over"),
    8529: Meaning("the monthly number of calls is used up"),
    8530: Meaning("too many calls at once"),
    8543: Meaning("the call is over or was never there"),
    8548: Meaning("the call is not a group call"),
    8552: Meaning("the organizer cannot be removed"),
    8558: Meaning("the participant is not on the call"),
    8560: Meaning("the meeting is locked"),
    8561: Meaning("the meeting's number is not valid"),
    8566: Meaning("others may not be unmuted"),
    8571: Meaning("another recording operation is under way"),
    8583: Meaning("what has to be there before is not there"),
    8585: Meaning("the call is not in a state for this"),
    8607: Meaning("a transfer is under way already"),
}

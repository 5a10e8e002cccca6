"""What editors say of outcomes and keys, and the pieces of YAML that they offer to insert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OUTCOMES: Final[Mapping[str, str]] = {
    "next": "The way on.",
    "no_input": "No key at all, after the last attempt; where it is missing, give_up is taken.",
    "no_match": "No valid answer, after the last attempt; where it is missing, give_up is taken.",
    "give_up": "After the last attempt, whatever the reason.",
    "hangup": "The caller has hung up. Only states that need no caller can follow.",
    "done": "It is done.",
    "recorded": "There is a clip.",
    "nothing_said": "The caller said nothing; where it is missing, failed is taken.",
    "failed": "It did not work.",
    "open": "Within the opening hours.",
    "closed": "Outside the opening hours.",
    "holiday": "A public holiday; where it is missing, closed is taken.",
    "ok": "A 2xx answer whose body fits the variable.",
    "2xx": "Any 2xx answer.",
    "3xx": "Any 3xx answer: redirects are not followed.",
    "4xx": "Any 4xx answer that has no exit of its own.",
    "5xx": "Any 5xx answer that has no exit of its own.",
    "timeout": "No answer in time; where it is missing, error is taken.",
    "error": "Anything unforeseen: a value that is missing, a prompt that fails, too many visits.",
    "answered": "It was answered.",
    "no_answer": "Nobody answered; where it is missing, failed is taken.",
    "busy": "The line was busy; where it is missing, failed is taken.",
    "declined": "The call was declined; where it is missing, failed is taken.",
    "joined": "The other party is in the call.",
    "not_joined": "The meeting could not be joined.",
    "not_reached": "Nobody was reached, after the last attempt.",
    "left": "The other party has left the call.",
    "within": "It has not been too often.",
    "over": "It has been too often.",
    "participant_joined": "Somebody has joined the call.",
    "participant_left": "Somebody has left the call.",
    "max_duration": "The call has lasted as long as a call may.",
    "star": "The * key.",
    "pound": "The # key.",
    "hash": "The # key, under another name.",
}
"""Each outcome in a sentence; a state type of another package may have others."""

OF_TYPE: Final[Mapping[tuple[str, str], str]] = {
    ("answer", "answered"): "The caller can be heard.",
    ("answer", "failed"): "The call could not be answered, or the caller has gone.",
    ("collect", "done"): "The digits are in.",
    ("invite", "joined"): "Somebody has joined; where it is missing, left is waited for.",
    ("invite", "no_answer"): "Nobody has joined in time; where it is missing, failed is taken.",
    ("invite", "declined"): "They declined or are busy; where it is missing, failed is taken.",
    ("invite", "failed"): "They could not be invited: the caller is still there.",
    ("invite", "left"): "Nobody who has joined is there any more; this is only waited for "
    "without an exit for joined.",
    ("limit", "error"): "The count cannot be had, or a value in the key is empty.",
    ("http", "error"): "No answer that makes sense: no connection, or a body that does not fit.",
    ("redirect", "failed"): "The call could not be redirected, or is answered already.",
    ("run", "error"): "The other flow took its error exit, or an outcome that has no exit here.",
    ("transfer", "answered"): "The caller has left us. Only states that need no caller can follow.",
    ("transfer", "failed"): "The transfer did not work: the caller is back with us.",
}
"""Where an outcome means something particular."""

KEYS: Final = "^([0-9]{1,32}|star|pound|hash)$"
STATUS: Final = "^[2-5][0-9]{2}$"

SNIPPETS: Final[Mapping[str, Mapping[str, object]]] = {
    "menu": {
        "type": "menu",
        "prompt": "${1:main_menu}",
        "retry": {"no_input": ["${2:not_heard}"], "no_match": ["${3:not_a_choice}"]},
        "on": {
            "1": {"label": "${4:Sales}", "go": "${5:ring_sales}"},
            "2": {"label": "${6:Support}", "go": "${7:ring_support}"},
            "give_up": "${8:ring_reception}",
        },
    },
    "collect": {
        "type": "collect",
        "prompt": "${1:ask_number}",
        "digits": "${2:8}",
        "save_as": "${3:number}",
        "on": {"done": "${4:next_state}", "give_up": "${5:ring_reception}"},
    },
    "invite": {
        "type": "invite",
        "prompt": "${1:connecting}",
        "to": "\\${env.${2:expert}}",
        "ring_for": "${3:30s}",
        "on": {"left": "${4:main_menu}", "failed": "${5:take_message}"},
    },
    "transfer": {
        "type": "transfer",
        "prompt": "${1:connecting}",
        "to": "\\${env.${2:reception}}",
        "ring_for": "${3:30s}",
        "on": {"answered": "${4:finished}", "failed": "${5:take_message}"},
    },
    "record": {
        "type": "record",
        "prompt": "${1:leave_message}",
        "max_length": "${2:2m}",
        "purpose": "${3:call back the caller}",
        "keep": "${4:30d}",
        "save_as": "${5:voicemail}",
        "on": {"recorded": "${6:send_message}", "nothing_said": "${7:say_goodbye}"},
    },
}
"""Whole states for an editor to insert; `${1:…}` is where the cursor stops (VS Code's form)."""


def outcome_words(type_name: str, outcome: str) -> str:
    """What an outcome of a state type means, in a sentence."""
    if outcome.isdigit():
        return f"The {outcome} key."
    known = OF_TYPE.get((type_name, outcome)) or OUTCOMES.get(outcome)
    return known or f"The outcome {outcome}."

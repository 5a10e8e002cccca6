"""Faults of notifications: lost, doubled, late, out of order, and in other clothes."""

from __future__ import annotations

from ivr.simulator.faults.fault import Spelling
from ivr.simulator.faults.named import ALWAYS, Named, service, told

TWENTY = 20

LOST = (
    service("lost_incoming", "P13 P37", "A call comes in and nobody is told.",
            told("incoming", drop=True)),
    service("no_incoming_calls", "P37", "No call that comes in is told, for a long time.",
            told("incoming", drop=True, times=ALWAYS)),
    service("lost_establishing", "P13", "The bot is not told that the call is establishing.",
            told("establishing", drop=True)),
    service("lost_established", "P13", "The bot is not told that the call is established.",
            told("established", drop=True)),
    service("lost_audio", "P13 P14", "The bot is not told that there is audio.",
            told("audio", drop=True, times=ALWAYS)),
    service("lost_tone", "P27", "One key is not told.", told("tone", drop=True)),
    service("lost_tones", "P25", "No key is ever told, although tones were subscribed to.",
            told("tone", drop=True, times=ALWAYS)),
    service("lost_completion", "P13 P24", "The end of one operation is not told.",
            told("operation", drop=True)),
    service("lost_completions", "P13 P24", "The end of no operation is told.",
            told("operation", drop=True, times=ALWAYS)),
    service("lost_record_completion", "P28", "The end of a recording is not told.",
            told("record", drop=True)),
    service("lost_transfer_progress", "P13 P41", "Nothing is told of a transfer but its end.",
            told("transferring", "transferAccepted", drop=True, times=ALWAYS)),
    service("lost_transfer_failure", "P39 P45", "The bot is not told that a transfer has failed.",
            told("transferFailed", drop=True)),
    service("lost_roster", "P43", "No roster is ever told.",
            told("roster", drop=True, times=ALWAYS)),
    service("silent_end", "P13 P32", "A call ends, and only the next request finds out.",
            told("ended", drop=True)),
    service("no_signal", "P45 P13", "Nothing at all is told any more.",
            told(drop=True, times=ALWAYS)),
)  # fmt: skip

DOUBLED = (
    service("established_twice", "P14", "The bot is told twice that the call is established.",
            told("established", duplicate=True)),
    service("established_five_times", "P14", "The bot is told five times that it is established.",
            told("established", duplicate=True, copies=5, gap_ms=20)),
    service("audio_told_twice", "P14", "The bot is told twice that there is audio.",
            told("audio", duplicate=True)),
    service("doubled_tones", "P27", "Every key is told twice, with the same number.",
            told("tone", duplicate=True, times=ALWAYS)),
    service("doubled_notifications", "P14 P27", "Everything is told twice.",
            told(duplicate=True, times=ALWAYS)),
    service("storm_of_copies", "P14 P67", "Everything is told twenty times, all at once.",
            told(duplicate=True, copies=TWENTY, parallel=True, times=ALWAYS)),
    service("same_incoming_twice", "P46 P69", "The same call comes in twice within a millisecond.",
            told("incoming", duplicate=True, parallel=True)),
    service("same_incoming_five_times", "P46 P69", "The same call comes in five times at once.",
            told("incoming", duplicate=True, copies=5, parallel=True)),
    service("repeated_entry", "P14", "One post holds the same notification twice.",
            told(body="repeated_entry", times=ALWAYS)),
)  # fmt: skip

DISORDER = (
    service("established_before_establishing", "P15", "Established is told before establishing.",
            told("establishing", reorder=True)),
    service("accepted_before_transferring", "P15", "A transfer is accepted before it is begun.",
            told("transferring", reorder=True)),
    service("swapped_tones", "P27", "Two keys are told in the wrong order.",
            told("tone", reorder=True)),
    service("late_established", "P13 P15", "Established is told ten seconds late.",
            told("established", late_ms=10_000)),
    service("late_completion", "P15 P24", "The end of an operation is told five seconds late.",
            told("operation", late_ms=5_000)),
    service("late_cancellation", "P22", "The end of a prompt that was cancelled is told three "
            "seconds late.", told("playPrompt", late_ms=3_000)),
    service("slow_notifications", "P67", "Every notification is held up for two seconds.",
            told(delay_ms=2_000, times=ALWAYS)),
    service("completion_after_end", "P15", "Operations end after the call, as far as is told.",
            told("operation", after_end=True, times=ALWAYS)),
    service("terminated_first", "P15", "The end of the call overtakes all that was told before it.",
            told("establishing", "established", "audio", "tone", "operation", "roster",
                 after_end=True, times=ALWAYS)),
)  # fmt: skip

BODIES = (
    service("empty_body", "P13", "A notification has no body at all.", told(body="empty")),
    service("empty_bodies", "P13", "No notification has a body any more.",
            told(body="empty", times=ALWAYS)),
    service("no_entries", "P13", "A notification holds an empty list.", told(body="no_entries")),
    service("null_entries", "P13", "A notification holds null where the list should be.",
            told(body="null_entries")),
    service("not_json", "P10", "A notification is no JSON.", told(body="not_json")),
    service("legacy_first", "P08 P09", "A call comes in the old form first.",
            told("incoming", body="legacy_first")),
    service("legacy_always", "P08 P09", "Every call comes in the old form first.",
            told("incoming", body="legacy_first", times=ALWAYS)),
    service("legacy_twice", "P08 P09", "A call comes in the old form twice before it comes in "
            "Graph's.", told("incoming", body="legacy_twice")),
    service("legacy_only", "P08", "A call comes in the old form only.",
            told("incoming", body="legacy_only")),
    service("unknown_type", "P10", "A notification is about something of an unknown type.",
            told(patch={"@odata.type": "#microsoft.graph.hologram"})),
    service("unknown_operation", "P10", "An operation of an unknown type ends.",
            told("operation", patch={"@odata.type": "#microsoft.graph.transcribeOperation"})),
    service("unknown_state", "P10", "A call is in a state that nobody knows.",
            told("establishing", patch={"state": "hovering"})),
    service("unknown_tone", "P10", "A key is told that no phone has.",
            told("tone", patch={"toneInfo": {"tone": "tone42"}})),
    service("unknown_status", "P10 P17", "An operation ends with a status that nobody knows.",
            told("operation", patch={"status": "hovering"})),
    service("empty_roster", "P43", "A roster names nobody.", told("roster", body="empty_roster")),
    service("empty_rosters", "P43", "Every roster names nobody.",
            told("roster", body="empty_roster", times=ALWAYS)),
    service("tones_start_again", "P27", "Every key is told as the first one of the call.",
            told("tone", patch={"toneInfo": {"sequenceId": 1}}, times=ALWAYS)),
    service("tones_without_number", "P27", "Keys are told without their numbers.",
            told("tone", patch={"toneInfo": {"sequenceId": None}}, times=ALWAYS)),
    service("audio_inactive", "P14", "The bot is told that the audio of an established call is "
            "inactive.", told("audio", patch={"mediaState": {"audio": "inactive"}})),
    service("established_without_state", "P14", "That there is audio is told without a state.",
            told("audio", patch={"state": None})),
)  # fmt: skip

_SPELT = {
    "upper_case_ids": "Ids are in upper case and without hyphens.",
    "resource_only": "Only the old `resource` tells what a notification is about.",
    "no_leading_slash": "Addresses have no first slash.",
    "numbers_as_text": "Codes and numbers are texts.",
    "capital_states": "States, statuses and audio begin with a capital.",
    "capital_changes": "Kinds of changes begin with a capital.",
    "old_types": "Type names are those of an older generation.",
    "bare_types": "Type names come without their hash.",
    "without_ids": "Resources come without their ids.",
    "unknown_members": "There are members that nobody knows.",
}
_CHARSETS = {
    "windows_charset": "The header says Windows-1252 and the bytes are UTF-8.",
    "byte_order_mark": "The body begins with a byte order mark.",
}
EVERY_ODDITY = Spelling(**dict.fromkeys((*_SPELT, *_CHARSETS), True))

SPELLINGS = (
    *(
        service(f"spelt_{name}", rows, words,
                told(spelling=Spelling(**{name: True}), times=ALWAYS))
        for rows, table in (("P11", _SPELT), ("P12", _CHARSETS))
        for name, words in table.items()
    ),
    service("spelt_in_every_way", "P11 P12", "All oddities of spelling come together.",
            told(spelling=EVERY_ODDITY, times=ALWAYS)),
)  # fmt: skip

REPEATS = (
    service("sender_never_repeats", "P63", "What the bot does not take is not sent again, whatever "
            "it answers.", told(repeats="never", times=ALWAYS)),
    service("sender_always_repeats", "P63", "What the bot does not take is sent again, whatever it "
            "answers.", told(repeats="always", times=ALWAYS)),
)  # fmt: skip

NOTICES: tuple[Named, ...] = (*LOST, *DOUBLED, *DISORDER, *BODIES, *SPELLINGS, *REPEATS)

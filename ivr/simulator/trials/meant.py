"""The faults of the trials by the names of the simulator's catalogue, as far as it has them.

The trials strike by chance, at the level of events; the catalogue's faults are planned, one by one,
at the level of the wire (`ivr.simulator.faults`). This says which stand for the same.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANT: Mapping[str, tuple[str, ...]] = {
    "notification_lost": (
        "lost_incoming", "lost_establishing", "lost_established", "lost_audio", "lost_tone",
        "lost_completion", "lost_record_completion", "lost_transfer_failure", "silent_end",
    ),
    "notification_repeated": (
        "established_twice", "doubled_tones", "storm_of_copies", "same_incoming_five_times",
    ),
    "notification_late": (
        "established_before_establishing", "swapped_tones", "late_established", "late_completion",
        "completion_after_end", "terminated_first",
    ),
    "notification_unknown": ("unknown_type",),
    "notification_forged": ("issuer_foreign",),
    "notification_empty": ("empty_body", "no_entries", "null_entries"),
    "request_unreachable": ("connection_refused",),
    "request_throttled": ("throttled_fraction", "throttled_missing"),
    "request_failed": ("answer_500", "play_unknown_error", "half_of_it_fails"),
    "request_lost": ("lost_request_answer", "lost_request_playPrompt", "lost_request_create"),
    "request_slow": ("slow_service",),
    "request_hung": ("host_hang",),
    "answer_failed": ("answer_500_taken", "create_500_placed", "invite_500_sent"),
    "answer_lost": ("lost_answer_playPrompt", "lost_answer_transfer", "lost_answer_create"),
    "answer_late": ("completion_before_answer", "established_before_created"),
    "audio_not_fetched": ("prompt_not_downloaded",),
    "clip_not_given": ("recording_403",),
    "clip_cut": ("recording_truncated",),
    "business_silent": ("slow_step",),
    "graph_down": ("down_for_a_while",),
    "node_lost": ("node_killed",),
    "node_paused": ("node_paused",),
    "node_drained": ("rolling_restart",),
}  # fmt: skip

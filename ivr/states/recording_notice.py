"""`recording_notice`: tell everybody that the conversation is recorded."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ivr.core.acting import Acts
from ivr.core.effects import SetRecordingStatus
from ivr.core.options import WithExits
from ivr.core.turn import Turn


class RecordingNoticeOptions(WithExits, kw_only=True, forbid_unknown_fields=True):
    """What a recording_notice may set."""

    recording: Annotated[
        bool | Literal["yes", "no"],
        Meta(description="Whether a recording begins (yes) or has ended (no)."),
    ]


class RecordingNotice(Acts[RecordingNoticeOptions]):
    """Show everybody on the call that it is recorded, or no longer.

    Say `recording: yes` before anything records a conversation, and record only after `done`; say
    `no` when nothing is recorded any more.
    """

    name = "recording_notice"
    Options = RecordingNoticeOptions
    example = """
tell_of_recording:
  type: recording_notice
  recording: yes
  on:
    done: main_menu
    failed: finished
"""

    def act(self, turn: Turn, options: RecordingNoticeOptions) -> str:
        """Show it."""
        return turn.emit(SetRecordingStatus, recording=options.recording in {True, "yes"})

"""How a simulated call is set up: who calls whom, and how the far side behaves.

Everything that nobody has documented is a rule with a switch, so that a flow can be tried
with both settings. All lengths are milliseconds.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ivr.core.values import Caller, Millis, Participant

Outcome = Literal["answered", "no_answer", "busy", "declined", "failed", "undecided"]
"""What a far end does when it is rung; `undecided` rings until a tester says what it does."""

KEYS = "0123456789*#ABCD"


class Rules(Struct, frozen=True, kw_only=True):
    """Delays and limits of the simulated service, in milliseconds, and its open questions.

    `answer_within` and `keep_alive_within` are Graph's 15 s and 45 min (call-answer,
    call-keepalive pages). `established` counts from `establishing`, `audio` from `established`;
    `operation_ended` is how late the end of an operation is told, `cancel` how long it plays on.

    `callee_answers` counts from the start of an outgoing call, `lobby_waits` from the moment at
    which the bot came into the lobby, `dropped_after` from the moment at which the call became a
    group call.

    The switches stand for what nobody has documented: whether tones can be subscribed to before
    there is audio, whether the key that stops a clip is a tone as well, whether a clip survives the
    caller's hang-up, whether operations that a hang-up cuts are told of, whether a transfer takes
    the audio away while it rings, and whether a call is established while the bot waits in the
    lobby. Others are permissions: without `stays_in_group` the bot is dropped when a call between
    two becomes a group call, without `may_remove` it cannot put anybody out.

    The last ones are faults of the service, all of them off: it gives up a call that it was
    establishing, refuses media for a while after a failed transfer, loses tones for a while after
    the subscription, acknowledges a cancellation without doing it, and ends a prompt long before
    its audio does. `callee`, `transferee` and `invitee` are what the other side does of itself.
    """

    establishing: Millis = 30
    established: Millis = 200
    audio: Millis = 100
    ringing: bool = False
    callee_answers: Millis = 1_500
    callee_gives_up: Millis = 60_000
    answer_within: Millis = 15_000
    keep_alive_within: Millis = 45 * 60_000
    tone: Millis = 30
    beep: Millis = 300
    sent_tone: Millis = 100
    operation_ended: Millis = 40
    cancel: Millis = 120
    queue_limit: int = 20
    transfer_rings: Millis = 1_500
    transfer_gives_up: Millis = 30_000
    transfer_leaves: Millis = 60
    transfer_replaces: Millis = 300
    invite_rings: Millis = 1_500
    invite_gives_up: Millis = 30_000
    lobby_waits: Millis = 600_000
    dropped_after: Millis = 1_000
    hang_up: Millis = 60

    tones_need_audio: bool = False
    stop_key_is_a_tone_too: bool = True
    clip_kept_on_hang_up: bool = False
    cut_operations_are_told: bool = True
    transfer_takes_audio: bool = False
    lobby_is_established: bool = False
    stays_in_group: bool = True
    may_remove: bool = True

    establishing_fails_after: Millis = 0
    no_media_after_transfer: Millis = 0
    tones_lost_for: Millis = 0
    cancel_works: bool = True
    prompt_lasts: Millis = 0
    callee: Outcome | None = None
    transferee: Outcome = "answered"
    invitee: Outcome = "answered"


class Call(Struct, frozen=True, kw_only=True):
    """Who calls whom, from moment `at` on.

    `outgoing` calls are placed by the bot; `callee` is then what the called party does. With
    `meeting` the bot joins a meeting, at first as far as its `lobby`. `others` are on a group call
    or in a meeting besides the bot, under ids of their own. `bot` is what the bot is called,
    `phones` whether it can reach telephones from this call (Graph: call-answer page).
    """

    at: Millis
    caller: Caller = Caller()
    to: str = ""
    tenant: str = ""
    outgoing: bool = False
    callee: Outcome = "answered"
    meeting: bool = False
    lobby: bool = False
    others: tuple[Participant, ...] = ()
    bot: str = ""
    phones: bool = True


class Piece(Struct, frozen=True):
    """One stretch of audio of `length` milliseconds; `text` is what it says, where known."""

    name: str
    length: Millis
    text: str = ""

    def __repr__(self) -> str:
        return f"Piece(name={self.name!r}, length={self.length})"


class ClipPlan(Struct, frozen=True, kw_only=True):
    """When a recording ends: its limits, and the keys that stop it."""

    max_length: Millis
    first_sound: Millis
    stop_after_silence: Millis
    beep: bool = True
    stop_keys: str = ""

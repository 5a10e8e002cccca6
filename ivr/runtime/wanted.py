"""Whether an effect that was not sent yet is still what its call wants.

Between wanting and sending a lane may hang, a store may be away, a node may die. A prompt whose
state was left, a transfer that the flow has given up, or a stop that would end the next prompt
must then not be sent any more: nobody waits for them, and they would be heard.
"""

from __future__ import annotations

from collections.abc import Collection

from ivr.core.effects import (
    AnswerCall,
    AnyEffect,
    CheckCall,
    FetchRecording,
    HangUp,
    JoinMeeting,
    KeepAlive,
    ListenForTones,
    PlaceCall,
    PlayPrompts,
    RecordCaller,
    RejectCall,
    RemoveParticipant,
    StopMedia,
)
from ivr.core.snapshot import Snapshot
from ivr.runtime.lanes import is_down, leg_of

UNAWAITED = (CheckCall, KeepAlive, ListenForTones, RejectCall, RemoveParticipant, StopMedia)
"""What no state waits for; it is wanted as long as there is a line."""


def is_wanted(effect: AnyEffect, snapshot: Snapshot, unsent: Collection[str] = ()) -> bool:
    """Whether the call, as it is now, still wants the effect; `unsent` are others that wait too."""
    match effect:
        case HangUp():
            return True
        case AnswerCall():
            return snapshot.phase == "answering"
        case PlaceCall() | JoinMeeting():
            return effect.id in snapshot.legs and snapshot.legs[effect.id].state == "placing"
        case PlayPrompts() | RecordCaller():
            return effect.id == snapshot.media
        case FetchRecording():
            return effect.id in snapshot.unfetched
        case StopMedia() if snapshot.media and snapshot.media not in unsent:
            return False
    if isinstance(effect, UNAWAITED):
        return not is_down(snapshot, leg_of(effect))
    return any(visit.awaiting == effect.id for visit in snapshot.visits)

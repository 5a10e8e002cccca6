"""The caller's line: answered, up, heard, transferred, down, and the tones in their order.

Rules of this file: the phase of a call only moves forward, apart from a transfer that has
failed; a state is entered when the line that it needs is there; and no wait is without a
deadline. The service sends the same thing twice, late, in any order, or not at all.
"""

from __future__ import annotations

from ivr.core import legs, limits, outgoing
from ivr.core.effects import CheckCall, HangUp, KeepAlive, ListenForTones
from ivr.core.events import CallArrived, CallEnded, CallProgressed, LegPlaced, TonePressed
from ivr.core.moves import deliver, enter, finish, run_on, take_call
from ivr.core.snapshot import Visit
from ivr.core.step import Verdict
from ivr.core.turn import Turn
from ivr.core.values import Millis
from ivr.expr.types import pack


def arrived(turn: Turn, event: CallArrived) -> Verdict:
    """Begin the flow. The caller hears ringing until a state needs the line."""
    snapshot = turn.snapshot
    if snapshot.visits:
        return "duplicate"
    snapshot.caller, snapshot.called, snapshot.tenant = event.caller, event.to, event.tenant
    scope = {name: pack(value) for name, value in turn.program.initial.items()}
    visit = Visit(turn.program.flow, turn.program.start, scope)
    snapshot.visits = [visit]
    turn.visit = visit
    turn.wake_call("answer", limits.ANSWER_WITHIN)
    turn.wake_call("max_duration", turn.program.defaults.max_duration)
    snapshot.visited[f"{visit.flow}/{visit.state}"] = 1
    snapshot.moves = 1
    run_on(turn, enter(turn))
    return "ok"


def placed(turn: Turn, event: LegPlaced) -> Verdict:
    """The service knows a leg of ours."""
    snapshot = turn.snapshot
    before = snapshot.legs.get(event.leg)
    if not legs.known(turn, event.leg, event.line):
        return "duplicate"
    if before and before.unknown and event.leg == snapshot.leg and snapshot.phase == "placing":
        outgoing.found(turn)
    return "ok"


def progressed(turn: Turn, event: CallProgressed) -> Verdict:
    """The line or its audio moved on."""
    snapshot = turn.snapshot
    if event.leg != snapshot.leg:
        return _other_leg_progressed(turn, event)
    if snapshot.phase in {"ending", "ended"}:
        return "late"
    before = (snapshot.phase, snapshot.audio, snapshot.accepted)
    if event.audio is not None and snapshot.phase != "arrived":
        snapshot.audio = event.audio
    if event.progress == "accepted" and snapshot.phase == "transferring":
        snapshot.accepted = True
    elif event.progress == "established":
        _established(turn, event)
    if (snapshot.phase, snapshot.audio, snapshot.accepted) == before and event.failure is None:
        return "late" if event.progress in {"establishing", "ringing"} else "duplicate"
    _line_ready(turn)
    return "ok"


def ended(turn: Turn, event: CallEnded) -> Verdict:
    """The line is down. The flow may run on for a while where it needs no caller."""
    snapshot = turn.snapshot
    if event.leg != snapshot.leg:
        return _other_leg_ended(turn, event)
    if snapshot.phase == "ended":
        return "duplicate"
    if snapshot.phase == "placing":
        snapshot.end = f"{event.reason} {event.code}".strip()
        # A fault of the service is no word of the one who is called.
        outgoing.placing_ended(turn, "not_reached" if event.reason == "failed" else event.reason)
        return "ok"
    was_handed_on = snapshot.phase == "transferring" and snapshot.accepted
    if was_handed_on and (event.reason != "hung_up" or not event.code):
        event = CallEnded("transferred", event.code, event.leg)
    snapshot.end = f"{event.reason} {event.code}".strip()
    if event.reason == "transferred":
        # The leg with the other side has become part of the caller's call.
        for leg in snapshot.legs:
            legs.over(turn, leg)
    down(turn)
    if snapshot.done:
        return "ok"
    turn.wake_call("after_hang_up", limits.AFTER_HANG_UP)
    if turn.visit.entered:
        deliver(turn, event)
    else:
        run_on(turn, enter(turn))
    return "ok"


def down(turn: Turn) -> None:
    """Note that the line is gone: nothing can be heard, and no key can come."""
    snapshot = turn.snapshot
    snapshot.phase, snapshot.audio, snapshot.media, snapshot.keys = "ended", False, "", ""
    snapshot.held.clear()
    legs.over(turn, snapshot.leg)
    legs.leave_others(turn)
    for name in _WHILE_UP:
        snapshot.deadlines.pop(name, None)


_WHILE_UP = (
    "answer", "ring", "establish", "audio", "keep_alive", "tones", "max_duration", "ending", "look",
)  # fmt: skip


def _other_leg_progressed(turn: Turn, event: CallProgressed) -> Verdict:
    """A leg beside the call, such as that of a consultation, has moved on."""
    found = turn.snapshot.legs.get(event.leg)
    if found is None or found.state == "over":
        return "late"
    if event.progress != "established" or found.state != "placing":
        return "duplicate"
    legs.up(turn, event.leg)
    _tell_who_waits(turn, event)
    return "ok"


def _other_leg_ended(turn: Turn, event: CallEnded) -> Verdict:
    if not legs.over(turn, event.leg):
        return "late"
    _tell_who_waits(turn, event)
    return "ok"


def _tell_who_waits(turn: Turn, event: CallProgressed | CallEnded) -> None:
    """Only the state that has placed a leg knows what its news mean."""
    if not turn.snapshot.done and turn.visit.awaiting == event.leg:
        deliver(turn, event)


def _established(turn: Turn, event: CallProgressed) -> None:
    snapshot = turn.snapshot
    if snapshot.phase in {"answering", "placing"}:
        turn.wake_call("keep_alive", keep_alive_gap(snapshot.call_id))
        if not snapshot.audio:
            turn.wake_call("audio", limits.AUDIO_GRACE)
        if snapshot.phase == "placing":
            outgoing.connected(turn)
            return
        snapshot.phase = "connected"
        snapshot.deadlines.pop("establish", None)
    elif snapshot.phase == "transferring":
        # Only with a failure is the call ours again; tones and repeats also say "established".
        if event.failure is None and not event.checked:
            return
        snapshot.phase, snapshot.accepted = "connected", False
        if not snapshot.audio:
            turn.wake_call("audio", limits.BACK_ON_LINE_WITHIN)
        deliver(turn, event)


def _line_ready(turn: Turn) -> None:
    """Enter the state that has waited for the line, once the caller can be heard."""
    snapshot = turn.snapshot
    if not turn.on_line or snapshot.done:
        return
    snapshot.deadlines.pop("audio", None)
    if not snapshot.tones_wanted:
        snapshot.tones_wanted = True
        turn.emit(ListenForTones)
    if not turn.visit.entered:
        run_on(turn, enter(turn))
    elif turn.visit.stage == "answering":
        run_on(turn, "answered")


def keep_alive_gap(call_id: str) -> Millis:
    """15 minutes give or take a fifth, the same for a call each time: no herd of requests."""
    spread = sum(call_id.encode()) % 401 - 200
    return limits.KEEP_ALIVE_EVERY + limits.KEEP_ALIVE_EVERY * spread // 1000


def pressed(turn: Turn, event: TonePressed) -> Verdict:
    """Put tones in order; one that runs ahead waits a moment for the one before it."""
    snapshot = turn.snapshot
    if event.leg != snapshot.leg:
        return "unhandled"
    if snapshot.phase in {"ending", "ended"}:
        return "late"
    if event.sequence == 1 and 0 < snapshot.tone_at < turn.now - limits.TONES_RESTART_AFTER:
        snapshot.next_tone = 1
        snapshot.held.clear()
    if event.sequence <= 0:
        _tone(turn, event.key)
        return "ok"
    if event.sequence < snapshot.next_tone or event.sequence in snapshot.held:
        return "duplicate"
    if event.sequence > snapshot.next_tone:
        if len(snapshot.held) >= limits.MAX_HELD_TONES:
            return "unhandled"
        snapshot.held[event.sequence] = event.key
        turn.snapshot.deadlines.setdefault("tones", turn.now + limits.TONE_GAP)
        return "ok"
    snapshot.next_tone += 1
    _tone(turn, event.key)
    _release_held(turn)
    return "ok"


def _release_held(turn: Turn) -> None:
    snapshot = turn.snapshot
    while snapshot.next_tone in snapshot.held:
        key = snapshot.held.pop(snapshot.next_tone)
        snapshot.next_tone += 1
        _tone(turn, key)
    if not snapshot.held:
        snapshot.deadlines.pop("tones", None)


def _tone(turn: Turn, key: str) -> None:
    snapshot = turn.snapshot
    snapshot.tone_at = turn.now
    swallowed = key == snapshot.swallow and turn.now <= snapshot.swallow_until
    snapshot.swallow = ""
    if snapshot.done or swallowed:
        return
    if turn.visit.entered:
        deliver(turn, TonePressed(key))
    else:
        turn.keep_key(key)


def call_timer(turn: Turn, name: str) -> Verdict:
    """A deadline of the call is due."""
    del turn.snapshot.deadlines[name]
    _TIMERS[name](turn)
    return "ok"


def _answer_due(turn: Turn) -> None:
    take_call(turn)


def _attempt_due(turn: Turn) -> None:
    outgoing.attempt(turn)


def _ring_due(turn: Turn) -> None:
    outgoing.ring_due(turn)


def _stray_due(turn: Turn) -> None:
    legs.strays_due(turn)


def _establish_due(turn: Turn) -> None:
    turn.emit(HangUp)
    ended(turn, CallEnded("failed", "not established in time", turn.snapshot.leg))


def _audio_due(turn: Turn) -> None:
    turn.snapshot.audio = True
    _line_ready(turn)


def _look_due(turn: Turn) -> None:
    turn.emit(CheckCall)


def _keep_alive_due(turn: Turn) -> None:
    turn.emit(KeepAlive)
    turn.wake_call("keep_alive", keep_alive_gap(turn.snapshot.call_id))


def _tones_due(turn: Turn) -> None:
    if turn.snapshot.held:
        turn.snapshot.next_tone = min(turn.snapshot.held)
        _release_held(turn)
        if turn.snapshot.held:
            turn.wake_call("tones", limits.TONE_GAP)


def _max_duration_due(turn: Turn) -> None:
    turn.wake_call("goodbye", limits.GOODBYE_AFTER_MAX_DURATION)
    run_on(turn, "max_duration")


def _finish_due(turn: Turn) -> None:
    if not turn.snapshot.done:
        finish(turn, "max_duration")


def _after_hang_up_due(turn: Turn) -> None:
    finish(turn, "caller_hung_up")


def _ending_due(turn: Turn) -> None:
    # Once more, for all that is known: if it is down already, nothing comes of it.
    turn.emit(HangUp)
    turn.snapshot.end = turn.snapshot.end or "unconfirmed"
    down(turn)


def _fetch_due(turn: Turn) -> None:
    turn.snapshot.unfetched.clear()


_TIMERS = {
    "answer": _answer_due,
    "attempt": _attempt_due,
    "ring": _ring_due,
    "stray": _stray_due,
    "establish": _establish_due,
    "audio": _audio_due,
    "keep_alive": _keep_alive_due,
    "look": _look_due,
    "tones": _tones_due,
    "max_duration": _max_duration_due,
    "goodbye": _finish_due,
    "after_hang_up": _after_hang_up_due,
    "ending": _ending_due,
    "fetch": _fetch_due,
}

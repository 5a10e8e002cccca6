"""Who is on the call: kept as the service tells it, and what follows when somebody comes or goes.

Rules of this file: people count, machines do not, nor does who still waits in the lobby. A roster
that names nobody tells nothing, for we are on the call ourselves. Somebody is the same person
under another participant's id, as long as it is the same account or number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivr.core.events import ParticipantsListed, RosterChanged
from ivr.core.moves import deliver, run_on
from ivr.core.snapshot import Snapshot
from ivr.core.step import Verdict
from ivr.core.turn import Turn
from ivr.core.values import Participant, ParticipantKind, Target, parse_target

_EXPECTED = "?"
"""Before a key: somebody who has joined by our invitation, and whom no roster has shown yet."""

Roster = Mapping[str, Participant]


def changed(turn: Turn, event: RosterChanged) -> Verdict:
    """A notification about the roster: the state may want it, else an exit for such news."""
    if event.leg != turn.snapshot.leg:
        return "unhandled"
    if turn.snapshot.done or turn.gone:
        return "late"
    if 0 < event.sequence < turn.snapshot.roster:
        return "late"
    roster = _after(turn.snapshot.participants, event)
    if roster == turn.snapshot.participants:
        return "duplicate"
    turn.snapshot.roster = max(turn.snapshot.roster, event.sequence)
    _keep(turn, roster, event)
    return "ok"


def listed(turn: Turn, event: ParticipantsListed) -> Verdict:
    """The answer to who is on the call. It is true now, so it shows what notifications did not."""
    snapshot, visit = turn.snapshot, turn.visit
    if snapshot.done or turn.gone:
        return "late"
    roster = _by_id(event.participants) or snapshot.participants
    awaited = event.effect == visit.awaiting
    if roster == snapshot.participants and not awaited:
        return "stale"
    if awaited:
        visit.awaiting = ""
    _keep(turn, roster, event)
    return "ok"


def people(snapshot: Snapshot) -> list[Participant]:
    """Those who can speak with the caller, in the service's order."""
    return [one for one in snapshot.participants.values() if _is_person(one) and one.id]


def is_crowd(snapshot: Snapshot) -> bool:
    """Whether more than one person may be on the call, so that nobody can tell who presses keys."""
    return _are_several(snapshot) if people(snapshot) else snapshot.group


def find(snapshot: Snapshot, who: str) -> str:
    """The id of a participant, "" for nobody.

    `who` is such an id, a target, or the bare id or number of an account.
    """
    roster = snapshot.participants
    if who in roster and roster[who].id:
        return who
    target = parse_target(who)
    wanted = _plain(target.id if target else who)
    same = (one.id for one in roster.values() if one.id and _plain(one.identity) == wanted)
    return next(same, "") if wanted else ""


def ourselves(snapshot: Snapshot) -> str:
    """Our own id among the participants, "" where it cannot be told: we are the only machine."""
    machines = [one.id for one in snapshot.participants.values() if one.kind == "app" and one.id]
    return machines[0] if len(machines) == 1 else ""


def is_there(snapshot: Snapshot, party: Target) -> bool:
    """Whether somebody is on the call, and not in the lobby."""
    wanted = _plain(party.id)
    return any(
        _plain(one.identity) == wanted and not one.in_lobby
        for one in snapshot.participants.values()
    )


def expect(snapshot: Snapshot, parties: Iterable[Target]) -> None:
    """Note that those whom we have invited have joined, whatever a late roster says."""
    missing = [party for party in parties if not is_there(snapshot, party)]
    for party in missing:
        kind: ParticipantKind = "app" if party.kind == "instance" else party.kind
        one = Participant("", kind, party.id)
        snapshot.participants[f"{_EXPECTED}{_plain(party.id)}"] = one


def forget(snapshot: Snapshot, participant: str) -> None:
    """Note that we have removed somebody: when the roster shows it, nobody has left by himself."""
    snapshot.participants.pop(participant, None)


def _keep(turn: Turn, roster: Roster, event: RosterChanged | ParticipantsListed) -> None:
    snapshot = turn.snapshot
    news = _news(snapshot, roster)
    snapshot.participants = dict(roster)
    snapshot.group = snapshot.group or _are_several(snapshot)
    moves = len(turn.trace)
    if turn.visit.entered:
        deliver(turn, event)
    if len(turn.trace) == moves and not turn.state.type.minds_roster:
        _tell(turn, news)


def _tell(turn: Turn, news: Iterable[str]) -> None:
    """Take the exits for such news, where the flow that runs has them."""
    for outcome in news:
        on_call = turn.snapshot.phase == "connected" and not turn.state.type.ends
        if on_call and outcome in turn.state.targets:
            run_on(turn, outcome)


def _news(snapshot: Snapshot, roster: Roster) -> list[str]:
    """The outcomes of the change: somebody has left, somebody has joined."""
    before, after = _persons(snapshot.participants), _persons(roster)
    seen = _persons({one.id: one for one in people(snapshot)})
    joined = after - before
    if snapshot.entry == "join":
        # Whoever a first roster shows was in the meeting before us.
        joined = joined if any(one.id for one in snapshot.participants.values()) else set()
    elif snapshot.caller.id:
        joined -= {_plain(snapshot.caller.id)}
    elif not seen and len(joined) == 1:
        joined = set()  # The other side of the call, who was there from the beginning.
    return ["participant_left"] * bool(seen - after) + ["participant_joined"] * bool(joined)


def _after(roster: Roster, event: RosterChanged) -> Roster:
    """The roster after a notification: a whole one in place of the old one, or what changed."""
    told = _by_id(event.participants)
    if not (told or event.delta):
        return roster
    accounts = {_plain(one.identity) for one in told.values()}
    kept = {
        key: one
        for key, one in roster.items()
        if (event.delta and one.id and key not in event.left)
        or (not one.id and _plain(one.identity) not in accounts)
    }
    return {**kept, **told}


def _by_id(participants: Iterable[Participant]) -> dict[str, Participant]:
    """Those that have an id: without one they have been invited, and are not there yet."""
    return {one.id: one for one in participants if one.id}


def _persons(roster: Roster) -> set[str]:
    return {_plain(one.identity) or one.id for one in roster.values() if _is_person(one)}


def _are_several(snapshot: Snapshot) -> bool:
    """A caller whom no roster has shown counts as well."""
    caller = {_plain(snapshot.caller.id)} - {""}
    return len(_persons(snapshot.participants) | caller) > 1


def _is_person(one: Participant) -> bool:
    return one.kind != "app" and not one.in_lobby


def _plain(identity: str) -> str:
    """An account's id however it is spelt; a number stays as it is."""
    return identity.replace("-", "").lower()

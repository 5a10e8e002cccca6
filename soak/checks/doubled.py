"""Nothing that cannot be undone happens twice: no prompt, recording, transfer, invitation or call.

What is judged is what Graph and the business system accepted, whatever the engine was told of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from soak.history import Asked, Kept, Placed
from soak.record import Breach, Record

ONCE = {
    "playPrompt": "play_prompts",
    "recordResponse": "record_caller",
    "invite": "invite_participants",
    "transfer": "transfer_call",
    "sendDtmfTones": "send_tones",
    "redirect": "redirect_call",
    "reject": "reject_call",
    "create": "place_call",
}
"""Actions, and the effects that want them."""

UNIQUE_TARGETS = ("transfer", "invite")
"""Nobody is handed out twice by the business system: see `soak.business`."""

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def doubled(record: Record) -> Iterator[Breach]:
    """By clientContext, by whom it was for, by what the journal wanted, and by what was asked."""
    for call, commands in record.accepted.items():
        once = [each for each in commands if each.action in ONCE]
        for again in _repeated((each.context, each) for each in once):
            words = f"{again.action} {again.context} was accepted twice"
            yield Breach(again.at, call, words)
        handed = [each for each in once if each.action in UNIQUE_TARGETS]
        for again in _repeated(((each.action, each.to), each) for each in handed):
            yield Breach(again.at, call, f"{again.action} to {again.to} was accepted twice")
    yield from _legs(record)
    for kept in record.kept.values():
        yield from _unwanted(record, kept)
    wishes = record.history.of(Asked)
    for wish in _repeated(((each.call, each.purpose, each.visit), each) for each in wishes):
        yield Breach(wish.at, wish.call, f"{wish.purpose} {wish.visit} was asked for twice")


def _unwanted(record: Record, kept: Kept) -> Iterator[Breach]:
    """More than the journal of the call wanted."""
    wanted = Counter(effect for line in kept.lines for effect in line.effects)
    done = Counter(each.action for each in record.accepted[kept.call] if each.action in ONCE)
    done["create"] = len(record.placed[kept.call])
    for action, many in done.items():
        if many > wanted[ONCE[action]]:
            words = f"{action} was accepted {many} times and wanted {wanted[ONCE[action]]} times"
            yield Breach(kept.at, kept.call, words)


def _legs(record: Record) -> Iterator[Breach]:
    """Two legs for one wish, or two for a call that is to be tried once."""
    placed = record.history.of(Placed)
    for leg in _repeated((each.leg, each) for each in placed):
        yield Breach(leg.at, leg.call, f"the leg {leg.leg} was placed twice")
    for leg in _repeated((each.to, each) for each in placed):
        yield Breach(leg.at, leg.call, "the same person was called twice")


def _repeated(pairs: Iterable[tuple[K, T]]) -> Iterator[T]:
    """Whatever has a key that another one had before it; an empty key is none."""
    seen: set[K] = set()
    for key, each in pairs:
        if key and key in seen:
            yield each
        seen.add(key)

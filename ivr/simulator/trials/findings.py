"""What stands in a history besides what happened: what is found at the end, and small trials."""

from __future__ import annotations

from ivr.simulator.trials.entries import Entry


class Kept(Entry, frozen=True, tag="kept"):
    """At the end of a run: what the store has of a call. `journal` counts its lines."""

    call: str
    journal: int
    closed: bool
    phase: str
    result: str
    end: str


class Listened(Entry, frozen=True, tag="listened"):
    """At the end of a run: a piece of audio that a caller heard, with its times."""

    call: str
    name: str
    context: str
    begins: int
    ends: int


class Posted(Entry, frozen=True, tag="posted"):
    """A post to the webhook: whether its token is valid, and its form.

    `known` counts the notifications in it that are of a kind that we know.
    """

    number: int
    call: str
    authentic: bool
    form: str
    known: int = 0


class Answered(Entry, frozen=True, tag="answered"):
    """What the webhook answered."""

    number: int
    status: int


class Reloaded(Entry, frozen=True, tag="reloaded"):
    """Flows were to be published: which bundle was offered, and which are served then."""

    offered: str
    accepted: bool
    before: tuple[str, ...]
    after: tuple[str, ...]


class TokenSent(Entry, frozen=True, tag="token_sent"):
    """A recording's token went to a host; `hop` counts redirects that were followed."""

    host: str
    allowed: bool
    hop: int


class Repeated(Entry, frozen=True, tag="repeated"):
    """A run was run again: the digests of its histories, and what differs between twins.

    `changed` says what was, on purpose; nothing, for an exact repetition.
    """

    changed: str
    one: str
    other: str

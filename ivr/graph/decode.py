"""From the body of a post to the webhook to events: the only reader of Graph's notifications.

Pure, and total: whatever the bytes, the answer is one of four values and never an exception. What
Graph spells in several ways (FACTS.md 6) is spelt in one from here on; what it sends of kinds that
we do not know is kept as `Unrecognised` and acknowledged.

Call ids come in the form of `ivr.graph.wire.canonical_id`: a lower-case GUID with hyphens where
it is one, which is how Graph spells it in its own requests.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ivr.core.events import AnyEvent, Arrival, RosterChanged, Unrecognised
from ivr.graph.calls import (
    call_events,
    context_of,
    operation_event,
    operation_kind,
    tenant_of,
    word,
)
from ivr.graph.people import changed
from ivr.graph.shapes import Envelope, Notification, Person, Resource
from ivr.graph.wire import MAX_ENTRIES, UnreadableError, canonical_id, read_envelope

_CALL_ID = re.compile(r"(?:^|/)calls/([A-Za-z0-9][A-Za-z0-9._-]{0,127})(?=[/?]|\Z)", re.ASCII)
_BELOW_CALL = re.compile(r"/calls/[^/?]+/([A-Za-z]{1,32})", re.ASCII)
_PREFIX = "microsoft.graph."
_FINAL = frozenset({"completed", "failed"})
_EMPTY = Resource()
_ROSTERS = frozenset({"participant", "participants", "deltaparticipants"})


class Legacy(Struct, frozen=True):
    """An incoming call in the old Skype form: 204 makes the service send it in Graph's form."""


class Notifications(Struct, frozen=True):
    """What happened, in order. `empty`: the post held no entry at all, so something may be lost.

    `skipped` counts entries that name no call.
    """

    items: tuple[Arrival, ...] = ()
    empty: bool = False
    skipped: int = 0


class TooMany(Struct, frozen=True):
    """More than `MAX_ENTRIES` entries: 413."""


class Malformed(Struct, frozen=True):
    """No notification at all; `reason` is a fixed sentence that holds nothing of the body."""

    reason: str


Decoded = Legacy | Notifications | TooMany | Malformed


def decode(body: bytes, charset: str = "") -> Decoded:
    """Read one post. `charset` is that of its Content-Type, which Graph gets wrong at times."""
    try:
        envelope = read_envelope(body, charset)
    except UnreadableError as error:
        return Malformed(str(error))
    if envelope.value:
        return _notifications(envelope.value)
    return Legacy() if _is_legacy(envelope) else Notifications(empty=True)


def _is_legacy(envelope: Envelope) -> bool:
    """By shape alone (FACTS.md 6.5); what came before must not matter."""
    marks = (envelope.call_state, envelope.presented_modality_types, envelope.participants)
    return any(mark is not None for mark in marks)


def _notifications(entries: list[Notification]) -> Decoded:
    if len(entries) > MAX_ENTRIES:
        return TooMany()
    items: list[Arrival] = []
    skipped = 0
    for entry in entries:
        found = _arrivals(entry)
        skipped += not found
        items += found
    return Notifications(tuple(items), skipped=skipped)


def _arrivals(entry: Notification) -> list[Arrival]:
    resources = _resources(entry)
    call_id = _call_id(entry, resources[0])
    if not call_id:
        return []
    tenant = tenant_of(resources[0])
    return [Arrival(call_id, event, tenant) for event in _events(entry, resources)]


def _resources(entry: Notification) -> list[Resource]:
    """The resource or resources of an entry; at least one, which may be empty."""
    found = entry.resource_data
    if isinstance(found, list):
        return found or [_EMPTY]
    return [found if isinstance(found, Resource) else _EMPTY]


def _call_id(entry: Notification, resource: Resource) -> str:
    """The segment after `calls/` of the first address that has one, else a call's own id."""
    for address in (entry.resource_url, entry.resource, resource.odata_id):
        if address and (match := _CALL_ID.search(address)):
            return canonical_id(match[1])
    return canonical_id(resource.id or "") if _kind(entry, resource).lower() == "call" else ""


def _kind(entry: Notification, resource: Resource) -> str:
    """What the entry is about: by `@odata.type`, else by its address (FACTS.md 6.3)."""
    if resource.odata_type:
        name = resource.odata_type.lstrip("#")
        name = name[len(_PREFIX) :] if name.lower().startswith(_PREFIX) else name
        return name if name.isascii() and name.isalnum() and len(name) <= 64 else "other"
    below = _BELOW_CALL.search(entry.resource_url or entry.resource or "")
    return below[1] if below else "call"


def _events(entry: Notification, resources: list[Resource]) -> list[AnyEvent]:
    kind = _kind(entry, resources[0])
    lower = kind.lower()
    over = word(entry.change_type) == "deleted"
    if lower == "call":
        return [event for call in resources for event in call_events(call, over=over)]
    if lower.endswith(("operation", "operations")):
        return [_operation(kind, one, over=over) for one in resources]
    if lower in _ROSTERS:
        return [_roster(entry, resources, over=over)]
    return [Unrecognised(kind)]


def _roster(entry: Notification, resources: list[Resource], *, over: bool) -> RosterChanged:
    """A list of participants is everybody; one of them, or a delta roster, is what has changed."""
    people: list[Person] = []
    for one in resources:
        people += [one] if one.participants is None else one.participants
    delta = resources[0].participants is not None
    whole = isinstance(entry.resource_data, list) and not delta
    return changed(people, whole=whole, over=over)


def _operation(kind: str, operation: Resource, *, over: bool) -> AnyEvent:
    """An operation that is `deleted` is finished, well or not; before that there is no news."""
    if not over and word(operation.status) not in _FINAL:
        return Unrecognised(kind)
    which = operation_kind(kind.lower(), operation)
    return operation_event(which, context_of(operation), operation)

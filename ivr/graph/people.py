"""Who is on the other side of a call or on the roster of one, as values of ours. Pure.

Published bodies put every sort of identity under one and the same type, so the key tells the sort
(FACTS.md 3.2). An encrypted identity is nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ivr.core.events import RosterChanged
from ivr.core.values import Caller, Participant, ParticipantKind
from ivr.graph.shapes import Identity, IdentitySet, Party, Person
from ivr.graph.wire import canonical_id, number

MAX_NAME = 256

_PHONE = re.compile(r"\+[0-9]{7,15}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def caller_of(source: Party | None) -> Caller:
    """Who calls. A phone without an E.164 number withholds it; an encrypted id is no id at all.

    Guests, applications and the like are anonymous too, but keep their id.
    """
    identity = source.identity if source else None
    if source is None or identity is None:
        return Caller()
    language = source.language_id or ""
    language = language if _LANGUAGE.fullmatch(language) else ""
    if identity.phone:
        shown = _phone(identity.phone)
        name = _name(identity.phone.display_name)
        return Caller("phone" if shown else "anonymous", shown, name, language)
    if identity.user:
        known = canonical_id(identity.user.id or "")
        name = _name(identity.user.display_name)
        return Caller("user" if known else "anonymous", known, name, language)
    other = identity.application_instance or identity.application or identity.guest
    other = other or identity.on_premises or identity.azure_communication_services_user
    if other:
        return Caller(
            "anonymous", canonical_id(other.id or ""), _name(other.display_name), language
        )
    return Caller(language=language)


def called_of(target: Party) -> str:
    """The id or the number of the party that was called, or ""."""
    identity = target.identity
    if identity is None:
        return ""
    for one in (identity.application_instance, identity.application, identity.user):
        if one and (known := canonical_id(one.id or "")):
            return known
    return _phone(identity.phone)


def present(people: Iterable[Person]) -> tuple[Participant, ...]:
    """Those of a roster who are there. Who is only invited may have no id yet: not there."""
    found = (_participant(person) for person in people if person.removed_state is None)
    return tuple(one for one in found if one.id)


def changed(people: Iterable[Person], *, whole: bool, over: bool = False) -> RosterChanged:
    """What a roster tells: `whole` when it lists everybody, `over` when it lists who is gone.

    We are on every roster ourselves, so an empty one is no news, and never that all have left.
    """
    everybody = list(people)
    here = () if over else present(everybody)
    if whole and here:
        counted = (number(person.roster_sequence_number) or 0 for person in everybody)
        return RosterChanged(here, sequence=max(counted))
    gone = (person for person in everybody if over or person.removed_state is not None)
    left = (canonical_id(person.id or "") for person in gone)
    return RosterChanged(here, delta=True, left=tuple(filter(None, left)))


def _participant(person: Person) -> Participant:
    kind, identity = _sort(person.info.identity if person.info else None)
    known = _phone(identity) if kind == "phone" else canonical_id(_id(identity))
    return Participant(
        canonical_id(person.id or ""),
        kind,
        known,
        _name(identity.display_name) if identity else "",
        bool(person.is_muted),
        bool(person.is_in_lobby),
    )


def _sort(identity: IdentitySet | None) -> tuple[ParticipantKind, Identity | None]:
    if identity is None:
        return "other", None
    if identity.user:
        return "user", identity.user
    if identity.phone:
        return "phone", identity.phone
    if app := identity.application_instance or identity.application:
        return "app", app
    if identity.guest:
        return "guest", identity.guest
    return "other", identity.on_premises or identity.azure_communication_services_user


def _id(identity: Identity | None) -> str:
    return (identity.id if identity else None) or ""


def _phone(identity: Identity | None) -> str:
    found = _id(identity)
    return found if _PHONE.fullmatch(found) else ""


def _name(shown: str | None) -> str:
    """A display name without what could garble a log or a screen, at most 256 characters."""
    return _UNSEEN.sub("", shown[:MAX_NAME]).strip() if shown else ""

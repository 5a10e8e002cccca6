"""Whom a call may be sent to, judged when it is sent.

Default deny for telephone numbers: toll fraud is a call that somebody else pays for, to a number
that the caller chose. What a flow, a caller or a business system says decides whom to call; only
the operator's settings decide whether it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

from ivr.core.values import Target
from ivr.policy.numbers import Number, look_up

Reason = Literal[
    "no_number", "own_number", "foreign_tenant", "emergency", "costly", "area_not_listed",
    "not_listed",
]  # fmt: skip

SENTENCES: Final[Mapping[Reason, str]] = {
    "no_number": "The destination is no telephone number that exists, written as +442079460123.",
    "own_number": "The destination is one of our own: the call would come back to us.",
    "foreign_tenant": "The destination is in a tenant that IVR_TENANTS does not name.",
    "emergency": "IVR_DIAL_ALLOW does not name this emergency number, digit by digit.",
    "costly": "IVR_DIAL_ALLOW does not name this premium, shared-cost or satellite number "
    "whole, and its prefix is not enough.",
    "area_not_listed": "IVR_DIAL_ALLOW does not name the area code of this number: `+1` is the "
    "United States and Canada.",
    "not_listed": "IVR_DIAL_ALLOW does not name this number.",
}
"""Why a destination is refused, for the operator; none of them holds the destination."""

_AREA = len("+1809")


class Destinations:
    """The operator's rules. `allow` holds prefixes of numbers and whole numbers."""

    def __init__(self, allow: Iterable[str] = (), tenants: Iterable[str] = ()) -> None:
        self._allow = frozenset(allow)
        self._tenants = frozenset(tenant.lower() for tenant in tenants)

    def refusal(self, target: Target, ours: Collection[str] = ()) -> Reason | None:
        """Why nobody is sent to `target`; None when it may be.

        `ours` are the numbers and ids whose calls come to us, the ids in lower case.
        """
        if target.tenant and target.tenant.lower() not in self._tenants:
            return "foreign_tenant"
        if target.id.lower() in ours:
            return "own_number"
        return self._refused_number(target.id) if target.kind == "phone" else None

    def _refused_number(self, text: str) -> Reason | None:
        number = look_up(text)
        if number.kind == "none":
            return "no_number"
        if text in self._allow:
            return None
        if number.kind != "ordinary":
            return number.kind
        return self._not_listed(text, number)

    def _not_listed(self, text: str, number: Number) -> Reason | None:
        listed = [entry for entry in self._allow if text.startswith(entry)]
        if not listed:
            return "not_listed"
        if number.shares_code and max(map(len, listed)) < _AREA:
            return "area_not_listed"
        return None

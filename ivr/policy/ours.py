"""Numbers and ids whose calls come to us: to send a call there would be to send it in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.flow.bundle import Bundle


def our_parties(bundle: Bundle | None, app_id: str) -> frozenset[str]:
    """What the published flows claim under `numbers:` and `users:`, and the bot itself.

    All in lower case. The number that a call came in by is known by the call alone.
    """
    flows = bundle.flows.values() if bundle else ()
    claimed = (each for flow in flows for each in (*flow.options.numbers, *flow.options.users))
    return frozenset(each.lower() for each in (app_id, *claimed) if each)

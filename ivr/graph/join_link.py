"""A meeting's join link, taken apart: the only reader of links.

Only the long form tells which meeting it is (page `call`, "Join URL"):
`https://teams.microsoft.com/l/meetup-join/{thread}/{message}?context={"Tid":…,"Oid":…}`, encoded
once or twice. Nothing is ever fetched from a link, so its host does not matter: sovereign clouds
have others. The short form (`/meet/…`) names no meeting that the calls API knows.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from ivr.graph.wire import guid

MAX_LINK = 4096

_PATH = re.compile(r".*/l/meetup-join/([^/]+)/([0-9]{1,20})/?", re.ASCII)
_THREAD = re.compile(r"[0-9]{1,3}:[A-Za-z0-9._@-]{1,256}", re.ASCII)
_MESSAGE = re.compile(r"[0-9]{1,20}", re.ASCII)


class JoinLink(Struct, frozen=True):
    """A meeting: its chat thread, the tenant and object id of its organizer.

    `message` is `0` for a meeting that is in no channel; in a channel `reply_to` is the post that
    the meeting belongs to.
    """

    thread: str
    message: str
    tenant: str
    organizer: str
    reply_to: str = ""

    def __repr__(self) -> str:
        return "JoinLink(...)"


def read_join_link(link: str) -> JoinLink | None:
    """The meeting that a link leads to; None for a link that does not tell, whatever the text."""
    if len(link) > MAX_LINK:
        return None
    try:
        parts = urlsplit(link.strip())
        context = _context(parts.query)
    except ValueError:
        return None
    found = _PATH.fullmatch(parts.path)
    if found is None or parts.scheme != "https":
        return None
    thread = unquote(unquote(found[1]))
    tenant, organizer = (guid(context.get(name)) for name in ("Tid", "Oid"))
    if _THREAD.fullmatch(thread) is None or not (tenant and organizer):
        return None
    return JoinLink(thread, found[2], tenant, organizer, _message(context.get("MessageId")))


def _context(query: str) -> dict[str, object]:
    text = parse_qs(query, max_num_fields=20).get("context", [""])[0]
    try:
        found = json.loads(text if text.lstrip().startswith("{") else unquote(text))
    except RecursionError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(text: object) -> str:
    return text if isinstance(text, str) and _MESSAGE.fullmatch(text) else ""

"""One fault as plain JSON: whom it hits, how often, and what goes wrong.

The same value serves the simulator over HTTP, its controls, and tests in Python. A fault does one
thing; what it can do depends on what it hits.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

NOTIFICATION = "notification"
CALL = "call"
PROMPT = "prompt"

REQUESTS = frozenset(
    {
        "token", "discovery", "metadata", "keys",
        "create", "get", "delete", "answer", "reject", "redirect", "playPrompt", "recordResponse",
        "subscribeToTone", "cancelMediaProcessing", "mute", "unmute", "transfer", "keepAlive",
        "updateRecordingStatus", "sendDtmfTones", "changeScreenSharingRole",
        "participants", "invite", "removeParticipant", "muteParticipant", "startHoldMusic",
        "stopHoldMusic", "audioRoutingGroups", "operations", "onlineMeetings", "recording",
        PROMPT, "*",
    }
)  # fmt: skip
APART = frozenset({PROMPT, "discovery", "metadata", "keys"})
"""Not meant by `*`: they are requests of ours, or of nobody who acts on calls."""

NOTICES = frozenset(
    {
        "incoming", "state", "establishing", "ringing", "established", "transferring",
        "transferAccepted", "transferFailed", "terminating", "audio", "tone", "operation",
        "playPrompt", "record", "sendDtmfTones", "inviteParticipants", "startHoldMusic", "roster",
        "ended",
    }
)  # fmt: skip
"""What notifications are about, in the words of `Fault.of`."""

Broken = Literal["reset", "hang", "slow", "truncated", "garbage", "html", "empty"]
"""An answer that breaks off, never comes, dribbles, ends in the middle, is no JSON, is a web page,
or has no body."""

Body = Literal[
    "empty", "no_entries", "null_entries", "not_json", "repeated_entry", "empty_roster",
    "legacy_first", "legacy_twice", "legacy_only",
]  # fmt: skip
Signed = Literal[
    "issuer_slash", "graph_issuer", "tenant_issuer", "foreign_issuer", "new_key", "second_key",
    "unknown_key", "expired", "foreign_audience", "no_tenant", "unsigned", "garbage", "none",
]  # fmt: skip
Repeats = Literal["never", "always"]


class Spelling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Oddities that were seen in Graph's notifications; a client must survive each of them.

    All are off by default. They follow the published examples and users' reports: ids in upper
    case without hyphens, only `resource` or an address without its first slash, numbers as text,
    states and kinds of changes with capitals, type names of another generation or without their
    hash, no `id`, unknown members, a wrong charset, a byte order mark.
    """

    upper_case_ids: bool = False
    resource_only: bool = False
    no_leading_slash: bool = False
    numbers_as_text: bool = False
    capital_states: bool = False
    capital_changes: bool = False
    old_types: bool = False
    bare_types: bool = False
    without_ids: bool = False
    unknown_members: bool = False
    windows_charset: bool = False
    byte_order_mark: bool = False


class Respond(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An error answer instead of the usual one.

    `retry_after` is written as it is; `date+N` becomes the HTTP date of N seconds from now.
    """

    status: Annotated[int, Meta(ge=400, le=599)]
    code: Annotated[str, Meta(max_length=100)] = ""
    message: Annotated[str, Meta(max_length=1_000)] = ""
    retry_after: float | Annotated[str, Meta(max_length=100)] | None = None


class Fault(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong, with whom and how often.

    `target` is a request (`*`: any on calls), `notification`, or `call` for calls that begin from
    now on. Of those that it could hit the first `skip` pass. `of` limits it to notifications about
    one of these things, `call` to one call, `overlapping` to requests for a call of which another
    one is under way.

    Requests: `respond` an error or answer with something `broken`, with `effect` after the request
    was carried out (as it always is for `slow` and `truncated`); `drop` the request before it acts,
    `drop_answer` after it has acted (short for `broken: reset`); `delay_ms` before it acts,
    `answer_late_ms` after (real time); carry it out `twice`; or `patch` the answer.

    Notifications: `drop`; `duplicate` (`copies` in all, `gap_ms` apart, or all at once with
    `parallel`); `delay_ms`, which holds up all that follow; `late_ms`, which does not; `reorder`
    with the one after it; `after_end`, once the call's last one is sent (neither of the two holds
    that one back); `patch` the resource (RFC 7396); another `body`, `spelling` or way to be
    `signed`; or how it `repeats` when the bot does not take it.

    Calls: other `rules` of the simulated phone.
    """

    target: str
    times: Annotated[int, Meta(ge=1, le=1_000)] = 1
    skip: Annotated[int, Meta(ge=0, le=1_000)] = 0
    call: str = ""
    of: tuple[str, ...] = ()
    overlapping: bool = False
    drop: bool = False
    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    patch: dict[str, Any] | None = None
    respond: Respond | None = None
    broken: Broken | None = None
    effect: bool = False
    drop_answer: bool = False
    answer_late_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    twice: bool = False
    duplicate: bool = False
    copies: Annotated[int, Meta(ge=2, le=20)] = 2
    gap_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    parallel: bool = False
    late_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    reorder: bool = False
    after_end: bool = False
    body: Body | None = None
    spelling: Spelling | None = None
    signed: Signed | None = None
    repeats: Repeats | None = None
    rules: dict[str, int | str | bool] | None = None

    @property
    def breaks(self) -> Broken | None:
        """How the answer to a request is broken, if it is."""
        return "reset" if self.drop or self.drop_answer else self.broken

    @property
    def acts(self) -> bool:
        """Whether the request is carried out all the same; for half an answer it has to be."""
        if self.broken in ("slow", "truncated"):
            return True
        stopped = self.drop or self.broken is not None or self.respond is not None
        return self.effect or not stopped


_ANYWHERE = ("drop", "delay_ms", "patch")
_REQUESTS = ("respond", "broken", "drop_answer", "answer_late_ms", "twice")
_NOTICES = (
    "duplicate", "late_ms", "reorder", "after_end", "body", "spelling", "signed", "repeats",
)  # fmt: skip
_PROMPTS = ("drop", "delay_ms", "respond", "broken")
_MODIFIERS = {
    "of": _NOTICES,
    "copies": ("duplicate",),
    "gap_ms": ("duplicate",),
    "parallel": ("duplicate",),
    "effect": ("respond", "broken"),
}


def wrong_with(fault: Fault) -> str:
    """Why a fault makes no sense, in one sentence; "" for one that does."""
    can = _can(fault.target)
    if not can:
        known = ", ".join(sorted(REQUESTS | {NOTIFICATION, CALL}))
        return f"The target of a fault is one of: {known}."
    done = [name for name in (*_ANYWHERE, *_REQUESTS, *_NOTICES, "rules") if _set(fault, name)]
    if len(done) != 1 or done[0] not in can:
        return f"A fault of a {_kind(fault.target)} does one thing: {_either(can)}."
    if fault.of and (fault.target != NOTIFICATION or not NOTICES.issuperset(fault.of)):
        return f"`of` is for notifications: some of {', '.join(sorted(NOTICES))}."
    for modifier in ("copies", "gap_ms", "parallel", "effect"):
        if _changed(fault, modifier) and done[0] not in _MODIFIERS[modifier]:
            return f"`{modifier}` goes with {_either(_MODIFIERS[modifier])}."
    if fault.overlapping and fault.target in (NOTIFICATION, CALL):
        return "`overlapping` is for requests."
    return ""


def _can(target: str) -> tuple[str, ...]:
    if target == PROMPT:
        return _PROMPTS
    if target == NOTIFICATION:
        return (*_ANYWHERE, *_NOTICES)
    if target == CALL:
        return ("rules",)
    return (*_ANYWHERE, *_REQUESTS) if target in REQUESTS else ()


def _kind(target: str) -> str:
    return target if target in (NOTIFICATION, CALL, PROMPT) else "request"


def _either(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def _set(fault: Fault, name: str) -> bool:
    return getattr(fault, name) not in (None, False, 0)


def _changed(fault: Fault, name: str) -> bool:
    at = Fault.__struct_fields__.index(name) - len(Fault.__struct_fields__)
    return bool(getattr(fault, name) != Fault.__struct_defaults__[at])

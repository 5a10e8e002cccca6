"""Faults of requests: refused, throttled, lost before or after they have acted, hosts that fail."""

from __future__ import annotations

from ivr.simulator.faults.fault import Respond
from ivr.simulator.faults.named import ALWAYS, Named, asked, elsewhere, service

_LATE = 1_500

TIMING = (
    service("completion_before_answer", "P16", "A prompt has ended before the request for it is "
            "answered.", asked("playPrompt", answer_late_ms=_LATE)),
    service("recording_before_answer", "P16", "A recording has ended before the request for it is "
            "answered.", asked("recordResponse", answer_late_ms=_LATE)),
    service("established_before_created", "P16", "A placed call is established before the request "
            "for it is answered.", asked("create", answer_late_ms=_LATE)),
    service("answer_late", "P16 P36", "The call is established before the answer is answered.",
            asked("answer", answer_late_ms=_LATE)),
)  # fmt: skip

LOST = (
    *(
        service(f"lost_answer_{name}", "P60 P16", f"{words} is carried out and its answer is lost.",
                asked(name, drop_answer=True))
        for name, words in {
            "answer": "An answer", "playPrompt": "A prompt", "recordResponse": "A recording",
            "transfer": "A transfer", "invite": "An invitation", "create": "A new call",
            "subscribeToTone": "A subscription", "cancelMediaProcessing": "A cancellation",
            "sendDtmfTones": "The sending of tones", "delete": "A hang-up",
            "keepAlive": "A keep-alive",
        }.items()
    ),
    *(
        service(f"lost_request_{name}", "P60", f"{words} is lost before it is carried out.",
                asked(name, drop=True))
        for name, words in {
            "answer": "An answer", "playPrompt": "A prompt", "recordResponse": "A recording",
            "transfer": "A transfer", "invite": "An invitation", "create": "A new call",
            "subscribeToTone": "A subscription", "delete": "A hang-up",
        }.items()
    ),
    service("request_twice", "P60", "Something on the way sends a request twice.",
            asked("*", twice=True)),
)  # fmt: skip

CONFLICTS = (
    service("conflict_on_overlap", "P70", "A request is refused while another one for the call is "
            "under way.", asked("*", respond=Respond(409, "8519"), overlapping=True, times=ALWAYS)),
    service("conflict", "P70", "A request is refused: another one for the call is in the way.",
            asked("*", respond=Respond(409, "8519"))),
    service("media_in_the_way", "P70", "A prompt is refused: other media are in the way.",
            asked("playPrompt", respond=Respond(412, "8583"))),
    service("media_not_ready", "P39", "A prompt is refused once: the call is not established.",
            asked("playPrompt", respond=Respond(400, "8501"))),
)  # fmt: skip

_RETRY_AFTER: dict[str, float | str | None] = {
    "seconds": 2,
    "fraction": 2.128,
    "date": "date+2",
    "missing": None,
    "absurd": 1e9,
    "negative": -5,
    "not_a_number": "NaN",
    "garbage": "soon",
}

LIMITS = (
    *(
        service(f"throttled_{form}", "P55", f"Requests are throttled; Retry-After: {form}.",
                asked("*", respond=Respond(429, retry_after=header), times=2))
        for form, header in _RETRY_AFTER.items()
    ),
    service("throttled_for_long", "P55", "Every request is throttled, for a second each.",
            asked("*", respond=Respond(429, retry_after=1), times=ALWAYS)),
    service("rate_limit_8516", "P55", "A request is refused: too many of them.",
            asked("*", respond=Respond(429, "8516"))),
    service("monthly_limit", "P55", "No call can be placed or joined any more this month.",
            asked("create", respond=Respond(429, "8529"), times=ALWAYS)),
    service("concurrent_limit", "P55", "No call can be placed or joined: too many at once.",
            asked("create", respond=Respond(429, "8530", retry_after=1))),
    service("busy_service", "P55", "The service turns a request away for two seconds.",
            asked("*", respond=Respond(503, "ServiceUnavailable", retry_after=2))),
)  # fmt: skip

CREATED = (
    service("create_500", "P56", "A call is not placed, and the answer is an unknown error.",
            asked("create", respond=Respond(500, "9999"))),
    service("create_500_placed", "P56 P60", "A call is placed, and the answer is an unknown error.",
            asked("create", respond=Respond(500, "9999"), effect=True)),
    service("create_404_for_a_while", "P53", "The account that calls is not known twice, and then "
            "known.", asked("create", respond=Respond(404, "UnknownError"), times=2)),
    service("create_busy_7503", "P47", "A call is not placed: the application is not registered.",
            asked("create", respond=Respond(403, "7503"))),
)  # fmt: skip

HOSTS = (
    *(
        service(f"host_{broken}", "P60 P65", f"{words}.", asked("*", broken=broken, times=2))
        for broken, words in {
            "reset": "Connections break off before there is an answer",
            "hang": "No answer comes at all",
            "slow": "Answers come one byte at a time",
            "truncated": "Answers break off in the middle",
            "garbage": "Answers are no JSON",
            "html": "Answers are a web page",
            "empty": "Answers have no body",
        }.items()
    ),
    service("half_of_it_fails", "P56 P35", "Every request fails once.",
            *(asked(name, respond=Respond(502, "UnknownError")) for name in
              ("answer", "playPrompt", "subscribeToTone", "recordResponse", "transfer", "create"))),
    service("down_for_a_while", "P35", "No request is answered with anything but 503.",
            asked("*", respond=Respond(503, "ServiceUnavailable"), times=20)),
    service("slow_service", "P35", "Every request takes two seconds.",
            asked("*", delay_ms=2_000, times=ALWAYS)),
)  # fmt: skip

STRICTNESS = (
    elsewhere("unknown_members_refused", "P18", "always",
              "A body with an unknown member, or an enumeration in the wrong case, is refused.",
              "The simulated service checks every body against the members that Graph declares."),
)  # fmt: skip

REQUESTS: tuple[Named, ...] = (
    *TIMING, *LOST, *CONFLICTS, *LIMITS, *CREATED, *HOSTS, *STRICTNESS,
)  # fmt: skip

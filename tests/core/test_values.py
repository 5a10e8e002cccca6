"""Small values: targets as they are written, and what they show of themselves."""

from __future__ import annotations

import pytest

from ivr.core.effects import FetchRecording, SendRequest
from ivr.core.values import Audio, Caller, Meeting, Participant, Target, parse_target

GUID = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (f"user:{GUID}", Target("user", GUID)),
        (f"app:{GUID}", Target("app", GUID)),
        (f"instance:{GUID};tenant=t-1", Target("instance", GUID, "t-1")),
        ("phone:+442079460123", Target("phone", "+442079460123")),
        ("phone:+442079460123;tenant=t-1", Target("phone", "+442079460123", "t-1")),
        ("+442079460123", Target("phone", "+442079460123")),
    ],
)
def test_a_target_is_read_as_it_is_written(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "reception",
        "user:",
        f"User:{GUID}",
        f" user:{GUID}",
        f"user:{GUID}\n",
        f"user:{GUID};tenant=",
        f"user:{GUID};tenant=a/b",
        f"user:{GUID}/../x",
        "user:" + "a" * 65,
        "phone:02079460123",
        "phone:+44 20 7946 0123",
        "phone:+123456",
        "phone:+1234567890123456",
        "phone:+４４２０７９４６０１２３",
        "+442079460123;tenant=t-1",
        "sip:someone@example.com",
        "https://example.com/",
    ],
)
def test_anything_else_is_no_target(text: str) -> None:
    assert parse_target(text) is None


def test_nothing_of_a_caller_shows_when_a_value_is_printed() -> None:
    secret = "+442079468317"
    shown = [
        Caller("phone", secret, secret),
        Target("phone", secret),
        Audio("back", text=secret),
        Participant("p1", "phone", secret, secret),
        Meeting(secret, secret, secret, secret, secret),
        FetchRecording("e1", location=secret, token=secret, keep_for=1),
        SendRequest("e1", "GET", f"https://a.example/{secret}", "a.example", 1, body=secret),
    ]
    assert secret not in repr(shown)

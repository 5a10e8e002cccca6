"""Join links: what the long form tells, and that no other text tells anything."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.graph.join_link import JoinLink, read_join_link

TENANT = "909c6581-5130-43e9-88f3-fcb3582cde37"
ORGANIZER = "dc17674c-81d9-4adb-bfb2-8f6a442e4622"
THREAD = "19:meeting_MGQ4MDQyNTEtNTQ2NS00YjQxLTlkM2EtZWVkODYxODYzMmY2@thread.v2"
MEETING = JoinLink(THREAD, "0", TENANT, ORGANIZER)
BASE = "https://teams.microsoft.com/l/meetup-join/"


def link(thread: str = THREAD, message: str = "0", base: str = BASE, **context: object) -> str:
    told = {"Tid": TENANT, "Oid": ORGANIZER} | context
    return f"{base}{quote(thread, safe='')}/{message}?context={quote(json.dumps(told))}"


@pytest.mark.parametrize(
    "text",
    [
        link(),
        f"  {link()}\n",
        link().replace("%3A", "%3a").replace("%40", "@"),
        link(quote(THREAD)),
        re.sub(r"(?<=context=).*", lambda context: quote(context[0]), link()),
        link(Tid=TENANT.upper(), Oid=ORGANIZER.replace("-", "")),
        link() + "&anon=true",
        link(base="https://gov.teams.microsoft.us/l/meetup-join/"),
        link(base="https://teams.microsoft.com/x/l/meetup-join/"),
        link(Extra=[1]),
    ],
)
def test_a_long_link_tells_the_meeting(text: str) -> None:
    assert read_join_link(text) == MEETING


def test_a_meeting_in_a_channel_is_the_answer_to_a_post() -> None:
    found = read_join_link(link("19:a1b2@thread.tacv2", "1610000000000", MessageId="1609999999999"))
    assert found == JoinLink(
        "19:a1b2@thread.tacv2", "1610000000000", TENANT, ORGANIZER, "1609999999999"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "teams",
        "https://teams.microsoft.com/meet/2345678901234?p=AbCdEf",
        "https://teams.live.com/meet/9312345678901?p=AbCdEf",
        "https://nam01.safelinks.protection.outlook.com/?url=" + quote(link()),
        link().partition("?")[0],
        link().replace("https", "http"),
        link(message="x"),
        link(message=""),
        link(thread="meeting"),
        link(thread="19:a/../../b"),
        link(thread="19:a b@thread.v2"),
        link(thread="19:" + "a" * 300),
        link(Tid=""),
        link(Tid=None),
        link(Tid="contoso.example"),
        link(Tid="a" * 36),
        link(Oid=7),
        link(Oid=[ORGANIZER]),
        BASE + quote(THREAD) + "/0?context=",
        BASE + quote(THREAD) + "/0?context=%7b",
        BASE + quote(THREAD) + "/0?context=%5b%5d",
        BASE + quote(THREAD) + "/0?context=" + "%5b" * 1000,
        BASE + quote(THREAD) + "/0?" + "a=b&" * 100,
        "https://[teams/l/meetup-join/x/0",
        link() + "x" * 5000,
    ],
)
def test_no_other_text_tells_a_meeting(text: str) -> None:
    assert read_join_link(text) is None


def test_an_odd_message_is_left_out() -> None:
    assert read_join_link(link(MessageId="../x")) == MEETING
    assert read_join_link(link(MessageId=7)) == MEETING


def test_a_link_is_not_shown_in_a_log() -> None:
    assert TENANT not in repr(read_join_link(link()))


@given(st.text(), st.text(), st.text())
def test_no_text_raises(path: str, query: str, whole: str) -> None:
    read_join_link(whole)
    read_join_link(f"{BASE}{path}/0?context={query}")

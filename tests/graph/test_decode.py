"""Every form of a notification that is known, in bodies of our own, and what each becomes.

`UPDATE_GOLDEN=1` writes what the forms become into `golden/forms.json`; look at the difference.
"""

from __future__ import annotations

import json
from typing import TypedDict

import pytest

from ivr.core.events import CallArrived
from ivr.core.values import Caller
from ivr.graph.decode import Legacy, Notifications, decode
from ivr.graph.wire import canonical_id, number
from tests.graph.golden_listing import GOLDEN, UPDATE, told

FORMS = GOLDEN / "forms.json"
GUID = "0a1b2c3d-1111-4222-8333-0123456789ab"


class Form(TypedDict):
    body: dict[str, object]
    told: list[str]


def forms() -> dict[str, Form]:
    read: dict[str, Form] = json.loads(FORMS.read_text())
    return read


def decoded(body: object) -> list[str]:
    return told(decode(json.dumps(body).encode()))


@pytest.mark.skipif(not UPDATE, reason="UPDATE_GOLDEN is not set")
def test_write_the_golden_file_anew() -> None:
    lines = []
    for name, form in forms().items():
        body, events = json.dumps(form["body"]), json.dumps(decoded(form["body"]))
        lines.append(f'  {json.dumps(name)}: {{\n    "body": {body},\n    "told": {events}\n  }}')
    FORMS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


@pytest.mark.parametrize("name", forms())
def test_a_form_becomes_its_events(name: str) -> None:
    form = forms()[name]
    assert decoded(form["body"]) == form["told"]


@pytest.mark.parametrize("name", forms())
def test_the_tolerant_way_reads_the_same(name: str) -> None:
    """A member that fits no type makes the whole body go the slow way."""
    form = forms()[name]
    raw = json.dumps(form["body"])
    slow = f'{raw[:-1]}{"" if raw == "{}" else ","} "odd": NaN}}'
    assert told(decode(slow.encode())) == form["told"]


def arrived(body: bytes, charset: str = "") -> CallArrived:
    found = decode(body, charset)
    assert isinstance(found, Notifications)
    event = found.items[0].event
    assert isinstance(event, CallArrived)
    return event


def incoming(name: str) -> str:
    identity = {"user": {"id": GUID, "displayName": name}}
    call = {"state": "incoming", "source": {"identity": identity, "languageId": "de-DE"}}
    entry = {"resourceUrl": f"/communications/calls/{GUID}", "resourceData": call}
    return json.dumps({"value": [entry]}, ensure_ascii=False)


def test_who_calls_is_read_whole() -> None:
    caller = Caller("user", GUID, "Zoë Ångström", "de-DE")
    assert arrived(incoming("Zoë Ångström").encode()).caller == caller


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", ""),
        ("utf-8", "Windows-1252"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-8"),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("cp1252", "windows-1252"),
        ("cp1252", '"ISO-8859-1"'),
    ],
)
def test_the_bytes_tell_the_encoding_before_the_label_does(encoding: str, charset: str) -> None:
    body = incoming("Zoë Ångström").encode(encoding)
    assert arrived(body, charset).caller.name == "Zoë Ångström"


def test_wrong_bytes_without_a_label_cost_letters_only() -> None:
    event = arrived(incoming("Zoë Ångström").encode("cp1252"), "utf-8")
    assert event.caller.id == GUID
    assert event.caller.name.startswith("Zo")


def test_a_name_cannot_turn_a_line_of_a_log_around() -> None:
    name = "Ann\u0000\u202e\r\n\u001b]0;\u2069a 👩\u200d💻"
    assert arrived(incoming(name).encode()).caller.name == "Ann]0;a 👩\u200d💻"
    assert arrived(incoming("n" * 100_000).encode()).caller.name == "n" * 256


@pytest.mark.parametrize(
    "spelling",
    [
        GUID,
        GUID.upper(),
        GUID.replace("-", ""),
        GUID.replace("-", "").upper(),
        GUID.title(),
    ],
)
def test_one_call_has_one_id(spelling: str) -> None:
    assert canonical_id(spelling) == GUID


@pytest.mark.parametrize(
    "text", ["", ".", "..", "-a", "a/b", "a%2fb", "a b", "x;DROP", "é", "İ", "a" * 129, "a\n"]
)
def test_what_cannot_be_one_segment_of_a_path_is_no_id(text: str) -> None:
    assert canonical_id(text) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (200, 200),
        ("200", 200),
        ("-1", -1),
        (200.0, 200),
        ("200.0", 200),
        (None, None),
        ("", None),
        ("many", None),
        (1.5, None),
        (float("inf"), None),
        (float("nan"), None),
        (2**63, None),
        ("9" * 400, None),
        ("٢٠٠", None),
    ],
)
def test_a_number_may_come_as_text(value: int | str | float | None, expected: int | None) -> None:
    assert number(value) == expected


def test_an_unusable_entry_does_not_stop_the_others() -> None:
    good = '{"resourceUrl":"/communications/calls/c1","resourceData":{"state":"established"}}'
    for bad in ("null", "7", "[]", "{}", '{"resourceUrl":7}', '{"resourceUrl":"/calls/%2e%2e"}'):
        found = decode(f'{{"value":[{good},{bad},{good}]}}'.encode())
        assert told(found) == ["c1 call_progressed progress=established"] * 2 + ["skipped 1"]


def test_a_weird_member_is_as_if_it_were_absent() -> None:
    call = {"state": "established", "mediaState": 7, "resultInfo": ["x"], "toneInfo": None}
    entry = {"resourceUrl": "/communications/calls/c1", "resource": {}, "resourceData": call}
    assert decoded({"value": [entry]}) == ["c1 call_progressed progress=established"]


def test_the_old_form_is_told_by_its_shape_alone() -> None:
    for mark in ("callState", "presentedModalityTypes", "participants"):
        assert decode(json.dumps({mark: "x"}).encode()) == Legacy()
        assert decode(json.dumps({mark: "x", "value": None}).encode()) == Legacy()

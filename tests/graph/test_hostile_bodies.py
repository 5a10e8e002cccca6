"""Group B of the hostile inputs: whatever the bytes, an answer, at once, that can be stored."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.core.events import CallArrived, OperationFinished, RosterChanged, TonePressed
from ivr.core.snapshot import encode as stored
from ivr.core.values import Participant
from ivr.graph.decode import Decoded, Legacy, Malformed, Notifications, TooMany, decode
from ivr.graph.wire import canonical_id
from tests.graph.golden_listing import GOLDEN, told

FORMS: dict[str, dict[str, Any]] = json.loads((GOLDEN / "forms.json").read_text())
MANY = 100_000


def body_of(data: str, address: str = "/communications/calls/c1") -> bytes:
    return f'{{"value":[{{"resourceUrl":{json.dumps(address)},"resourceData":{data}}}]}}'.encode()


def check(decoded: Decoded) -> None:
    """It is one of the four answers, and every event in it can be stored."""
    assert isinstance(decoded, Legacy | Notifications | TooMany | Malformed)
    if isinstance(decoded, Malformed):
        assert decoded.reason.endswith(".")
        assert len(decoded.reason) < 60
    if isinstance(decoded, Notifications):
        for arrival in decoded.items:
            assert stored(arrival.event)
            assert arrival.call_id.isascii()
            assert "/" not in arrival.call_id
            if isinstance(arrival.event, RosterChanged):
                people = {one.id for one in arrival.event.participants} | set(arrival.event.left)
                assert all(one and canonical_id(one) == one for one in people)


@pytest.mark.parametrize(
    "body", [b"", b" \r\n", b"null", b"[]", b"{}", b"\xef\xbb\xbf", b'{"value":null}']
)
def test_nothing_is_empty(body: bytes) -> None:
    assert decode(body) == Notifications(empty=True)


@pytest.mark.parametrize(
    "body", [b'""', b"0", b"true", b'"value"', b"[1]", b"NaN", b'{"value":{}}', b'{"value":"x"}']
)
def test_json_of_another_form_is_malformed(body: bytes) -> None:
    assert isinstance(decode(body), Malformed)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"value=1",
        b"<html>",
        b"\x00" * 100,
        bytes(range(256)),
        b"\x1f\x8b\x08\x00" + b"\x00" * 50,
        b"\xff\xfe\x00",
        b'{"value":[{}',
        b"[" * MANY,
        b'{"a":' * MANY,
        b'{"value":[' + b"[" * MANY + b"]" * MANY + b"]}",
        body_of("[" * MANY + "]" * MANY),
        body_of('{"x":' * MANY + "1" + "}" * MANY),
    ],
)
def test_what_is_not_json_or_too_deep_is_malformed(body: bytes) -> None:
    decoded = decode(body)
    check(decoded)
    assert isinstance(decoded, Malformed)


@pytest.mark.parametrize("entry", ["{}", "0", "null", '{"resourceUrl":"/calls/c1"}', "[[]]"])
def test_a_thousand_entries_are_read_and_no_more(entry: str) -> None:
    def of(count: int) -> Decoded:
        return decode(f'{{"value":[{",".join([entry] * count)}]}}'.encode())

    found = of(1000)
    assert isinstance(found, Notifications)
    assert len(found.items) + found.skipped == 1000
    assert of(1001) == of(20_000) == TooMany()


@pytest.mark.parametrize(
    "number",
    ["1e999999", "-1e999999", "9" * 10_000, "-" + "9" * 10_000, "NaN", "Infinity"],
)
def test_numbers_out_of_all_bounds_are_as_if_absent(number: str) -> None:
    tone = f'{{"state":"established","toneInfo":{{"sequenceId":{number},"tone":"tone1"}}}}'
    assert told(decode(body_of(tone))) == ["c1 tone_pressed key=1"]
    end = f'{{"state":"terminated","odd":{number},"resultInfo":{{"code":{number}}}}}'
    assert told(decode(body_of(end))) == ["c1 call_ended"]


@pytest.mark.parametrize(
    ("tone", "expected"),
    [
        ('{"tone":"toneX"}', "unrecognised kind=tone"),
        ('{"tone":"tone99"}', "unrecognised kind=tone"),
        ('{"tone":["tone1"]}', "unrecognised kind=tone"),
        ('{"tone":"TONE\\u0661"}', "unrecognised kind=tone"),
        ("{}", "unrecognised kind=tone"),
        ('{"tone":"tone1","sequenceId":-1}', "tone_pressed key=1"),
        ('{"tone":"tone1","sequenceId":9223372036854775808}', "tone_pressed key=1"),
        ('{"tone":"tone1","sequenceId":[1]}', "tone_pressed key=1"),
        ('{"tone":"tone1","sequenceId":true}', "tone_pressed key=1"),
        ('{"tone":"tone1","sequenceId":"1e3"}', "tone_pressed key=1"),
    ],
)
def test_odd_tones(tone: str, expected: str) -> None:
    call = f'{{"@odata.type":"#microsoft.graph.call","toneInfo":{tone}}}'
    assert told(decode(body_of(call))) == [f"c1 {expected}"]


@pytest.mark.parametrize("value", ["7", '"tone1"', "true", "[]", "null"])
def test_a_tone_that_is_no_object_leaves_the_state(value: str) -> None:
    call = f'{{"state":"established","toneInfo":{value}}}'
    assert told(decode(body_of(call))) == ["c1 call_progressed progress=established"]


def test_letters_that_cannot_be_stored_are_replaced() -> None:
    call = (
        '{"state":"incoming","source":{"identity":{"user":'
        '{"id":"u1","displayName":"A\\ud800\\u0000\\u202eB\\udfff"}}}}'
    )
    decoded = decode(body_of(call))
    assert isinstance(decoded, Notifications)
    event = decoded.items[0].event
    assert isinstance(event, CallArrived)
    assert event.caller.name == "A\ufffdB\ufffd"
    assert msgspec.json.encode(event)


def test_the_last_of_two_members_with_one_name_counts() -> None:
    twice = '{"state":"established","state":"terminated"}'
    assert told(decode(body_of(twice))) == ["c1 call_ended"]
    assert told(decode(body_of(twice[:-1] + ',"x":NaN}'))) == ["c1 call_ended"]


@pytest.mark.parametrize(
    "address",
    [
        "/communications/calls/../../admin",
        "/communications/calls/..",
        "/communications/calls/.",
        "/communications/calls//c1",
        "/communications/calls/%2e%2e%2fadmin",
        "/communications/calls/c1%2f..",
        "/communications/calls/c1;DROP TABLE calls",
        "/communications/calls/c1\u0000",
        "/communications/calls/c1\n",
        "/communications/calls/c\u0661",
        "/communications/call\u017f/c1",
        "/communications/calls/" + "c" * 10_000,
        "/communications/callsigns/c1",
        "/communications/calls/",
        "c1",
        "",
    ],
)
def test_an_address_that_names_no_call_is_skipped(address: str) -> None:
    assert told(decode(body_of('{"state":"established"}', address))) == ["skipped 1"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/communications/calls/c1",
        "//evil.example/calls/c1/../../admin",
        "file:///calls/c1?x=/calls/c2",
        "/communications/calls/C1/operations/../../c2",
    ],
)
def test_of_an_address_nothing_but_the_id_is_taken(address: str) -> None:
    typed = '{"@odata.type":"#microsoft.graph.call","state":"established"}'
    assert told(decode(body_of(typed, address))) == ["c1 call_progressed progress=established"]


def test_the_type_decides_and_not_the_members() -> None:
    odd = (
        '{"@odata.type":"#microsoft.graph.recordOperation","state":"terminated",'
        '"toneInfo":{"tone":"tone1"},"status":"completed","clientContext":"e1"}'
    )
    ended = odd[:-1] + ',"recordingLocation":"https://media.example/1"}'
    for data, told_of in ((odd, "failure=failed"), (ended, "location=https://")):
        lines = told(decode(body_of(data, "/communications/calls/c1/participants")))
        assert lines == [f"c1 recording_finished effect=e1 {told_of}"]


@pytest.mark.parametrize(
    "people",
    [
        '[{"id":"../../x"},{"id":"a/b"},{"id":"p%2f"},{"id":7},{"id":["p1"]}]',
        '[{"id":"' + "p" * 10_000 + '"}]',
        '[{"id":"p\\u0000"},{"id":"\\ud800"}]',
    ],
)
def test_a_participant_without_an_honest_id_is_not_there(people: str) -> None:
    address = "/communications/calls/c1/participants"
    assert told(decode(body_of(people, address))) == ["c1 roster_changed delta=True"]


def test_of_a_participant_nothing_is_believed_that_is_not_of_its_form() -> None:
    odd = (
        '[{"id":"p1","isMuted":"true","isInLobby":1,"info":{"identity":{"phone":'
        '{"id":"+1555&SIP/evil","displayName":"A\\r\\n\\u202eB"},"user":7}}}]'
    )
    decoded = decode(body_of(odd, "/communications/calls/c1/participants"))
    assert isinstance(decoded, Notifications)
    assert decoded.items[0].event == RosterChanged((Participant("p1", "phone", "", "AB"),))


def test_a_context_that_is_too_long_is_cut() -> None:
    odd = json.dumps({"status": "completed", "clientContext": "x" * 300})
    decoded = decode(body_of(odd, "/communications/calls/c1/operations/o1"))
    assert isinstance(decoded, Notifications)
    assert decoded.items[0].event == OperationFinished("x" * 256)


def test_a_graph_body_with_legacy_members_is_graph_s() -> None:
    both = b'{"callState":"incoming","value":[{"resourceUrl":"/calls/c1","changeType":"deleted"}]}'
    assert told(decode(both)) == ["c1 call_ended reason=rejected"]


def test_nothing_of_the_body_is_in_a_reason() -> None:
    for body in (b'{"secret-canary":', b'"secret-canary"', b'{"value":"secret-canary"}'):
        assert "canary" not in repr(decode(body))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "windows-1252", "x\x00", "utf-7"]))
def test_any_bytes(body: bytes, charset: str) -> None:
    check(decode(body, charset))


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["established", "terminated", "tone1", "/calls/c1", "completed", "deleted"]),
)
_weird = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def bent_bodies(draw: st.DrawFn) -> bytes:
    """A good body in which some members were replaced by anything at all."""
    body = json.loads(json.dumps(draw(st.sampled_from(list(FORMS.values())))["body"]))
    for _ in range(draw(st.integers(1, 4))):
        _bend(draw, body)
    return json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


def _bend(draw: st.DrawFn, node: object) -> None:
    while True:
        keys: list[Any] = list(node) if isinstance(node, dict) else []
        keys = list(range(len(node))) if isinstance(node, list) else keys
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        inner = node[key]  # type: ignore[index]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            node[key] = draw(_weird)  # type: ignore[index]
            return
        node = inner


@settings(deadline=None, max_examples=60)
@given(bent_bodies())
def test_any_member_may_be_anything(body: bytes) -> None:
    decoded = decode(body)
    check(decoded)
    if isinstance(decoded, Notifications):
        for arrival in decoded.items:
            if isinstance(arrival.event, TonePressed):
                assert arrival.event.key in "0123456789*#ABCD"

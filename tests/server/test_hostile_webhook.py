"""Group B of the hostile inputs, from a sender whose token is good: an answer below 500, always.

The numbers are those of the list in the design (B01 to B31); what belongs to the wire is in
`test_hostile_http.py`, and what a body means in `tests/graph/test_hostile_bodies.py`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.notices import (
    Body,
    about,
    envelope,
    established,
    incoming,
    legacy,
    played,
    terminated,
    tone,
)
from tests.server.site import Site, bearer, own_path
from tests.universe import CALL_ID

MANY = 100_000
OTHER_CALL = "57dab8b1-894c-409a-b240-000000000000"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 202, id="B01 nothing"),
        pytest.param(b"null", 202, id="B02 null"),
        pytest.param(b"[]", 202, id="B02 a list"),
        pytest.param(b'""', 400, id="B02 a text"),
        pytest.param(b"0", 400, id="B02 a number"),
        pytest.param(b"{}", 202, id="B03 no value"),
        pytest.param(b'{"value":null}', 202, id="B03 null for value"),
        pytest.param(b'{"value":{}}', 400, id="B03 an object for value"),
        pytest.param(envelope(*[{}] * 1001), 413, id="B03 too many entries"),
        pytest.param(envelope(*[0] * MANY), 413, id="B03 very many entries"),
        pytest.param(b" " * 300_000, 413, id="B04 300 kB"),
        pytest.param(b"[" * MANY, 400, id="B05 deep lists"),
        pytest.param(b'{"a":' * 40_000, 400, id="B05 deep objects"),
        pytest.param(b'{"value":[{"n":1e999999}]}', 202, id="B06 a huge number"),
        pytest.param(b'{"value":[{"n":%s}]}' % (b"9" * 10_000), 202, id="B06 10,000 digits"),
        pytest.param(b'{"value":[NaN, Infinity]}', 202, id="B06 NaN"),
        pytest.param(b"\xff\xfe\xfd", 400, id="B08 no UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + envelope(), 202, id="B08 a BOM"),
        pytest.param("{}".encode("utf-16"), 202, id="B08 UTF-16"),
        pytest.param(b"value=1&state=incoming", 400, id="a form"),
        pytest.param(b"PK\x03\x04" + bytes(1000), 400, id="a ZIP"),
    ],
)  # fmt: skip
async def test_a_body_that_tells_nothing_does_nothing(site: Site, body: bytes, status: int) -> None:
    await site.ring()
    before = await site.state()
    assert await site.post(body) == status
    assert await site.state() == before


async def test_b04_a_body_without_a_length_is_measured_as_it_comes(site: Site) -> None:
    async def pieces() -> Iterator[bytes]:  # type: ignore[misc]
        for _ in range(20):
            yield b" " * 16_000

    headers = {"Authorization": bearer()}
    answer = await site.client.post("/api/calls", content=pieces(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["\ud800", "\x00", "\u202eevil", "x" * 10_000, "<script>", "=1+1"])
async def test_b07_a_callers_name_may_be_anything(site: Site, name: str) -> None:
    source = {"identity": {"phone": {"id": "+442079460123", "displayName": name}}}
    assert await site.post(incoming(source=source)) == 202
    assert (await site.call()).caller.id == "+442079460123"


async def test_b08_a_wrong_label_of_the_encoding_is_not_believed(site: Site) -> None:
    headers = {"Content-Type": 'application/json; charset="no-such-thing"'}
    assert await site.post(incoming(), headers=headers) == 202


async def test_b09_a_member_that_stands_twice_is_read_as_one(site: Site) -> None:
    await site.ring()
    text = json.dumps(established()).replace('"state": "established"', '"state":"x","state":"y"')
    assert await site.post(f'{{"value":[{text}]}}'.encode(), own_path()) == 202


@pytest.mark.parametrize(
    "address",
    [
        "/communications/calls/../../admin",
        f"https://evil.example/communications/calls/{'x' * 200}",
        "/communications/calls/" + "x" * 10_000,
        "/communications/calls/a%2fb",
        "/communications/calls/';DROP TABLE calls;--",
        "/communications/calls/",
        "\x00",
    ],
)
async def test_b10_to_b12_an_address_of_no_call_makes_no_call(site: Site, address: str) -> None:
    entry = {**incoming(), "resourceUrl": address, "resourceData": {"state": "incoming"}}
    assert await site.post(entry) == 202
    assert await site.world.store.calls() == []


async def test_b11_nothing_is_ever_asked_of_a_host_in_an_address(site: Site) -> None:
    entry = {**incoming(), "resourceUrl": f"https://evil.example/calls/{CALL_ID}"}
    assert await site.post(entry) == 202
    assert [line.call_id for line in site.world.line.lines] == [CALL_ID]


@pytest.mark.parametrize("spelling", [CALL_ID.upper(), CALL_ID.replace("-", "")])
async def test_b13_a_call_spelt_otherwise_is_the_same_call(site: Site, spelling: str) -> None:
    await site.ring()
    assert await site.post(terminated(spelling), own_path()) == 202
    assert await site.world.is_closed()


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(about(CALL_ID, "recordOperation", {"toneInfo": {"tone": "tone1"}}), id="B14"),
        pytest.param(played(f"{CALL_ID}.1", kind="recordOperation"), id="B14 another operation"),
        pytest.param(about(CALL_ID, "bananaOperation", {"status": "completed"}), id="B14 unknown"),
        pytest.param(played(f"{OTHER_CALL}.2"), id="B15"),
        pytest.param(played("x" * 300), id="B16 300 letters"),
        pytest.param(played("nobody-knows"), id="B16 unknown"),
        pytest.param(tone("toneX"), id="B17 no tone"),
        pytest.param(tone("tone99"), id="B17 no such tone"),
        pytest.param(tone(["tone1"]), id="B17 a list"),
        pytest.param(about(CALL_ID, "call", {"state": "dancing"}), id="an unknown state"),
        pytest.param(about(CALL_ID, "participants", {}), id="a roster"),
    ],
)  # fmt: skip
async def test_b14_to_b17_what_does_not_fit_the_call_moves_nothing(site: Site, entry: Body) -> None:
    await site.ring()
    before, asked = await site.call(), list(site.world.line.asked)
    assert await site.post(entry, own_path()) == 202
    assert (await site.call(), site.world.line.asked) == (before, asked)


@pytest.mark.parametrize("sequence", [-1, 2**63, "x", 1e308, None])
async def test_b17_a_place_that_no_tone_can_have_upsets_nothing(
    site: Site, sequence: object
) -> None:
    own = await site.ring()
    await site.post(established(), own)
    assert await site.post(tone("tone7", sequence), own) == 202
    assert (await site.call()).next_tone == 1


async def test_b18_the_end_of_a_call_that_was_never_seen_is_acknowledged(site: Site) -> None:
    assert await site.post(terminated()) == 202
    assert site.world.line.asked == []


async def test_b19_a_live_call_that_rings_again_is_answered_once(site: Site) -> None:
    await site.ring()
    assert await site.post(incoming(), own_path()) == 202
    assert site.world.line.kinds == ["answer_call"]


async def test_b21_an_old_body_with_entries_is_read_for_its_entries(site: Site) -> None:
    assert await site.post(legacy(value=[incoming()])) == 202
    assert site.world.line.kinds == ["answer_call"]


async def test_an_unknown_entry_does_not_stop_the_others(site: Site) -> None:
    own = await site.ring()
    odd = [{}, 7, None, about(CALL_ID, "banana", {}), {"resourceUrl": "/elsewhere"}]
    assert await site.post(envelope(*odd, established(), *odd, tone("tone1")), own) == 202
    assert (await site.call()).result == "sales"


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "gzip, identity", "x"])
async def test_b22_a_compressed_body_is_not_read(site: Site, coding: str) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    assert await site.post(bomb, headers={"Content-Encoding": coding}) == 415


async def test_b22_a_body_that_says_it_is_as_it_is_may_come(site: Site) -> None:
    assert await site.post(incoming(), headers={"Content-Encoding": "Identity"}) == 202


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
async def test_b26_nothing_but_a_post_is_for_the_webhook(site: Site, method: str) -> None:
    for path in ("/api/calls", own_path()):
        answer = await site.client.request(method, path, headers={"Authorization": bearer()})
        assert answer.status_code == 405


PATHS = ["//api/calls", "/api/calls/", "/api/calls/.", "/api/calls/..", "/api/calls/%2e%2e",
         "/api/calls;x", f"{own_path()};x", f"{own_path()}/", own_path().upper(), "/API/calls",
         f"{own_path()}%00", f"{own_path()}%0a", "/api/calls/%2f", "/api//calls", "/api/calls.json",
         "/", "/docs", "/openapi.json", "/metrics/../api/calls", "/media/", "/.env"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_b27_a_path_is_taken_by_the_letter(site: Site, path: str) -> None:
    await site.ring()
    before = await site.state()
    for headers in ({"Authorization": bearer()}, {}):
        assert await site.raw("POST", path, headers, envelope(terminated())) == 404
    assert await site.state() == before


async def test_b28_what_a_client_says_of_hosts_is_not_believed(site: Site) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "for=1",
               "X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/admin",
               "X-HTTP-Method-Override": "DELETE"}  # fmt: skip
    assert await site.post(incoming(), headers=headers) == 202
    assert {line.callback for line in site.world.line.lines} == {""}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    body=st.binary(max_size=300)
    | st.text(st.characters(codec="utf-8"), max_size=300).map(
        lambda text: text.encode("utf-8", "ignore")
    )
)
async def test_any_bytes_get_an_answer_and_make_no_call(site: Site, body: bytes) -> None:
    assert await site.post(body) in {202, 204, 400}
    assert await site.world.store.calls() == []

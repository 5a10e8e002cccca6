"""The admin API: who may use it, what it does, and that bad input is one clear sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ivr.core.events import CallWanted, EffectFailed, HttpAnswered, LegPlaced, PromptFinished
from ivr.core.step import TraceEntry
from ivr.server.api.openapi import SCHEMAS
from tests.server.api_site import AT, TOKEN, Api, dial, line, row, sentence

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def api() -> Api:
    return Api()


# -- who may use it ------------------------------------------------------------------------


async def test_without_the_token_nobody_learns_anything(api: Api) -> None:
    answers: list[httpx.Response] = []
    for given in ("", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        headers = {"Authorization": given} if given else {}
        async with api.client_from(f"192.0.2.{len(answers)}", token="") as stranger:
            for path in ("/calls", "/nothing", "/openapi.json"):
                answers.append(await stranger.get(path, headers=headers))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answers[0].text


async def test_two_authorizations_are_none(api: Api) -> None:
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]
    async with api.client_from("192.0.2.9", token="") as client:
        assert (await client.get("/calls", headers=twice)).status_code == 401


async def test_the_scheme_is_written_in_any_case(api: Api) -> None:
    answer = await api.client.get("/calls", headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.status_code == 200


async def test_an_address_that_guesses_has_to_wait_and_others_need_not(api: Api) -> None:
    async with api.client_from("198.51.100.7", token="guess") as guesser:
        statuses = [(await guesser.get("/calls")).status_code for _ in range(12)]
        assert statuses == [401] * 10 + [429] * 2
        right = {"Authorization": f"Bearer {TOKEN}"}
        answer = await guesser.get("/calls", headers=right)
        sentence(answer, 429, "too_many_attempts")
        assert answer.headers["retry-after"] == "60"
        assert (await api.client.get("/calls")).status_code == 200
        api.time += 61
        assert (await guesser.get("/calls", headers=right)).status_code == 200


# -- calls ---------------------------------------------------------------------------------


async def test_calls_are_listed_the_newest_first(api: Api) -> None:
    api.desk.rows = {
        "a": row("a", started_at=AT, ended_at=AT + 5_000, result="served", end="hung_up 200/4521"),
        "b": row("b", started_at=AT + 1_000),
    }
    answer = await api.client.get("/calls")
    assert answer.headers["cache-control"] == "no-store"
    newest, oldest = answer.json()["calls"]
    assert (newest["id"], newest["live"], newest["ended_at"]) == ("b", True, None)
    assert (oldest["id"], oldest["live"], oldest["result"]) == ("a", False, "served")
    assert (oldest["end"], oldest["code"]) == ("hung_up", "200/4521")
    assert datetime.fromisoformat(oldest["started_at"]) == datetime.fromtimestamp(AT / 1000, UTC)
    live = (await api.client.get("/calls?live=true")).json()["calls"]
    assert [call["id"] for call in live] == ["b"]
    one = (await api.client.get("/calls?limit=1")).json()["calls"]
    assert [call["id"] for call in one] == ["b"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "live=maybe", "sort=id", "limit=1&limit=2"]
)
async def test_a_query_that_makes_no_sense_is_told(api: Api, query: str) -> None:
    sentence(await api.client.get(f"/calls?{query}"), 400, "bad_request")


async def test_a_call_is_shown_with_its_way_and_what_became_of_its_effects(api: Api) -> None:
    api.desk.rows["out-1"] = row("out-1")
    move = TraceEntry("reminder", "greet", "1", "remind", "Right person")
    api.desk.journals["out-1"] = [
        line(1, "call_wanted", "place_call", detail=CallWanted("reminder", {"phone": "+44207946"})),
        line(2, "leg_placed", detail=LegPlaced("out-1.1", "line-1")),
        line(3, "call_progressed", "play_prompts", "send_request", "transfer_call"),
        line(4, "prompt_finished", detail=PromptFinished("out-1.2", cancelled=True), trace=(move,)),
        line(5, "http_answered", detail=HttpAnswered("out-1.3", 200, "secret body")),
        line(6, "effect_failed", detail=EffectFailed("out-1.4", "transfer_call", "busy", "8539")),
    ]
    answer = await api.client.get("/calls/out-1")
    shown = answer.json()
    assert shown["attempts"] == 1
    assert [(each["kind"], each["fate"], each["code"]) for each in shown["effects"]] == [
        ("place_call", "done", ""),
        ("play_prompts", "cancelled", ""),
        ("send_request", "done", ""),
        ("transfer_call", "failed", "8539"),
    ]
    assert shown["events"][3]["moves"] == [
        {"flow": "reminder", "state": "greet", "outcome": "1", "to": "remind",
         "note": "Right person", "file": "reminder/flow.yaml", "line": 12}
    ]  # fmt: skip
    assert "442079" not in answer.text
    assert "secret body" not in answer.text


async def test_an_unknown_end_is_told_as_such(api: Api) -> None:
    api.desk.rows["out-1"] = row("out-1")
    api.desk.journals["out-1"] = [
        line(1, "call_wanted", "place_call", "hang_up", detail=CallWanted("reminder")),
        line(2, "effect_failed", detail=EffectFailed("out-1.1", "place_call", "unknown")),
    ]
    shown = (await api.client.get("/calls/out-1")).json()
    assert [each["fate"] for each in shown["effects"]] == ["unknown", "no_word"]


async def test_what_became_of_effects_is_not_kept_when_a_call_is_closed(api: Api) -> None:
    api.desk.rows["out-1"] = row("out-1", ended_at=AT)
    api.desk.journals["out-1"] = [line(1, "call_wanted", "place_call"), line(2, "leg_placed")]
    shown = (await api.client.get("/calls/out-1")).json()
    assert [each["fate"] for each in shown["effects"]] == ["not_kept"]


async def test_a_call_may_be_shown_without_its_history(api: Api) -> None:
    api.desk.rows["a"] = row("a")
    shown = (await api.client.get("/calls/a?history=false")).json()
    assert shown["state"] == "greet"
    assert "events" not in shown


async def test_an_unknown_call_is_not_found(api: Api) -> None:
    sentence(await api.client.get("/calls/nobody"), 404, "no_such_call")
    answer = await api.client.post("/calls/nobody/hangup", json={"reason": "x"})
    sentence(answer, 404, "no_such_call")
    assert api.desk.hung_up == []


async def test_a_call_is_ended_with_a_reason(api: Api) -> None:
    api.desk.rows["a"] = row("a")
    answer = await api.client.post("/calls/a/hangup", json={"reason": "wrong list"})
    assert (answer.status_code, answer.json()) == (202, {"id": "a"})
    assert api.desk.hung_up == [("a", "wrong list")]
    api.desk.rows["b"] = row("b", ended_at=AT)
    answer = await api.client.post("/calls/b/hangup", json={"reason": "wrong list"})
    sentence(answer, 409, "call_is_over")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 201}, {"reason": 1}])
async def test_a_hang_up_needs_a_reason(api: Api, body: dict[str, Any]) -> None:
    api.desk.rows["a"] = row("a")
    sentence(await api.client.post("/calls/a/hangup", json=body), 400, "bad_request")
    assert api.desk.hung_up == []


# -- bodies and paths ----------------------------------------------------------------------

HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"flow":1}',
    b'{"flow":"reminder","inputs":[]}',
    b'{"flow":"reminder","inputs":{"phone":1e400}}',
    b'{"flow":"reminder","role":"admin"}',
    b'{"flow":"\xff"}',
    b"[" * 60_000,
    b'{"flow":"reminder","inputs":' + b'{"a":' * 9_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:24]))
async def test_a_body_that_makes_no_sense_is_told(api: Api, body: bytes) -> None:
    answer = await api.client.post("/calls", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"bad_request", "wrong_input"}
    assert api.desk.placed == {}


async def test_a_body_is_json_and_at_most_64_kb(api: Api) -> None:
    large = b'{"flow":"' + b"x" * 64 * 1024 + b'"}'
    sentence(await api.client.post("/calls", content=large, headers=JSON), 413, "too_large")
    text = {"Content-Type": "text/plain"}
    sentence(await api.client.post("/calls", content=b"{}", headers=text), 415, "not_json")


async def test_other_paths_and_methods_are_told(api: Api) -> None:
    sentence(await api.client.get("/nothing"), 404, "not_found")
    sentence(await api.client.get("/calls/"), 404, "not_found")
    answer = await api.client.delete("/calls")
    sentence(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) >= {"GET"}


async def test_without_its_store_it_says_so(api: Api) -> None:
    api.desk.rows["a"] = row("a")
    api.desk.store = False
    for answer in (
        await api.client.get("/calls"),
        await api.client.get("/calls/a"),
        await dial(api),
        await api.client.post("/calls/a/hangup", json={"reason": "x"}),
    ):
        sentence(answer, 503, "store_unavailable")
        assert answer.headers["retry-after"] == "1"


async def test_a_fault_of_ours_is_no_traceback(api: Api) -> None:
    api.desk.rows["a"] = row("a", started_at=10**20)
    answer = await api.client.get("/calls/a")
    sentence(answer, 500, "internal")


# -- the document --------------------------------------------------------------------------


async def test_the_document_describes_every_operation_and_nothing_else(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    operations = {
        (method, path) for path, methods in document["paths"].items() for method in methods
    }
    assert operations == {
        ("get", "/calls"), ("post", "/calls"), ("get", "/calls/{id}"),
        ("post", "/calls/{id}/hangup"), ("get", "/flows/{id}"),
    }  # fmt: skip
    names = set(_references(document))
    assert names <= {f"{SCHEMAS}{name}" for name in document["components"]["schemas"]}
    listed = document["paths"]["/calls"]["get"]["parameters"]
    assert {each["name"] for each in listed} == {"limit", "live"}
    keyed = document["paths"]["/calls"]["post"]["parameters"]
    assert [each["name"] for each in keyed] == ["Idempotency-Key"]


def _references(found: object) -> list[str]:
    if isinstance(found, list):
        return [name for each in found for name in _references(each)]
    if not isinstance(found, dict):
        return []
    own = [found["$ref"]] if isinstance(found.get("$ref"), str) else []
    return own + [name for each in found.values() for name in _references(each)]

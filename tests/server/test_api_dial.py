"""The admin API places calls: with checked inputs, and once for each key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.server.api_site import GOOD, Api, dial, sentence


@pytest.fixture
def api() -> Api:
    return Api()


async def test_a_call_is_placed_with_its_inputs_in_their_types(api: Api) -> None:
    answer = await dial(api, tenant="tenant-1")
    assert answer.status_code == 202
    found = answer.json()
    [(call_id, placed)] = api.desk.placed.items()
    assert found == {"id": call_id, "repeated": False}
    assert (placed.flow, placed.tenant) == ("reminder", "tenant-1")
    assert placed.values == {
        "phone": "+442079460123",
        "starts_at": datetime(2026, 12, 1, 14, 30, tzinfo=UTC),
    }


async def test_the_same_key_places_one_call(api: Api) -> None:
    answers = [await dial(api, headers={"Idempotency-Key": "file-7"}) for _ in range(3)]
    assert {answer.json()["id"] for answer in answers} == {"out-file-7"}
    assert [answer.json()["repeated"] for answer in answers] == [False, True, True]
    assert len(api.desk.placed) == 1


async def test_without_a_key_each_request_is_a_call_of_its_own(api: Api) -> None:
    await dial(api)
    await dial(api)
    assert len(api.desk.placed) == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\u00e9"])
async def test_a_key_that_is_none_places_nothing(api: Api, key: str) -> None:
    answer = await dial(api, headers={"Idempotency-Key": key.encode("latin-1")})
    sentence(answer, 400, "bad_key")
    assert api.desk.placed == {}


async def test_a_key_where_none_counts_is_told(api: Api) -> None:
    sentence(await api.client.get("/calls", headers={"Idempotency-Key": "x"}), 400, "bad_key")


WRONG = [
    ({"starts_at": GOOD["starts_at"]}, "phone"),
    ({**GOOD, "phone": None}, "phone"),
    ({**GOOD, "phone": "020 7946 0123"}, "phone"),
    ({**GOOD, "phone": 442079460123}, "phone"),
    ({**GOOD, "phone": "+442079460123\n"}, "phone"),
    ({**GOOD, "phone": ["+442079460123"]}, "phone"),
    ({**GOOD, "starts_at": "tomorrow"}, "starts_at"),
    ({**GOOD, "starts_at": "2026-12-01T14:30:00"}, "starts_at"),
    ({**GOOD, "first_name": {"a": 1}}, "first_name"),
    ({**GOOD, "firstname": "Ana"}, "first_name"),
    ({**GOOD, "pin": "\u0661\u0662"}, "pin"),
    ({**GOOD, "telephone": "x"}, "telephone"),
]


@pytest.mark.parametrize(("inputs", "named"), WRONG)
async def test_a_wrong_input_is_named_and_nothing_is_placed(
    api: Api, inputs: dict[str, Any], named: str
) -> None:
    told = sentence(await dial(api, inputs), 400, "wrong_input")
    assert f"`{named}`" in told
    assert "79460123" not in told.replace(" ", "")
    assert api.desk.placed == {}


async def test_a_number_in_place_of_a_name_is_not_repeated(api: Api) -> None:
    told = sentence(await dial(api, {**GOOD, "+442079460123": "x"}), 400, "wrong_input")
    assert "+44…123" in told


async def test_an_unknown_flow_is_told_with_those_that_are_there(api: Api) -> None:
    told = sentence(await dial(api, flow="reminders"), 404, "no_such_flow")
    assert "reminder" in told
    sentence(await api.client.get("/flows/greet"), 404, "no_such_flow")


async def test_a_tenant_that_is_not_ours_is_refused(api: Api) -> None:
    sentence(await dial(api, tenant="elsewhere"), 400, "bad_request")


async def test_a_flow_says_what_it_takes(api: Api) -> None:
    shown = (await api.client.get("/flows/reminder")).json()
    assert (shown["title"], shown["entry"]) == ("Appointment reminder", "call_out")
    assert [(each["name"], each["type"], each["required"]) for each in shown["inputs"]] == [
        ("phone", "phone", True),
        ("first_name", "text", False),
        ("starts_at", "date_time", True),
        ("pin", "digits", False),
    ]
    assert shown["inputs"][3]["secret"]

"""Integration: the simulator's own controls, its faults, its odd spellings and its log."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from tests.simulator.graph_world import CALLS, FAST, TENANT, prompt, target, wav, world

# Bad input


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("calls", {"caller": {"kind": "robot"}}),
        ("calls", {"caller": {"kind": "phone"}}),
        ("calls", {"colour": "red"}),
        ("calls", {"transfer": {"outcome": "maybe"}}),
        ("calls/{call}/press", {}),
        ("calls/{call}/press", {"keys": ""}),
        ("calls/{call}/press", {"keys": "12x"}),
        ("calls/{call}/press", {"keys": "1" * 65}),
        ("calls/{call}/press", {"keys": "1", "gap_ms": -1}),
        ("calls/{call}/speak", {"seconds": -1}),
        ("calls/{call}/speak", {"seconds": "long"}),
        ("calls/{call}/transfer", {}),
        ("calls/{call}/transfer", {"outcome": "answered", "after_ms": 10**9}),
        ("faults", {"target": "transfer"}),
        ("faults", {"target": "tranfer", "drop": True}),
        ("faults", {"target": "transfer", "drop": True, "delay_ms": 5}),
        ("faults", {"target": "transfer", "duplicate": True}),
        ("faults", {"target": "notification", "respond": {"status": 503}}),
        ("faults", {"target": "transfer", "respond": {"status": 200}}),
        ("faults", {"target": "transfer", "drop": True, "times": 0}),
        ("faults", {"target": "prompt", "drop_answer": True}),
        ("faults", {"target": "call", "rules": {"colour": 1}}),
        ("faults", {"name": "silent_end", "times": 0}),
        ("faults", {"name": 5}),
        ("faults", []),
        ("lobby", {}),
        ("nodes", {"nodes": ["nowhere"]}),
        ("calls/{call}/join", {}),
        ("calls/{call}/leave", {"participant": ""}),
        ("calls/{call}/admit", {"who": "x"}),
    ],
)
async def test_a_wrong_body_is_answered_with_one_sentence(path: str, body: Any) -> None:
    async with world() as w:
        call = await w.ring()
        answer = await w.sim(path.format(call=call), body, 400)
        assert set(answer) == {"error"}
        assert answer["error"].endswith(".")


async def test_no_json_no_call_and_no_control_are_said_in_one_sentence() -> None:
    async with world() as w:
        bad = await w.client.post("/sim/calls", content=b"{")
        assert (bad.status_code, bad.json()) == (400, {"error": "The body is not JSON."})
        for path in ("calls/nobody", "nowhere"):
            lost = await w.client.get(f"/sim/{path}")
            assert lost.status_code == 404
            assert set(lost.json()) == {"error"}
        assert (await w.client.put("/sim/calls")).json()["error"].startswith("There is no such")
        fault = {"target": "answer", "drop": True, "call": "nobody"}
        await w.sim("faults", fault, 404)


async def test_a_caller_who_is_not_connected_cannot_act() -> None:
    async with world() as w:
        call = await w.ring()
        early = await w.sim(f"calls/{call}/press", {"keys": "1"}, 409)
        assert early["error"] == "The caller is not connected with the bot: incoming."
        await w.sim(f"calls/{call}/hangup", {})
        for action, body in (("hangup", {}), ("speak", {"seconds": 1}), ("press", {"keys": "1"})):
            await w.sim(f"calls/{call}/{action}", body, 409)


async def test_there_is_a_most_of_calls() -> None:
    async with world(replace(FAST, max_calls=2)) as w:
        first = await w.ring()
        await w.ring()
        await w.sim("calls", {}, 409)
        await w.sim(f"calls/{first}/hangup", {})
        third = await w.ring()
        shown = (await w.sim("calls"))["calls"]
        assert shown[0]["id"] == third
        assert len(shown) == 2


# What happened


async def test_the_story_of_a_call_has_both_sides_and_no_secrets() -> None:
    async with world() as w:
        w.bot.media = {"hello": wav(0.2)}
        call = await w.connect()
        await w.act(call, "playPrompt", {"prompts": [prompt("hello")], "clientContext": "c1"})
        recorded = (
            await w.act(call, "recordResponse", {"initialSilenceTimeoutInSeconds": 120})
        ).json()["id"]
        await w.sim(f"calls/{call}/speak", {"seconds": 1})
        token = (await w.ended(recorded))["recordingAccessToken"]
        response = await w.client.get(f"/sim/calls/{call}")
        story = response.json()
        assert token not in response.text
        assert "authorization" not in response.text.lower()
        wire = [(one["direction"], one["operation"], one["status"]) for one in story["wire"]]
        assert wire[0] == ("sent", "incoming", 202)
        assert ("received", "answer", 202) in wire
        assert ("received", "playPrompt", 200) in wire
        assert ("sent", "prompt", 200) in wire
        played = next(one for one in story["wire"] if one["operation"] == "playPrompt")
        assert played["body"]["clientContext"] == "c1"
        assert played["answer"]["status"] == "running"
        assert (story["caller"]["kind"], story["tenant"]) == ("phone", TENANT)


@pytest.mark.parametrize("depth", [50, 700, 5_000])
async def test_the_log_survives_a_body_of_any_depth(depth: int) -> None:
    async with world() as w:
        call = await w.ring()
        raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
        json = {"Content-Type": "application/json"}
        response = await w.client.post(f"{CALLS}/{call}/answer", content=raw, headers=json)
        assert response.status_code == 400
        assert (await w.client.get("/sim/log")).status_code == 200
        shown = (await w.sim(f"calls/{call}"))["wire"][-1]
        assert (shown["operation"], shown["status"]) == ("answer", 400)


async def test_the_document_describes_what_the_controls_say() -> None:
    async with world() as w:
        document = await w.sim("openapi.json")
        assert document["openapi"] == "3.1.0"

        def check(name: str, body: object) -> None:
            shape = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            jsonschema.Draft202012Validator(shape).validate(body)

        w.bot.media = {"hello": wav(0.2)}
        call = await w.connect(transfer={"outcome": "failed", "after_ms": 0})
        played = await w.act(call, "playPrompt", {"prompts": [prompt("hello")]})
        await w.ended(played.json()["id"])
        await w.sim(f"calls/{call}/press", {"keys": "1"})
        await w.act(call, "transfer", {"transferTarget": target()})
        check("Call", await w.sim(f"calls/{call}"))
        check("Calls", await w.sim("calls"))
        check("Log", await w.sim("log"))
        check("Problem", await w.sim("calls", {"a": 1}, 400))
        check("Fault", await w.sim("faults", {"target": "*", "drop": True}, 201))
        check("FaultPlanned", await w.sim("faults", {"name": "conflict"}, 201))
        check("Faults", await w.sim("faults"))
        check("Catalogue", await w.sim("catalogue"))
        check("NodesAsked", await w.sim("nodes", {"nodes": []}))
        await w.client.delete("/sim/faults")
        await w.bot.until(lambda: w.bot.calls(state="established")[-1].get("resultInfo"))
        await w.act(call, "participants/invite", {"participants": [target()]})
        check("Placed", await w.sim(f"calls/{call}/join", {"id": "someone"}, 201))
        check("Call", await w.sim(f"calls/{call}"))
        check("Summary", await w.sim(f"calls/{call}/hangup", {}))


async def test_the_document_names_every_control_and_no_other() -> None:
    async with world() as w:
        paths = (await w.sim("openapi.json"))["paths"]
        routes = [route for route in w.routes if route[0].startswith("/sim")]
        documented = {(path, method.upper()) for path in paths for method in paths[path]}
        assert documented == set(routes)
        names = [paths[path][method]["operationId"] for path in paths for method in paths[path]]
        assert len(names) == len(set(names))


async def test_an_operation_can_be_read_until_it_is_forgotten() -> None:
    async with world() as w:
        call = await w.connect()
        made = (await w.act(call, "subscribeToTone", {"clientContext": "t"})).json()
        read = await w.client.get(f"{CALLS}/{call}/operations/{made['id'].upper()}")
        assert read.json() == made
        lost = await w.client.get(f"{CALLS}/{call}/operations/nothing")
        assert lost.status_code == 404

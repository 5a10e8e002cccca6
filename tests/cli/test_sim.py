"""`ivr sim`: the simulated Graph, and its controls from the command line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ivr.simulator.graph.app import create_app
from tests.cli.shell import Shell
from tests.simulator.on_loopback import served

REGISTRATION = ("--webhook", "http://127.0.0.1:1/api/calls", "--app-id", "app", "--tenant", "t")


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with served(create_app("http://127.0.0.1:1/api/calls", "app", "tenant")) as url:
        yield url


@pytest.fixture(scope="module")
def website() -> Iterator[str]:
    async def page(_: Any) -> PlainTextResponse:
        return PlainTextResponse("<html>Welcome</html>")

    methods = ["GET", "POST", "DELETE"]
    with served(Starlette(routes=[Route("/{path:path}", page, methods=methods)])) as url:
        yield url


def test_a_call_is_placed_and_seen(ivr: Shell, simulator: str) -> None:
    ran = ivr("sim", "trigger", "incoming-call", "--server", simulator,
              "--set", "caller.id=+442079460123")  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    call_id = ran.json["id"]
    call = ivr("sim", "trigger", "call", "--server", f"{simulator}/", "--call", call_id).json
    assert call["id"] == call_id
    assert "442079460123" in str(call["caller"])
    assert call_id in str(ivr("sim", "trigger", "state", "--server", simulator).json)


def test_a_fault_is_put_in_force_and_taken_back(ivr: Shell, simulator: str) -> None:
    fault = ("--set", "target=answer", "--set", "respond.status=503", "--set", "times=2")
    assert ivr("sim", "trigger", "fault", "--server", simulator, *fault).code == 0
    assert ivr("sim", "trigger", "clear", "--server", simulator).code == 0


def test_a_fault_is_put_in_force_by_its_name(ivr: Shell, simulator: str) -> None:
    ran = ivr("sim", "trigger", "fault", "lost_established", "--server", simulator)
    assert (ran.code, ran.json["faults"][0]["of"]) == (0, ["established"])
    call_id = ivr("sim", "trigger", "incoming-call", "--server", simulator).json["id"]
    aimed = ivr("sim", "trigger", "fault", "silent_end", "--server", simulator,
                "--call", call_id, "--set", "times=2").json["faults"]  # fmt: skip
    assert (aimed[0]["call"], aimed[0]["times"]) == (call_id, 2)
    assert "silent_end" in str(ivr("sim", "trigger", "catalogue", "--server", simulator).json)
    assert ivr("sim", "trigger", "clear", "--server", simulator).code == 0
    ran = ivr("sim", "trigger", "fault", "silent_ende", "--server", simulator)
    assert (ran.code, "did you mean silent_end" in ran.sentence) == (5, True)


def test_what_the_simulator_refuses_is_one_sentence(ivr: Shell, simulator: str) -> None:
    ran = ivr("sim", "trigger", "hangup", "--server", simulator, "--call", "no-such-call")
    assert ran.code == 5
    assert ran.sentence
    ran = ivr("sim", "trigger", "fault", "--server", simulator, "--set", "target=moon")
    assert ran.code == 5
    assert ran.sentence


@pytest.mark.parametrize(
    "server",
    [
        "http://127.0.0.1:1",
        "https://127.0.0.1:1",
        "127.0.0.1",
        "http://",
        "ftp://x",
        "x y",
        "http://[",
        "http://127.0.0.1:99999",
    ],
)
def test_without_a_simulator_there_is_one_sentence(ivr: Shell, server: str) -> None:
    ran = ivr("sim", "trigger", "state", "--server", server)
    assert ran.code == 4
    assert "ivr sim serve" in ran.sentence


def test_something_else_at_that_address_is_no_simulator(ivr: Shell, website: str) -> None:
    ran = ivr("sim", "trigger", "state", "--server", website)
    assert ran.code == 2
    assert "is not a simulator" in ran.sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ["trigger"],
        ["trigger", "earthquake"],
        ["trigger", "press"],
        ["trigger", "press", "--call", "x", "--set", "keys"],
        ["trigger", "clear", "lost_established"],
        ["trigger", "press", "--call", "x", "--set", "=1"],
        ["trigger", "incoming-call", "--set", "a=1", "--set", "a.b=2"],
        ["serve"],
        ["serve", *REGISTRATION, "--host", "0.0.0.0"],
        ["serve", *REGISTRATION, "--host", "ivr.example"],
        ["serve", *REGISTRATION, "--port", "70000"],
        ["serve", *REGISTRATION, "--speed", "0"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(ivr: Shell, arguments: list[str]) -> None:
    ran = ivr("sim", *arguments)
    assert (ran.code, bool(ran.err)) == (2, True)
    assert "Traceback" not in ran.err


def test_a_port_that_is_taken_is_told(ivr: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        ran = ivr("sim", "serve", *REGISTRATION, "--port", port)
    assert ran.code == 2
    assert "--port" in ran.sentence

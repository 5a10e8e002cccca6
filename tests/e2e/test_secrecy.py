"""What a caller enters is in no table, log or file of a server that took the call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.canaries import ACCOUNT, NAME, PHONE, PIN
from tests.conftest import leaking_files
from tests.e2e.processes import (
    APP,
    TENANT,
    Process,
    Simulator,
    bank,
    eventually,
    free_port,
    serve_environ,
)

SPEED = 20.0
LINE = "+442079460200"


class World:
    """A server that asks a bank, and the simulator that calls it."""

    def __init__(self, folder: Path, bank_url: str) -> None:
        port = free_port()
        self.folder = folder
        self.sim = Process(
            "sim", "serve", "--port", "0", "--webhook", f"http://127.0.0.1:{port}/api/calls",
            "--app-id", APP, "--tenant", TENANT, "--speed", str(SPEED), log=folder / "sim.out",
        )  # fmt: skip
        self.simulator = Simulator(self.sim.url())
        environ = serve_environ(
            self.simulator.url, port, folder / "data", IVR_ENV_BANK_URL=bank_url
        )
        self.server = Process(
            "serve", "--log-level", "debug", env=environ, log=folder / "serve.log"
        )
        url = self.server.url()
        eventually(lambda: httpx.get(f"{url}/readyz").status_code == 200 or None, "readiness")

    def when_heard(self, call_id: str, count: int) -> None:
        """Wait until so many prompts were played to their end."""

        def done() -> bool | None:
            heard = self.simulator.call(call_id)["heard"]
            return (len(heard) >= count and heard[count - 1]["ended_ms"] is not None) or None

        eventually(done, f"prompt {count}")

    def close(self) -> None:
        """End both processes. The simulator's own output may hold what its caller did."""
        self.simulator.close()
        self.server.stop()
        self.sim.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[World, list[dict[str, Any]]]]:
    with bank() as (address, asked):
        made = World(tmp_path, address)
        yield made, asked
        made.close()


@pytest.mark.problem("P66", fault="canaries")
def test_what_a_caller_enters_is_nowhere_in_clear(
    world: tuple[World, list[dict[str, Any]]],
) -> None:
    made, asked = world
    call_id = made.simulator.place(
        caller={"kind": "phone", "id": PHONE, "name": NAME},
        called={"kind": "phone", "id": LINE},
    )
    made.when_heard(call_id, 1)
    made.simulator.do(call_id, "press", keys=ACCOUNT, gap_ms=40)
    made.when_heard(call_id, 2)
    assert leaking_files(made.folder) == [], "while the call is up"
    made.simulator.do(call_id, "press", keys="1")
    made.when_heard(call_id, 3)
    made.simulator.do(call_id, "press", keys=PIN, gap_ms=40)
    eventually(lambda: asked or None, "the bank to be asked")
    assert asked[0] == {"account": ACCOUNT, "pin": PIN}
    made.when_heard(call_id, 4)
    assert leaking_files(made.folder) == [], "after the PIN"
    made.simulator.do(call_id, "hangup")
    eventually(lambda: made.simulator.call(call_id)["ended"], "the end")
    made.server.stop()
    assert leaking_files(made.folder) == [], "after the call"
    assert b"ask_account" in (made.folder / "data" / "ivr.db").read_bytes(), "states may be known"

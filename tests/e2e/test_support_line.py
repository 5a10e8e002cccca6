"""A whole support-line call between two processes, and the same scenario in this one."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivr.core.program import Program
from ivr.core.values import kind_of
from ivr.flow.bundle import load_folder
from ivr.ports import JournalLine
from ivr.server.audio import FlowAudio
from ivr.simulator.play import Played, play, play_virtual
from ivr.simulator.scenario import Scenario, load_scenarios
from ivr.simulator.session import Session
from ivr.speech.espeak import EspeakVoice
from ivr.speech.library import AudioLibrary
from ivr.store.master import load_master
from ivr.store.seal import Sealer
from ivr.store.sql import SqlStore
from tests.e2e.http_stage import HttpStage
from tests.e2e.processes import (
    APP,
    ROOT,
    TENANT,
    Process,
    Simulator,
    eventually,
    free_port,
    serve_environ,
    ticket_system,
)

SPEED = 20.0
CALLER = "+442079460123"


def always_open(folder: Path) -> Path:
    """The project's own flows, in an office that never closes."""
    flows = folder / "flows"
    shutil.copytree(ROOT / "flows", flows)
    file = flows / "support_line" / "flow.yaml"
    text = file.read_text(encoding="utf-8")
    hours = text[text.index("    open:\n      mon-fri") : text.index("\non:\n  error")]
    file.write_text(text.replace(hours, "    open:\n      mon-sun: 00:00-24:00\n"))
    return flows


def scenario() -> Scenario:
    """The scenario of a failed transfer and a message, as it ships with the flow."""
    found = load_scenarios(ROOT / "flows" / "support_line" / "scenarios.yaml")
    return next(each for each, _ in found if each.id == "support-fault-voicemail")


class World:
    """Both processes and the ticket system."""

    def __init__(self, folder: Path, tickets: str) -> None:
        port = free_port()
        self.flows = always_open(folder)
        self.data = folder / "data"
        self.sim_process = Process(
            "sim", "serve", "--port", "0", "--webhook", f"http://127.0.0.1:{port}/api/calls",
            "--app-id", APP, "--tenant", TENANT, "--speed", str(SPEED), log=folder / "sim.log",
        )  # fmt: skip
        self.simulator = Simulator(self.sim_process.url())
        self.environ = serve_environ(
            self.simulator.url, port, self.data,
            IVR_FLOWS=str(self.flows), IVR_ENV_TICKET_URL=tickets,
        )  # fmt: skip
        self.folder = folder
        self.server = self.start()

    def start(self) -> Process:
        """`ivr serve`, ready to take calls."""
        server = Process("serve", env=self.environ, log=self.folder / "serve.log")
        url = server.url()
        eventually(lambda: httpx.get(f"{url}/readyz").status_code == 200 or None, "readiness")
        return server

    def program(self) -> tuple[Program, dict[str, str]]:
        """The support line compiled here, and the prompt behind each audio file."""
        library = AudioLibrary(self.data / "audio", EspeakVoice())
        env = {name.removeprefix("IVR_ENV_").lower(): value
               for name, value in self.environ.items() if name.startswith("IVR_ENV_")}  # fmt: skip
        bundle = load_folder(self.flows, env, FlowAudio(library)).bundle
        assert bundle is not None
        program = bundle.programs["support_line"]
        fixed = [prompt.fixed for prompt in program.prompts.values() if prompt.fixed]
        return program, {audio.file: audio.name for audio in fixed}

    def journal(self, call_id: str) -> list[JournalLine]:
        """What the server kept of a call, read by another process: this one."""

        async def read() -> list[JournalLine]:
            store = await SqlStore.open(
                f"sqlite:///{self.data / 'ivr.db'}", Sealer(load_master(None, self.data))
            )
            lines = list(await store.journal(call_id))
            await store.close()
            return lines

        return asyncio.run(read())

    def close(self) -> None:
        """End both processes."""
        self.simulator.close()
        self.server.stop()
        self.sim_process.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[World, list[dict[str, Any]]]]:
    with ticket_system() as (address, taken):
        made = World(tmp_path, address)
        yield made, taken
        made.close()


def commands(journal: list[JournalLine]) -> list[str]:
    return [effect for line in journal for effect in line.effects]


def moves(journal: list[JournalLine]) -> list[tuple[str, str, str]]:
    return [(each.state, each.outcome, each.to) for line in journal for each in line.trace]


def virtual(session: Session) -> tuple[list[str], list[tuple[str, str, str]]]:
    kinds = [kind_of(effect) for effect in session.effects]
    return kinds, [(each.state, each.outcome, each.to) for each in session.trace]


def test_support_line_over_http_is_the_call_in_process(
    world: tuple[World, list[dict[str, Any]]],
) -> None:
    made, tickets = world
    program, names = made.program()
    call_id = made.simulator.place(
        caller={"kind": "phone", "id": CALLER}, transfer={"outcome": "undecided"}
    )
    stage = HttpStage(made.simulator, call_id, names, program, SPEED)
    steps = [step for step in scenario().steps if step.end is None]
    real = play(Scenario("the same", "support_line", steps), stage, program.env)
    assert real == Played()
    assert stage.ending() == ("", "ended_by_us")

    played, session = play_virtual(scenario(), program)
    assert played == Played()
    journal = eventually(lambda: made.journal(call_id), "the journal")
    kinds, states = virtual(session)
    assert moves(journal) == states
    assert sorted(commands(journal)) == sorted(kinds)
    assert [k for k in commands(journal) if k != "fetch_recording"] == [
        k for k in kinds if k != "fetch_recording"
    ]

    eventually(lambda: tickets or None, "the ticket")
    assert tickets[0]["from"] == CALLER
    clip = httpx.get(tickets[0]["audio"])
    assert clip.headers["content-type"] == "audio/wav"
    assert clip.content[:4] == b"RIFF"
    assert len(clip.content) > 16_000


@pytest.mark.problem("P58", fault="node_killed")
def test_a_call_goes_on_after_the_server_was_killed(
    world: tuple[World, list[dict[str, Any]]],
) -> None:
    made, _ = world
    program, names = made.program()
    call_id = made.simulator.place(
        caller={"kind": "phone", "id": CALLER}, transfer={"outcome": "answered", "after_ms": 500}
    )
    stage = HttpStage(made.simulator, call_id, names, program, SPEED)
    assert stage.heard(1) is not None
    made.server.kill()
    made.server = made.start()
    stage.listen()
    stage.press("2")
    assert stage.ending() == ("", "transferred")
    asked = [c for c in commands(made.journal(call_id)) if c == "transfer_call"]
    assert asked == ["transfer_call"]

"""Who calls in the demo: a person at the keyboard, or a script."""

from __future__ import annotations

import asyncio
import os
import sys
from abc import ABC, abstractmethod
from collections import deque
from types import TracebackType
from typing import Any, Self

import httpx

from ivr.core.snapshot import Snapshot

NUMBER = "+442079460123"
SPEECH = 3
RING = 2_500
TYPED = frozenset("0123456789*#")

Story = dict[str, Any]
"""What the simulator tells of a call: `GET /sim/calls/{id}`."""


class Caller(ABC):
    """Acts on the simulated phone through its controls."""

    help = ""
    transfer = {"outcome": "no_answer", "after_ms": RING}  # noqa: RUF012

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    def __enter__(self) -> Self:
        return self

    def __exit__(  # noqa: B027 - only a keypad has something to put back
        self, kind: type[BaseException] | None, fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Nothing to put back."""

    async def place(self, number: str) -> str:
        """Ring the bot; the call's id."""
        body: Story = {"caller": {"kind": "phone", "id": NUMBER}, "transfer": self.transfer}
        if number:
            body["called"] = {"kind": "phone", "id": number}
        answer = await self._client.post("/sim/calls", json=body)
        return str(answer.raise_for_status().json()["id"])

    async def story(self, call_id: str) -> Story:
        """Everything that has happened so far."""
        answer = await self._client.get(f"/sim/calls/{call_id}")
        found: Story = answer.raise_for_status().json()
        return found

    @abstractmethod
    async def act(self, call_id: str, story: Story, snapshot: Snapshot | None) -> None:
        """Do what is to be done now."""

    async def _do(self, call_id: str, action: str, **body: object) -> None:
        # A caller who comes too late, because the line is down already, is no fault.
        await self._client.post(f"/sim/calls/{call_id}/{action}", json=body)


class Script(Caller):
    """One item for each question, and silence after the last."""

    help = "a scripted caller; at a terminal the keys are yours"

    def __init__(self, client: httpx.AsyncClient, items: list[str]) -> None:
        super().__init__(client)
        self._items = deque(items)
        self._asked: object = None

    async def act(self, call_id: str, story: Story, snapshot: Snapshot | None) -> None:
        """Answer a question that has just come to wait for the caller."""
        asked = _question(snapshot, story)
        if asked is None or asked == self._asked:
            return
        self._asked = asked
        item = self._items.popleft() if self._items else "wait"
        if item == "hangup":
            await self._do(call_id, "hangup")
        elif item == "say":
            await self._do(call_id, "speak", seconds=SPEECH)
        elif item != "wait":
            await self._do(call_id, "press", keys=item)


class Keypad(Caller):
    """The keys of the terminal, as they are pressed."""

    help = "keys 0-9 * #    s speak    h hang up"

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(client)
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        import termios
        import tty

        self._before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        asyncio.get_running_loop().add_reader(sys.stdin, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        import termios

        asyncio.get_running_loop().remove_reader(sys.stdin)
        if self._before is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    async def act(self, call_id: str, story: Story, snapshot: Snapshot | None) -> None:
        """Pass on what was typed."""
        while not self._typed.empty():
            key = self._typed.get_nowait()
            if key in TYPED:
                await self._do(call_id, "press", keys=key)
            elif key in "sS":
                await self._do(call_id, "speak", seconds=SPEECH)
            elif key in "hHqQ\x04":
                await self._do(call_id, "hangup")

    def _read(self) -> None:
        for key in os.read(sys.stdin.fileno(), 64).decode(errors="ignore"):
            self._typed.put_nowait(key)


def _question(snapshot: Snapshot | None, story: Story) -> object:
    """What the caller is asked just now; None while nobody waits for him."""
    if snapshot is None or snapshot.done or not snapshot.visits:
        return None
    visit, heard = snapshot.visits[-1], story["heard"]
    question = visit.question
    if question is not None and question.listening and not snapshot.media:
        return (visit.state, snapshot.moves, question.attempt, question.confirming,
                question.repeated, question.refused)  # fmt: skip
    beeped = bool(heard) and heard[-1]["name"] == "beep" and heard[-1]["ended_ms"] is not None
    return (visit.state, snapshot.moves) if beeped and snapshot.media else None

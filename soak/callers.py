"""The people at the other ends of the lines: callers, those who are called, and experts.

Each does as the seed has it: listens, presses what comes to mind, types ahead, speaks when
recorded, is silent, or hangs up. When the run comes to its end they all fall silent, and stay on
the line.
"""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import NamedTuple

from ivr.simulator.graph.core import GraphServer
from ivr.simulator.graph.leg import Leg
from ivr.simulator.phone.rules import Outcome
from soak.history import Acted, Ended, HandedOn, Heard, History, Recorded

ACCOUNT = "86402753"
"""Digits that callers type as their account, and that may stand in no log."""

FAR_ENDS: tuple[Outcome, ...] = ("answered",) * 4 + ("busy", "no_answer", "declined", "failed")
MENU = "1234561234560*#9"
PATIENCE = (20.0, 90.0)
GAP = 0.12
_SPELLS = (f"2{ACCOUNT}1", f"2{ACCOUNT}13186", "33", "45", "1", "*6")


class Temper(NamedTuple):
    """How somebody is: the chance of each act whenever he thinks of acting, and how often that is.

    What is left of the chances is doing nothing.
    """

    name: str
    press: float
    type_ahead: float
    hang_up: float
    pause: tuple[float, float]


TEMPERS = (
    Temper("patient", 0.6, 0.02, 0.01, (3.0, 12.0)),
    Temper("hasty", 0.5, 0.3, 0.02, (0.5, 5.0)),
    Temper("silent", 0.0, 0.0, 0.0, (2.0, 5.0)),
    Temper("fickle", 0.4, 0.05, 0.15, (1.0, 8.0)),
    Temper("usual", 0.6, 0.08, 0.03, (2.0, 8.0)),
    Temper("usual", 0.6, 0.08, 0.03, (2.0, 8.0)),
)
EXPERT = Temper("expert", 0.0, 0.0, 0.03, (1.0, 4.0))


class Person:
    """Whoever is on one line; `quiet` is set when nobody shall do anything more."""

    def __init__(
        self, graph: GraphServer, leg: Leg, temper: Temper, chance: Random, history: History,
        quiet: asyncio.Event,
    ) -> None:  # fmt: skip
        self._graph = graph
        self._leg = leg
        self._temper = temper
        self._chance = chance
        self._history = history
        self._quiet = quiet

    async def live(self) -> None:
        """Be on the line until it is down, then note what it was like."""
        self._decide_far_ends()
        leaves_at = time.time() + self._chance.uniform(*PATIENCE)
        while not self._leg.phone.ended:
            await asyncio.sleep(self._chance.uniform(*self._temper.pause))
            if self._leg.phone.ended or self._quiet.is_set():
                continue
            if time.time() > leaves_at:
                self._hang_up()
            else:
                await self._act()
        self._remember()

    def _decide_far_ends(self) -> None:
        """What those do to whom this person is handed on, or who are invited."""
        phone, now = self._leg.phone, self._graph.clock.now()
        pick, draw = self._chance.choice, self._chance.randint
        phone.set_transfer_outcome(now, pick(FAR_ENDS), draw(200, 8_000))
        phone.set_invite_outcome(now, pick(FAR_ENDS), draw(200, 8_000))

    async def _act(self) -> None:
        draw, temper = self._chance.random(), self._temper
        if self._leg.phone.recording and draw < 0.7:
            await self._speak()
        elif draw < temper.press:
            await self._type(self._chance.choice(MENU))
        elif draw < temper.press + temper.type_ahead:
            await self._type(self._chance.choice(_SPELLS))
        elif draw > 1 - temper.hang_up:
            self._hang_up()

    async def _type(self, keys: str) -> None:
        self._note(f"presses {keys}")
        for number, key in enumerate(keys):
            await asyncio.sleep(GAP if number else 0)
            self._leg.phone.press(self._graph.clock.now(), key)
            self._graph.settle(self._leg)

    async def _speak(self) -> None:
        length = self._chance.uniform(0.5, 6.0)
        self._note("speaks")
        self._leg.phone.speak(self._graph.clock.now(), int(length * 1000))
        self._graph.settle(self._leg)
        await asyncio.sleep(length)
        if self._chance.random() < 0.5:
            await self._type("#")

    def _hang_up(self) -> None:
        if self._leg.phone.hang_up_caller(self._graph.clock.now()):
            self._note("hangs up")
        self._graph.settle(self._leg)

    def _note(self, what: str) -> None:
        self._history.add(Acted(time.time(), self._leg.id, what))

    def _remember(self) -> None:
        """What this person lived through, from the phone's own memory."""
        phone, line, now = self._leg.phone, self._leg.id, time.time()
        end = (self._leg.ended_at or self._graph.clock.now()) / 1000
        for heard in phone.heard:
            until = end if heard.ended is None else heard.ended / 1000
            self._history.add(Heard(heard.started / 1000, until, line, heard.name))
        for clip in phone.clips:
            self._history.add(Recorded(clip.started / 1000, clip.ended / 1000, line))
        for one in phone.handovers:
            until = end if one.settled is None else one.settled / 1000
            self._history.add(HandedOn(one.at / 1000, until, line, one.to.id, one.outcome or ""))
        self._history.add(Ended(min(end, now), line, phone.ended or ""))

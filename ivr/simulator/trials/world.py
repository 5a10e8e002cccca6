"""One run from its first ring to its last timer: faults first, then none, then the reckoning."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog

from ivr.core.values import Millis
from ivr.simulator.trials.caller import Person
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.cluster import Cluster
from ivr.simulator.trials.disk import Disk
from ivr.simulator.trials.elsewhere import Shelf
from ivr.simulator.trials.entries import CallRang, Phase
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.findings import Kept, Listened
from ivr.simulator.trials.flows import hints
from ivr.simulator.trials.gateway import CLIP, Wire
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND, Micros, Stuck, VirtualLoop
from ivr.simulator.trials.network import Network
from ivr.simulator.trials.parts import TENANT
from ivr.simulator.trials.plan import MINUTE, CallPlan, Plan
from ivr.simulator.trials.process import Shared
from ivr.simulator.trials.service import Leg, Service

ALL_HANG_UP: Micros = MINUTE
"""After the faults: how long callers stay at most."""

QUIET_WITHIN: Micros = 25 * MINUTE
"""After the faults: when every call must be over; later by as much as a clock was ahead, since
deadlines that were set by it are."""

LONG_AFTER: Micros = 23 * 60 * MINUTE
LOOK_EVERY: Micros = SECOND


class Allowed(NamedTuple):
    """The keys of the faults and of the callers' acts that may happen; None for all.

    `forced` are faults that must happen.
    """

    faults: frozenset[str] | None = None
    acts: frozenset[str] | None = None
    forced: frozenset[str] = frozenset()


ALL = Allowed()


class Run(NamedTuple):
    """What came of a run: its history, the faults and acts that there were, where nodes could have
    died, its length in virtual time, and why it could not end if it could not.
    """

    plan: Plan
    history: History
    struck: tuple[str, ...]
    acted: tuple[str, ...]
    crashes: tuple[str, ...]
    length: Micros
    stuck: str


class World:
    """Everything of one run."""

    def __init__(self, plan: Plan, allowed: Allowed = ALL) -> None:
        self.plan = plan
        self.loop = loop = VirtualLoop()
        self.history = history = History()
        self.chance = chance = Chance(plan.seed, steady=plan.steady)
        self.faults = faults = Faults(
            plan.rates, chance, history.add, lambda: loop.now, allowed.faults, allowed.forced
        )
        self.cluster = Cluster(loop, chance, faults, plan)
        self.network = Network(loop, history, chance, faults, plan, self.cluster.receivers)
        self.service = Service(
            loop, history, chance, faults, plan.starts_at, self.network.tell, self._answered
        )
        self.disk = Disk(loop, history, chance, faults)
        self.wire = Wire(loop, history, chance, faults, self.service)
        self.people: list[Person] = []
        self.acted: list[str] = []
        self._acts = allowed.acts
        self._length: Micros = 0

    def run(self) -> Run:
        """Let it happen."""
        stuck = ""
        try:
            self.loop.run(self._script())
        except Stuck as error:
            stuck = str(error)
        finally:
            self.loop.close()
        self._sum_up()
        length = self._length or self.loop.now
        struck, acted = tuple(self.faults.struck), tuple(self.acted)
        crashes = tuple(self.faults.crashes)
        return Run(self.plan, self.history, struck, acted, crashes, length, stuck)

    async def _script(self) -> None:
        self.cluster.begin(self.shared())
        for call in self.plan.calls:
            self.loop.at(call.rings_at + SECOND, self._ring, call)
        await self._live_through()
        self.faults.on = False
        self.cluster.end_faults()
        self.history.add(Phase(self.loop.now, "faults_off"))
        await self._settle_down()

    def shared(self) -> Shared:
        """What the nodes of this run have in common."""
        loop, history, chance, faults = self.loop, self.history, self.chance, self.faults
        return Shared(
            loop, history, chance, faults,
            wire=self.wire,
            disk=self.disk,
            shelf=Shelf(loop, history, CLIP),
            starts_at=self.plan.starts_at,
            died=self.cluster.died,
            lost=self.network.lost,
        )  # fmt: skip

    async def _live_through(self) -> None:
        """The time of the faults; once everybody has called and all is over, there is no more."""
        last = max((call.rings_at for call in self.plan.calls), default=0) + 2 * SECOND
        while self.loop.now < self.plan.faults_off:
            await self.loop.sleep(min(LOOK_EVERY, self.plan.faults_off - self.loop.now))
            if self.loop.now > last and self._quiet():
                return

    async def _settle_down(self) -> None:
        """Wait until every call is over, as it must be."""
        began = self.loop.now
        ahead = max((window.amount for window in self.plan.windows), default=0)
        most = QUIET_WITHIN + max(ahead, 0) * 1_000
        while not self._quiet() and self.loop.now - began < most:
            await self.loop.sleep(LOOK_EVERY)
            if self.loop.now - began >= ALL_HANG_UP and not self.plan.steady:
                for person in self.people:
                    person.hang_up("the end")
        self._length = self.loop.now
        self.history.add(Phase(self.loop.now, "quiet" if self._quiet() else "end"))
        if self._quiet() and self.chance.happens(0.2, "a day later"):
            await self._a_day_later()

    async def _a_day_later(self) -> None:
        """What was told long ago is told once more: nothing may come of it."""
        self.loop.jump(LONG_AFTER)
        await self.loop.sleep(10 * SECOND)
        for call in self.plan.calls:
            told = [note for note in self.network.notes if note.call == call.call]
            for note in (*told[:1], *told[-2:]):
                self.network.again(note)
        await self.loop.sleep(20 * SECOND)

    def _quiet(self) -> bool:
        lines = all(leg.phone.ended for leg in self.service.legs.values())
        return lines and not (self.disk.live or self.wire.underway) and self.network.quiet

    def _ring(self, call: CallPlan) -> None:
        if call.called:
            self.service.ring(call, TENANT)
        else:
            self.service.expect(call)
            self.history.add(CallRang(self.loop.now, call.call, call.flow, outgoing=True))
            self.network.want(call.call, call.flow)

    def _answered(self, leg: Leg) -> None:
        """Somebody is at the other end of a leg; whoever is asked aside only listens."""
        person = Person(
            self.loop, self.history, self.chance, self.service, leg,
            {} if leg.aside else hints(), self._may, steady=self.plan.steady or leg.aside,
        )  # fmt: skip
        leg.ear = person
        self.people.append(person)

    def _may(self, act: str) -> bool:
        if self._acts is not None and act not in self._acts:
            return False
        self.acted.append(act)
        return True

    def _sum_up(self) -> None:
        """What is left at the end, for the checkers."""
        for call, journal, closed, row in self.disk.kept():
            self.history.add(
                Kept(self.loop.now, call, journal, closed, row.phase, row.result, row.end)
            )
        for leg in self.service.legs.values():
            for piece in leg.phone.heard:
                begins = self._micros(piece.started)
                ends = self.loop.now if piece.ended is None else self._micros(piece.ended)
                self.history.add(
                    Listened(self.loop.now, leg.call, piece.name, piece.context, begins, ends)
                )

    def _micros(self, moment: Millis) -> Micros:
        return (moment - self.plan.starts_at) * 1_000


def run(plan: Plan, allowed: Allowed = ALL) -> Run:
    """One run of a plan."""
    with silence():
        return World(plan, allowed).run()


@contextmanager
def silence() -> Iterator[None]:
    """No log: thousands of runs with faults have much to say."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)

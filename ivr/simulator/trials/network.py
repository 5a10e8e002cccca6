"""Notifications on their way from the model of Graph to whichever node is up.

The sender keeps the order of one call as far as no fault disturbs it. It gives up on a post after
ten seconds, and repeats it as often as the plan says; a load balancer picks the node, and does not
know at once that one stands still.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, ContextVar
from typing import Protocol

from msgspec import Struct

from ivr.core.events import AnyEvent, Arrival, CallArrived, CallWanted, Unrecognised
from ivr.core.values import kind_of
from ivr.errors import StoreUnavailable
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.entries import Delivered, Replied, Told
from ivr.simulator.trials.faults import Faults
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import SECOND, Micros, VirtualLoop
from ivr.simulator.trials.parts import TENANT
from ivr.simulator.trials.plan import LATEST, MOST_REPEATED, Plan
from ivr.simulator.trials.service import Leg

DELIVERY: ContextVar[int] = ContextVar("delivery", default=0)
"""The delivery that the running code has come of; 0 for a node's own doing."""

PATIENCE: Micros = 10 * SECOND
RETRY_AFTER: Micros = SECOND
FORGER = "66666666-0000-4000-8000-000000000000"


class Receiver(Protocol):
    """A node, as the load balancer sees it."""

    label: str
    context: Context

    async def receive(self, arrival: Arrival) -> str:
        """Take a notification in; what was thought of it."""
        ...

    async def reconcile(self, call: str, leg: str) -> str:
        """Take in an empty post on the path of a call or a leg."""
        ...


class Note(Struct, frozen=True):
    """One notification; `event` is None for an empty post. `copy` is 0 for the first of it.

    Whoever is `patient` does not give up.
    """

    number: int
    call: str
    event: AnyEvent | None
    sender: str
    line: str = ""
    leg: str = ""
    copy: int = 0
    patient: bool = False


class Network:
    """All posts of one run."""

    def __init__(
        self,
        loop: VirtualLoop,
        history: History,
        chance: Chance,
        faults: Faults,
        plan: Plan,
        receivers: Callable[[], Sequence[Receiver]],
    ) -> None:
        self._loop = loop
        self._history = history
        self._chance = chance
        self._faults = faults
        self._plan = plan
        self._receivers = receivers
        self._numbers = 0
        self._deliveries = 0
        self._planned = 0
        self._counts: dict[str, int] = {}
        self._last: dict[str, Micros] = {}
        self._waiting: dict[str, deque[Note]] = {}
        self._under_way: dict[int, tuple[Receiver, Note, int]] = {}
        self.notes: list[Note] = []

    def tell(self, leg: Leg, event: AnyEvent) -> None:
        """The model of Graph has something to tell."""
        place = self._place(leg.call, event)
        note = self._note(leg, event, TENANT)
        if self._faults.strikes("notification_unknown", place):
            self._send(self._note(leg, Unrecognised("trial"), TENANT), place)
        if not isinstance(event, CallArrived) and self._faults.strikes(
            "notification_forged", place
        ):
            self._send(self._note(leg, event, FORGER), f"forged {place}")
        if self._faults.strikes("notification_repeated", place):
            self._repeat(note, place)
        if self._faults.strikes("notification_lost", place):
            return
        if self._faults.strikes("notification_empty", place):
            self._send(self._note(leg, None, TENANT), place)
            return
        self._send(note, place)

    def want(self, call: str, flow: str) -> None:
        """Somebody wants a call placed, and repeats that until a node has taken it in."""
        event = CallWanted(flow, tenant=TENANT)
        self._numbers += 1
        note = Note(self._numbers, call, event, "", patient=True)
        self._history.add(Told(self._loop.now, note.number, call, event, TENANT))
        if self._faults.strikes("notification_repeated", f"{call} wanted"):
            self._repeat(note, f"{call} wanted")
        self._plan_delivery(self._loop.now, note, 0)

    def lost(self, receiver: object) -> None:
        """A node is dead: whoever waited for its answer has none."""
        broken = [each for each, (node, _, _) in self._under_way.items() if node is receiver]
        for delivery in broken:
            self._failed(delivery)

    @property
    def quiet(self) -> bool:
        """Whether no post is under way, nor will be without anything new to tell."""
        return not self._under_way and not self._planned

    def again(self, note: Note) -> None:
        """Deliver an old notification once more, now."""
        self._plan_delivery(self._loop.now, note, 9)

    def _place(self, call: str, event: AnyEvent) -> str:
        kind = f"{call} {kind_of(event)}"
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind} {count}"

    def _note(self, leg: Leg, event: AnyEvent | None, sender: str) -> Note:
        self._numbers += 1
        note = Note(self._numbers, leg.call, event, sender, leg.line if leg.leg else "", leg.leg)
        if event is not None:
            self._history.add(Told(self._loop.now, note.number, leg.call, event, sender))
            self.notes.append(note)
        return note

    def _send(self, note: Note, place: str) -> None:
        if self._plan.in_order:
            queue = self._waiting.get(note.call)
            if queue is not None:
                queue.append(note)
                return
            self._waiting[note.call] = deque()
        latency = self._chance.lasts(5, 45, f"latency {place}") * 1_000
        if self._faults.strikes("notification_late", place):
            late = self._chance.draw(f"late {place}") ** 2
            self._plan_delivery(self._loop.now + latency + int(late * LATEST), note, 0)
            return
        due = max(self._loop.now + latency, self._last.get(note.call, 0))
        self._last[note.call] = due
        self._plan_delivery(due, note, 0)

    def _repeat(self, note: Note, place: str) -> None:
        many = 1 + int(self._chance.draw(f"copies {place}") ** 3 * (MOST_REPEATED - 1))
        for copy in range(1, many + 1):
            delay = self._chance.draw(f"copy {copy} {place}") ** 3 * LATEST
            one = Note(note.number, note.call, note.event, note.sender, note.line, note.leg, copy)
            self._plan_delivery(self._loop.now + int(delay), one, 0)

    def _plan_delivery(self, due: Micros, note: Note, tries: int) -> None:
        self._planned += 1
        self._loop.at(due, self._deliver, note, tries)

    def _deliver(self, note: Note, tries: int) -> None:
        self._planned -= 1
        nodes = self._receivers()
        if not nodes:
            self._give_up_or_retry(note, tries)
            return
        node = self._chance.pick(nodes, f"node {note.number} {note.copy} {tries}")
        self._deliveries += 1
        delivery = self._deliveries
        self._history.add(Delivered(self._loop.now, note.number, delivery, note.call, node.label))
        context = node.context.copy()
        context.run(DELIVERY.set, delivery)
        self._under_way[delivery] = (node, note, tries)
        self._loop.create_task(self._post(node, note, delivery), context=context)
        self._loop.after(PATIENCE, self._failed, delivery)

    async def _post(self, node: Receiver, note: Note, delivery: int) -> None:
        if note.event is None:
            answer: Awaitable[str] = node.reconcile(note.call, note.leg)
        else:
            arrival = Arrival(note.call, note.event, TENANT, note.sender, note.line)
            answer = node.receive(arrival)
        try:
            reply = await answer
        except StoreUnavailable:
            reply = "busy"
        except Exception as fault:
            reply = f"fault {type(fault).__name__}"
        self._history.add(
            Replied(self._loop.now, note.number, delivery, note.call, node.label, reply)
        )
        self._loop.after(0, self._answered, delivery, reply)

    def _answered(self, delivery: int, reply: str) -> None:
        if reply == "busy" or reply.startswith("fault"):
            self._failed(delivery)
        elif under_way := self._under_way.pop(delivery, None):
            self._next(under_way[1])

    def _failed(self, delivery: int) -> None:
        under_way = self._under_way.pop(delivery, None)
        if under_way is not None:
            _, note, tries = under_way
            self._give_up_or_retry(note, tries)

    def _give_up_or_retry(self, note: Note, tries: int) -> None:
        most = self._plan.retries if self._faults.on and not note.patient else 99
        if tries < most:
            pause = RETRY_AFTER * 2 ** min(tries, 3)
            self._plan_delivery(self._loop.now + pause, note, tries + 1)
        else:
            self._next(note)

    def _next(self, note: Note) -> None:
        """Where the sender waits for answers: send what comes after this one."""
        queue = self._waiting.get(note.call)
        if queue is None or note.copy:
            return
        if queue:
            following = queue.popleft()
            self._plan_delivery(self._loop.now + 5_000, following, 0)
        else:
            del self._waiting[note.call]

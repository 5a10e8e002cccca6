"""The nodes of one run: started, restarted by a supervisor, and struck by the faults that last."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.faults import Faults, Window
from ivr.simulator.trials.loop import Micros, VirtualLoop
from ivr.simulator.trials.node import Node
from ivr.simulator.trials.parts import NodeClock
from ivr.simulator.trials.plan import Plan
from ivr.simulator.trials.process import Process, Shared

CUTS = ("store_cut", "graph_cut", "front_cut")
NOTICED_AFTER: Micros = 100_000
"""How long it takes until those who wait for a dead node see that its connections are closed."""


class Cluster:
    """All nodes. `zombies` are those that others have replaced, and that may come back."""

    def __init__(self, loop: VirtualLoop, chance: Chance, faults: Faults, plan: Plan) -> None:
        self._loop = loop
        self._chance = chance
        self._faults = faults
        self._plan = plan
        self._shared: Shared | None = None
        self._incarnations: dict[str, int] = {}
        self._clocks: dict[str, NodeClock] = {}
        self._away: dict[str, Micros] = {}
        self._open: list[Window] = []
        self.nodes: dict[str, Node] = {}
        self.zombies: list[Node] = []

    def begin(self, shared: Shared) -> None:
        """Start all nodes, and plan what is to strike them."""
        self._shared = shared
        for number in range(self._plan.nodes):
            self._start(f"n{number + 1}")
        for window in self._plan.windows:
            self._loop.at(window.begins, self._begin, window)

    def receivers(self) -> Sequence[Node]:
        """Who the load balancer believes to be up; it does not see that one stands still."""
        return [node for node in self.nodes.values() if node.serving and not node.front_cut]

    def died(self, node: Process) -> None:
        """A supervisor starts it again, after a while, unless it is to stay away."""
        self._loop.after(NOTICED_AFTER, self._network_lost, node)
        pause = self._chance.between(200, 12_000, f"restart {node.label}") * 1_000
        until = max(self._loop.now + pause, self._away.get(node.name, 0))
        self._loop.at(until, self._restart, node)

    def end_faults(self) -> None:
        """From here on nothing goes wrong any more."""
        for window in self._open:
            self._switch(window, on=False)
        self._open.clear()
        self._away.clear()
        for name, node in list(self.nodes.items()):
            if node.dead:
                self._start(name)

    def _network_lost(self, node: Process) -> None:
        assert self._shared is not None
        self._shared.lost(node)

    def _start(self, name: str) -> None:
        if name in self.nodes and not self.nodes[name].dead:
            return
        assert self._shared is not None
        incarnation = self._incarnations[name] = self._incarnations.get(name, 0) + 1
        clock = self._clocks.setdefault(name, NodeClock(self._loop, self._plan.starts_at))
        node = self.nodes[name] = Node(self._shared, name, incarnation, clock)
        for window in self._open:
            if window.node == name and window.fault in CUTS:
                node.cut(window.fault, on=True)
            elif window.fault == "business_down":
                node.business.down = True
        node.start()

    def _restart(self, node: Process) -> None:
        if self.nodes.get(node.name) is node:
            self._start(node.name)

    def _begin(self, window: Window) -> None:
        if self._faults.begins(window):
            self._open.append(window)
            self._switch(window, on=True)
            self._loop.at(window.ends, self._end, window)

    def _end(self, window: Window) -> None:
        if window in self._open:
            self._open.remove(window)
            self._switch(window, on=False)

    def _switch(self, window: Window, *, on: bool) -> None:
        assert self._shared is not None
        if window.fault == "store_down":
            self._shared.disk.down = on
        elif window.fault == "graph_down":
            self._shared.wire.down = on
        elif window.fault == "business_down":
            for node in self.nodes.values():
                node.business.down = on
        elif window.fault == "clock_jumped":
            self._clocks[window.node].wrong = window.amount if on else 0
        else:
            self._switch_node(self.nodes[window.node], window, on=on)

    def _switch_node(self, node: Node, window: Window, *, on: bool) -> None:
        match window.fault, on:
            case "node_paused", True:
                node.pause()
            case "node_paused", False:
                node.resume()
            case "node_replaced", True:
                self._replace(node)
            case "node_replaced", False:
                self._go_on(window.node)
            case "node_lost", True:
                self._away[node.name] = window.ends
                node.crash()
            case "node_drained", True:
                node.drain()
            case _:
                node.cut(window.fault, on=on)

    def _replace(self, node: Node) -> None:
        """A node stands still and is taken for dead: another one gets its name."""
        node.pause()
        self.zombies.append(self.nodes.pop(node.name))
        self._network_lost(node)
        self._start(node.name)

    def _go_on(self, name: str) -> None:
        for zombie in self.zombies:
            if zombie.name == name:
                zombie.resume()

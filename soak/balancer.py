"""A load balancer without stickiness, in the harness's own HTTP client.

Each request goes to the next node that accepts a connection. A node that accepts it and then does
not answer, as a paused one, costs the sender its patience: nobody else is asked, as the node may
have taken it in.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx

from ivr.core.values import kind_of
from ivr.graph.decode import Notifications, decode
from ivr.net.transport import HonestTransport
from soak.history import History, Posted
from soak.wire import NotAnswered, NotTaken, Wire

PATIENCE = 5.0
"""Seconds until the head of an answer must be there."""

T = TypeVar("T")


class Nodes:
    """The nodes, by name and port, one after the other."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._turns = itertools.cycle(ports)

    async def ask(self, send: Callable[[str], Awaitable[T]]) -> tuple[str, T]:
        """The next node that takes it, and its answer.

        Raises `NotTaken` when there is none, and `_Silent` when it does not answer.
        """
        for _ in self._ports:
            node = next(self._turns)
            try:
                return node, await send(node)
            except (NotTaken, httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except (NotAnswered, httpx.TransportError):
                raise _Silent(node) from None
        raise NotTaken


class _Silent(Exception):
    """The node took it, and did not answer."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


class Postman(httpx.AsyncClient):
    """The client of the simulated Graph: posts are notifications, and every one is noted."""

    def __init__(self, nodes: Nodes, ports: Mapping[str, int], history: History) -> None:
        super().__init__(transport=Balancer(nodes, ports))
        # Each node has connections of its own: one that hangs uses up only those.
        self._wires = {name: Wire(port, PATIENCE) for name, port in ports.items()}
        self._nodes = nodes
        self._history = history

    async def post(self, url: httpx.URL | str, **options: Any) -> httpx.Response:
        """Post a notification. Raises `httpx.TransportError`."""
        path, headers, body = httpx.URL(url).path, options["headers"], options["content"]
        began, node, status = time.time(), "", 0
        try:
            node, status = await self._nodes.ask(
                lambda name: self._wires[name].post(path, headers, body)
            )
            return httpx.Response(status)
        except _Silent as silent:
            node = silent.node
            raise httpx.ReadError("The node took it and did not answer.") from None
        except NotTaken:
            raise httpx.ConnectError("No node accepts connections.") from None
        finally:
            self._note(began, body, status, node)

    async def aclose(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            wire.close()
        await super().aclose()

    def _note(self, began: float, body: bytes, status: int, node: str) -> None:
        found = decode(body)
        if not isinstance(found, Notifications) or not found.items:
            return
        kinds = tuple(kind_of(arrival.event) for arrival in found.items)
        line = found.items[0].call_id
        self._history.add(Posted(began, time.time(), line, kinds, status, node))


class Balancer(httpx.AsyncBaseTransport):
    """The same for all other requests, such as those for prompts and to the admin API."""

    def __init__(self, nodes: Nodes, ports: Mapping[str, int]) -> None:
        self._nodes = nodes
        self._ports = ports
        self._pools = {name: HonestTransport() for name in ports}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request to the next node that takes it. Raises `httpx.TransportError`."""
        await request.aread()
        try:
            _, response = await self._nodes.ask(
                lambda name: self._pools[name].handle_async_request(self._to(name, request))
            )
            return response
        except _Silent:
            raise httpx.ReadError("The node took it and did not answer.") from None
        except NotTaken:
            raise httpx.ConnectError("No node accepts connections.") from None

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()

    def _to(self, node: str, request: httpx.Request) -> httpx.Request:
        url = request.url.copy_with(host="127.0.0.1", port=self._ports[node])
        return httpx.Request(
            request.method, url, headers=request.headers, content=request.content,
            extensions={"head": PATIENCE},
        )  # fmt: skip

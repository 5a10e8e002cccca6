"""An installation that is measured: a store, nodes on it, and Graph with callers for them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import flows
from benchmarks.bots import Bot, free_port, ivr_serve, ready
from benchmarks.graph_server import GraphServer
from benchmarks.login_pages import LoginPages
from benchmarks.open_load import OpenLoad
from benchmarks.stores import Store

CALLS = 1_000
"""Calls at any time."""


@dataclass(frozen=True)
class Site:
    """`node(n)` runs the n-th node, at its own port, in the folder that is its own."""

    store: Store
    load: OpenLoad
    ports: list[int]
    graph_port: int
    folder: Path

    def node(self, number: int) -> AbstractAsyncContextManager[Bot]:
        """Run a node, again and again as long as the site is there."""
        return ivr_serve(
            self.graph_port,
            self.folder / str(number),
            self.ports[number],
            NODE=f"node-{number}",
            DATABASE_URL=self.store.url,
            # One address for all of them: what they are told comes to each in turns.
            PUBLIC_URL=f"http://127.0.0.1:{self.ports[0]}",
            MAX_CALLS="100000",
            MONTHLY_CALLS="100000000",
        )


@asynccontextmanager
async def open_site(store: Store, nodes: int, flow: str) -> AsyncIterator[Site]:
    """A place for so many nodes with this flow (`flows.long_call`); none of them runs yet."""
    login, graph = LoginPages(), GraphServer()
    server = await graph.listen()
    graph_port = server.sockets[0].getsockname()[1]
    graph.pages |= login.pages(graph_port)
    ports = [free_port() for _ in range(nodes)]
    load = OpenLoad(graph, login.token, ports, CALLS)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(nodes):
            flows.write(Path(folder) / str(number), "long_call", flow)
        try:
            yield Site(store, load, ports, graph_port, Path(folder))
        finally:
            load.close()
            server.close()


@asynccontextmanager
async def running(store: Store, nodes: int, flow: str) -> AsyncIterator[tuple[Site, list[Bot]]]:
    """A site with all of its nodes ready."""
    async with open_site(store, nodes, flow) as site, AsyncExitStack() as stack:
        # The first one makes the tables, the others need not wait for it to do so.
        bots = []
        for number in range(nodes):
            bots.append(await stack.enter_async_context(site.node(number)))
            await ready(bots[-1])
        yield site, bots

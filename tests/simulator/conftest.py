"""Fixtures of the simulator's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ivr.simulator.graph.app import create_app
from tests.simulator.graph_world import APP_ID, TENANT
from tests.simulator.on_loopback import served
from tests.simulator.scene import OPTIONS, Posts, Scene, set_up


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str, Posts]]:
    posts = Posts()
    with served(posts.app()) as bot:
        app = create_app(f"{bot}/api/calls", APP_ID, TENANT, options=OPTIONS)
        with served(app) as sim:
            yield sim, bot, posts


@pytest.fixture
async def scene(places: tuple[str, str, Posts]) -> AsyncIterator[Scene]:
    async with set_up(*places) as made:
        yield made

"""The site that the tests of the server share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.site import Site
from tests.store.store_calls import sql_store


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with sql_store(tmp_path) as store:
        site = Site(tmp_path, store)
        yield site
        await site.client.aclose()
        await site.world.performer.stop()

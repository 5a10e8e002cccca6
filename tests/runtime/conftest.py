"""What many tests of the runtime use."""

from __future__ import annotations

import pytest

from tests.runtime.bench import Bench


@pytest.fixture
async def bench() -> Bench:
    return Bench()

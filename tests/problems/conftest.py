"""The place of these tests; the fault in it is the one that the test's mark names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from tests.problems.loop import JumpingLoop
from tests.problems.place import Place

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    """Time jumps wherever there is a place."""
    if "place" in getattr(item, "fixturenames", ()):
        return {"jumping": JumpingLoop}
    return {"usual": asyncio.new_event_loop}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with several marks is run with the fault of each."""
    if "fault" in metafunc.fixturenames:
        marks = metafunc.definition.iter_markers("problem")
        metafunc.parametrize("fault", list(dict.fromkeys(mark.kwargs["fault"] for mark in marks)))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nodes keep their files: one place for all, as making one takes longer than a call."""
    return tmp_path_factory.mktemp("problems")


@pytest.fixture
async def place(folder: Path, fault: str) -> AsyncIterator[Place]:
    """A service; a test that strikes it and hits nothing has proved nothing."""
    made = Place(folder, fault)
    yield made
    await made.end()
    assert made.hit == made.struck or made.may_miss, f"{fault} has hit nothing"

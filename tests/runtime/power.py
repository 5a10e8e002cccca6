"""The power switch of one of many nodes that run in one event loop.

Off means what SIGSTOP means to a process: none of its tasks goes on, the world does, and what
comes for it waits. A node that is never switched on again was killed.

    power = Power()
    task = power.start(node.timers.run())     # and whatever it starts in turn
    power.turn_off()
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

_CURRENT: contextvars.ContextVar[Power | None] = contextvars.ContextVar("power", default=None)


class Power:
    """On at first. Everything that a task of the node starts has the same power."""

    def __init__(self) -> None:
        self.on = True
        self.tasks: set[asyncio.Task[Any]] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._later: list[Callable[[], None]] = []
        asyncio.get_running_loop().set_task_factory(_make_task)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do some work as this node."""
        context = contextvars.copy_context()
        context.run(_CURRENT.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def call(self, work: Callable[[], None]) -> None:
        """Call something on the node, as soon as it is on."""
        if self.on:
            work()
        else:
            self._later.append(work)

    def turn_off(self) -> None:
        self.on = False

    def turn_on(self) -> None:
        self.on = True
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)
        later, self._later = self._later, []
        for work in later:
            work()

    def wait(self) -> asyncio.Future[None]:
        """What a task is given instead of its turn while the power is off."""
        future = asyncio.get_running_loop().create_future()
        # How a coroutine tells its task that it waits (asyncio.Future.__await__).
        future._asyncio_future_blocking = True
        self._waiting.append(future)
        return future

    async def end(self) -> None:
        """Let go of everything that the node was doing."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class _Powered(Coroutine[Any, Any, T]):
    """A coroutine that goes on only while there is power."""

    def __init__(self, work: Coroutine[Any, Any, T], power: Power) -> None:
        self._work = work
        self._power = power
        self._thrown: BaseException | None = None

    def send(self, value: Any) -> Any:
        if not self._power.on:
            return self._power.wait()
        thrown, self._thrown = self._thrown, None
        return self._work.send(value) if thrown is None else self._work.throw(thrown)

    def throw(self, kind: Any, value: object = None, traceback: TracebackType | None = None) -> Any:
        if self._power.on or isinstance(kind, asyncio.CancelledError):
            return self._work.throw(kind)
        self._thrown = kind
        return self._power.wait()

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, None, T]:
        raise TypeError("only a task runs it")


def _make_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    context: contextvars.Context | None = None,
) -> asyncio.Task[T]:
    power = _CURRENT.get() if context is None else context.get(_CURRENT)
    if power is None:
        return asyncio.Task(work, loop=loop, context=context)
    powered = _Powered(work, power)  # type: ignore[arg-type]
    task: asyncio.Task[T] = asyncio.Task(powered, loop=loop, context=context)
    power.tasks.add(task)
    task.add_done_callback(power.tasks.discard)
    return task

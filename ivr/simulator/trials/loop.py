"""An event loop without a wire: its clock is virtual, and when nothing is ready it jumps.

Every handle belongs to the owner that its context names (`OWNER`): a process that may be paused,
as by SIGSTOP, or dead. What belongs to a paused owner waits until it goes on, while its timers run
out; what belongs to a dead one never happens. Nothing here asks the machine for anything, so the
order of all that happens depends on the program alone.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Micros = int
"""A moment of virtual time, or a length of it, in microseconds."""

SECOND: Micros = 1_000_000
MOST_TURNS = 3_000_000
"""Handles that one run may take: more than any run needs that comes to an end."""


class Owner:
    """A process that can be stopped: the handles of its context are held back, for ever if dead."""

    __slots__ = ("dead", "held", "name", "stopped")

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopped = False
        self.dead = False
        self.held: list[_Handle] = []


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)


class _Handle(asyncio.Handle):
    """A handle without the checks of asyncio's debug mode, which would take most of its time."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> None:
        self._callback = callback
        self._args = args
        self._context = copy_context() if context is None else context
        self._cancelled = False
        self._repr = None

    def cancel(self) -> None:
        """See asyncio."""
        self._cancelled = True
        self._args = ()


class _Timer(_Handle, asyncio.TimerHandle):
    """A handle for later; `due` is in microseconds."""

    __slots__ = ("due",)
    due: Micros

    def when(self) -> float:
        """See asyncio."""
        return self.due / SECOND


class Stuck(Exception):
    """The run cannot end: nothing is left to happen, or it happens without end."""


class VirtualLoop(asyncio.BaseEventLoop):
    """One run's time. `now` is in microseconds from the run's beginning.

    Nothing of the base is used: what it does with sockets, signals and threads has no place here.
    A run that takes more than `most` turns is stuck.
    """

    def __init__(self, most: int = MOST_TURNS) -> None:
        self._most = most
        self.now: Micros = 0
        self._ready: deque[_Handle] = deque()
        self._timers: list[tuple[Micros, int, _Timer]] = []
        self._order = 0
        self._turns = 0
        self._running = False
        self._tasks: list[asyncio.Task[Any]] = []
        self._world = copy_context()
        self.faults: list[BaseException] = []

    # What asyncio asks of a loop

    def time(self) -> float:
        """Seconds since the run began."""
        return self.now / SECOND

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:  # fmt: skip
        """See asyncio."""
        handle = _Handle(callback, args, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:  # fmt: skip
        """See asyncio."""
        due = max(round(when * SECOND), self.now)
        return self._plan(due, callback, args, context)

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:  # fmt: skip
        """See asyncio."""
        due = self.now + max(round(delay * SECOND), 0)
        return self._plan(due, callback, args, context)

    def create_future(self) -> asyncio.Future[Any]:
        """See asyncio."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """See asyncio. Every task is kept until `close`, so that nothing depends on when
        memory is tidied up.
        """
        task = asyncio.Task(coro, loop=self, name=str(name or "task"), context=context)
        self._tasks.append(task)
        return task

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Threads would come in any order: the work is done here and now."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def get_debug(self) -> bool:
        """Never: what it checks takes time, and takes it from the real clock."""
        return False

    def is_running(self) -> bool:
        """See asyncio."""
        return self._running

    def is_closed(self) -> bool:
        """It holds nothing that would have to be given back."""
        return not self._running

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody caught: it is a fault of the program that is tried."""
        error = context.get("exception")
        self.faults.append(error if error is not None else Stuck(str(context.get("message"))))

    # What a run asks of it

    def at(self, due: Micros, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Have the world itself, which never stops, do something at `due`."""
        self._plan(max(due, self.now), callback, args, self._world)

    def after(self, length: Micros, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Have the world do something after `length`."""
        self._plan(self.now + length, callback, args, self._world)

    def sleep(self, length: Micros) -> asyncio.Future[None]:
        """What is done after `length`."""
        future: asyncio.Future[None] = asyncio.Future(loop=self)
        self._plan(self.now + length, _wake, (future,), self._world)
        return future

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Let things happen until `main` is done. Raises `Stuck` when it never will be."""
        before = events._get_running_loop()
        events._set_running_loop(self)
        self._running = True
        try:
            task = self.create_task(main, context=self._world)
            while not task.done():
                self._take_turns()
            return task.result()
        finally:
            self._running = False
            events._set_running_loop(before)

    def jump(self, length: Micros) -> None:
        """Let time pass and nothing happen, as when the machine was asleep."""
        self.now += length

    def resume(self, owner: Owner) -> None:
        """Let an owner that was stopped go on, with all that waited for it."""
        owner.stopped = False
        held, owner.held = owner.held, []
        self._ready.extend(held)

    def kill(self, owner: Owner) -> None:
        """Let nothing of this owner happen any more."""
        owner.stopped = owner.dead = True

    def close(self) -> None:
        """Forget every task that has not ended, without a word about it."""
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _drop(task)
        self._tasks.clear()
        self._ready.clear()
        self._timers.clear()

    def _plan(
        self, due: Micros, callback: Callable[..., object], args: tuple[Any, ...],
        context: Context | None,
    ) -> asyncio.TimerHandle:  # fmt: skip
        handle = _Timer(callback, args, context)
        handle.due = due
        self._order += 1
        heapq.heappush(self._timers, (due, self._order, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer stays where it is until it is due: asyncio wants to tell of it."""

    def _take_turns(self) -> None:
        """Do all that is ready, and what comes of it at once; else go to the next timer."""
        ready, timers = self._ready, self._timers
        if not ready:
            if not timers:
                raise Stuck("Nothing is left to happen.")
            self.now = max(self.now, timers[0][0])
            while timers and timers[0][0] <= self.now:
                ready.append(heapq.heappop(timers)[2])
        self._turns += len(ready)
        if self._turns > self._most:
            raise Stuck("Things happen without end.")
        for _ in range(len(ready)):
            handle = ready.popleft()
            context = handle._context
            owner = context.get(OWNER)
            if owner is not None and owner.stopped:
                owner.held.append(handle)
            elif not handle._cancelled:
                try:
                    context.run(handle._callback, *handle._args)
                except Exception as error:
                    self.faults.append(error)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _drop(task: asyncio.Task[Any]) -> None:
    """Close a coroutine that nobody will go on with; what it says to that is of no account."""
    coroutine = task.get_coro()
    try:
        if coroutine is not None:
            coroutine.close()
    except BaseException:  # noqa: S110 - it is being thrown away
        pass

"""The media service of one simulated call: what is played to the caller and recorded of him.

Operations run one at a time, in the order in which they came (Graph: call-playprompt,
call-cancelmediaprocessing pages).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from ivr.core.values import Millis
from ivr.simulator.phone.clip import Recorder
from ivr.simulator.phone.rules import ClipPlan, Piece, Rules
from ivr.simulator.phone.signals import (
    Clip,
    Cut,
    Heard,
    OperationEnded,
    OperationKind,
    Refusal,
    Result,
)
from ivr.simulator.phone.timeline import LATE, Timeline


class Operation(Struct):
    """One media operation; `pieces` is None while its audio is still being fetched."""

    context: str
    kind: OperationKind
    pieces: tuple[Piece, ...] | None = None
    plan: ClipPlan | None = None
    failure: Result | None = None
    played: int = 0
    number: int = 0


class Media:
    """The queue of media operations; `heard` and `clips` grow as the caller lives through them."""

    def __init__(self, time: Timeline, rules: Rules) -> None:
        self._time = time
        self._rules = rules
        self._queue: deque[Operation] = deque()
        self._running: Operation | None = None
        self._count = 0
        self.heard: list[Heard] = []
        self.recorder = Recorder(time, self._finish)

    def add(self, operation: Operation) -> Refusal | None:
        """Queue an operation; it starts at once when nothing else runs."""
        if len(self._queue) >= self._rules.queue_limit:
            return Refusal("conflict")
        self._count += 1
        operation.number = self._count
        self._queue.append(operation)
        self._start()
        return None

    def fetched(self, context: str, audio: Sequence[Piece] | Result) -> None:
        """The audio of an operation is here, or why it cannot be played."""
        for operation in self._queue:
            if operation.context == context and operation.pieces is None:
                pieces, failure = ((), audio) if isinstance(audio, str) else (tuple(audio), None)
                operation.pieces, operation.failure = pieces, failure
                break
        self._start()

    def cancel(self, why: Cut) -> None:
        """End what runs and waits now, after the time that a cancellation takes."""
        if not self._rules.cancel_works:
            return
        numbers = {operation.number for operation in self._all()}
        self._count += 1
        name = f"cancel {self._count}"
        self._time.after(self._rules.cancel, name, partial(self._cancel, numbers, why))

    def stop(self, why: Cut, *, gone: bool = False) -> None:
        """End everything at once; `gone` says that the caller hung up, which may cost the clip."""
        ended = self._all()
        recording = self.recorder.active
        kept = gone and self._rules.clip_kept_on_hang_up
        clip = self.recorder.stop("hung_up" if kept else "cancelled")
        self._cut(why)
        self._running = None
        self._queue.clear()
        if recording and gone:
            lost = ended.pop(0)
            if clip:
                self._report(lost, "hung_up", clip)
        if self._rules.cut_operations_are_told:
            for operation in ended:
                self._report(operation, "cancelled")

    def press(self, key: str) -> bool:
        """A key while recording; whether it stopped the clip."""
        return self.recorder.press(key)

    def _all(self) -> list[Operation]:
        running = [self._running] if self._running else []
        return [*running, *self._queue]

    def _start(self) -> None:
        while self._running is None and self._queue and self._queue[0].pieces is not None:
            operation = self._queue.popleft()
            if operation.failure:
                self._report(operation, operation.failure)
                continue
            self._running = operation
            self._next_piece(operation)

    def _next_piece(self, operation: Operation) -> None:
        pieces = self._pieces(operation)
        if operation.played == len(pieces):
            self._played(operation)
            return
        piece = pieces[operation.played]
        operation.played += 1
        heard = Heard(piece.name, self._time.now, text=piece.text, context=operation.context)
        self.heard.append(heard)
        length = min(piece.length, self._rules.prompt_lasts or piece.length)
        self._time.after(length, "piece", partial(self._piece_done, operation))

    def _pieces(self, operation: Operation) -> tuple[Piece, ...]:
        beep = operation.plan is not None and operation.plan.beep
        return (operation.pieces or ()) + ((Piece("beep", self._rules.beep),) if beep else ())

    def _piece_done(self, operation: Operation) -> None:
        self.heard[-1] = replace(self.heard[-1], ended=self._time.now, whole=True)
        self._next_piece(operation)

    def _played(self, operation: Operation) -> None:
        if operation.plan:
            self.recorder.start(operation.context, operation.plan)
        else:
            self._finish("completed")

    def _finish(self, result: Result, clip: Clip | None = None) -> None:
        operation, self._running = self._running, None
        if operation:
            self._report(operation, result, clip)
        self._start()

    def _cancel(self, numbers: set[int], why: Cut) -> None:
        waiting = [operation for operation in self._queue if operation.number in numbers]
        self._queue = deque(op for op in self._queue if op.number not in numbers)
        if self._running and self._running.number in numbers:
            self.recorder.stop("cancelled")
            self._cut(why)
            self._finish("cancelled")
        for operation in waiting:
            self._report(operation, "cancelled")
        self._start()

    def _cut(self, why: Cut) -> None:
        self._time.drop("piece")
        if self.heard and self.heard[-1].ended is None:
            self.heard[-1] = replace(self.heard[-1], ended=self._time.now, cut_by=why)

    def _report(self, operation: Operation, result: Result, clip: Clip | None = None) -> None:
        delay: Millis = self._rules.operation_ended
        told = OperationEnded(
            self._time.now + delay, operation.context, operation.kind, result, clip
        )
        self._time.after(delay, f"{LATE}{operation.number}", partial(self._time.tell, told))

"""A caller who goes round in a menu: what happens on such a call, one thing after the other."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Literal

from benchmarks import graph_wire as wire

Doing = Literal["heard", "press", "interrupt"]
"""A prompt has been played to its end; a key is pressed in silence, or into a prompt."""

ROUND: tuple[Doing, ...] = ("heard", "press", "heard", "interrupt", "heard")
"""Twice through the menu, beginning with its prompt; the second time the caller knows the key."""

ROUNDS = 4
PLAN: tuple[Doing, ...] = ("heard", *ROUND * ROUNDS)
"""A whole call between its arrival and the caller's hanging up: the welcome, then the rounds."""

DOINGS = len(PLAN) + 1
"""What a call does by itself, hanging up included; the next call then rings at once."""

NOTIFICATIONS = 3 + len(PLAN) + ROUNDS
"""What a bot is told of a call: ringing, established, the plan with an end for each prompt that was
interrupted, and the end."""

HALVES = (0, 3)
"""Where in a round the prompt of the menu is playing."""

Tell = Callable[[bytes, bytes, float, Callable[[], object]], None]
"""Posts a body to a path; it was due at that moment. The last is called when it was accepted."""


def shortened(number: int) -> tuple[Doing, ...]:
    """One of several plans that begin like any, and go on like the rest of one."""
    rounds, half = divmod(number % (2 * ROUNDS), 2)
    return ("heard", *(ROUND * ROUNDS)[rounds * len(ROUND) + HALVES[half] :])


class LongCall:
    """One call. Whatever is due waits for what has to come before it, and is late then.

    `answered` is told for each key when it was due.
    """

    def __init__(self, tell: Tell, answered: Callable[[float], None], plan: tuple[Doing, ...]):
        self.id = str(uuid.uuid4()).encode()
        self._tell = tell
        self._answered = answered
        self.path = b"/api/calls"
        self._plan = deque(plan)
        self._owed: deque[float] = deque()
        self._playing = b""
        self._key_due: float | None = None
        self._keys = 0
        self._untold = 0

    @property
    def at_end(self) -> bool:
        """Whether the caller has nothing more to do but to hang up."""
        return not self._plan

    @property
    def behind(self) -> int:
        """How many things are due that cannot be done yet."""
        return len(self._owed)

    def ring(self, due: float) -> None:
        """The call arrives."""
        self._say(wire.incoming(self.id), due)

    def go_on(self, due: float) -> None:
        """Do the next thing of the plan, as soon as it can be done."""
        self._owed.append(due)
        self._catch_up()

    def hang_up(self, due: float, over: Callable[[], object]) -> None:
        """The caller goes; `over` is called when the bot has been told."""
        self._tell(self.path, wire.hung_up(self.id), due, over)

    def commanded(self, action: bytes, body: bytes) -> None:
        """React to a command of the bot, once it is answered."""
        now = perf_counter()
        if action == b"answer":
            self.path = wire.callback_of(body)
            self._say(wire.established(self.id), now)
        elif action in (b"playPrompt", b"cancelMediaProcessing"):
            self._note_answer(now)
        if action == b"playPrompt":
            self._playing = wire.context_of(body)
            self._catch_up()
        elif action == b"cancelMediaProcessing" and self._playing:
            context, self._playing = self._playing, b""
            self._say(wire.prompt_cancelled(self.id, context), now)

    def _note_answer(self, now: float) -> None:
        due, self._key_due = self._key_due, None
        if due is not None:
            self._answered(due)

    def _catch_up(self) -> None:
        while self._owed and self._plan and self._may(self._plan[0]):
            self._do(self._plan.popleft(), self._owed.popleft())

    def _may(self, doing: Doing) -> bool:
        return not self._untold and (doing == "press" or bool(self._playing))

    def _do(self, doing: Doing, due: float) -> None:
        if doing == "heard":
            context, self._playing = self._playing, b""
            self._say(wire.prompt_finished(self.id, context), due)
            return
        self._keys += 1
        self._key_due = due
        self._say(wire.tone(self.id, self._keys), due)

    def _say(self, body: bytes, due: float) -> None:
        self._untold += 1
        self._tell(self.path, body, due, self._told)

    def _told(self) -> None:
        self._untold -= 1
        self._catch_up()

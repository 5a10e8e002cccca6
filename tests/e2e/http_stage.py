"""A stage for scenarios on the other side of a wire: `ivr sim serve` calls `ivr serve`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ivr.core.program import Program
from ivr.core.values import KEY_WORDS, Millis, Target, parse_target
from ivr.simulator.phone.rules import Outcome
from ivr.simulator.phone.signals import Handover, Heard
from tests.e2e.processes import Simulator, eventually

QUIET = 20.0
"""Seconds without news after which nothing more is expected."""


class HttpStage:
    """One call of a simulator that runs `speed` times as fast as real time."""

    def __init__(
        self, simulator: Simulator, call_id: str, names: Mapping[str, str], program: Program,
        speed: float,
    ) -> None:  # fmt: skip
        self._simulator = simulator
        self._call_id = call_id
        self._names = names
        self._program = program
        self._speed = speed
        self._commands = 0

    def heard(self, index: int) -> Heard | None:
        """See `Stage`."""
        self._until(lambda: len(self._prompts()) > index or self._over())
        prompts = self._prompts()
        return self._as_heard(prompts[index]) if len(prompts) > index else None

    def listen(self) -> bool:
        """The flow listens once it has been told that the prompt is over."""
        self._until(lambda: self._told_of_end() or self._over())
        return not self._over()

    def key_for(self, option: str) -> str | None:
        """See `Stage`: the first choice of that label in the flow."""
        for state in self._program.states.values():
            for outcome, way in state.type.exits(state.options).items():
                if way.label.lower() == option.lower():
                    return KEY_WORDS.get(outcome, outcome)
        return None

    def handover(self, index: int) -> Handover | None:
        """See `Stage`."""
        self._until(lambda: len(self._call()["transfers"]) > index or self._over())
        asked = self._call()["transfers"]
        if len(asked) <= index:
            return None
        return Handover(asked[index]["at_ms"], _target(asked[index]["to"]))

    def decide(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self._simulator.do(self._call_id, "transfer", outcome=outcome)

    def dialled(self, index: int) -> Target | None:
        """Whom this call rings; other attempts are calls of their own."""
        call = self._call()
        ours = call["direction"] == "outgoing" and index == 0
        return parse_target(call["called"]) if ours else None

    def pick_up(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self._simulator.do(self._call_id, "callee", outcome=outcome)

    def invited(self, index: int) -> Sequence[Target]:
        """See `Stage`."""
        self._until(lambda: len(self._call()["invitations"]) > index or self._over())
        sent = self._call()["invitations"]
        return [_target(to) for to in sent[index]["to"]] if len(sent) > index else ()

    def accept(self, outcome: Outcome) -> None:
        """See `Stage`."""
        self._simulator.do(self._call_id, "invite", outcome=outcome)

    def join(self, who: Target, name: str) -> bool:
        """See `Stage`."""
        self._until(lambda: self._call()["state"] == "established" or self._over())
        self._simulator.do(self._call_id, "join", kind=who.kind, id=who.id, name=name)
        return True

    def leave(self, who: Target) -> bool:
        """See `Stage`."""
        there = [one["id"] for one in self._call()["people"] if one.get("identity") == who.id]
        for participant in there[-1:]:
            self._simulator.do(self._call_id, "leave", participant=participant)
        return bool(there)

    def record(self) -> bool:
        """A recording has begun once its beep is over."""
        self._until(lambda: self._beeped() or self._over())
        return self._beeped()

    def react(self) -> None:
        """See `Stage`."""
        before = len(self._call()["heard"])
        self._until(lambda: len(self._call()["heard"]) > before or self._over())

    def wait(self, length: Millis) -> None:
        """Real time, as the simulator counts it."""
        time.sleep(length / 1000 / self._speed)

    def press(self, key: str) -> None:
        """See `Stage`."""
        self._simulator.do(self._call_id, "press", keys=key)

    def speak(self, length: Millis) -> None:
        """See `Stage`."""
        self._simulator.do(self._call_id, "speak", seconds=length / 1000)

    def hang_up(self) -> None:
        """See `Stage`."""
        self._simulator.do(self._call_id, "hangup")

    def ending(self) -> tuple[str, str]:
        """How the line went down; the flow's result stands in the call's record."""
        self._until(self._over)
        ended = {"we_hung_up": "ended_by_us", "caller_hung_up": "hung_up"}
        return "", ended.get(self._call()["ended"], self._call()["ended"])

    def _call(self) -> dict[str, Any]:
        return self._simulator.call(self._call_id)

    def _over(self) -> bool:
        return self._call()["ended"] is not None

    def _prompts(self) -> list[dict[str, Any]]:
        return [heard for heard in self._call()["heard"] if heard["name"] != "beep"]

    def _beeped(self) -> bool:
        heard = self._call()["heard"]
        return bool(heard) and heard[-1]["name"] == "beep" and heard[-1]["ended_ms"] is not None

    def _told_of_end(self) -> bool:
        call = self._call()
        heard = call["heard"]
        if not heard or heard[-1]["ended_ms"] is None:
            return False
        sent = [each for each in call["wire"] if each["direction"] == "sent"]
        return any("Operation" in str(each["body"]) and heard[-1]["operation"] in str(each["body"])
                   for each in sent)  # fmt: skip

    def _as_heard(self, prompt: dict[str, Any]) -> Heard:
        name = self._names.get(prompt["name"], prompt["name"])
        return Heard(name, prompt["started_ms"], prompt["ended_ms"], prompt["whole"])

    def _until(self, found: Callable[[], bool]) -> None:
        eventually(lambda: found() or None, "the call to go on", QUIET)


def _target(shown: Mapping[str, Any]) -> Target:
    return Target(shown["kind"], shown["id"], shown["tenant"] or "")

"""A caller as the seed has him: listens or not, presses, speaks, waits, and hangs up.

What he does at a prompt depends on that prompt and on the seed alone. Every act has a key; a run
can be repeated with some of the acts only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from ivr.core.values import Millis
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.entries import HungUp, Pressed
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import Micros, VirtualLoop
from ivr.simulator.trials.service import Leg

KEYS = "1234567890*#12"
MILLI: Micros = 1_000
BURST = 40
"""Keys of somebody who holds a key down, or has a child at the phone."""


class Phones(Protocol):
    """The model of Graph, as far as a caller needs it."""

    def moment(self) -> Millis:
        """The true time of day."""
        ...

    def settle(self, leg: Leg) -> None:
        """Tell what has happened until now."""
        ...


class Person:
    """One caller. `hints` are the keys that fit each prompt; `digits` counts those he has typed.

    What he types as digits counts up, 1 to 0 and again, so that a digit too many or too few shows.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        history: History,
        chance: Chance,
        service: Phones,
        leg: Leg,
        hints: Mapping[tuple[str, str], tuple[str, ...]],
        may: Callable[[str], bool],
        *,
        steady: bool = False,
    ) -> None:
        self._loop = loop
        self._history = history
        self._chance = chance
        self._service = service
        self._leg = leg
        self._hints = {name: keys for (_, name), keys in hints.items()}
        self._may = may
        self._digits = 0
        self._sequence = 0
        if not steady:
            self._live()

    def _live(self) -> None:
        """Plan what he does whatever he hears."""
        plan, loop, chance = self._leg.plan, self._loop, self._chance
        loop.after(plan.patience, self.hang_up, "patience")
        for number in range(chance.pick((0, 0, 0, 1, 2), f"{plan.call} odd acts")):
            place = f"{plan.call} odd {number}"
            when = chance.between(0, plan.patience // MILLI, place) * MILLI
            loop.after(when, self._odd, place)

    def hears(self, index: int, name: str) -> None:
        """A piece of audio begins: listen for a while, then perhaps do something."""
        place = f"{self._leg.plan.call} heard {index}"
        likely = self._chance.draw(f"{place} what")
        listens = self._chance.between(100, 4_500, f"{place} listens") * MILLI
        hints = self._hints.get(name)
        if likely < 0.03:
            self._do(listens, place, self._hang_up)
        elif likely < 0.08:
            self._do(listens, place, self._press, self._chance.pick(KEYS, f"{place} any"))
        elif hints is None or likely < 0.20:
            return
        else:
            self._answer(listens, place, self._chance.pick(hints, f"{place} hint"))

    def hang_up(self, place: str) -> None:
        """Leave, whatever is going on."""
        if self._may(f"{self._leg.plan.call} {place}") or place == "the end":
            self._hang_up()

    def _answer(self, listens: Micros, place: str, hint: str) -> None:
        if hint == "say":
            self._do(listens, place, self._say, place)
        elif hint == "digits":
            self._do(listens, place, self._type, place)
        else:
            self._do(listens, place, self._press, hint)

    def _odd(self, place: str) -> None:
        """Something that nobody asked for, at any time."""
        if self._chance.happens(0.15, f"{place} burst"):
            for number in range(BURST):
                self._do(number * 25 * MILLI, place, self._press, "5")
        elif self._chance.happens(0.3, f"{place} leaves"):
            self._do(0, place, self._hang_up)
        else:
            self._do(0, place, self._press, self._chance.pick(KEYS, f"{place} key"))

    def _do(self, after: Micros, place: str, act: Callable[..., None], *what: str) -> None:
        if self._may(place):
            self._loop.after(after, act, *what)

    def _type(self, place: str) -> None:
        """A number, one digit after the other, at times with the key that ends it."""
        many = self._chance.between(3, 7, f"{place} digits")
        at = 0
        for number in range(many):
            self._loop.after(at * MILLI, self._press, self._next_digit())
            at += self._chance.between(60, 700, f"{place} gap {number}")
        if self._chance.happens(0.4, f"{place} end key"):
            self._loop.after(at * MILLI, self._press, "#")

    def _next_digit(self) -> str:
        self._digits += 1
        return str(self._digits % 10)

    def _press(self, key: str) -> None:
        phone = self._leg.phone
        if phone.ended:
            return
        phone.press(self._service.moment(), key)
        told = phone.pressed[-1].told
        self._sequence += told
        sequence = self._sequence if told else 0
        self._history.add(Pressed(self._loop.now, self._leg.call, key, sequence))
        self._service.settle(self._leg)

    def _say(self, place: str) -> None:
        length = self._chance.between(500, 9_000, f"{place} says")
        self._leg.phone.speak(self._service.moment(), length)
        self._service.settle(self._leg)
        if self._chance.happens(0.4, f"{place} end key"):
            self._loop.after((length + 300) * MILLI, self._press, "#")

    def _hang_up(self) -> None:
        phone = self._leg.phone
        if not phone.ended and phone.hang_up_caller(self._service.moment()):
            self._history.add(HungUp(self._loop.now, self._leg.call))
        self._service.settle(self._leg)

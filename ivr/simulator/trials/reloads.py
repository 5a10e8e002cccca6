"""A small trial of publishing: good flows, broken ones, and a disk that does not take them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ivr.errors import IvrError
from ivr.flow.estimates import Estimates
from ivr.runtime.library import BundleLibrary
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.findings import Reloaded
from ivr.simulator.trials.history import History

NUMBERS = ("+442079460301", "+442079460302")
FLOW = """
flow: {name}
schema: 1
numbers: ["{number}"]
start: hello
prompts: {{ hello: This is version {version} of {name}. }}
states:
  hello: {{ type: prompt, prompt: hello, next: bye }}
  bye: {{ type: hangup, result: bye }}
"""
TIMES = 6


def good(folder: Path, version: int) -> None:
    """Two flows that can be served."""
    for name, number in zip(("first", "second"), NUMBERS, strict=True):
        _write(folder, name, FLOW.format(name=name, number=number, version=version))


def half_broken(folder: Path, version: int) -> None:
    """One of two flows leads nowhere."""
    good(folder, version)
    text = (folder / "second" / "flow.yaml").read_text(encoding="utf-8")
    _write(folder, "second", text.replace("next: bye", "next: nowhere"))


def cannot_be_kept(folder: Path, version: int) -> None:
    """Good flows, but what is copied along cannot be read."""
    good(folder, version)
    (folder / "second" / "gone").symlink_to(folder / "nothing")


OFFERS: tuple[Callable[[Path, int], None], ...] = (good, half_broken, cannot_be_kept)


def reloads(seed: int, place: Path) -> History:
    """Flows are offered again and again, as `ivr.server.node` publishes them; `place` is empty."""
    history, chance = History(), Chance(seed)
    library = BundleLibrary(place / "shelf", {}, Estimates)
    (place / "shelf").mkdir()
    for number in range(TIMES):
        folder = place / f"offer-{number}"
        chance.pick(OFFERS, f"offer {number}")(folder, chance.between(1, 3, f"version {number}"))
        history.add(_offered(library, folder, number))
    return history


def _offered(library: BundleLibrary, folder: Path, number: int) -> Reloaded:
    before = _served(library)
    loaded = library.load(folder)
    name, accepted = loaded.bundle.name if loaded.bundle else "", False
    if loaded.bundle is not None and not loaded.has_errors:
        with suppress(IvrError):
            library.publish(loaded.bundle, folder)
            accepted = True
    return Reloaded(number, name, accepted, before, _served(library))


def _served(library: BundleLibrary) -> tuple[str, ...]:
    """The bundle that takes a call to each number."""
    return tuple(library.program_for(number).bundle for number in NUMBERS)


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "flow.yaml").write_text(text, encoding="utf-8")

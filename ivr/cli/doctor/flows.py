"""The flows as a node of these settings would serve them, named as it names their audio."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.scene import Scene
from ivr.cli.flows import flows_folder
from ivr.core.values import Audio
from ivr.errors import UsageError
from ivr.flow.bundle import Bundle, Loaded, load_folder
from ivr.flow.checked import CheckedFlow
from ivr.flow.compile import FindAudio
from ivr.flow.report import totals
from ivr.server.parts import voice_of
from ivr.server.settings import Settings
from ivr.speech.library import AudioLibrary


async def look(scene: Scene) -> Finding:
    """Whether the flows can run."""
    loaded = await flows_of(scene)
    found = totals(loaded.diagnostics)
    if found.errors or loaded.bundle is None:
        return bad(f"The flows have {found}, so `ivr serve` does not start.", "Run `ivr check`.")
    said = f"{len(loaded.bundle.programs)} can run: {', '.join(loaded.bundle.programs)}."
    return warn(said, "Look at the warnings of `ivr check`.") if found.warnings else good(said)


async def flows_of(scene: Scene) -> Loaded:
    """The flows, read once. Raises `UsageError`."""
    return await scene.once("flows", lambda: asyncio.to_thread(_load, scene.settings))


async def bundle_of(scene: Scene) -> Bundle:
    """The flows that can run. Raises `NotLooked` without any."""
    try:
        loaded = await flows_of(scene)
    except UsageError:
        raise NotLooked("There are no flows to look at.") from None
    if loaded.bundle is None:
        raise NotLooked("No flow can run.")
    return loaded.bundle


def _load(settings: Settings) -> Loaded:
    return load_folder(flows_folder(settings), settings.env, _Named(settings), strict_env=True)


class _Named:
    """Names audio as a node does, and writes none."""

    def __init__(self, settings: Settings) -> None:
        try:
            self._library: AudioLibrary | None = AudioLibrary(Path(), voice_of(settings))
        except UsageError:
            self._library = None

    def __call__(self, flows: Mapping[str, CheckedFlow]) -> FindAudio:
        def find(flow: str, prompt: str, words: str) -> Audio:
            return Audio(prompt, words, self._name(flows[flow], prompt, words))

        return find

    def _name(self, flow: CheckedFlow, prompt: str, words: str) -> str:
        recording = flow.recordings.get(prompt)
        if self._library is None:
            return ""
        if recording is not None and recording.format is not None:
            return self._library.name_for_file(recording.read())
        return self._library.name_for(words, flow.options.language)

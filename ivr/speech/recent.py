"""Audio that is kept in memory for a while and nowhere else."""

from __future__ import annotations

from collections import OrderedDict


class RecentAudio:
    """Keeps the audio that was asked for last, `max_bytes` of it at most.

    Not locked: it belongs to one event loop.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._audio: OrderedDict[str, bytes] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        """The audio of this name, if it is still here."""
        audio = self._audio.get(name)
        if audio is not None:
            self._audio.move_to_end(name)
        return audio

    def put(self, name: str, audio: bytes) -> None:
        """Keep it, and let go of what was not asked for longest; too large is not kept at all."""
        if len(audio) > self._max_bytes:
            return
        self._held += len(audio) - len(self._audio.pop(name, b""))
        self._audio[name] = audio
        while self._held > self._max_bytes:
            self._held -= len(self._audio.popitem(last=False)[1])

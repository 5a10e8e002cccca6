"""Recordings on disk, each under a random name that expires."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from ivr.core.values import Millis
from ivr.errors import IvrError, MediaError
from ivr.ports import Clock

NAME = re.compile(r"[0-9a-f]{32}")
TIDY_EVERY = 600_000

log = structlog.get_logger()


class Kept(Protocol):
    """What the index tells of one recording."""

    name: str
    expires_at: Millis


class Index(Protocol):
    """Which recordings there are, and until when."""

    async def add(
        self,
        name: str,
        call_id: str,
        *,
        stored_at: Millis,
        expires_at: Millis,
        seconds: float,
        size: int,
    ) -> None:
        """Note a recording."""
        ...

    async def get(self, name: str, now: Millis) -> Kept | None:
        """A recording that has not expired."""
        ...

    async def expired(self, now: Millis) -> Sequence[Kept]:
        """Recordings whose time is over."""
        ...

    async def remove(self, name: str) -> None:
        """Forget a recording."""
        ...


class Recordings:
    """The recordings folder of one node and its index."""

    def __init__(self, folder: Path, index: Index, clock: Clock) -> None:
        self._folder = folder
        self._index = index
        self._clock = clock

    async def keep(self, call_id: str, clip: bytes, seconds: float, keep_for: Millis) -> str:
        """Store a clip; its name. Raises `MediaError` or `StoreUnavailable`: nothing is kept."""
        name = secrets.token_hex(16)
        await asyncio.to_thread(self._write, name, clip)
        now = self._clock.now()
        try:
            await self._index.add(
                name, call_id, stored_at=now, expires_at=now + keep_for, seconds=seconds,
                size=len(clip),
            )  # fmt: skip
        except BaseException:
            # A clip that is in no index would never be deleted.
            self._path(name).unlink(missing_ok=True)
            raise
        return name

    async def path(self, name: str) -> Path | None:
        """The file of a recording that has not expired."""
        if not NAME.fullmatch(name) or await self._index.get(name, self._clock.now()) is None:
            return None
        path = self._path(name)
        return path if path.is_file() else None

    async def keep_tidy(self) -> None:
        """Delete what has expired now and then, until cancelled."""
        while True:
            try:
                await self.tidy()
            except IvrError as error:
                log.warning("tidy_failed", reason=type(error).__name__)
            await self._clock.sleep(TIDY_EVERY)

    async def tidy(self) -> int:
        """Delete what has expired; how many."""
        deleted = 0
        for kept in await self._index.expired(self._clock.now()):
            try:
                await asyncio.to_thread(self._path(kept.name).unlink, missing_ok=True)
            except OSError as error:
                log.error("recording_not_deleted", reason=error.strerror)
                continue
            await self._index.remove(kept.name)
            deleted += 1
        return deleted

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.wav"

    def _write(self, name: str, clip: bytes) -> None:
        path = self._path(name)
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(clip)
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise MediaError(f"A recording could not be stored: {error.strerror}.") from error

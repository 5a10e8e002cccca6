"""The nodes: `ivr serve` as processes of its own, killed and paused by their ids."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from soak.history import History, NodeDeed, NodeDid
from soak.ports import answers_ready

ROOT = Path(__file__).parent.parent
LOOK_EVERY = 0.05
STOP_WITHIN = 30.0


class Node:
    """One node; whatever it was doing, it can be started again under the same name and port."""

    def __init__(
        self, name: str, port: int, environ: Mapping[str, str], log: Path, history: History
    ) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._environ = {**_clean_environ(), **environ}
        self._history = history
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._paused = False

    @property
    def running(self) -> bool:
        """Whether there is a process, paused or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process, and note when it is ready and if it ends by itself.

        A node that runs already is left alone.
        """
        if self.running:
            return
        with self.log.open("ab") as output:
            self._process = self._spawned(output)
        self._note("started")
        self._paused = False
        self._watch = asyncio.create_task(self._look_after(self._process))

    def kill(self) -> None:
        """SIGKILL, now."""
        self._note("killed")
        self._end()

    def pause(self) -> bool:
        """SIGSTOP; False when there is nothing to pause."""
        if self._process is None or not self.running or self._paused:
            return False
        self._note("paused")
        self._paused = True
        self._process.send_signal(signal.SIGSTOP)
        return True

    def resume(self) -> None:
        """SIGCONT."""
        if self._process is not None and self.running and self._paused:
            self._paused = False
            self._process.send_signal(signal.SIGCONT)
            self._note("resumed")

    async def stop(self) -> int:
        """SIGTERM, and the exit code; SIGKILL to one that takes too long."""
        process = self._process
        if process is None:
            return 0
        self._forget()
        self._note("stopped")
        process.terminate()
        try:
            return await asyncio.to_thread(process.wait, STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def abandon(self) -> None:
        """Whatever it does, end it; when the run is over."""
        if self.running:
            self._end()

    def _end(self) -> None:
        self._forget()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _forget(self) -> None:
        if self._watch is not None:
            self._watch.cancel()

    def _spawned(self, output: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "soak.child", "serve"],
            cwd=self.log.parent,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    async def _look_after(self, process: subprocess.Popen[bytes]) -> None:
        ready = False
        while process.poll() is None:
            await asyncio.sleep(LOOK_EVERY)
            if not ready and await answers_ready(self.port):
                ready = True
                self._note("ready")
        self._note("died")

    def _note(self, deed: NodeDeed) -> None:
        self._history.add(NodeDid(time.time(), self.name, deed))


def _clean_environ() -> dict[str, str]:
    """Ours, without settings that are meant for another node."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IVR_")}
    return {**kept, "PYTHONPATH": str(ROOT)}

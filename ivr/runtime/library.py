"""The published flows: the bundle that takes new calls, and those that live calls began with.

A call keeps its bundle to its end. So that a restart can go on with a call whose flows have
been edited since, every bundle's folder is copied beside the database when it is published.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

import structlog

from ivr.core.program import Program
from ivr.core.snapshot import Snapshot
from ivr.errors import IvrError
from ivr.flow.builtin import BUNDLE
from ivr.flow.bundle import AudioOf, Bundle, Loaded, load_folder
from ivr.flow.overflow import FLOW as OVERFLOW
from ivr.flow.overflow import overflow
from ivr.flow.unserved import unserved

log = structlog.get_logger()


class BundleLibrary:
    """The bundles of this node.

    `shelf` is the folder in which copies are kept. Calls for which there is no room are sent
    `elsewhere`, if that is given: a target as flows write it.
    """

    def __init__(
        self, shelf: Path, env: Mapping[str, str], audio: AudioOf, elsewhere: str = ""
    ) -> None:
        self._shelf = shelf
        self._env = env
        self._audio = audio
        self._elsewhere = elsewhere
        self._bundles: dict[str, Bundle | None] = {}
        self._current: Bundle | None = None

    @property
    def current(self) -> Bundle | None:
        """The bundle that takes new calls."""
        return self._current

    def load(self, folder: Path) -> Loaded:
        """Read and check a folder with this node's environment and audio; publishes nothing."""
        return load_folder(folder, self._env, self._audio, strict_env=True)

    def publish(self, bundle: Bundle, folder: Path) -> None:
        """Let new calls begin with this bundle. Raises `IvrError` when it cannot be kept."""
        self._keep_copy(bundle.name, folder)
        self._bundles[bundle.name] = self._current = bundle
        log.info("bundle_published", bundle=bundle.name, flows=len(bundle.programs))

    def program_for(self, called: str) -> Program:
        """The program that takes a new call; one that turns it away where no flow wants it."""
        program = self._current.program_for(called) if self._current else None
        if program is None:
            log.error("no_flow_for_call", bundle=self._current.name if self._current else "")
        return program or unserved()

    def program_named(self, flow: str) -> Program | None:
        """The program of one flow that takes new calls."""
        return self._current.programs.get(flow) if self._current else None

    def program_of(self, snapshot: Snapshot) -> Program | None:
        """The program with which a call began."""
        if not snapshot.visits:
            return None
        if snapshot.bundle == BUNDLE:
            return self._builtin(snapshot)
        bundle = self._bundle(snapshot.bundle)
        return bundle.programs.get(snapshot.visits[0].flow) if bundle else None

    def _builtin(self, snapshot: Snapshot) -> Program | None:
        visit = snapshot.visits[0]
        program = overflow(self._elsewhere) if visit.flow == OVERFLOW else unserved()
        # With another setting than before, the call may be in a state that is no more.
        return program if visit.state in program.states else None

    def _bundle(self, name: str) -> Bundle | None:
        if name not in self._bundles:
            self._bundles[name] = self._from_shelf(name)
        return self._bundles[name]

    def _from_shelf(self, name: str) -> Bundle | None:
        folder = self._shelf / name
        if not name.isalnum() or not folder.is_dir():
            return None
        bundle = self.load(folder).bundle
        # A copy that was edited is another bundle: better no flow than a different one.
        return bundle if bundle is not None and bundle.name == name else None

    def _keep_copy(self, name: str, folder: Path) -> None:
        kept, draft = self._shelf / name, self._shelf / f"{name}.{secrets.token_hex(8)}.part"
        if kept.exists():
            return
        try:
            shutil.copytree(folder, draft)
            draft.rename(kept)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if kept.exists():  # another node was faster
                return
            reason = error.strerror or "not every file can be read"
            raise IvrError(f"The flows could not be copied to {self._shelf}: {reason}.") from error

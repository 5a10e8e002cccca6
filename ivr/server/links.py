"""A node's ways to others: Graph, its login, its signing keys, and business systems.

Each has connections of its own, so that none can take another's. None of them need be there when
the node starts; until keys and a token are at hand it is not ready.
"""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from ivr.errors import IvrError
from ivr.graph.kept_keys import KeptKeys
from ivr.graph.keys import KeyCache
from ivr.net.sender import Bounds
from ivr.ports import Clock
from ivr.runtime.lease import Holding
from ivr.server.parts import business_sender, control_of, graph_sender, public_sender, tokens_of
from ivr.server.settings import Settings

METADATA_BOUNDS = Bounds(head=2.0, total=2.0, body=256 * 1024)
FIRST_PAUSE, LONGEST_PAUSE = 500, 30_000
"""Milliseconds between two attempts to get what is missing."""

log = structlog.get_logger()


class Links:
    """Made from the settings; what changes something outside is sent under the lease only."""

    def __init__(self, settings: Settings, lease: Holding) -> None:
        self.graph, self.business = graph_sender(settings, lease), business_sender(lease)
        self.metadata = public_sender(next(iter(settings.webhook_metadata_urls), ""))
        self.downloads = public_sender(settings.graph_url)
        self.tokens = tokens_of(settings)
        kept = KeptKeys(Path(settings.data_dir) / "signing-keys.json", time.time)
        self.keys = KeyCache(settings.webhook_metadata_urls, self._document, time.monotonic, kept)
        self.control = control_of(settings, self.tokens, self.graph, self.downloads)
        self._tenant = settings.tenant_id
        self._has_token = False

    def readiness(self) -> dict[str, bool]:
        """Whether the first call would have to wait for anything of this."""
        return {"keys": self.keys.ready, "token": self._has_token}

    async def warm_up(self, clock: Clock) -> None:
        """Fetch signing keys and a token."""
        pause = FIRST_PAUSE
        while True:
            await self.keys.refresh()
            await self._try_token()
            if all(self.readiness().values()):
                return
            await clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def aclose(self) -> None:
        """Close them all."""
        for part in (
            self.keys,
            self.tokens,
            self.metadata,
            self.downloads,
            self.business,
            self.graph,
        ):
            await part.aclose()

    async def _document(self, url: str) -> bytes:
        answer = await self.metadata.send("GET", url, {}, bounds=METADATA_BOUNDS)
        if answer.status != 200:
            raise IvrError("The metadata of the signing keys could not be fetched.")
        return answer.body

    async def _try_token(self) -> None:
        try:
            await self.tokens.token(self._tenant)
            self._has_token = True
        except IvrError as error:
            log.error("no_graph_token", reason=str(error))

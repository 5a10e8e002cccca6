"""The last look at the lease, where a request leaves the node.

Between the decision to send and the sending a request waits for a token, a connection, a turn of
the event loop; the process may be stopped there for minutes. What comes out of such a wait under a
lease that is over is not sent.
"""

from __future__ import annotations

import httpx

from ivr.errors import Fenced
from ivr.runtime.lease import Holding


class LeasedTransport(httpx.AsyncBaseTransport):
    """Another transport, used only while the lease is fresh. Raises `Fenced`: nothing was sent."""

    def __init__(self, transport: httpx.AsyncBaseTransport, lease: Holding) -> None:
        self._transport = transport
        self._lease = lease

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        if not self._lease.fresh:
            raise Fenced
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

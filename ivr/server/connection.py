"""One connection of a client, with the bounds that uvicorn leaves to a proxy in front of it.

uvicorn waits for a request for ever, so a client that sends one byte now and then holds its
connection, and memory for as many headers as it likes. Graph's posts are small and come at once.
The parser is llhttp (httptools): it refuses what two servers in a row could read differently,
such as a request with both `Content-Length` and `Transfer-Encoding` (RFC 9112, section 6.3).
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 16 * 1024
"""Bytes of a request before its body; Microsoft's are under 4 kB, most of it the token."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol, with a deadline for a request and a limit for its head."""

    request_within: ClassVar[float] = 5.0
    """Seconds from its first byte, or from connecting, until a request must be there as a whole."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._drop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._set_deadline()
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """See `httptools.HttpRequestParser`."""
        self._set_deadline()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """See `httptools.HttpRequestParser`."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """See `httptools.HttpRequestParser`."""
        self._in_head, self._head = True, 0
        self._drop_deadline()
        super().on_message_complete()

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_within, self.transport.abort)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

"""Taking an address to listen on, before anything else is started."""

from __future__ import annotations

import socket

from ivr.errors import UsageError


def listen(host: str, port: int, advice: str) -> socket.socket:
    """A socket bound to the address; `port` 0 takes a free one.

    Raises `UsageError`, with `advice` on what to do, for an address that cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror or "it is not an address of this machine"
        raise UsageError(f"{host}:{port} cannot be listened on ({reason}): {advice}.") from None

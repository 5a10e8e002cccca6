"""A wire to PostgreSQL that can be cut in the worst moment."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_COMMIT = b"COMMIT\0"


class Wire:
    """Passes on what a client and a server say, until it is told not to.

    `cut_at_commit` counts the commits whose answer will be lost: each is sent on, the server
    does it, and both hear no more of each other. `lose_commit` counts those that the server does
    not even get.
    """

    def __init__(self, server: str, folder: str) -> None:
        self.cut_at_commit = 0
        self.lose_commit = 0
        self._server = server
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(f"{folder}/.s.PGSQL.5432")
        self._door.listen()
        threading.Thread(target=self._receive, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _receive(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._connect, args=[client], daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(f"{self._server}/.s.PGSQL.5432")
            back = threading.Thread(target=_pass_on, args=[server, client], daemon=True)
            back.start()
            while words := client.recv(65536):
                if _COMMIT in words and self.lose_commit:
                    self.lose_commit -= 1
                    break
                if _COMMIT in words and self.cut_at_commit:
                    self.cut_at_commit -= 1
                    client.shutdown(socket.SHUT_WR)
                    server.sendall(words)
                    break
                server.sendall(words)
            server.shutdown(socket.SHUT_WR)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while words := source.recv(65536):
            with suppress(OSError):
                target.sendall(words)


@contextmanager
def wired(url: str) -> Iterator[tuple[str, Wire]]:
    """The same database's URL by way of a wire, and the wire."""
    address, _, server = url.partition("?host=")
    with tempfile.TemporaryDirectory(prefix="ivr-wire-") as folder:
        wire = Wire(server, folder)
        try:
            yield f"{address}?host={folder}", wire
        finally:
            wire.close()

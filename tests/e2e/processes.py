"""Real processes for end-to-end tests: `ivr serve`, `ivr sim serve`, and a ticket system."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx

ROOT = Path(__file__).parents[2]
APP, TENANT = "2891555a-92ff-42e6-80fa-6e1300c6b5c6", "72f988bf-86f1-41af-91ab-2d7cd011db47"
LIMIT = 30.0
T = TypeVar("T")


class Process:
    """A command of ours that says on standard error where it listens."""

    def __init__(self, *command: str, env: dict[str, str] | None = None, log: Path) -> None:
        self.log = log
        self._file = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ivr", *command],
            cwd=log.parent,
            env={**_clean_environ(), **(env or {})},
            stdout=self._file,
            stderr=self._file,
        )

    def url(self) -> str:
        """Where it listens, as soon as it does."""
        return eventually(self._announced, "the process to listen")

    def kill(self) -> None:
        """SIGKILL, now."""
        self.process.kill()
        self.process.wait()
        self._file.close()

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        self._file.close()
        return code

    def _announced(self) -> str | None:
        if self.process.poll() is not None:
            raise AssertionError(f"it ended: {self.log.read_text()[-2000:]}")
        found = re.search(r"listening on (http://\S+)", self.log.read_text())
        return found[1] if found else None


def eventually(found: Callable[[], T | None], what: str, limit: float = LIMIT) -> T:
    """What `found` gives as soon as it gives something."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited {limit} s for {what}")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ticket_system() -> AbstractContextManager[tuple[str, list[dict[str, Any]]]]:
    """A business system that takes voicemails: its address, and what it was sent."""
    return business_system({})


def bank() -> AbstractContextManager[tuple[str, list[dict[str, Any]]]]:
    """A bank that believes every PIN."""
    return business_system(
        {"holder": "A", "balance": 12.5, "updated": "2026-03-02", "locked": False}
    )


@contextmanager
def business_system(reply: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Answers every POST with `reply`; its address, and the bodies that it was sent."""
    taken: list[dict[str, Any]] = []
    answer = json.dumps(reply).encode()

    class System(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(json.loads(body))
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), System)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", taken
    server.shutdown()
    server.server_close()


class Simulator:
    """The controls of `ivr sim serve`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def place(self, **call: Any) -> str:
        """Place a call; its id."""
        return str(self._post("/sim/calls", call)["id"])

    def call(self, call_id: str) -> dict[str, Any]:
        """Everything about a call."""
        answer = self._client.get(f"/sim/calls/{call_id}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def do(self, call_id: str, action: str, **body: Any) -> None:
        """Be the caller: press, speak, hangup, transfer."""
        self._post(f"/sim/calls/{call_id}/{action}", body)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


def serve_environ(simulator: str, port: int, data: Path, **more: str) -> dict[str, str]:
    """The settings of `ivr serve` against a simulator."""
    return {
        "IVR_FLOWS": str(ROOT / "flows"),
        "IVR_PORT": str(port),
        "IVR_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "IVR_APP_ID": APP,
        "IVR_APP_SECRET": "not-a-real-secret",
        "IVR_TENANT_ID": TENANT,
        "IVR_GRAPH_URL": f"{simulator}/v1.0",
        "IVR_LOGIN_URL": simulator,
        "IVR_WEBHOOK_METADATA_URLS": f"{simulator}/v1/.well-known/OpenIdConfiguration",
        "IVR_DATA_DIR": str(data),
        "IVR_ENV_FAULTS_TEAM": "instance:00000000-0000-4000-8000-000000000001",
        "IVR_ENV_BILLING_TEAM": "instance:00000000-0000-4000-8000-000000000002",
        "IVR_ENV_RECEPTION": "user:00000000-0000-4000-8000-000000000003",
        "IVR_ENV_ADVISERS": "instance:00000000-0000-4000-8000-000000000004",
        "IVR_ENV_CLINIC_DESK": "user:00000000-0000-4000-8000-000000000005",
        "IVR_ENV_TICKET_URL": "https://tickets.example.com",
        "IVR_ENV_BANK_URL": "https://bank.example.com",
        "IVR_ENV_BOOKING_URL": "https://bookings.example.com",
        **more,
    }


def _clean_environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IVR_")}

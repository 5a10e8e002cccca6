"""A login endpoint on loopback: Microsoft's two routes, with state and faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

LIFE = 3600
Reply = tuple[int, Mapping[str, str], bytes]


class LoginServer:
    """Plays the login endpoint: hands out `token-1`, `token-2` and so on, and can misbehave.

    `discovery` and `grant` answer its two routes and may be replaced; `forms` are the requests for
    a token; nothing is answered while `open` is cleared; `stop` and `start` take it off its port
    and back.
    """

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.open = threading.Event()
        self.open.set()
        self.port = 0
        self.behave()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def behave(self) -> None:
        self.discovery: Callable[[str], Reply] = self._good_discovery
        self.grant: Callable[[str], Reply] = self._good_grant

    def fail(self, status: int, body: bytes = b"", **headers: str) -> None:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.grant = lambda _tenant: (status, fields, body)

    def refuse(self, text: str, status: int = 401, error: str = "invalid_client") -> None:
        self.fail(status, json.dumps({"error": error, "error_description": text}).encode())

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self.port = self._server.server_port
        # The poll interval is how long `stop` waits.
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def close(self) -> None:
        """Let go of held requests and stop."""
        self.open.set()
        self.stop()

    def _good_discovery(self, tenant: str) -> Reply:
        base = f"https://127.0.0.1:{self.port}/{tenant}"
        body = {"issuer": f"{base}/v2.0", "authorization_endpoint": f"{base}/oauth2/v2.0/authorize"}
        return 200, {}, json.dumps(body | {"token_endpoint": f"{base}/oauth2/v2.0/token"}).encode()

    def _good_grant(self, tenant: str) -> Reply:
        token = f"token-{len(self.forms)}-{tenant[:4]}"
        body = {"token_type": "Bearer", "expires_in": LIFE, "access_token": token}
        return 200, {}, json.dumps(body).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        login = self

        class Route(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(login.discovery)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                login.forms.append({name: values[0] for name, values in parse_qs(body).items()})
                self.answer(login.grant)

            def answer(self, reply: Callable[[str], Reply]) -> None:
                login.paths.append(f"{self.command} {self.path}")
                login.open.wait(10)
                status, headers, body = reply(self.path.split("/")[1])
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        return Route

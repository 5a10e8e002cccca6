"""The small HTTP client with which `ivr calls` asks the admin API of a running node."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from ivr.errors import NotSent, OutcomeUnknown, Refused, Temporary, UsageError
from ivr.net.addresses import is_loopback, safe_url
from ivr.server.api.bodies import (
    CallHistory,
    CallShown,
    CallsShown,
    Dialled,
    FlowShown,
    HangingUp,
)
from ivr.server.api.problems import ErrorShown
from ivr.server.settings import Settings

TIMEOUT = 15.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
"""A host on which a node listens everywhere, and where it is then on this machine."""

T = TypeVar("T", bound=Struct)


def node_url(settings: Settings) -> str:
    """Where the node of these settings is: on this machine, else at its public address."""
    host = EVERYWHERE.get(settings.host, settings.host)
    if is_loopback(host) or not settings.public_url:
        return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    return settings.public_url


class Admin:
    """A node's admin API at `url`; `token` is its IVR_ADMIN_TOKEN.

    Everything raises `Temporary` when the node cannot be reached or cannot do it just now,
    `Refused` when it says no, and `UsageError` when there is no admin API. What is harmless to ask
    again is asked again for `patience` seconds; `sleep` waits so many seconds.
    """

    def __init__(
        self,
        url: str,
        token: str,
        patience: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        safe_url(url, "--url")
        if not token:
            raise UsageError("IVR_ADMIN_TOKEN is not set: it is the token of the node's admin API.")
        if not token.isascii() or not token.isprintable():
            raise UsageError("IVR_ADMIN_TOKEN has characters that no token has: copy it again.")
        self.url = url.rstrip("/")
        self._patience, self._sleep = patience, sleep
        # No redirects and no proxies from the environment: the token takes no other way.
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            trust_env=False,
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def calls(self, limit: int, *, live: bool) -> CallsShown:
        """Calls, the newest first."""
        query = {"limit": str(limit), "live": "true" if live else "false"}
        return self._again(lambda: self._ask("GET", "/calls", CallsShown, query=query))

    def call(self, call_id: str) -> CallShown:
        """A call without its history."""
        path, query = f"/calls/{_segment(call_id)}", {"history": "false"}
        return self._again(lambda: self._ask("GET", path, CallShown, query=query))

    def history(self, call_id: str) -> CallHistory:
        """A call with all that happened."""
        path = f"/calls/{_segment(call_id)}"
        return self._again(lambda: self._ask("GET", path, CallHistory))

    def flow(self, name: str) -> FlowShown:
        """What a flow takes. Asked once: with it begins what has patience only later."""
        return self._ask("GET", f"/flows/{_segment(name)}", FlowShown)

    def dial(self, flow: str, inputs: Mapping[str, str], key: str) -> Dialled:
        """Place a call; with the same key always the same."""
        body = {"flow": flow, "inputs": inputs}
        headers = {"Idempotency-Key": key}
        return self._again(lambda: self._ask("POST", "/calls", Dialled, body, headers))

    def hang_up(self, call_id: str, reason: str) -> HangingUp:
        """End a call."""
        path = f"/calls/{_segment(call_id)}/hangup"
        return self._again(lambda: self._ask("POST", path, HangingUp, {"reason": reason}))

    def _again(self, ask: Callable[[], T]) -> T:
        """Ask, and again while the node has hope for later and we have patience."""
        left, pause = self._patience, 0.5
        while True:
            try:
                return ask()
            except Temporary as error:
                wait = max(pause, error.delay or 0.0)
                if wait > left:
                    raise
                self._sleep(wait)
                left, pause = left - wait, min(pause * 2, 10.0)

    def _ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> T:
        try:
            answer = self._client.request(method, path, json=body, headers=headers, params=query)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL):
            raise NotSent(
                f"No node answers at {self.url}: start `ivr serve`, or name it with --url."
            ) from None
        except httpx.HTTPError:
            raise OutcomeUnknown(f"The node at {self.url} did not answer in time.") from None
        if not answer.is_success:
            raise self._failure(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.MsgspecError:
            raise self._no_api() from None

    def _failure(self, answer: httpx.Response) -> Exception:
        try:
            wrong = msgspec.json.decode(answer.content, type=ErrorShown).error
        except msgspec.MsgspecError:
            if answer.status_code >= 500:
                return NotSent(f"What answers at {self.url} has no node behind it just now.")
            return self._no_api()
        if wrong.code == "unauthorized":
            sentence = f"The node at {self.url} does not take this token: see IVR_ADMIN_TOKEN."
            return Refused(sentence, answer.status_code, wrong.code)
        if answer.status_code in (429, 503):
            return NotSent(wrong.message, _delay(answer))
        return Refused(wrong.message, answer.status_code, wrong.code)

    def _no_api(self) -> UsageError:
        return UsageError(
            f"There is no admin API at {self.url}: give the node an IVR_ADMIN_TOKEN, or see --url."
        )


def _segment(name: str) -> str:
    """One segment of a path. Raises `UsageError` for what no id or name looks like."""
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise UsageError("That is no id of a call and no name of a flow: see `ivr calls list`.")
    return name


def _delay(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 4 else None

"""Brings a recording home: the one request that goes where a notification says.

A notification's sender is known but its body is not signed, and the request carries a secret. So
it goes only to hosts that are named in the settings, with the recording's own token and no other,
and is never redirected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult

from ivr.errors import IvrError, MediaError, Refused, Temporary
from ivr.net.addresses import is_loopback, split_url
from ivr.net.retry_after import retry_after
from ivr.net.sender import Answer, Bounds, Sender, is_page

MAX_RECORDING = 16 * 1024 * 1024
"""Bytes; two minutes of 16 kHz, 16 bit, stereo are under 8 MB."""

BOUNDS = Bounds(head=5.0, total=30.0, body=MAX_RECORDING)

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_TOKEN = re.compile(r"[!-~]{1,16384}")


class Recordings:
    """Fetches clips from `hosts`: names, each of which stands for its subdomains as well.

    `loopback` admits hosts on loopback, for a Graph that is there too; `clock` gives seconds since
    1970 and `bounds` limits one download.
    """

    def __init__(
        self,
        sender: Sender,
        hosts: Sequence[str],
        clock: Callable[[], float],
        *,
        loopback: bool = False,
        bounds: Bounds = BOUNDS,
    ) -> None:
        self._sender = sender
        self._hosts = tuple("." + host.lower().lstrip("*.") for host in hosts)
        self._clock = clock
        self._loopback = loopback
        self._bounds = bounds

    async def fetch(self, location: str, token: str) -> bytes:
        """The bytes of a clip.

        Raises `Refused` for an address that may not be asked or a clip that is not given,
        `MediaError` for one that is empty or too long, `Temporary` where another try may do.
        """
        parts = split_url(location)
        if parts is None or not self._may_ask(parts):
            raise Refused(
                "The recording is on a host that IVR_RECORDING_HOSTS does not name, so its token "
                "was not sent: add the host if it is Microsoft's."
            )
        if token and _TOKEN.fullmatch(token) is None:
            raise Refused("The recording's token cannot be sent: it holds odd characters.")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._sender.send("GET", location, headers, bounds=self._bounds)
        if answer.status != 200:
            raise _failure(answer, self._clock())
        return _clip(answer)

    def _may_ask(self, parts: SplitResult) -> bool:
        host = parts.hostname or ""
        if is_loopback(host):
            return self._loopback
        usual = parts.port in (None, 443) and _HOST.fullmatch(host) is not None
        return usual and f".{host}".endswith(self._hosts)


def _clip(answer: Answer) -> bytes:
    if answer.ending == "too_long":
        raise MediaError("The recording is too long to be kept: it is more than 16 MB.")
    if answer.ending == "cut":
        raise Temporary("The recording came only in part.")
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaError("The recording came compressed, which was not asked for.")
    if not answer.body:
        raise MediaError("The recording is empty.")
    if is_page(answer):
        raise Temporary("A web page came in place of the recording.")
    return answer.body


def _failure(answer: Answer, now: float) -> IvrError:
    text = f"The recording was not given: the service answered {answer.status}."
    if answer.status in {408, 429} or answer.status >= 500:
        return Temporary(text, retry_after(answer.headers, now))
    return Refused(text, answer.status)

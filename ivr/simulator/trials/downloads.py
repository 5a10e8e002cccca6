"""A small trial of downloads: where does a recording's token go, whatever a notification says?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from ivr.errors import IvrError
from ivr.graph.recordings import Recordings
from ivr.net.sender import Answer, Bounds
from ivr.simulator.trials.chance import Chance
from ivr.simulator.trials.findings import TokenSent
from ivr.simulator.trials.history import History
from ivr.simulator.trials.loop import VirtualLoop

HOSTS = ("recordings.example", "media.example")
TOKEN = "a-secret-of-this-recording"  # noqa: S105 - opens nothing
LOCATIONS = (
    "https://recordings.example/clip",
    "https://eu.recordings.example/clip?part=1",
    "https://MEDIA.example./clip",
    "http://recordings.example/clip",
    "https://recordings.example:8443/clip",
    "https://recordings.example.evil.example/clip",
    "https://evilrecordings.example/clip",
    "https://recordings.example@evil.example/clip",
    "https://evil.example/recordings.example",
    "https://evil.example#recordings.example",
    "https://evil.example\\@recordings.example/clip",
    "https://169.254.169.254/latest",
    "https://[::ffff:169.254.169.254]/latest",
    "https://127.0.0.1/clip",
    "https://2852039166/clip",
    "https://localhost/clip",
    "ftp://recordings.example/clip",
    "file:///etc/passwd",
    "//recordings.example/clip",
    "",
)
ANSWERS = (200, 200, 301, 302, 307, 308, 401, 404, 429, 503)
AWAY = "https://evil.example/elsewhere"
MOST_HOPS = 3


class Spy:
    """Stands where `Sender` stands: notes who gets the token, and sends others elsewhere."""

    def __init__(self, history: History, status: int) -> None:
        self._history = history
        self._status = status
        self._requests = 0

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None,
        bounds: Bounds | None = None,
    ) -> Answer:  # fmt: skip
        """See `ivr.net.sender.Sender`."""
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
        if TOKEN in "".join(headers.values()):
            allowed = f".{host}".endswith(tuple(f".{each}" for each in HOSTS))
            secure = url.lower().startswith("https://")
            self._history.add(TokenSent(self._requests, host, allowed and secure, self._requests))
        self._requests += 1
        if self._requests > MOST_HOPS:
            return Answer(200, {}, b"clip")
        return Answer(self._status, {"location": AWAY}, b"clip")


def downloads(seed: int) -> History:
    """A clip is to be fetched from an odd place, whose host answers oddly."""
    history, chance = History(), Chance(seed)
    location = chance.pick(LOCATIONS, "location")
    spy = Spy(history, chance.pick(ANSWERS, "answer"))
    recordings = Recordings(spy, HOSTS, lambda: 0.0)  # type: ignore[arg-type]
    VirtualLoop().run(_fetch(recordings, location))
    return history


async def _fetch(recordings: Recordings, location: str) -> None:
    with suppress(IvrError):
        await recordings.fetch(location, TOKEN)

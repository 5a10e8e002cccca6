"""The last good signing keys in a file, for a start while the key service is down.

Public keys need no seal, but whoever could write the file could forge notifications: it lies with
the node's other data, and only its owner may read or write it. A file that cannot be read or
written costs the restart its keys and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ivr.graph.jwks import jwk_of, rsa_key

MAX_FILE = 1024 * 1024

Lives = dict[str, tuple[RSAPublicKey, float]]
"""Keys by id, each with the seconds that it is still good for, or less than none."""

_log = logging.getLogger(__name__)


class KeptKeys:
    """The file at `path`; `now` gives seconds since 1970, as a monotonic clock means nothing later.

    Both methods block.
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._path = path
        self._now = now

    def read(self) -> dict[str, Lives]:
        """The keys of each metadata document; none where there is no file."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(MAX_FILE))
            sources = found["sources"].items()
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
            _log.warning("the kept signing keys cannot be read: %s", type(error).__name__)
            return {}
        return {url: self._lives(listed) for url, listed in sources}

    def write(self, sources: Mapping[str, Lives]) -> None:
        """Replace the file, all at once."""
        now = self._now()
        document = {
            url: [{**jwk_of(kid, key), "until": now + left} for kid, (key, left) in lives.items()]
            for url, lives in sources.items()
        }
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            new.unlink(missing_ok=True)
            opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(opened, "w", encoding="utf-8") as file:
                json.dump({"sources": document}, file)
            new.replace(self._path)
        except OSError as error:
            _log.warning("the signing keys cannot be kept in a file: %s", error.strerror)

    def _lives(self, listed: object) -> Lives:
        """The keys of a list; an entry of any other form is passed over."""
        found: Lives = {}
        now = self._now()
        for jwk in listed if isinstance(listed, list) else ():
            named = rsa_key(jwk)
            if named and isinstance(jwk.get("until"), int | float):
                found[named[0]] = (named[1], jwk["until"] - now)
        return found

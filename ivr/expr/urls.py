"""Texts that are URLs: what a caller or another system says can never choose where they lead.

Inserts are percent-encoded whole, so they cannot hold a `/`, a `?` or an `@`; the host stands in
the text or comes from the operator's `env.`, and nothing else can reach into it.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from ivr.errors import SpokenValueError
from ivr.expr.inserts import Insert, Parts
from ivr.expr.speech_format import Speaker
from ivr.expr.values import Environment, speakable, within_size

_HOST_WRITTEN: Final = re.compile(r"https?://[^/?#\\\s]+[/?#]", re.IGNORECASE)
_ENDS_PATH: Final = re.compile(r"[?#]")
_DOTS: Final = frozenset({".", ".."})


def host_is_fixed(parts: Parts) -> bool:
    """Whether no insert but a leading `${env.name}` can change the host."""
    if len(parts) < 2:
        return not parts or isinstance(parts[0], str) or parts[0].is_environment
    first, second = parts[0], parts[1]
    if isinstance(first, str):
        return _HOST_WRITTEN.match(first) is not None
    return first.is_environment and isinstance(second, str) and second[0] in "/?#"


def joined_url(parts: Parts, env: Environment, speaker: Speaker) -> str:
    """The parts as one URL: inserts encoded, but a leading `${env.name}` as it is.

    Raises SpokenValueError, also where an insert would leave the path with an empty segment or
    with `.` or `..`, and so reach another address than the author wrote.
    """
    url = ""
    for part in parts:
        url += part if isinstance(part, str) else _inserted(part, url, env, speaker)
        within_size(url)
    path = _ENDS_PATH.split(url, maxsplit=1)[0]
    if not _DOTS.isdisjoint(path.split("/")):
        raise SpokenValueError("A URL has `.` or `..` between its slashes.")
    if speakable(url) != url:
        raise SpokenValueError("A URL has a line break or a control character in it.")
    return url


def _inserted(insert: Insert, before: str, env: Environment, speaker: Speaker) -> str:
    words = insert.words(env, speaker)
    if not words and not _ENDS_PATH.search(before):
        raise SpokenValueError("A value in the path of a URL is empty.")
    if not before and insert.is_environment:
        return words
    return quote(words, safe="", errors="replace")

"""Sends the requests of `http` states.

The URL was made from the flow and caller data was encoded into it; here it is checked once
more that it goes to the host that the flow names. Redirects are not followed, the answer is
bounded in time and size, and secrets are filled into headers at the last moment. The sender gives
each host a share of its connections, and leaves one that fails in peace for a while.

Letters outside ASCII in a header are sent as UTF-8. RFC 9110 (5.5) allows such bytes and gives them
no meaning; UTF-8 is what systems of today mean by them, and a caller's name must not cost the call.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog

from ivr.core.effects import SendRequest
from ivr.core.events import AnyEvent, HttpAnswered, HttpFailed
from ivr.errors import IvrError, Temporary, UsageError
from ivr.net.egress import is_forbidden
from ivr.net.sender import Bounds, Sender

MAX_BODY = 256 * 1024
SECRET = re.compile("\ue000([a-z][a-z0-9_]*)\ue000")
BASE64 = re.compile("\ue001([^\ue001]*)\ue001")
"""The marks of `ivr.states.http`."""

log = structlog.get_logger()


class HttpBusiness:
    """The business systems of this node; `secrets` are the values of `secret_env.` names."""

    def __init__(self, sender: Sender, secrets: Mapping[str, str]) -> None:
        self._sender = sender
        self._secrets = secrets

    async def send(self, request: SendRequest) -> AnyEvent:
        """`HttpAnswered` or `HttpFailed`; never raises."""
        try:
            return await self._send(request)
        except IvrError as error:
            log.warning("business_system_failed", effect=request.id, reason=str(error))
            return HttpFailed(request.id, timeout=isinstance(error, Temporary) and error.late)
        except ValueError:
            # No such URL, or a line break in a header: the text would quote a caller's data.
            log.warning("business_system_failed", effect=request.id, reason="it cannot be sent")
            return HttpFailed(request.id)

    async def _send(self, request: SendRequest) -> AnyEvent:
        parts = urlsplit(request.url)
        if parts.netloc != request.host or is_forbidden(parts.hostname or ""):
            log.warning("business_system_failed", effect=request.id, reason="another host")
            return HttpFailed(request.id)
        seconds = request.timeout / 1000
        answer = await self._sender.send(
            request.method,
            request.url,
            self._headers(request),
            request.body.encode() if request.body else None,
            Bounds(head=seconds, total=seconds, body=MAX_BODY),
        )
        if answer.ending != "whole":
            return HttpFailed(request.id, timeout=answer.ending == "cut")
        return HttpAnswered(request.id, answer.status, answer.body.decode("utf-8", "replace"))

    def _headers(self, request: SendRequest) -> dict[str, str]:
        own = {"Accept": "application/json"}
        if request.body:
            own["Content-Type"] = "application/json"
        return {**own, **{name: self._filled(value) for name, value in request.headers}}

    def _filled(self, value: str) -> str:
        value = BASE64.sub(lambda match: self._in_base64(match[1]), value)
        return SECRET.sub(lambda match: self._secret(match[1]), value)

    def _in_base64(self, value: str) -> str:
        return b64encode(self._filled(value).encode()).decode()

    def _secret(self, name: str) -> str:
        if name not in self._secrets:
            raise UsageError(f"IVR_SECRET_ENV_{name.upper()} is not set: a request needs it.")
        return self._secrets[name]

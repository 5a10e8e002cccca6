"""The HTTP client that msal is given for the login endpoint.

Ours, for four reasons. msal takes https authorities only, so a login endpoint on loopback is named
to it as https and reached over http. Requests carry the secret, so they go to the configured
endpoint and nowhere else, whatever a discovery document names or a redirect asks. An answer is
bounded in time and size. And msal logs the text of an answer that is not JSON, which may hold most
of a token: such an answer never gets that far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlencode

import httpx

from ivr.errors import Refused, Temporary
from ivr.net.addresses import same_origin, split_url
from ivr.net.retry_after import retry_after

MAX_ANSWER = 256 * 1024

_AADSTS = re.compile(r"AADSTS[0-9]{3,10}")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FOR_NOW = frozenset({"temporarily_unavailable", "server_error"})
_HINTS = {
    "AADSTS7000215": "the secret is wrong: set IVR_APP_SECRET to a secret's value, not to its id",
    "AADSTS7000222": "the secret has expired: make a new one and set IVR_APP_SECRET",
    "AADSTS700016": "the app is not known in that tenant: check IVR_APP_ID and the consent there",
    "AADSTS700027": "the certificate is not one of the app's: upload it to the registration",
    "AADSTS90002": "there is no such tenant: check IVR_TENANT_ID and IVR_TENANTS",
}
"""Microsoft's codes (page "Microsoft Entra authentication error codes") in words of ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What msal reads of an HTTP response: always status 200 and a JSON object."""

    status_code: int
    text: str
    headers: Mapping[str, str]


class LoginHttp:
    """Serves one request for a token: a discovery document and the token itself.

    `home` is the login endpoint, scheme and host. Raises `Temporary` when it cannot be reached,
    does not answer within `limit` seconds of `clock` or makes no sense, `Refused` when it says no.
    """

    def __init__(self, home: SplitResult, clock: Callable[[], float], limit: float) -> None:
        self._home = home
        self._clock = clock
        self._deadline = clock() + limit
        # No proxies from the environment and no redirects: the secret takes no other way.
        self._client = httpx.Client(timeout=limit, trust_env=False, follow_redirects=False)

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> Answer:
        """An HTTP GET as msal wants it."""
        return self._send("GET", url, params, headers)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str | bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> Answer:
        """An HTTP POST of a form, as msal wants it."""
        # httpx would send a value in bytes, such as msal's client assertion, as its repr.
        form = urlencode(data or {}).encode("ascii")
        return self._send("POST", url, params, {**(headers or {}), **_FORM}, form)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        form: bytes | None = None,
    ) -> Answer:
        try:
            with self._client.stream(
                method, self._address(url), params=params, headers=headers, content=form
            ) as response:
                answer = Answer(response.status_code, self._text(response), response.headers)
        except httpx.HTTPError:
            raise _unreachable() from None
        _check(answer, self._clock())
        return answer

    def _address(self, url: str) -> str:
        parts = split_url(url)
        if parts is None or not same_origin(parts, self._home._replace(scheme="https")):
            raise Refused(
                "The login endpoint names a token endpoint on another host, which gets no secret: "
                "set IVR_LOGIN_URL to the address that Microsoft gives for your cloud."
            )
        return parts._replace(scheme=self._home.scheme).geturl()

    def _text(self, response: httpx.Response) -> str:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER or self._clock() > self._deadline:
                raise _unreachable()
        return body.decode("utf-8", "replace")


def odd_answer() -> Temporary:
    """The failure of an answer that no login endpoint of Microsoft gives."""
    return Temporary(
        "The login endpoint's answer is not one of Microsoft's: check IVR_LOGIN_URL and any proxy."
    )


def _check(answer: Answer, now: float) -> None:
    body = _json_object(answer.text)
    status, error = answer.status_code, body.get("error")
    if status in (408, 429) or status >= 500 or error in _FOR_NOW:
        raise _unreachable(retry_after(answer.headers, now))
    if status == 200 and body:
        return
    if not isinstance(error, str):
        raise odd_answer()
    raise _refused(status, str(body.get("error_description")))


def _json_object(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(status: int, description: str) -> Refused:
    """Microsoft's refusal by its code alone: the description names traces and times of ours."""
    found = _AADSTS.search(description)
    code = found[0] if found else ""
    hint = _HINTS.get(code, "look the code up among Microsoft's authentication error codes")
    named = code or f"status {status} without a code"
    return Refused(f"The login endpoint refused a Graph token ({named}): {hint}.", status, code)


def _unreachable(delay: float | None = None) -> Temporary:
    return Temporary("The login endpoint gives no Graph tokens at the moment; try again.", delay)

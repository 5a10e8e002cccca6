"""Graph itself: whether it knows the app for calling, and with which keys it signs."""

from __future__ import annotations

import uuid

from ivr.cli.doctor.check import Finding, bad, good, warn
from ivr.cli.doctor.scene import Scene
from ivr.cli.doctor.token import token_or_none
from ivr.errors import IvrError, Temporary
from ivr.graph.advice import advice_for
from ivr.graph.jwks import UnusableError, keys_url, rsa_keys
from ivr.graph.results import explained
from ivr.graph.wire import read_error

UNREACHED = "Let this machine reach Microsoft over https, and check IVR_GRAPH_URL."
KEYS_FIX = "Check IVR_WEBHOOK_METADATA_URLS, and that this machine may reach them over https."


async def registration(scene: Scene) -> Finding:
    """Ask for a call that does not exist: who is registered is told that there is none."""
    token = await token_or_none(scene)
    url = f"{scene.settings.graph_url.rstrip('/')}/communications/calls/{uuid.uuid4()}"
    try:
        answer = await scene.ask("GET", url, {"Authorization": f"Bearer {token}"})
    except Temporary as error:
        return bad(f"Graph was not reached. {error}", UNREACHED)
    code = read_error(answer.body)
    if answer.status == 404:
        return good(f"Graph takes the app's questions about calls, in {answer.seconds:.1f} s.")
    if answer.status == 429 or answer.status >= 500:
        return warn(f"Graph answered {answer.status}: it has trouble just now.", "Try again later.")
    told = f", code {code}" if code else ""
    words = explained(code)
    said = f"Graph answered {answer.status}{told}{': ' if words else ''}{words}."
    fix = advice_for(code, status=answer.status) or "Look the code up in docs/operate.md."
    return bad(said, fix)


async def keys(scene: Scene) -> Finding:
    """Whether notifications could be verified."""
    urls, found, wrong = scene.settings.webhook_metadata_urls, 0, ""
    for url in urls:
        try:
            found += await _keys_at(scene, url)
        except UnusableError as error:
            wrong = f"{_host(url)}: {error}."
        except IvrError as error:
            wrong = f"{_host(url)}: {error}"
    if not found:
        return bad(f"There are no signing keys. {wrong}".strip(), KEYS_FIX)
    if wrong:
        return warn(f"Some signing keys are missing. {wrong}", KEYS_FIX)
    return good(f"The signing keys of notifications are at hand ({found}).")


async def _keys_at(scene: Scene, url: str) -> int:
    metadata = await scene.ask("GET", url)
    if metadata.status != 200:
        raise UnusableError(f"the metadata document is answered with {metadata.status}")
    document = await scene.ask("GET", keys_url(url, metadata.body))
    if document.status != 200:
        raise UnusableError(f"the keys are answered with {document.status}")
    return len(rsa_keys(document.body))


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]

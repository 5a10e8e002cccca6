"""The web application of a node: where the admin API hangs, and the proof that it was reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from ivr.server.app import create_app, proof
from ivr.server.media import Media
from ivr.server.webhook import Webhook
from tests.server.api_site import TOKEN, Api, sentence


@pytest.fixture
def api() -> Api:
    return Api()


class NoMedia:
    """No audio at all."""

    async def prompt(self, _: Request) -> Response:
        return Response(status_code=404)

    recording = prompt


def node_app(api: ASGIApp | None = None, keyed: Callable[[str], str] | None = None) -> Starlette:
    """The application of a node that takes no calls."""

    async def ready() -> dict[str, bool]:
        return {}

    nothing = NoMedia()
    return create_app(cast("Webhook", nothing.prompt), cast("Media", nothing), ready, api, keyed)


async def ask(app: ASGIApp, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ivr.example") as client:
        return await client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})


async def test_without_a_token_in_the_settings_there_is_no_admin_api() -> None:
    for path in ("/api/v1/calls", "/api/v1/openapi.json", "/api/v1"):
        assert (await ask(node_app(), path)).status_code == 404


async def test_it_hangs_below_its_root(api: Api) -> None:
    app = node_app(api.app)
    assert (await ask(app, "/api/v1/calls")).status_code == 200
    assert (await ask(app, "/livez")).text == "ok"
    sentence(await ask(app, "/api/v1/nothing"), 404, "not_found")


async def test_a_nonce_is_answered_with_proof_and_nothing_else_is() -> None:
    def keyed(text: str) -> str:
        return f"<{text}>"

    app, nonce = node_app(keyed=keyed), "0123456789abcdef" * 2
    assert (await ask(app, f"/livez?nonce={nonce}")).text == f"ok {proof(keyed, nonce)}"
    for other in ("", "?nonce=", "?nonce=x", f"?nonce={nonce}0", f"?nonce={nonce.upper()}"):
        assert (await ask(app, f"/livez{other}")).text == "ok"
    assert (await ask(node_app(), f"/livez?nonce={nonce}")).text == "ok"

"""Microsoft and a service of ours as `ivr doctor` meets them: all on loopback."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ivr.cli.doctor.check import Finding
from ivr.cli.doctor.examine import examine
from ivr.cli.doctor.registry import CHECKS
from ivr.cli.doctor.scene import Scene
from ivr.server.app import proof
from ivr.server.settings import Settings
from ivr.store.seal import Sealer
from tests.cli.shell import GREET, REMIND
from tests.graph.signing import APP, TENANT, Signer

SECRETS = ("first-secret", "second-secret", "admin-secret")
ENV = {"desk": "user:00000000-0000-4000-8000-000000000003", "shop_url": "https://shop.example"}
ROLES = ("Calls.AccessMedia.All", "Calls.Initiate.All")


class Microsoft:
    """Login, Graph and the signing keys; what they answer may be changed.

    `claims` are those of the token, without any it is opaque; `call` answers the question for a
    call, `app` that for the registration; `refusal` is an AADSTS number, for the secrets in
    `refused`.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] | None = {
            "aud": "https://graph.microsoft.com", "tid": TENANT, "appid": APP, "roles": list(ROLES),
        }  # fmt: skip
        self.call: tuple[int, Any] = (404, {"error": {"code": "8522"}})
        self.app: tuple[int, Any] = (403, {"error": {"code": "Authorization_RequestDenied"}})
        self.refused: dict[str, int] = {}
        self.keys: list[Mapping[str, Any]] = [Signer().jwk()]
        self.asked: list[str] = []
        paths = {
            "/{tenant}/v2.0/.well-known/openid-configuration": self._discovery,
            "/v1.0/communications/calls/{id}": self._call,
            "/v1.0/{path:path}": self._app,
            "/v1/.well-known/OpenIdConfiguration": self._metadata,
            "/v1/keys": self._keys,
        }
        self.web = Starlette(
            routes=[
                *(Route(path, endpoint) for path, endpoint in paths.items()),
                Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, request: Request) -> Response:
        base = f"https://{request.url.netloc}/{request.path_params['tenant']}"
        return JSONResponse({
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
        })  # fmt: skip

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        number = self.refused.get(form["client_secret"])
        if number is not None:
            told = {"error": "invalid_client", "error_description": f"AADSTS{number}: no"}
            return JSONResponse(told, 401)
        token = "opaque" if self.claims is None else jwt(self.claims)
        return JSONResponse({"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    async def _call(self, request: Request) -> Response:
        self.asked.append(request.path_params["id"])
        return JSONResponse(self.call[1], self.call[0])

    async def _app(self, _: Request) -> Response:
        return JSONResponse(self.app[1], self.app[0])

    async def _metadata(self, request: Request) -> Response:
        return JSONResponse({"jwks_uri": f"{request.base_url}v1/keys"})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": self.keys})


def jwt(claims: Mapping[str, Any]) -> str:
    """A token with these claims, and a signature that nobody looks at."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)] + [b"signature"]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def settings_for(microsoft: str, folder: Path, **more: Any) -> Settings:
    """The settings of a node that knows no other Microsoft."""
    usual = Settings(
        flows=str(folder / "flows"),
        data_dir=str(folder / "data"),
        speech="none",
        public_url="http://127.0.0.1:2",
        app_id=APP,
        app_secret="first-secret",
        tenant_id=TENANT,
        login_url=microsoft,
        graph_url=f"{microsoft}/v1.0",
        webhook_metadata_urls=[f"{microsoft}/v1/.well-known/OpenIdConfiguration"],
    )
    return replace(usual, **more)


def write_flows(folder: Path) -> None:
    """The two flows of a project."""
    for name, text in (("greet", GREET), ("remind", REMIND)):
        (folder / "flows" / name).mkdir(parents=True, exist_ok=True)
        (folder / "flows" / name / "flow.yaml").write_text(text, encoding="utf-8")


async def find(settings: Settings, name: str, **scene: Any) -> Finding:
    """What one check finds. Nothing of it holds a secret, and whatever is wrong has a fix."""
    found = (await findings(Scene(settings, **scene), name))[name]
    assert not any(secret in f"{found.said} {found.fix}" for secret in SECRETS)
    assert (found.verdict in {"warning", "failed"}) == bool(found.fix)
    assert found.said.endswith((".", "?"))
    return found


async def findings(scene: Scene, *names: str, deadline: float = 10.0) -> dict[str, Finding]:
    """What the checks of these names find, of all of them if none is named."""
    checks = [check for check in CHECKS if not names or check.name in names]
    try:
        return {each.check.name: each.finding async for each in examine(scene, checks, deadline)}
    finally:
        await scene.aclose()


class Service:
    """A node as its public address shows it; each answer may be changed.

    `statuses` by path replace an answer, `proof` proves the service with `sealer`.
    """

    def __init__(self, sealer: Sealer, audio: Mapping[str, bytes]) -> None:
        self.sealer, self.audio = sealer, dict(audio)
        self.statuses: dict[str, int] = {}
        self.ready = {"flows": True, "token": True}
        self.media_type = "audio/wav"
        self.web = Starlette(routes=[
            Route("/livez", self._livez),
            Route("/readyz", self._readyz),
            Route("/api/calls", self._callback, methods=["POST"]),
            Route("/api/calls/{key}", self._callback, methods=["POST"]),
            Route("/media/{name}.wav", self._media),
        ])  # fmt: skip

    async def _livez(self, request: Request) -> Response:
        nonce = request.query_params.get("nonce", "")
        return self._answer(request, PlainTextResponse(
            f"ok {proof(self.sealer.callback_key, nonce)}" if nonce else "ok"
        ))  # fmt: skip

    async def _readyz(self, request: Request) -> Response:
        status = 200 if all(self.ready.values()) else 503
        return self._answer(request, JSONResponse(self.ready, status))

    async def _callback(self, request: Request) -> Response:
        return self._answer(request, Response(status_code=401))

    async def _media(self, request: Request) -> Response:
        found = self.audio.get(request.path_params["name"])
        whole = Response(found, media_type=self.media_type) if found else Response(status_code=404)
        return self._answer(request, whole)

    def _answer(self, request: Request, usual: Response) -> Response:
        for path, status in self.statuses.items():
            if request.url.path.startswith(path):
                return Response(status_code=status, headers={"Location": "/elsewhere"})
        return usual

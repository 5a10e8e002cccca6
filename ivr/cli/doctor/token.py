"""The access token for Graph: whether it can be had, for whom it is, and what it permits."""

from __future__ import annotations

import asyncio

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.flows import bundle_of
from ivr.cli.doctor.needs import AUDIENCES, Claims, Need, claims_of, needs_of, unmet
from ivr.cli.doctor.scene import Scene
from ivr.errors import IvrError, Refused
from ivr.graph.advice import advice_for
from ivr.graph.login import Login, scope_for
from ivr.server.parts import credential_of
from ivr.server.settings import Settings

LIMIT = 8.0
FIX = "Check IVR_APP_ID, IVR_TENANT_ID and the secret or certificate of the app registration."
CONSENT = (
    "Microsoft Entra admin center: App registrations, the app, API permissions: add {missing} as "
    "an application permission and press Grant admin consent."
)


async def look(scene: Scene) -> Finding:
    """Whether every tenant gives a token, and one that is meant for Graph."""
    for tenant in scene.tenants or [""]:
        try:
            claims = claims_of(await token_of(scene, tenant))
        except Refused as error:
            return bad(f"{tenant}: {error}" if len(scene.tenants) > 1 else str(error), FIX)
        wrong = _wrong(claims, tenant, scene.settings) if claims else None
        if wrong is not None:
            return wrong
    if await scene.once("second secret", lambda: _second(scene)):
        return warn(
            "The first secret or certificate is refused; the next one works.",
            "Move IVR_APP_SECRET_NEXT to IVR_APP_SECRET.",
        )
    count = len(scene.tenants)
    return good(f"A token is given for {count} tenant{'s' if count > 1 else ''}.")


async def permissions(scene: Scene) -> Finding:
    """Whether the token permits what the flows do."""
    claims = await claims_or_none(scene)
    needs = needs_of(await bundle_of(scene))
    missing = unmet(needs, claims.roles)
    if missing:
        need, who = next(iter(missing.items()))
        others = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        said = f"The token lacks {_names(need)}, which {who} needs{others}."
        every = ", ".join(_names(each) for each in missing)
        return bad(said, CONSENT.format(missing=every))
    calling = sorted(role for role in claims.roles if role.startswith("Calls."))
    if not calling:
        return warn(
            "The token has no permission for calls: every caller is anonymous to the flows.",
            CONSENT.format(missing="Calls.Initiate.All"),
        )
    return good(f"The flows may do what they do: {', '.join(calling)}.")


async def token_of(scene: Scene, tenant: str = "") -> str:
    """A token of a tenant, the registration's own if none is named; asked for once."""
    scene.need("app_id", "tenant_id", "login_url")
    if not (scene.settings.app_secret or scene.settings.app_key):
        raise NotLooked("IVR_APP_SECRET is not set.")
    tenant = tenant or scene.tenants[0]
    return await scene.once(f"token {tenant}", lambda: _acquire(scene, tenant))


async def token_or_none(scene: Scene) -> str:
    """The registration's own token. Raises `NotLooked` when there is none."""
    try:
        return await token_of(scene)
    except NotLooked:
        raise
    except IvrError:
        raise NotLooked("There is no token to look with.") from None


async def claims_or_none(scene: Scene) -> Claims:
    """What the token says of itself. Raises `NotLooked` when it says nothing."""
    claims = claims_of(await token_or_none(scene))
    if claims is None:
        raise NotLooked("The token cannot be looked into: it is not one of Microsoft's.")
    return claims


async def _acquire(scene: Scene, tenant: str) -> str:
    return await _with(scene, tenant, scene.settings.app_secret_next or None)


async def _second(scene: Scene) -> bool:
    """Whether only the second secret is good."""
    if not scene.settings.app_secret_next:
        return False
    try:
        await _with(scene, scene.tenants[0])
    except Refused:
        return True
    return False


async def _with(scene: Scene, tenant: str, other: str | None = None) -> str:
    settings = scene.settings
    login = Login(
        settings.app_id, credential_of(settings), settings.login_url, scene.clock,
        scope=scope_for(settings.graph_url), limit=LIMIT, next_credential=other,
    )  # fmt: skip
    return (await asyncio.to_thread(login.acquire, tenant)).token


def _wrong(claims: Claims, tenant: str, settings: Settings) -> Finding | None:
    home = scope_for(settings.graph_url).removesuffix("/.default")
    if claims.audience not in AUDIENCES | {home}:
        return bad("The token is for another service than Graph.", advice_for("7501", status=401))
    if claims.app and claims.app != settings.app_id:
        return bad("The token is another app's.", FIX)
    # A domain stands for a tenant as well; then there is nothing to compare with.
    if "." not in tenant and claims.tenant and claims.tenant != tenant:
        return bad("The token is another tenant's.", advice_for("7505"))
    return None


def _names(need: Need) -> str:
    return " or ".join(sorted(need))

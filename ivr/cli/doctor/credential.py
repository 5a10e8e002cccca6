"""When the app's secret or certificate expires, as far as that can be known (P51)."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.scene import Scene
from ivr.cli.doctor.token import token_or_none
from ivr.graph.certificate import WARN_DAYS, Certificate

FIX = (
    "Make a new one in Microsoft Entra admin center, App registrations, Certificates & secrets, "
    "and set IVR_APP_SECRET_NEXT to it until the old one is removed."
)
UNTOLD = (
    "Graph does not tell this app when its secret expires (Application.Read.All would): note the "
    "date where you will see it."
)


class Kept(Struct, rename="camel"):
    """A secret or certificate of an app registration (Graph: passwordCredential)."""

    end_date_time: datetime | None = None


class Registered(Struct, rename="camel"):
    """What is read of an app registration."""

    password_credentials: list[Kept] = field(default_factory=list)
    key_credentials: list[Kept] = field(default_factory=list)


async def look(scene: Scene) -> Finding:
    """How long the secret or the certificate is good for."""
    settings = scene.settings
    if settings.app_key:
        days = Certificate(settings.app_key).days_left(scene.clock())
        if days is not None:
            return _judge(days, "certificate")
    registered = await _registered(scene)
    kept = registered.key_credentials if settings.app_key else registered.password_credentials
    ends = [each.end_date_time.timestamp() for each in kept if each.end_date_time]
    if not ends:
        raise NotLooked(UNTOLD)
    days = (max(ends) - scene.clock()) / 86_400
    return _judge(days, "certificate" if settings.app_key else "newest secret")


def _judge(days: float, what: str) -> Finding:
    if days < 0:
        return bad(f"The {what} of the app has expired.", FIX)
    said = f"The {what} of the app is good for {days:.0f} days."
    return warn(said, FIX) if days < WARN_DAYS[0] else good(said)


async def _registered(scene: Scene) -> Registered:
    token = await token_or_none(scene)
    root, app = scene.settings.graph_url.rstrip("/"), quote(scene.settings.app_id, safe="")
    url = f"{root}/applications(appId='{app}')?$select=passwordCredentials,keyCredentials"
    answer = await scene.ask("GET", url, {"Authorization": f"Bearer {token}"})
    try:
        if answer.status == 200:
            return msgspec.json.decode(answer.body, type=Registered)
    except msgspec.MsgspecError:
        pass
    raise NotLooked(UNTOLD)

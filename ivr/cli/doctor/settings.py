"""Whether there is everything that `ivr serve` needs, and whether secrets are good ones."""

from __future__ import annotations

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.scene import Scene
from ivr.errors import UsageError
from ivr.server.settings import check_serving

FIX = "Set it in the environment or in ivr.toml: see docs/settings.md."
LEAST_TOKEN = 20
"""Characters of an admin token; 20 random ones cannot be guessed."""


async def look(scene: Scene) -> Finding:
    """Whether the settings are complete. A node does not start with those that are not."""
    try:
        check_serving(scene.settings)
    except UsageError as error:
        return bad(str(error), FIX)
    return good("Everything that `ivr serve` needs is set.")


async def admin_token(scene: Scene) -> Finding:
    """Whether the token of the admin API can be guessed."""
    token = scene.settings.admin_token
    if not token:
        raise NotLooked("The admin API is off: IVR_ADMIN_TOKEN is not set.")
    if len(token) < LEAST_TOKEN:
        return warn(
            f"The token of the admin API has fewer than {LEAST_TOKEN} characters.",
            'Make one: python -c "import secrets; print(secrets.token_urlsafe(32))".',
        )
    return good("The admin API is on, with a token that cannot be guessed.")

"""Integration: tokens of notifications that go wrong by the faults of the catalogue."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.simulator.graph_world import APP_ID, TENANT, World, world


async def inject(w: World, name: str, **more: object) -> None:
    """Put a fault of the catalogue in force."""
    await w.sim("faults", {"name": name, **more}, 201)


CLAIMS: list[tuple[str, str, object]] = [
    ("issuer_with_slash", "iss", "https://api.botframework.com/"),
    ("issuer_graph", "iss", "https://graph.microsoft.com"),
    ("issuer_of_the_tenant", "iss", f"https://sts.windows.net/{TENANT}/"),
    ("issuer_foreign", "iss", "https://sts.example.com/"),
    ("token_without_tenant", "tid", None),
    ("token_expired", "exp", 3_900),
]


async def signed(w: World, name: str) -> str:
    """The token of a notification for which a fault is in force."""
    await inject(w, name)
    before = len(w.bot.posts)
    await w.sim("calls", {}, 201)
    await w.bot.until(lambda: len(w.bot.posts) > before)
    return str(w.bot.posts[-1][1].get("authorization", "")).removeprefix("Bearer ")


async def keys(w: World) -> dict[str, Any]:
    """The published keys by their ids."""
    found = (await w.client.get("/v1/keys")).json()
    return {key["kid"]: jwt.PyJWK(key, "RS256") for key in found["keys"]}


@pytest.mark.parametrize(("name", "claim", "value"), CLAIMS)
async def test_a_token_makes_another_claim(name: str, claim: str, value: object) -> None:
    async with world() as w:
        token = await signed(w, name)
        key = (await keys(w))[jwt.get_unverified_header(token)["kid"]]
        off = {"verify_exp": False, "verify_aud": False}
        assert jwt.decode(token, key, ["RS256"], options=off).get(claim) == value  # type: ignore[arg-type]


async def test_a_token_for_another_app_or_no_token_at_all() -> None:
    async with world() as w:
        token = await signed(w, "token_for_another_app")
        assert jwt.decode(token, options={"verify_signature": False})["aud"] != APP_ID
        assert jwt.get_unverified_header(await signed(w, "token_unsigned"))["alg"] == "none"
        assert await signed(w, "token_garbage") == "no-token"
        assert await signed(w, "token_missing") == ""


async def test_the_key_is_replaced_doubled_or_unknown() -> None:
    async with world() as w:
        first = set(await keys(w))
        token = await signed(w, "key_unknown")
        assert jwt.get_unverified_header(token)["kid"] not in await keys(w)
        token = await signed(w, "keys_rotated")
        now = await keys(w)
        assert first.isdisjoint(now)
        assert jwt.decode(token, next(iter(now.values())), ["RS256"], audience=APP_ID)
        token = await signed(w, "second_key")
        assert list(await keys(w)).index(jwt.get_unverified_header(token)["kid"]) == 1

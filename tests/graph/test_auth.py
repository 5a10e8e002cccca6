"""The verifier of notification tokens: what it accepts, what it remembers, what it tells."""

from __future__ import annotations

import json
from collections.abc import Sequence

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.graph.auth import MAX_HEADER, REMEMBERED, NotificationVerifier, Rejected, Verified
from ivr.graph.keys import KeyCache
from tests.graph.signing import (
    APP,
    ISSUERS,
    METADATA,
    NOW,
    TENANT,
    Publisher,
    Signer,
    VirtualClock,
    b64,
    good_claims,
    publisher_of,
    raw_token,
)

SIGNER, OTHER = Signer("key-1"), Signer("key-2")
OTHER_TENANT = "11111111-2222-4333-8444-555555555555"


class Scene:
    """A verifier with its keys, clock and publisher, as the server wires them."""

    def __init__(
        self,
        publisher: Publisher | None = None,
        issuers: Sequence[str] = ISSUERS,
        tenants: Sequence[str] = (TENANT, OTHER_TENANT),
    ) -> None:
        self.clock = VirtualClock()
        self.publisher = publisher or publisher_of([SIGNER])
        urls = [url for url in self.publisher.pages if "well-known" in url]
        self.keys = KeyCache(urls, self.publisher.fetch, self.clock)
        self.verifier = NotificationVerifier(APP, issuers, tenants, self.keys, self.clock)

    async def judge(self, token: str) -> Verified | Rejected:
        return await self.verifier.verify([f"Bearer {token}"])


async def test_a_good_token_says_whose_call_it_is_and_until_when() -> None:
    verdict = await Scene().judge(SIGNER.token())
    assert verdict == Verified(TENANT, ISSUERS[0], NOW + 3900)


async def test_a_token_of_another_implementation_is_accepted() -> None:
    token = jwt.encode(good_claims(), SIGNER.key, "RS256", {"kid": SIGNER.kid})
    assert isinstance(await Scene().judge(token), Verified)


async def test_further_claims_and_headers_do_no_harm() -> None:
    token = SIGNER.token({"x5t": "abc", "nonce": "1"}, serviceurl="https://x", roles=[{"a": None}])
    assert isinstance(await Scene().judge(token), Verified)


async def test_a_header_without_a_type_is_accepted() -> None:
    header = {name: value for name, value in SIGNER.header().items() if name != "typ"}
    token = raw_token(json.dumps(header), json.dumps(good_claims()), SIGNER.sign)
    assert isinstance(await Scene().judge(token), Verified)


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer  "])
async def test_the_scheme_has_no_case(scheme: str) -> None:
    verdict = await Scene().verifier.verify([scheme + SIGNER.token()])
    assert isinstance(verdict, Verified)


@pytest.mark.parametrize("closing", ["", "/"])
@pytest.mark.parametrize("configured", [ISSUERS, [f"{issuer}/" for issuer in ISSUERS]])
@pytest.mark.parametrize("issuer", ISSUERS)
async def test_issuers_match_with_and_without_a_closing_slash(
    issuer: str, configured: Sequence[str], closing: str
) -> None:
    scene = Scene(issuers=configured)
    assert isinstance(await scene.judge(SIGNER.token(iss=issuer + closing)), Verified)
    assert await scene.judge(SIGNER.token(iss=issuer + "//")) == Rejected(
        "issuer", SIGNER.kid, issuer + "//"
    )


async def test_an_issuer_may_be_that_of_the_tokens_own_tenant() -> None:
    scene = Scene(issuers=["https://sts.windows.net/{tid}/", *ISSUERS])
    own = SIGNER.token(iss=f"https://sts.windows.net/{OTHER_TENANT}/", tid=OTHER_TENANT)
    foreign = SIGNER.token(iss=f"https://sts.windows.net/{OTHER_TENANT}/", tid=TENANT)
    assert isinstance(await scene.judge(own), Verified)
    assert isinstance(await scene.judge(foreign), Rejected)


async def test_issuers_of_both_versions_are_accepted_side_by_side() -> None:
    """P02 and P04: libraries disagree on which is right, so both may be set."""
    old, new = "https://sts.windows.net/{tid}/", "https://login.microsoftonline.com/{tid}/v2.0"
    scene = Scene(issuers=[old, new, *ISSUERS])
    for issuer in (old.replace("{tid}", TENANT), new.replace("{tid}", TENANT), *ISSUERS):
        assert isinstance(await scene.judge(SIGNER.token(iss=issuer)), Verified)
    assert isinstance(await scene.judge(SIGNER.token(iss=new)), Rejected)


async def test_a_token_signed_with_a_key_of_the_second_document_is_accepted() -> None:
    publisher = publisher_of([SIGNER])
    gov = "https://apigcch.botframework.azure.us/v1/.well-known/OpenIdConfiguration"
    publisher.publish(OTHER, at=gov)
    token = OTHER.token(iss="https://api.botframework.com/")
    assert isinstance(await Scene(publisher).judge(token), Verified)


async def test_rotation_in_the_middle_of_a_call_rejects_nothing() -> None:
    scene = Scene()
    await scene.judge(SIGNER.token())
    scene.clock.advance(600)
    scene.publisher.publish(OTHER)
    assert isinstance(await scene.judge(OTHER.token()), Verified)
    assert isinstance(await scene.judge(SIGNER.token(nbf=NOW + 1)), Verified)


async def test_an_outage_of_half_a_day_and_a_rotation_reject_nothing() -> None:
    scene = Scene()
    await scene.keys.refresh()
    scene.publisher.go_down()
    for hour in range(12):
        now = NOW + hour * 3600
        scene.clock.now = now
        token = SIGNER.token(iat=now, nbf=now, exp=now + 3900)
        assert isinstance(await scene.judge(token), Verified)
    scene.publisher.publish(OTHER)
    late = SIGNER.token(iat=now, nbf=now, exp=now + 3901)
    assert isinstance(await scene.judge(late), Verified)
    assert isinstance(await scene.judge(OTHER.token(iat=now, nbf=now, exp=now + 3900)), Verified)


class CountingKeys:
    """Keys that count how often a signature had to be checked."""

    def __init__(self, publisher: Publisher, clock: VirtualClock) -> None:
        self.cache = KeyCache([METADATA], publisher.fetch, clock)
        self.found = 0

    async def find(self, kid: str, /) -> RSAPublicKey | None:
        self.found += 1
        return await self.cache.find(kid)


async def test_a_token_that_comes_back_is_verified_once_until_it_expires() -> None:
    clock = VirtualClock()
    keys = CountingKeys(publisher_of([SIGNER]), clock)
    verifier = NotificationVerifier(APP, ISSUERS, [TENANT], keys, clock)
    header = [f"Bearer {SIGNER.token()}"]
    for _ in range(300):
        assert isinstance(await verifier.verify(header), Verified)
        clock.advance(13)
    assert keys.found == 1
    clock.now = NOW + 3900 + 299
    assert isinstance(await verifier.verify(header), Verified)
    clock.advance(2)
    assert await verifier.verify(header) == Rejected("expired", SIGNER.kid, ISSUERS[0])
    assert keys.found == 1


async def test_the_memory_for_tokens_is_bounded_and_forgets_the_least_used() -> None:
    clock = VirtualClock()
    keys = CountingKeys(publisher_of([SIGNER]), clock)
    verifier = NotificationVerifier(APP, ISSUERS, [TENANT], keys, clock)
    busy = [f"Bearer {SIGNER.token()}"]
    await verifier.verify(busy)
    idle = [f"Bearer {SIGNER.token(jti='idle')}"]
    await verifier.verify(idle)
    for n in range(REMEMBERED - 1):
        await verifier.verify([f"Bearer {SIGNER.token(jti=str(n))}"])
        await verifier.verify(busy)
    assert keys.found == 2 + REMEMBERED - 1  # the busy token was verified once only
    await verifier.verify(idle)
    assert keys.found == 2 + REMEMBERED


async def test_a_rejected_token_is_not_remembered_as_good() -> None:
    scene = Scene()
    forged = raw_token(json.dumps(SIGNER.header()), json.dumps(good_claims()), OTHER.sign)
    for _ in range(2):
        assert await scene.judge(forged) == Rejected("signature", SIGNER.kid, ISSUERS[0])


async def test_what_a_rejection_tells_is_safe_to_log() -> None:
    scene = Scene()
    evil = "https://evil\r\nX-Admin: 1\x1b]0;\u202e" + "x" * 200
    verdict = await scene.judge(SIGNER.token({"kid": "a\nb"}, iss=evil))
    assert isinstance(verdict, Rejected)
    assert verdict.reason == "key_id"
    assert verdict.kid == "a?b"
    assert verdict.issuer.startswith("https://evil??X-Admin:?1?]0;?xxx")
    assert len(verdict.issuer) == 128


async def test_a_wrong_token_causes_no_fetch_of_keys() -> None:
    scene = Scene()
    for token in (
        SIGNER.token({"kid": "unknown"}, aud="somebody else"),
        SIGNER.token({"kid": "unknown"}, iss="https://evil.example"),
        SIGNER.token({"kid": "unknown"}, exp=NOW - 3900),
        SIGNER.token({"kid": "../../dev/null"}),
    ):
        assert isinstance(await scene.judge(token), Rejected)
    assert scene.publisher.asked == []


ALPHABET = "abcXYZ019-_.=+/ \n\0é\ud800"
SHAPES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=ALPHABET, max_size=60),
    st.lists(st.binary(max_size=30).map(b64), min_size=1, max_size=6).map(".".join),
)


@settings(deadline=None)
@given(st.lists(SHAPES.map("Bearer {}".format) | SHAPES, max_size=3))
async def test_nothing_that_arrives_raises(values: list[str]) -> None:
    assert isinstance(await Scene().verifier.verify(values), Rejected)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.sampled_from(["alg", "typ", "kid", "crit", "x5c"]),
    JSON_VALUES,
    st.sampled_from(["iss", "aud", "tid", "exp", "nbf", "iat"]),
    JSON_VALUES,
)
async def test_no_well_signed_content_raises(
    member: str, value: object, claim: str, claimed: object
) -> None:
    token = SIGNER.token({member: value}, **{claim: claimed})
    assert isinstance(await Scene().judge(token), Verified | Rejected)


async def test_a_header_at_the_limit_is_read_and_one_above_is_not() -> None:
    scene = Scene()
    short = f"Bearer {SIGNER.token(pad='')}"
    for size, outcome in ((MAX_HEADER, Verified), (MAX_HEADER + 4, Rejected)):
        header = f"Bearer {SIGNER.token(pad='x' * ((size - len(short)) * 3 // 4))}"
        assert size - 4 < len(header) <= size
        assert isinstance(await scene.verifier.verify([header]), outcome)

"""Bugs in the judgement on who speaks: tokens and the keys that they are signed with."""

from __future__ import annotations

from mutants.mutant import Mutant

AUTH = "ivr/graph/auth.py"
KEYS = "ivr/graph/keys.py"
TOKENS = ("tests/graph/test_hostile_tokens.py",)
VERIFIED = ("tests/graph/test_auth.py",)
FOUND = ("tests/graph/test_keys.py",)

MUTANTS = (
    Mutant(
        "the signature of a token is not looked at",
        AUTH,
        "            _check_signature(token, await self._keys.find(kid))\n",
        "            await self._keys.find(kid)\n",
        TOKENS,
    ),
    Mutant(
        "an expired token is taken",
        AUTH,
        '    if now >= expires + SKEW:\n        _reject("expired")\n',
        "",
        TOKENS,
    ),
    Mutant(
        "a token for another app is taken",
        AUTH,
        '        if claims.get("aud") != self._app_id:\n            _reject("audience")\n',
        "",
        TOKENS,
    ),
    Mutant(
        "a token of any issuer is taken",
        AUTH,
        "        if not isinstance(issuer, str) or issuer not in self._issuers[tenant]:\n",
        "        if not isinstance(issuer, str):\n",
        TOKENS,
    ),
    Mutant(
        "a token may name another algorithm",
        AUTH,
        '    if header.get("alg") != "RS256":\n',
        '    if not header.get("alg"):\n',
        TOKENS,
    ),
    Mutant(
        "a token that was good once is good for ever",
        AUTH,
        "        if verified is None or now >= verified.expires + SKEW:\n",
        "        if verified is None:\n",
        VERIFIED,
    ),
    Mutant(
        "keys are fetched for a token that is wrong anyway",
        AUTH,
        "            verified = self._check_claims(token.claims, now)\n"
        "            # The key comes last: only a token that is right otherwise may cause a fetch.\n"
        "            _check_signature(token, await self._keys.find(kid))\n",
        "            _check_signature(token, await self._keys.find(kid))\n"
        "            verified = self._check_claims(token.claims, now)\n",
        VERIFIED,
    ),
    Mutant(
        "each made-up key id fetches the keys",
        KEYS,
        "        if 0 <= now - self._unknown_at < MIN_GAP:\n            return None\n",
        "",
        FOUND,
    ),
    Mutant(
        "an answer without keys takes those that were known",
        KEYS,
        "            if fresh is not None:\n                source.merge(fresh, now)\n",
        "            source.keys = {}\n            source.merge(fresh or {}, now)\n",
        FOUND,
    ),
    Mutant(
        "a withdrawn key is good as long as any other",
        KEYS,
        "            kid: _Known(old.key, min(old.until, retired))\n",
        "            kid: _Known(old.key, old.until)\n",
        FOUND,
    ),
    Mutant(
        "a document may send us to any host for its keys",
        "ivr/graph/jwks.py",
        "    if shared is None or shared != _shared_domain(home):\n",
        "    if False:\n",
        ("tests/graph/test_jwks.py",),
    ),
)

"""Bugs at Graph's edge: what it is asked, what its answers mean, and what its tokens are good for."""

from __future__ import annotations

from mutants.mutant import Mutant

CLIENT = "ivr/graph/client.py"
RESULTS = "ivr/graph/results.py"
ANSWERS = "ivr/graph/answers.py"
ENCODE = "ivr/graph/encode.py"
TOKENS = "ivr/graph/tokens.py"
ERRORS = ("tests/graph/test_client_errors.py",)
MEANT = ("tests/graph/test_results.py",)
ENCODED = ("tests/graph/test_encode.py",)
ASKED = ("tests/graph/test_tokens.py",)
NEW_LEGS = ("tests/graph/test_new_legs.py",)

MUTANTS = (
    Mutant(
        "a fault of the service means that nothing was done",
        RESULTS,
        '    return "unknown" if status == 408 or status >= 500 else "refused"\n',
        '    return "refused"\n',
        MEANT,
    ),
    Mutant(
        "a 503 that says when to come back leaves open what was done",
        RESULTS,
        "    turned_away = status == 429 or (status == 503 and later)\n",
        "    turned_away = status == 429\n",
        MEANT,
    ),
    Mutant(
        "a throttled request is refused for good",
        RESULTS,
        "    turned_away = status == 429 or (status == 503 and later)\n",
        "    turned_away = status == 503 and later\n",
        MEANT,
    ),
    Mutant(
        "a call that Graph does not know is not over",
        RESULTS,
        "        return (status == 404 and not nowhere) or (status < 500 and code in GONE)\n",
        "        return status < 500 and code in GONE\n",
        MEANT,
    ),
    Mutant(
        "a participant who has left takes the call along",
        RESULTS,
        '    return subject == "participant" and status < 500 and code in OVER\n',
        '    return subject == "participant" and (status == 404 or code in OVER)\n',
        MEANT,
    ),
    Mutant(
        "a call whose audio is not there yet has none",
        RESULTS,
        '    if status < 500 and subject == "media" and code in NOT_READY:\n        return "wait"\n',
        "",
        MEANT,
    ),
    Mutant(
        "a transfer that was sent twice on the way has failed",
        RESULTS,
        '    if status < 500 and subject == "transfer" and code in UNDER_WAY:\n'
        '        return "unknown"\n',
        "",
        MEANT,
    ),
    Mutant(
        "a call that was never placed is over",
        ENCODE,
        'msgspec.json.encode(body), "new")\n',
        "msgspec.json.encode(body))\n",
        NEW_LEGS,
    ),
    Mutant(
        "the month's limit of calls is asked about again and again",
        RESULTS,
        '    if status < 500 and code == USED_UP:\n        return "refused"\n',
        "",
        MEANT,
    ),
    Mutant(
        "a token that Graph refuses is not replaced",
        CLIENT,
        '        if self._verdict(request, answer) != "token" or self._in_vain(tenant):\n',
        "        if True:\n",
        ERRORS,
    ),
    Mutant(
        "a missing permission costs a new token with each request",
        CLIENT,
        '        if self._verdict(request, answer) == "token":\n'
        "            self._refused_at[tenant] = self._clock()\n",
        "",
        ERRORS,
    ),
    Mutant(
        "whether there is a token decides whether the outcome is known",
        CLIENT,
        "            raise NotSent(str(error), error.delay) from None\n",
        "            raise OutcomeUnknown(str(error), error.delay) from None\n",
        ERRORS,
    ),
    Mutant(
        "a keep-alive is held back like anything else",
        CLIENT,
        "_URGENT = (KeepAlive, HangUp)\n",
        "_URGENT = (HangUp,)\n",
        ERRORS,
    ),
    Mutant(
        "the time that Graph asks for is not handed on",
        CLIENT,
        "            return NotSent(text, READY_AGAIN if delay is None and code in NOT_READY else delay)\n",
        "            return NotSent(text)\n",
        ERRORS,
    ),
    Mutant(
        "a call that is asked about and not there is an error",
        CLIENT,
        '        if verdict == "gone" and isinstance(effect, CheckCall):\n'
        '            return (CallEnded("failed", "404", effect.leg),)\n',
        "",
        ("tests/graph/test_client.py",),
    ),
    Mutant(
        "a call that may ring somewhere is forgotten, as nobody says which it is",
        ANSWERS,
        '        raise OutcomeUnknown("Graph has placed a call and does not say which.")\n',
        "        return ()\n",
        NEW_LEGS,
    ),
    Mutant(
        "an operation that is over at once is waited for",
        ANSWERS,
        "    if kind is not None:\n        return (operation_event(kind, effect.id, operation),)\n",
        "",
        ("tests/graph/test_client.py",),
    ),
    Mutant(
        "a list of people that cannot be read is empty",
        ANSWERS,
        "    if people is None:\n"
        '        raise OutcomeUnknown("Graph\'s list of participants cannot be read.")\n'
        "    return ParticipantsListed(effect, present(people))\n",
        "    return ParticipantsListed(effect, present(people or ()))\n",
        NEW_LEGS,
    ),
    Mutant(
        "a consultation becomes a blind transfer while the leg's id is unknown",
        ENCODE,
        "    if effect.replaces:\n",
        "    if line.replaces:\n",
        ENCODED,
    ),
    Mutant(
        "seconds are rounded down, to none at worst",
        ENCODE,
        "    return min(max(-(-length // 1000), least), most)\n",
        "    return min(length // 1000, most)\n",
        ENCODED,
    ),
    Mutant(
        "an operation comes back without its effect",
        ENCODE,
        '            return "playPrompt", {\n                "clientContext": effect.id,\n',
        '            return "playPrompt", {\n',
        ENCODED,
    ),
    Mutant(
        "an id leads to another address",
        "ivr/graph/request.py",
        "    found = canonical_id(text)\n",
        "    found = text\n",
        ENCODED,
    ),
    Mutant(
        "a meeting of another tenant is joined with this tenant's token",
        "ivr/graph/placing.py",
        '    if guid(line.tenant) not in ("", found.tenant):\n',
        "    if False:\n",
        ENCODED,
    ),
    Mutant(
        "all tenants share one token",
        TOKENS,
        "        slot = self._slots.setdefault(tenant, _Slot())\n",
        '        slot = self._slots.setdefault("", _Slot())\n',
        ASKED,
    ),
    Mutant(
        "each call that lacks a token asks for one of its own",
        TOKENS,
        "        asking = slot.asking or self._start_asking(tenant, slot)\n",
        "        asking = self._start_asking(tenant, slot)\n",
        ASKED,
    ),
    Mutant(
        "a hundred calls refused together drop the new token a hundred times",
        TOKENS,
        "        if slot is not None and token in (None, slot.token):\n",
        "        if slot is not None:\n",
        ASKED,
    ),
    Mutant(
        "the first call after half of a token's life waits for the next",
        TOKENS,
        "        return slot.token if usable else _token_of(await asyncio.shield(asking))\n",
        "        return _token_of(await asyncio.shield(asking))\n",
        ASKED,
    ),
    Mutant(
        "the login endpoint is asked without a pause while it is down",
        TOKENS,
        "        return self.failure if 0 <= now - self.failed_at < gap else None\n",
        "        return None\n",
        ASKED,
    ),
)

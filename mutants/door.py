"""Bugs at the door: what is taken in, whose it is, and when it is acknowledged."""

from __future__ import annotations

from mutants.mutant import Mutant

WEBHOOK = "ivr/server/webhook.py"
HANDLER = "ivr/runtime/handler.py"
CONNECTION = "ivr/server/connection.py"
POSTED = ("tests/server/test_webhook.py",)
LEGS = ("tests/server/test_webhook_legs.py",)
HOSTILE = ("tests/server/test_hostile_webhook.py",)
WIRE = ("tests/server/test_hostile_http.py",)
HANDLED = ("tests/runtime/test_handler.py",)

MUTANTS = (
    Mutant(
        "a post is acknowledged before it is committed",
        WEBHOOK,
        "        reception = await self._handle(replace(arrival, sender=sender.tenant))\n"
        '        return FOREIGN if reception == "refused" else ACCEPTED\n',
        "        import asyncio\n\n"
        "        asyncio.ensure_future(self._handle(replace(arrival, sender=sender.tenant)))\n"
        "        return ACCEPTED\n",
        POSTED,
    ),
    Mutant(
        "a post that could not be stored is acknowledged",
        WEBHOOK,
        "            return BUSY\n",
        "            return ACCEPTED\n",
        POSTED,
    ),
    Mutant(
        "effects are handed on before they are committed",
        HANDLER,
        "        try:\n            granted = await self._store.commit(change)\n",
        "        self._after_commit(change)\n"
        "        try:\n            granted = await self._store.commit(change)\n",
        HANDLED,
    ),
    Mutant(
        "what was not granted is performed at once",
        HANDLER,
        "        self._after_commit(replace(change, claimed=granted))\n",
        "        self._after_commit(change)\n",
        ("tests/runtime/test_cluster.py",),
    ),
    Mutant(
        "the old form of a call is acknowledged like any other",
        WEBHOOK,
        "        return LEGACY\n",
        "        return ACCEPTED\n",
        POSTED,
    ),
    Mutant(
        "an empty post is acknowledged and nobody asks what was lost",
        WEBHOOK,
        "                return ACCEPTED if await self._reconcile(key, leg) else NOT_FOUND\n",
        "                return ACCEPTED\n",
        POSTED,
    ),
    Mutant(
        "the callback of one call is a door to another",
        WEBHOOK,
        "        elif key and not self._mine(arrival.call_id, key):\n",
        "        elif False:\n",
        POSTED,
    ),
    Mutant(
        "a callback key is looked at from its beginning only",
        WEBHOOK,
        "KEY.fullmatch(key)",
        "KEY.match(key)",
        HOSTILE,
    ),
    Mutant(
        "a stranger may send a whole body before being told no",
        WEBHOOK,
        '        verdict = await self._verifier.verify(request.headers.getlist("authorization"))\n',
        "        await request.body()\n"
        '        verdict = await self._verifier.verify(request.headers.getlist("authorization"))\n',
        WIRE,
    ),
    Mutant(
        "a body has no bound",
        WEBHOOK,
        "        if size > MAX_BODY:\n            return None\n",
        "",
        HOSTILE,
    ),
    Mutant(
        "a body that is announced too large is waited for",
        WEBHOOK,
        "        if _announced(request) > MAX_BODY:\n            return TOO_LARGE\n",
        "",
        WIRE,
    ),
    Mutant(
        "a compressed body is read as it is",
        WEBHOOK,
        '        if request.headers.get("content-encoding", "identity").lower() != "identity":\n'
        "            return ENCODED\n",
        "",
        HOSTILE,
    ),
    Mutant(
        "a request may take as long as it likes",
        CONNECTION,
        "    def _set_deadline(self) -> None:\n        if self._deadline is None:\n",
        "    def _set_deadline(self) -> None:\n        if False:\n",
        WIRE,
    ),
    Mutant(
        "a deadline goes on when the request has come",
        CONNECTION,
        "        self._in_head, self._head = True, 0\n        self._drop_deadline()\n",
        "        self._in_head, self._head = True, 0\n",
        WIRE,
    ),
    Mutant(
        "the head of a request has no bound",
        CONNECTION,
        "        if self._in_head and self._head > MAX_HEAD and not self.transport.is_closing():\n",
        "        if False:\n",
        WIRE,
    ),
    Mutant(
        "the tenant of the token is not compared with the call's",
        HANDLER,
        '        if arrival.sender and loaded.snapshot.sender not in {"", arrival.sender}:\n',
        "        if False:\n",
        POSTED,
    ),
    Mutant(
        "the tenant in the body counts more than that of the token",
        HANDLER,
        "        tenant = arrival.sender or event.tenant or arrival.tenant\n",
        "        tenant = event.tenant or arrival.tenant or arrival.sender\n",
        HANDLED,
    ),
    Mutant(
        "an event is given up when another node was faster",
        HANDLER,
        "MAX_RERUNS = 20\n",
        "MAX_RERUNS = 1\n",
        HANDLED,
    ),
    Mutant(
        "an event is run again on what is out of date",
        HANDLER,
        "                except Conflict:\n"
        "                    self._at_hand.pop(arrival.call_id, None)\n",
        "                except Conflict:\n                    pass\n",
        HANDLED,
    ),
    Mutant(
        "a call that is over can begin anew",
        HANDLER,
        "        if await self._store.known(arrival.call_id):\n",
        "        if await self._store.load(arrival.call_id):\n",
        HANDLED,
    ),
    Mutant(
        "two events of a call are worked on at once",
        "ivr/runtime/turns.py",
        "            async with lock:\n                yield\n",
        "            yield\n",
        HANDLED,
    ),
    Mutant(
        "a call that is over stays in memory",
        HANDLER,
        "            self._at_hand.pop(call_id, None)\n            return\n        self._at_hand",
        "            pass\n        self._at_hand",
        HANDLED,
    ),
    Mutant(
        "a timer that finds nothing due is not looked at again in the store",
        HANDLER,
        '            return await self._once(arrival) if outdated else "stale"\n',
        '            return "stale"\n',
        HANDLED,
    ),
    Mutant(
        "another id is taken for that of a leg",
        HANDLER,
        '    return "" if found.line else leg\n',
        "    return leg\n",
        LEGS,
    ),
    Mutant(
        "the id of a leg is learned from the answer only",
        HANDLER,
        "    if found is None or found.line == arrival.line:\n",
        "    if found is None or not found.line or found.line == arrival.line:\n",
        LEGS,
    ),
    Mutant(
        "what is told at the path of a leg is taken for the call's own",
        WEBHOOK,
        "    event = on_leg(arrival.event, leg.leg)\n",
        "    event = arrival.event\n",
        LEGS,
    ),
    Mutant(
        "a token of ours for something else opens the path of a leg",
        "ivr/runtime/leg_keys.py",
        "    opened = read_token(KIND, key)\n",
        '    opened = read_token(KIND, key) or read_token("media", key)\n',
        LEGS,
    ),
)

"""Bugs of the store: whose an effect is, who may write, what is durable. On every kind of store."""

from __future__ import annotations

from mutants.mutant import Mutant

WRITING, CLAIMING, LEASES = (
    "ivr/store/writing.py", "ivr/store/claiming.py", "ivr/store/leases.py",
)  # fmt: skip
GROUP, PENDING, MEMORY = "ivr/store/group.py", "ivr/store/pending.py", "ivr/store/memory.py"
DEADLINES, SQL = "ivr/store/deadlines.py", "ivr/store/sql.py"
SERIAL, IN_TURN = "ivr/store/serial.py", ("tests/store/test_store_in_turn.py",)
CONTRACT = ("tests/store/test_store_contract.py",)
SHARED = ("tests/store/test_store_nodes.py",)
COMMITTED = ("tests/store/test_store_together.py",)
FAULTY = ("tests/store/test_store_faults.py",)

MUTANTS = (
    Mutant(
        "a change is written whatever version is there",
        WRITING,
        "        if stored.get(change.call_id, 0) != change.expected\n",
        "        if stored.get(change.call_id, 0) == _CLOSED\n",
        CONTRACT,
    ),
    Mutant(
        "a call that is closed takes changes",
        WRITING,
        "    return {call_id: _CLOSED if closed else version for call_id, version, closed in rows}\n",
        "    return {call_id: version for call_id, version, closed in rows}\n",
        CONTRACT,
    ),
    Mutant(
        "a change that loses fails those who are written with it",
        WRITING,
        "    won = [change for change in batch.changes if change.call_id not in lost]\n",
        "    if lost:\n        raise next(iter(lost.values()))\n    won = batch.changes\n",
        CONTRACT,
    ),
    Mutant(
        "in memory a change is written whatever version is there",
        MEMORY,
        "        if change.version != (0 if kept is None else kept.version):\n"
        "            raise moved_on(change.call_id)\n",
        "",
        CONTRACT,
    ),
    Mutant(
        "a node may write after its lease",
        LEASES,
        "    if now is None:\n        raise Fenced\n    return now\n",
        "    return now or _now(connection)\n",
        SHARED,
    ),
    Mutant(
        "a lease never runs out in the store",
        LEASES,
        "    .where(nodes.c.epoch == _epoch, nodes.c.until > db_now())\n    .with_for_update",
        "    .where(nodes.c.epoch == _epoch)\n    .with_for_update",
        SHARED,
    ),
    Mutant(
        "a lease that has run out can be renewed",
        LEASES,
        "    .where(nodes.c.epoch == _epoch, nodes.c.until > db_now())\n    .values(until",
        "    .where(nodes.c.epoch == _epoch)\n    .values(until",
        SHARED,
    ),
    Mutant(
        "who takes a name leaves the earlier holder in",
        LEASES,
        '    " ON CONFLICT (name) DO UPDATE SET"\n'
        '    " epoch = excluded.epoch, lease = excluded.lease, until = excluded.until"\n',
        '    " ON CONFLICT (name) DO UPDATE SET until = excluded.until"\n',
        SHARED,
    ),
    Mutant(
        "a lease that is given up runs on",
        LEASES,
        '    connection.execute(_RESIGN, {"mine": identity.epoch})\n',
        "    _now(connection)\n",
        SHARED,
    ),
    Mutant(
        "anybody may claim anything",
        CLAIMING,
        '        or_(outbox.c.claims == 0, outbox.c.owner == bindparam("mine")),\n',
        "",
        SHARED,
    ),
    Mutant(
        "what is settled may be claimed",
        CLAIMING,
        "        outbox.c.settled == false(),\n        or_(outbox.c.claims == 0",
        "        or_(outbox.c.claims == 0",
        SHARED,
    ),
    Mutant(
        "effects are given to two nodes",
        CLAIMING,
        '    connection.execute(_TAKE, {"ids": ids, "mine": identity.epoch})\n',
        "",
        SHARED,
    ),
    Mutant(
        "effects of a living node are taken over",
        CLAIMING,
        "    outbox.c.owner.in_(select(nodes.c.epoch).where(nodes.c.until > db_now())),\n",
        "    outbox.c.owner.in_(select(nodes.c.epoch).where(nodes.c.until < db_now())),\n",
        SHARED,
    ),
    Mutant(
        "what a node has just committed is taken over before it begins",
        CLAIMING,
        '    or_(outbox.c.claims > 0, outbox.c.since > db_now() - bindparam("lease")),\n',
        "    outbox.c.claims > 0,\n",
        SHARED,
    ),
    Mutant(
        "what was taken over counts as not begun for the next",
        CLAIMING,
        '    .values(owner=bindparam("mine"), claims=outbox.c.claims + 1)\n',
        '    .values(owner=bindparam("mine"))\n',
        SHARED,
    ),
    Mutant(
        "of a call some effects come and some do not",
        CLAIMING,
        "        if taken and len(taken) + len(group) > limit:\n            break\n        taken += group\n",
        "        taken += group[: max(limit - len(taken), 0)]\n",
        SHARED,
    ),
    Mutant(
        "what its committer has given up is nobody's",
        CLAIMING,
        "    strays = [key for key in mine if key not in in_hand]\n",
        "    strays: list[EffectKey] = []\n",
        COMMITTED,
    ),
    Mutant(
        "in memory effects are given to two nodes",
        MEMORY,
        "            found.append(Outgoing(call_id, effect, stored.at, stored.begun))\n"
        "            stored.owner, stored.begun = self._epoch, True\n",
        "            found.append(Outgoing(call_id, effect, stored.at, stored.begun))\n",
        SHARED,
    ),
    Mutant(
        "in memory a claim is always granted",
        MEMORY,
        "        if stored.begun and stored.owner != self._epoch:\n            return False\n",
        "",
        SHARED,
    ),
    Mutant(
        "two nodes act on one line at once",
        SERIAL,
        "    if not asking or not (others := _living(connection, identity)):\n"
        "        return frozenset()\n",
        "    others = _living(connection, identity)\n    if asking or not others:\n"
        "        return frozenset()\n",
        IN_TURN,
    ),
    Mutant(
        "an effect is claimed before it is its turn",
        SERIAL,
        "    if not others:\n        return frozenset()\n    given",
        "    if others:\n        return frozenset()\n    given",
        IN_TURN,
    ),
    Mutant(
        "effects of a dead node hold up others for ever",
        SERIAL,
        "_OTHERS = select(nodes.c.epoch).where(nodes.c.until > db_now(), nodes.c.epoch",
        "_OTHERS = select(nodes.c.epoch).where(nodes.c.until > 0, nodes.c.epoch",
        IN_TURN,
    ),
    Mutant(
        "a node waits for itself",
        SERIAL,
        "_OTHERS = select(nodes.c.epoch).where(nodes.c.until > db_now(), nodes.c.epoch != "
        'bindparam("mine"))\n',
        "_OTHERS = select(nodes.c.epoch).where(nodes.c.until > db_now())\n",
        IN_TURN,
    ),
    Mutant(
        "a keep-alive waits for what another node does",
        "ivr/store/in_turn.py",
        "        lanes[kind] = kind if effect is KeepAlive else str(effect.lane)\n",
        "        lanes[kind] = str(effect.lane)\n",
        IN_TURN,
    ),
    Mutant(
        "a claim waits for ever for a node that hangs",
        "ivr/store/in_turn.py",
        "    while (claimed := await look(clock() >= late)) is None:\n",
        "    while (claimed := await look(clock() >= late + 3_600_000)) is None:\n",
        IN_TURN,
    ),
    Mutant(
        "in memory two nodes act on one line at once",
        "ivr/store/memory_calls.py",
        "    return {one.lane for one in ahead if not one.settled and one.owner in others}\n",
        "    return set()\n",
        IN_TURN,
    ),
    Mutant(
        "a call that is being woken is found by others",
        DEADLINES,
        "            calls.c.held_until <= db_now(),\n",
        "            calls.c.held_until.is_not(None),\n",
        SHARED,
    ),
    Mutant(
        "a call that moves on stays held",
        "ivr/store/packing.py",
        '        "held_until": None,\n',
        "",
        SHARED,
    ),
    Mutant(
        "a call that is due is found in any order",
        DEADLINES,
        "    .order_by(calls.c.next_due, calls.c.call_id)\n",
        "    .order_by(calls.c.call_id)\n",
        CONTRACT,
    ),
    Mutant(
        "the deadline of a call stays where it was at first",
        "ivr/store/packing.py",
        '        "next_due": None if seal is None else snapshot.next_due(),\n',
        '        **({} if change.version else {"next_due": snapshot.next_due()}),\n',
        CONTRACT,
    ),
    Mutant(
        "what was settled is written with the next commit only",
        GROUP,
        "        self._pending.settled[call_id, effect_id] = None\n        self._wake_soon()\n",
        "        self._pending.settled[call_id, effect_id] = None\n",
        COMMITTED,
    ),
    Mutant(
        "what was settled while the store was away is forgotten",
        PENDING,
        "        rest = Load([*load.changes, *self._changes], [*load.claims, *self._claims])\n",
        "        self.settled.clear()\n"
        "        rest = Load([*load.changes, *self._changes], [*load.claims, *self._claims])\n",
        FAULTY,
    ),
    Mutant(
        "a store that closes leaves what was settled",
        GROUP,
        "        if self._pending.settled:\n            self._start()\n            await self._idle()\n",
        "",
        COMMITTED,
    ),
    Mutant(
        "two changes of one call are written in one transaction",
        PENDING,
        "            if waiting.rows.call_id in load:\n                second.append(waiting)\n"
        "            else:\n                load[waiting.rows.call_id] = waiting\n",
        "            load[str(len(load))] = waiting\n",
        COMMITTED,
    ),
    Mutant(
        "one bad row fails all that are written with it",
        GROUP,
        "            return await self._database.write(lambda c: write_singly(c, batch))\n",
        "            raise\n",
        COMMITTED,
    ),
    Mutant(
        "the callback of a call is lost when the call moves on",
        WRITING,
        '        callback=func.coalesce(bindparam("new_callback"), calls.c.callback),\n',
        '        callback=bindparam("new_callback"),\n',
        CONTRACT,
    ),
    Mutant(
        "calls that are over are live",
        "ivr/store/reading.py",
        "_LIVE = select(func.count()).select_from(calls).where(calls.c.phase.not_in(NOT_LIVE))\n",
        "_LIVE = select(func.count()).select_from(calls)\n",
        SHARED,
    ),
    Mutant(
        "a commit is durable when the disk has time",
        "ivr/store/sqlite.py",
        '"synchronous=FULL"',
        '"synchronous=OFF"',
        ("tests/store/test_store_opening.py",),
    ),
)

"""Bugs of nodes among others: leases, what the dead have left, timers, and the end of a node."""

from __future__ import annotations

from mutants.mutant import Mutant

LEASE = "ivr/runtime/lease.py"
LEASED = "ivr/runtime/leased.py"
RECOVERY = "ivr/runtime/recovery.py"
TIMERS = "ivr/runtime/timers.py"
HANDLER = "ivr/runtime/handler.py"
NODE = "ivr/server/node.py"
RECOVERED = ("tests/runtime/test_recovery.py",)
HELD = ("tests/runtime/test_lease.py",)
WOKEN = ("tests/runtime/test_timers.py",)
TOGETHER = ("tests/runtime/test_cluster.py",)
SERVED = ("tests/server/test_node.py",)

MUTANTS = (
    Mutant(
        "a lease never runs out here",
        LEASE,
        "        return self._until is not None and self._timer() < self._until\n",
        "        return self._until is not None\n",
        HELD,
    ),
    Mutant(
        "a lease counts from the answer, which may be late",
        LEASE,
        "                await self._store.renew()\n",
        "                await self._store.renew()\n                asked = self._timer()\n",
        HELD,
    ),
    Mutant(
        "a lease that was lost while it was renewed is ours again",
        LEASE,
        "                if self._times_lost == losses:\n                    self._extend(asked)\n",
        "                self._extend(asked)\n",
        HELD,
    ),
    Mutant(
        "a name that is another's by now is taken back",
        LEASE,
        '        name = f"{self._node}.{self._times_lost}" if self._times_lost else self._node\n',
        "        name = self._node\n",
        HELD,
    ),
    Mutant(
        "nobody is told that the lease is over",
        LEASE,
        '            log.error("lease_lost", node=self._node)\n            self._lost()\n',
        '            log.error("lease_lost", node=self._node)\n',
        HELD,
    ),
    Mutant(
        "a node that leaves keeps its lease",
        LEASE,
        "            await self._store.resign()\n",
        "            pass\n",
        HELD,
    ),
    Mutant(
        "what has waited for a connection is sent after the lease",
        LEASED,
        "        if not self._lease.fresh:\n            raise Fenced\n",
        "",
        HELD,
    ),
    Mutant(
        "deadlines move with a clock that is set back",
        "ivr/runtime/clock.py",
        "        self._now = max(self._wall(), self._now + passed - passed // SLOWED)\n",
        "        self._now = self._wall()\n",
        ("tests/runtime/test_clock.py",),
    ),
    Mutant(
        "calls that are nearly lost wait behind others",
        RECOVERY,
        "sorted(calls, key=lambda call: not _is_urgent(calls[call]))",
        "sorted(calls)",
        RECOVERED,
    ),
    Mutant(
        "one look takes over no more than a batch",
        RECOVERY,
        "            if len(left) < MOST_AT_ONCE // 2:\n                break\n",
        "            break\n",
        RECOVERED,
    ),
    Mutant(
        "a store that fails while calls are taken over loses them",
        RECOVERY,
        "            except StoreUnavailable as error:\n"
        '                log.warning("recovery_waits", call=call_id, reason=str(error))\n'
        "                await self._clock.sleep(LOOK_AGAIN_AFTER)\n",
        "            except StoreUnavailable as error:\n"
        '                log.warning("recovery_waits", call=call_id, reason=str(error))\n'
        "                return None\n",
        RECOVERED,
    ),
    Mutant(
        "a commit that failed and was written all the same is forgotten",
        HANDLER,
        "            self._in_doubt(change)\n",
        "",
        RECOVERED,
    ),
    Mutant(
        "what a commit in doubt has written was begun",
        RECOVERY,
        "[Outgoing(call_id, each, now, begun=False) for each in found if each is not None]",
        "[Outgoing(call_id, each, now) for each in found if each is not None]",
        RECOVERED,
    ),
    Mutant(
        "recovery looks once, at the start",
        RECOVERY,
        "            await self._clock.sleep(LOOK_EVERY)\n            try:\n",
        "            await self._clock.sleep(LOOK_EVERY * 1_000_000)\n            try:\n",
        RECOVERED,
    ),
    Mutant(
        "at the start overdue timers are left to others",
        TIMERS,
        "        self._grace = 0\n        next_sweep",
        "        self._grace = GRACE\n        next_sweep",
        WOKEN,
    ),
    Mutant(
        "no timers are found but those that this node was told of",
        TIMERS,
        "            if self._due.get(call_id, now + 1) > now:\n"
        "                self.remind(call_id, now)\n",
        "            pass\n",
        WOKEN,
    ),
    Mutant(
        "all nodes wake a forgotten call",
        TIMERS,
        "MOST_SWEPT, HOLD)\n",
        "MOST_SWEPT)\n",
        WOKEN,
    ),
    Mutant(
        "a call is woken at every deadline that it ever had",
        TIMERS,
        "            if self._due.get(call_id) == due:\n"
        "                del self._due[call_id]\n"
        "                calls.append(call_id)\n",
        "            self._due.pop(call_id, None)\n            calls.append(call_id)\n",
        WOKEN,
    ),
    Mutant(
        "a call that another node has moved on is woken here",
        TIMERS,
        "        for each in moved:\n            self._drop(each.call_id)\n",
        "",
        WOKEN,
    ),
    Mutant(
        "a call that could not be woken is not woken again",
        TIMERS,
        "            self.remind(call_id, self._clock.now() + WAKE_AGAIN_AFTER)\n",
        "",
        WOKEN,
    ),
    Mutant(
        "a deadline that comes first is noticed after the one before",
        TIMERS,
        "        if self._heap[0][0] == due:\n            self._sooner.set()\n",
        "",
        WOKEN,
    ),
    Mutant(
        "reminders that stand no longer pile up",
        TIMERS,
        "        if len(self._heap) > 2 * len(self._due) + FEW:\n",
        "        if False:\n",
        WOKEN,
    ),
    Mutant(
        "what another node has moved is at hand all the same",
        HANDLER,
        "            if loaded is not None and loaded.version < each.version:\n",
        "            if loaded is not None and loaded.version > each.version:\n",
        TOGETHER,
    ),
    Mutant(
        "a node that is to stop takes over calls",
        NODE,
        "        self.begin_to_stop()\n        await self.stand_aside()\n",
        "        self.begin_to_stop()\n",
        SERVED,
    ),
    Mutant(
        "a node that is to stop waits for ever",
        NODE,
        "            async with asyncio.timeout(max(seconds, 0.0)):\n"
        "                await self.performer.drain()\n",
        "            await self.performer.drain()\n",
        SERVED,
    ),
    Mutant(
        "a node that is to stop says that it is ready",
        NODE,
        '            "serving": not self.stopping,\n',
        '            "serving": True,\n',
        SERVED,
    ),
    Mutant(
        "a node without a store is ready",
        NODE,
        '            return {**self.readiness(), "store": False}\n',
        '            return {**self.readiness(), "store": True}\n',
        SERVED,
    ),
)

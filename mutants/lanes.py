"""Bugs in the order of effects: what waits for what, what goes ahead, what is wanted no more."""

from __future__ import annotations

from mutants.mutant import Mutant

LANES = "ivr/runtime/lanes.py"
IN_HAND = "ivr/runtime/in_hand.py"
WANTED = "ivr/runtime/wanted.py"
PERFORMED = ("tests/runtime/test_performer.py",)
IN_LANES = ("tests/runtime/test_lanes.py",)
RECOVERED = ("tests/runtime/test_recovery.py",)

MUTANTS = (
    Mutant(
        "a keep-alive waits for what is before it",
        LANES,
        '    kind = "keep_alive" if isinstance(effect, KeepAlive) else "line"\n',
        '    kind = "line"\n',
        IN_LANES,
    ),
    Mutant(
        "a leg that rings holds up the call",
        LANES,
        '    return f"{kind} {leg_of(effect)}".rstrip()\n',
        "    return kind\n",
        IN_LANES,
    ),
    Mutant(
        "a hang-up waits for ever behind a request that hangs",
        IN_HAND,
        "        if isinstance(work.effect, URGENT):\n            hurrying",
        "        if False:\n            hurrying",
        IN_LANES,
    ),
    Mutant(
        "a hang-up goes ahead of what was wanted before it at once",
        IN_HAND,
        "        await self._clock.sleep(PATIENCE)\n",
        "        await asyncio.sleep(0)\n",
        IN_LANES,
    ),
    Mutant(
        "what a hang-up has overtaken is sent after it",
        IN_HAND,
        "        if isinstance(work.effect, HangUp):\n"
        "            self._drop_outdated(lane, lane.before(work))\n",
        "",
        IN_LANES,
    ),
    Mutant(
        "what is urgent is watched when it is done",
        IN_HAND,
        "        for task in lane.hurrying:\n            task.cancel()\n",
        "",
        IN_LANES,
    ),
    Mutant(
        "what is in hand is taken in again",
        IN_HAND,
        "        if work.effect.id not in self._ids:\n            self._ids",
        "        if True:\n            self._ids",
        PERFORMED,
    ),
    Mutant(
        "what is done is in hand for ever",
        IN_HAND,
        "        self._ids.discard(work.effect.id)\n        lane.at_work = None\n",
        "        lane.at_work = None\n",
        PERFORMED,
    ),
    Mutant(
        "a prompt whose state was left is played",
        IN_HAND,
        "    return is_wanted(effect, snapshot, unsent)\n",
        "    return True\n",
        PERFORMED,
    ),
    Mutant(
        "what is wanted no more stays in the outbox",
        IN_HAND,
        "                self._settle(lane.call_id, work.effect.id)\n",
        "                pass\n",
        PERFORMED,
    ),
    Mutant(
        "a stop that comes late ends the next prompt",
        WANTED,
        "        case StopMedia() if snapshot.media and snapshot.media not in unsent:\n"
        "            return False\n",
        "",
        RECOVERED,
    ),
    Mutant(
        "a leg that may ring somewhere is wanted no more, so nobody hears of it",
        IN_HAND,
        "    if work.doubtful and isinstance(effect, PlaceCall | JoinMeeting):\n",
        "    if False:\n",
        ("tests/runtime/test_take_over.py",),
    ),
    Mutant(
        "a line that is down is not hung up for good",
        WANTED,
        "        case HangUp():\n            return True\n",
        "        case HangUp():\n            return not is_down(snapshot, leg_of(effect))\n",
        RECOVERED,
    ),
)

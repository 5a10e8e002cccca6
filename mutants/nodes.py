"""Bugs of nodes: what is performed, by whom, and how often it is tried."""

from __future__ import annotations

from mutants.mutant import Mutant

PERFORMER = "ivr/runtime/performer.py"
ATTEMPTS = "ivr/runtime/attempts.py"
TRIED = ("tests/runtime/test_attempts.py",)
PERFORMED = ("tests/runtime/test_performer.py",)
TAKEN_OVER = ("tests/runtime/test_take_over.py",)
RECOVERED = ("tests/runtime/test_recovery.py",)

MUTANTS = (
    Mutant(
        "what may have been done is done again",
        ATTEMPTS,
        "            if work.doubtful and not work.effect.repeatable:\n                break\n",
        "",
        TRIED,
    ),
    Mutant(
        "what was not sent is not sent again",
        ATTEMPTS,
        "WHILE_SOMEBODY_LISTENS = Patience(4, 5_000)\n",
        "WHILE_SOMEBODY_LISTENS = Patience(1, 5_000)\n",
        TRIED,
    ),
    Mutant(
        "a keep-alive is given up like a prompt",
        ATTEMPTS,
        "    KeepAlive: Patience(60, 30_000),\n",
        "",
        TRIED,
    ),
    Mutant(
        "a request that was not sent leaves a doubt",
        ATTEMPTS,
        "isinstance(error, Temporary) and not isinstance(error, NotSent)\n",
        "isinstance(error, Temporary)\n",
        TRIED,
    ),
    Mutant(
        "the next attempt forgets the doubt of the last",
        ATTEMPTS,
        "                work.doubtful |= isinstance(error, Temporary)",
        "                work.doubtful = isinstance(error, Temporary)",
        TRIED,
    ),
    Mutant(
        "the time that the service asks for is not kept",
        ATTEMPTS,
        "        if asked is not None and asked > 0:\n",
        "        if False:\n",
        TRIED,
    ),
    Mutant(
        "calls that failed together come back together",
        ATTEMPTS,
        "        length = self._chance() * min(FIRST_PAUSE * 2 ** (attempt - 1), longest)\n",
        "        length = min(FIRST_PAUSE * 2 ** (attempt - 1), longest)\n",
        TRIED,
    ),
    Mutant(
        "pauses do not grow",
        ATTEMPTS,
        "min(FIRST_PAUSE * 2 ** (attempt - 1), longest)",
        "min(FIRST_PAUSE, longest)",
        TRIED,
    ),
    Mutant(
        "a call is answered again however it is by now",
        ATTEMPTS,
        "        if not _still_wants(work.effect, told) or not await self._wanted(work):\n",
        "        if not await self._wanted(work):\n",
        TRIED,
    ),
    Mutant(
        "a call that is up already is answered again",
        ATTEMPTS,
        "    return not moves if isinstance(effect, AnswerCall) else",
        "    return True if isinstance(effect, AnswerCall) else",
        TRIED,
    ),
    Mutant(
        "a call of which the service knows nothing more is hung up again",
        ATTEMPTS,
        "    if any(isinstance(event, CallEnded) for event in told):\n        return False\n",
        "",
        TRIED,
    ),
    Mutant(
        "what is wanted no more is tried again",
        ATTEMPTS,
        "                if attempt and not await self._wanted(work):\n                    return []\n",
        "",
        TRIED,
    ),
    Mutant(
        "what is refused because it was done already has failed",
        ATTEMPTS,
        "        except CallGone:\n"
        "            raise\n"
        "        except Refused as error:\n"
        "            raise OutcomeUnknown(str(error)) from None\n",
        "        except CallGone:\n            raise\n",
        TRIED,
    ),
    Mutant(
        "something is sent without a lease",
        ATTEMPTS,
        "            await self._lease.held()\n",
        "",
        TRIED,
    ),
    Mutant(
        "nobody is told that calls are about to be lost",
        ATTEMPTS,
        '        log.error("keep_alive_failing", call=work.snapshot.call_id)\n',
        "",
        ("tests/runtime/test_field.py",),
    ),
    Mutant(
        "all effects of a step are claimed, those that wait too",
        PERFORMER,
        "            first.setdefault(lane_of(effect), effect.id)\n",
        "            first[effect.id] = effect.id\n",
        PERFORMED,
    ),
    Mutant(
        "effects are claimed without a lease",
        PERFORMER,
        "        if self._halted or not self._lease.fresh:\n            return frozenset()\n",
        "        if self._halted:\n            return frozenset()\n",
        PERFORMED,
    ),
    Mutant(
        "an effect that has waited is sent without being claimed",
        PERFORMER,
        "        if not work.claimed and not await self._store.claim(lane.call_id, effect.id):\n",
        "        if False:\n",
        PERFORMED,
    ),
    Mutant(
        "what was done is not settled",
        PERFORMER,
        "        lane.telling = False\n        self._store.settle(lane.call_id, work.effect.id)\n",
        "        lane.telling = False\n",
        PERFORMED,
    ),
    Mutant(
        "what was done is settled before its outcome is told",
        PERFORMER,
        "        lane.telling = True\n",
        "        lane.telling = True\n        self._store.settle(lane.call_id, work.effect.id)\n",
        PERFORMED,
    ),
    Mutant(
        "an outcome is lost while the store is away",
        PERFORMER,
        "                if isinstance(error, Fenced):\n"
        "                    self._lease.lose()\n"
        "                await self._clock.sleep(STORE_PAUSE)\n",
        "                if isinstance(error, Fenced):\n"
        "                    self._lease.lose()\n"
        "                return\n",
        PERFORMED,
    ),
    Mutant(
        "a fault behind the door stops a lane",
        PERFORMER,
        "            except Exception as fault:\n",
        "            except RuntimeError as fault:\n",
        PERFORMED,
    ),
    Mutant(
        "a store that has fenced us off does not end the lease",
        PERFORMER,
        "            except Fenced:\n                self._lease.lose()\n                return False\n",
        "            except Fenced:\n                return False\n",
        PERFORMED,
    ),
    Mutant(
        "what another node has begun is done again",
        PERFORMER,
        "            work = Work(each.effect, snapshot, doubtful=each.begun)\n",
        "            work = Work(each.effect, snapshot)\n",
        TAKEN_OVER,
    ),
    Mutant(
        "what was taken over is not claimed again, however long it has waited",
        PERFORMER,
        "            work = Work(each.effect, snapshot, doubtful=each.begun)\n",
        "            work = Work(each.effect, snapshot, True, doubtful=each.begun)\n",
        TAKEN_OVER,
    ),
    Mutant(
        "what is left behind is done though the call wants it no more",
        PERFORMER,
        "            if still_wanted(work, snapshot, unsent):\n                works",
        "            if True:\n                works",
        RECOVERED,
    ),
    Mutant(
        "a node without a lease goes on with what it has",
        PERFORMER,
        "            self._in_hand.clear(lane)\n            if not lane.telling",
        "            if not lane.telling",
        PERFORMED,
    ),
    Mutant(
        "what has come back is forgotten with the lease",
        PERFORMER,
        "            if not lane.telling and lane.task is not None:\n",
        "            if lane.task is not None:\n",
        PERFORMED,
    ),
    Mutant(
        "a node that is to stop begins more",
        PERFORMER,
        "            while lane.waiting and not self._halted:\n",
        "            while lane.waiting:\n",
        PERFORMED,
    ),
)

"""Bugs of counting: quotas, limits of flows, room for calls, and calls that are placed once."""

from __future__ import annotations

from mutants.mutant import Mutant

LIMIT = "ivr/states/limit.py"
QUOTAS = "ivr/store/quotas.py"
ADMISSION = "ivr/runtime/admission.py"
DESK = "ivr/server/desk.py"
ROOM = ("tests/runtime/test_admission.py",)
COUNTED = ("tests/store/test_store_quotas.py",)
DIALLED = ("tests/server/test_desk.py",)
FILED = ("tests/cli/test_calls_file.py",)
STATES = ("tests/states/test_states.py",)

MUTANTS = (
    Mutant(
        "a limit that is used up counts as one that is left",
        LIMIT,
        '            return "within" if event.within else "over"\n',
        '            return "within"\n',
        STATES,
    ),
    Mutant(
        "a limit that cannot be counted is kept",
        LIMIT,
        '        if isinstance(event, EffectFailed | TimerFired):\n            return "error"\n',
        '        if isinstance(event, EffectFailed | TimerFired):\n            return "within"\n',
        STATES,
    ),
    Mutant(
        "all who withhold something are counted as one",
        LIMIT,
        "    if not all(insert.words(env, speaker).strip() for insert in template.inserts):\n",
        "    if False:\n",
        STATES,
    ),
    Mutant(
        "one more than a quota may be taken",
        QUOTAS,
        "OR q.used < :most",
        "OR q.used <= :most",
        COUNTED,
    ),
    Mutant(
        "a clock that is set back opens a new window",
        QUOTAS,
        '    " used = CASE WHEN excluded.starts > q.starts THEN 1 ELSE q.used + 1 END,"\n'
        '    " starts = CASE WHEN excluded.starts > q.starts THEN excluded.starts ELSE q.starts END,"\n'
        '    " ends = CASE WHEN excluded.starts > q.starts THEN excluded.ends ELSE q.ends END"\n'
        '    " WHERE excluded.starts > q.starts OR q.used < :most"\n',
        '    " used = CASE WHEN excluded.starts <> q.starts THEN 1 ELSE q.used + 1 END,"\n'
        '    " starts = excluded.starts, ends = excluded.ends"\n'
        '    " WHERE excluded.starts <> q.starts OR q.used < :most"\n',
        COUNTED,
    ),
    Mutant(
        "a quota is looked at first and counted then",
        QUOTAS,
        "    used = connection.execute(_TAKE, row).scalar()\n",
        '    stored = text("SELECT starts, used FROM quotas WHERE name = :name")\n'
        "    found = connection.execute(stored, row).one_or_none()\n"
        "    if found and found.starts >= starts and found.used >= quota.most:\n"
        "        return False\n"
        '    used = connection.execute(_TAKE, {**row, "most": 10**9}).scalar()\n',
        ("tests/store/test_store_races.py",),
    ),
    Mutant(
        "admission counts no call since it asked the store",
        ADMISSION,
        "        return self._live + len(self._begun) - len(self._ended) >= self._room.calls\n",
        "        return self._live >= self._room.calls\n",
        ROOM,
    ),
    Mutant(
        "one call more than there is room for is taken",
        ADMISSION,
        "len(self._ended) >= self._room.calls\n",
        "len(self._ended) > self._room.calls\n",
        ROOM,
    ),
    Mutant(
        "a call that ends makes no room until the store is asked again",
        ADMISSION,
        '        elif change.step.snapshot.phase == "ended":\n'
        "            self._ended.add(change.call_id)\n",
        "",
        ROOM,
    ),
    Mutant(
        "a call that begins while the store is asked is forgotten",
        ADMISSION,
        "        self._begun -= begun\n        self._ended -= ended\n",
        "        self._begun.clear()\n        self._ended.clear()\n",
        ROOM,
    ),
    Mutant(
        "those who are turned away take up room",
        ADMISSION,
        "        if change.step.snapshot.bundle == BUNDLE:\n            return\n",
        "",
        ROOM,
    ),
    Mutant(
        "all who withhold their number are one caller, who has too many calls",
        ADMISSION,
        "        if not caller:\n            return False\n",
        "",
        ROOM,
    ),
    Mutant(
        "calls are turned away while the store cannot tell",
        ADMISSION,
        "        except StoreUnavailable:\n            return False\n",
        "        except StoreUnavailable:\n            return True\n",
        ROOM,
    ),
    Mutant(
        "a key that comes again places another call",
        DESK,
        "        call_id = f\"out-{self._key_of(f'dial {key}')}\"\n",
        '        import secrets\n\n        call_id = f"out-{secrets.token_hex(16)}"\n',
        DIALLED,
    ),
    Mutant(
        "a key that comes again says that it has placed a call",
        DESK,
        '        return call_id, verdict not in {"duplicate", "late"}\n',
        "        return call_id, True\n",
        DIALLED,
    ),
    Mutant(
        "whoever has the token may call in the name of any tenant",
        DESK,
        "        if tenant and tenant.lower() not in self._tenants:\n",
        "        if False:\n",
        DIALLED,
    ),
    Mutant(
        "a file that is given again calls everybody again",
        "ivr/cli/calls_batch.py",
        "            dialled = self._admin.dial(self._flow, person.inputs, key)\n",
        "            dialled = self._admin.dial(self._flow, person.inputs, key + str(self._clock()))\n",
        FILED,
    ),
    Mutant(
        "all people of a file are called at once",
        "ivr/cli/calls_batch.py",
        "            and len(self._running) < self._pace.at_once\n",
        "",
        FILED,
    ),
)

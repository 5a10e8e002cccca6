"""Bugs that cost money: numbers that may be dialled, and how often."""

from __future__ import annotations

from mutants.mutant import Mutant

DESTINATIONS = "ivr/policy/destinations.py"
NUMBERS = "ivr/policy/numbers.py"
PERMITS = "ivr/runtime/permits.py"
OUTSIDE = "ivr/runtime/outside.py"
JUDGED = ("tests/policy/test_destinations.py",)
PERMITTED = ("tests/runtime/test_permits.py",)
PERFORMED = ("tests/runtime/test_outside.py",)

MUTANTS = (
    Mutant(
        "a prefix allows the premium numbers behind it",
        DESTINATIONS,
        '        if number.kind != "ordinary":\n',
        '        if number.kind == "emergency":\n',
        JUDGED,
    ),
    Mutant(
        "a prefix allows the emergency number behind it",
        DESTINATIONS,
        '        if number.kind != "ordinary":\n',
        '        if number.kind == "costly":\n',
        JUDGED,
    ),
    Mutant(
        "without a list every number is allowed",
        DESTINATIONS,
        '        if not listed:\n            return "not_listed"\n',
        '        if self._allow and not listed:\n            return "not_listed"\n',
        JUDGED,
    ),
    Mutant(
        "a prefix may stand anywhere in a number",
        DESTINATIONS,
        "[entry for entry in self._allow if text.startswith(entry)]",
        '[entry for entry in self._allow if entry.lstrip("+") in text]',
        JUDGED,
    ),
    Mutant(
        "+1 allows the islands behind it",
        DESTINATIONS,
        "        if number.shares_code and max(map(len, listed)) < _AREA:\n"
        '            return "area_not_listed"\n',
        "",
        JUDGED,
    ),
    Mutant(
        "a number of our own may be called",
        DESTINATIONS,
        '        if target.id.lower() in ours:\n            return "own_number"\n',
        "",
        JUDGED,
    ),
    Mutant(
        "an id of our own in capitals is another's",
        DESTINATIONS,
        "        if target.id.lower() in ours:\n",
        "        if target.id in ours:\n",
        JUDGED,
    ),
    Mutant(
        "a foreign tenant may be called",
        DESTINATIONS,
        "        if target.tenant and target.tenant.lower() not in self._tenants:\n"
        '            return "foreign_tenant"\n',
        "",
        JUDGED,
    ),
    Mutant(
        "a number may be spelt in more than one way",
        NUMBERS,
        "    if not (is_canonical and plans.is_valid_number(parsed)):\n",
        "    if not plans.is_valid_number(parsed):\n",
        JUDGED,
    ),
    Mutant(
        "a number that nobody can have may be dialled",
        NUMBERS,
        "    if not (is_canonical and plans.is_valid_number(parsed)):\n",
        "    if not is_canonical:\n",
        JUDGED,
    ),
    Mutant(
        "satellites are charged as usual",
        NUMBERS,
        "        return country != _UNIVERSAL_FREEPHONE\n",
        "        return False\n",
        JUDGED,
    ),
    Mutant(
        "only what is known to be premium is costly",
        NUMBERS,
        "        Kinds.TOLL_FREE, Kinds.VOIP, Kinds.UAN,\n",
        "        Kinds.TOLL_FREE, Kinds.VOIP, Kinds.UAN, Kinds.SHARED_COST, Kinds.PERSONAL_NUMBER,\n",
        JUDGED,
    ),
    Mutant(
        "nobody looks at a destination before it is called",
        OUTSIDE,
        "        await self._permits.check(effect, snapshot)\n",
        "",
        PERFORMED,
    ),
    Mutant(
        "a call is counted after it was placed",
        OUTSIDE,
        "        await self._permits.check(effect, snapshot)\n"
        "        events = await self._control.perform(effect, line)\n",
        "        events = await self._control.perform(effect, line)\n"
        "        await self._permits.check(effect, snapshot)\n",
        PERFORMED,
    ),
    Mutant(
        "a call that cannot be placed yet uses up the limits",
        OUTSIDE,
        "        line = await self._lines.of(effect, snapshot, await self._sounds(effect))\n"
        "        await self._permits.check(effect, snapshot)\n",
        "        await self._permits.check(effect, snapshot)\n"
        "        line = await self._lines.of(effect, snapshot, await self._sounds(effect))\n",
        PERFORMED,
    ),
    Mutant(
        "of several destinations only the first is looked at",
        PERMITS,
        "        for target in targets:\n            reason =",
        "        for target in targets[:1]:\n            reason =",
        PERMITTED,
    ),
    Mutant(
        "the number that was called is none of ours",
        PERMITS,
        "        ours = {*self._ours(), snapshot.called.lower()} if targets else ()\n",
        "        ours = self._ours() if targets else ()\n",
        PERMITTED,
    ),
    Mutant(
        "a redirect costs nothing",
        PERMITS,
        "    return effect.to if isinstance(effect, RedirectCall | InviteParticipants) else ()\n",
        "    return effect.to if isinstance(effect, InviteParticipants) else ()\n",
        PERMITTED,
    ),
    Mutant(
        "a minute has no limit",
        PERMITS,
        '        yield "IVR_DIAL_PER_MINUTE", Quota("dial.minute", rates.per_minute, MINUTE)\n',
        "",
        PERMITTED,
    ),
    Mutant(
        "a caller has no limit",
        PERMITS,
        '        if snapshot.entry == "incoming":\n            yield "IVR_DIAL_PER_CALLER',
        '        if False:\n            yield "IVR_DIAL_PER_CALLER',
        PERMITTED,
    ),
    Mutant(
        "who withholds the number has no limit",
        PERMITS,
        '        if snapshot.entry == "incoming":\n            yield "IVR_DIAL_PER_CALLER',
        '        if snapshot.entry == "incoming" and snapshot.caller.id:\n'
        '            yield "IVR_DIAL_PER_CALLER',
        PERMITTED,
    ),
    Mutant(
        "who withholds the number has the limit of one caller together with all others",
        PERMITS,
        '            return Quota("dial.withheld", -(-rates.per_day // WITHHELD_SHARE), DAY)\n',
        '            return Quota("dial.withheld", rates.per_caller_per_day, DAY)\n',
        PERMITTED,
    ),
    Mutant(
        "who is over a limit of their own uses up that of others",
        PERMITS,
        '        if snapshot.entry == "incoming":\n'
        '            yield "IVR_DIAL_PER_CALLER_PER_DAY", self._of_caller(snapshot.caller.id)\n'
        '        yield "IVR_DIAL_PER_MINUTE", Quota("dial.minute", rates.per_minute, MINUTE)\n'
        '        yield "IVR_DIAL_PER_DAY", Quota("dial.day", rates.per_day, DAY)\n',
        '        yield "IVR_DIAL_PER_MINUTE", Quota("dial.minute", rates.per_minute, MINUTE)\n'
        '        yield "IVR_DIAL_PER_DAY", Quota("dial.day", rates.per_day, DAY)\n'
        '        if snapshot.entry == "incoming":\n'
        '            yield "IVR_DIAL_PER_CALLER_PER_DAY", self._of_caller(snapshot.caller.id)\n',
        PERMITTED,
    ),
    Mutant(
        "any number of calls may be on the line at once",
        PERMITS,
        "        if isinstance(effect, PlaceCall) and await self._placed() > self._rates.at_once:\n",
        "        if False:\n",
        PERMITTED,
    ),
    Mutant(
        "a call that asks whether there is room is not counted itself",
        PERMITS,
        "await self._placed() > self._rates.at_once",
        "await self._placed() >= self._rates.at_once",
        PERMITTED,
    ),
    Mutant(
        "a caller may be sent round in circles",
        PERMITS,
        "            elif comes_in and snapshot.caller.id:\n",
        "            elif False:\n",
        PERMITTED,
    ),
    Mutant(
        "a caller may record for ever",
        PERMITS,
        "        if isinstance(effect, RecordCaller) and comes_in:\n",
        "        if False:\n",
        PERMITTED,
    ),
)

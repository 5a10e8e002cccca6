"""Bugs that show what a caller said or is: in logs and errors, in values that are printed, on screens."""

from __future__ import annotations

from mutants.mutant import Mutant

LOGS = "ivr/server/logs.py"
MASKING = "ivr/server/masking.py"
PERMITS = "ivr/runtime/permits.py"
VALUES = "ivr/core/values.py"
BUSINESS = "ivr/business/client.py"
LOGGED = ("tests/server/test_logs.py",)
MASKED = ("tests/server/test_masking.py",)
PERMITTED = ("tests/runtime/test_permits.py",)
SHOWN = ("tests/core/test_values.py",)
ASKED = ("tests/business/test_client.py",)

MUTANTS = (
    Mutant(
        "any field may be logged",
        LOGS,
        "for name, value in entry.items() if name in FIELDS}\n",
        "for name, value in entry.items()}\n",
        LOGGED,
    ),
    Mutant(
        "a value may forge a line of the log",
        LOGS,
        '    return text if text.isprintable() else "".join(map(_visible, text))\n',
        "    return text\n",
        LOGGED,
    ),
    Mutant(
        "a log has what libraries fill in",
        LOGS,
        "        text = record.getMessage() if ours else str(record.msg)\n",
        "        text = record.getMessage()\n",
        LOGGED,
    ),
    Mutant(
        "a log has the text of a foreign fault",
        LOGS,
        "        fault = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else",
        "        fault = str(record.exc_info[1]) if record.exc_info and record.exc_info[0] else",
        LOGGED,
    ),
    Mutant(
        "a fault behind the door is logged with its text",
        "ivr/runtime/performer.py",
        'log.error("event_fault", call=arrival.call_id, fault=type(fault).__name__)',
        'log.error("event_fault", call=arrival.call_id, fault=str(fault))',
        ("tests/runtime/test_performer.py",),
    ),
    Mutant(
        "a fault in an effect is logged with its text",
        "ivr/runtime/attempts.py",
        "effect=kind, fault=type(error).__name__)",
        "effect=kind, fault=str(error))",
        ("tests/runtime/test_performer.py",),
    ),
    Mutant(
        "the trace of a call has the text of a fault",
        "ivr/core/moves.py",
        '    where = f"{type(fault).__name__} in',
        '    where = f"{fault} in',
        ("tests/core/test_moves.py",),
    ),
    Mutant(
        "what Graph says is quoted, with whom it names",
        "ivr/graph/client.py",
        '    text += f", code {code}" if code else ""\n',
        '    text += f", {answer.body.decode()}"\n',
        ("tests/graph/test_client_errors.py",),
    ),
    Mutant(
        "the address of a recording is in the error",
        "ivr/graph/recordings.py",
        '                "The recording is on a host that IVR_RECORDING_HOSTS',
        '                f"The recording {location} is on a host that IVR_RECORDING_HOSTS',
        ("tests/graph/test_recordings.py",),
    ),
    Mutant(
        "a request that cannot be sent is quoted in the log",
        BUSINESS,
        '            log.warning("business_system_failed", effect=request.id, reason="it cannot be sent")\n',
        '            log.warning("business_system_failed", effect=request.id, reason=request.url)\n',
        ASKED,
    ),
    Mutant(
        "a caller's name may stand for a secret",
        "ivr/states/http.py",
        "    if SECRET_MARK in plain or BASE64_MARK in plain:\n",
        "    if False:\n",
        ("tests/business/test_hostile_requests.py",),
    ),
    Mutant(
        "the number that was refused is logged",
        PERMITS,
        "        kind=target.kind, country=country, length=len(target.id),\n",
        "        kind=target.kind, country=country, length=target.id,\n",
        PERMITTED,
    ),
    Mutant(
        "what is counted is stored as it is",
        PERMITS,
        'quota = Quota(f"use.{use.window}.{self._keyed(use.key)}", use.most, use.window)',
        'quota = Quota(f"use.{use.window}.{use.key}", use.most, use.window)',
        PERMITTED,
    ),
    Mutant(
        "a caller's number is the name of a quota",
        PERMITS,
        'return Quota(f"dial.caller.{self._keyed(caller)}"',
        'return Quota(f"dial.caller.{caller}"',
        PERMITTED,
    ),
    Mutant(
        "a caller who is printed shows the number",
        VALUES,
        '        return f"Caller(kind={self.kind!r}, ...)"\n',
        '        return f"Caller(kind={self.kind!r}, id={self.id!r})"\n',
        SHOWN,
    ),
    Mutant(
        "a target that is printed shows the number",
        VALUES,
        '        return f"Target(kind={self.kind!r}, ...)"\n',
        '        return f"Target(kind={self.kind!r}, id={self.id!r})"\n',
        SHOWN,
    ),
    Mutant(
        "audio that is printed shows what is said",
        VALUES,
        '        return f"Audio(name={self.name!r})"\n',
        '        return f"Audio(name={self.name!r}, text={self.text!r})"\n',
        SHOWN,
    ),
    Mutant(
        "a participant who is printed shows the name",
        VALUES,
        '        return f"Participant(kind={self.kind!r}, ...)"\n',
        '        return f"Participant(kind={self.kind!r}, name={self.name!r})"\n',
        SHOWN,
    ),
    Mutant(
        "a meeting that is printed shows how to join it",
        VALUES,
        '        return "Meeting(...)"\n',
        '        return f"Meeting({self.link!r})"\n',
        SHOWN,
    ),
    Mutant(
        "a number is masked but for its middle",
        MASKING,
        "    return f\"{'+' if number.startswith('+') else ''}{digits[:2]}…{digits[-3:]}\"\n",
        "    return f\"{'+' if number.startswith('+') else ''}…{digits[2:-3]}…\"\n",
        MASKED,
    ),
    Mutant(
        "a PIN is too short to be masked",
        MASKING,
        '    if len(digits) < _SHORTEST_SHOWN:\n        return "…"\n',
        "    if len(digits) < _SHORTEST_SHOWN:\n        return number\n",
        MASKED,
    ),
    Mutant(
        "why a call is ended is logged with the numbers in it",
        "ivr/server/desk.py",
        "reason=masked(reason))",
        "reason=reason)",
        ("tests/server/test_desk.py",),
    ),
    Mutant(
        "a spreadsheet runs what a service has answered",
        "ivr/cli/calls_results.py",
        '    return f"\'{cell}" if cell.startswith(FORMULAS) else cell\n',
        "    return cell\n",
        ("tests/cli/test_calls_file.py",),
    ),
    Mutant(
        "a secret may be spoken",
        "ivr/flow/checks/secrets.py",
        "    told = [each for each in text.inserts if each.expression.is_secret(flow.scope)]\n",
        "    told = [each for each in text.inserts if each.expression.is_secret(flow.scope)][:0]\n",
        ("tests/flow/test_checks.py",),
    ),
    Mutant(
        "keys that were pressed before count for a secret",
        "ivr/core/question.py",
        "    if not rules.type_ahead or (declared is not None and declared.secret):\n",
        "    if not rules.type_ahead:\n",
        ("tests/core/test_answers.py",),
    ),
    Mutant(
        "a secret is asked for while others listen",
        "ivr/states/collect.py",
        '        return "error" if _is_unsafe(turn, options) else super().enter(turn, options)\n',
        "        return super().enter(turn, options)\n",
        ("tests/policy/test_hostile_callers.py",),
    ),
    Mutant(
        "a question for a secret goes on when somebody joins",
        "ivr/states/collect.py",
        "        if isinstance(event, RosterChanged | ParticipantsListed) and _is_unsafe(turn, options):\n"
        '            return "error"\n',
        "",
        ("tests/states/test_states.py",),
    ),
    Mutant(
        "the keys of a secret are shown on the screen",
        "ivr/simulator/narrator.py",
        "            key = HIDDEN if self._is_secret(pressed.at) else pressed.key\n",
        "            key = pressed.key\n",
        ("tests/cli/test_call.py",),
    ),
    Mutant(
        "the keys of a secret are shown when it is told of them later",
        "ivr/simulator/narrator.py",
        "        visit = steps[max(before - 1, 0)][2].snapshot.visits[-1]\n",
        "        visit = self._session.snapshot.visits[-1]\n",
        ("tests/cli/test_call.py",),
    ),
)

"""Bugs in the reading of notifications: what Graph spells in several ways, and what it means."""

from __future__ import annotations

from mutants.mutant import Mutant

DECODE = "ivr/graph/decode.py"
CALLS = "ivr/graph/calls.py"
RESULTS = "ivr/graph/results.py"
HOSTILE = ("tests/server/test_hostile_webhook.py",)
READ = ("tests/graph/test_decode.py",)
BODIES = ("tests/graph/test_hostile_bodies.py",)

MUTANTS = (
    Mutant(
        "an entry that cannot be read stops the others of its post",
        DECODE,
        "        skipped += not found\n        items += found\n",
        "        if not found:\n            break\n        items += found\n",
        HOSTILE,
    ),
    Mutant(
        "a post may hold any number of entries",
        DECODE,
        "    if len(entries) > MAX_ENTRIES:\n        return TooMany()\n",
        "",
        HOSTILE,
    ),
    Mutant(
        "words of Graph are compared by the letter",
        CALLS,
        '    return text.lower() if text else ""\n',
        '    return text if text else ""\n',
        READ,
    ),
    Mutant(
        "a call spelt otherwise is another call",
        "ivr/graph/wire.py",
        '    bare = text.replace("-", "").lower() if len(text) < 40 else ""\n',
        '    bare = text.replace("-", "") if len(text) < 40 else ""\n',
        READ,
    ),
    Mutant(
        "a call that the service has dropped goes on",
        DECODE,
        '    over = word(entry.change_type) == "deleted"\n',
        "    over = False\n",
        READ,
    ),
    Mutant(
        "a prompt is over when it begins to play",
        DECODE,
        "    if not over and word(operation.status) not in _FINAL:\n",
        "    if False:\n",
        READ,
    ),
    Mutant(
        "the place of a tone is lost",
        CALLS,
        "    return TonePressed(key, sequence if 0 < sequence <= _MAX_SEQUENCE else 0)\n",
        "    return TonePressed(key, 0)\n",
        READ,
    ),
    Mutant(
        "the news of a tone hide those of the audio",
        CALLS,
        "        heard = () if audio is None else (CallProgressed(audio=audio),)\n",
        "        heard: tuple[AnyEvent, ...] = ()\n",
        READ,
    ),
    Mutant(
        "a prompt that we have stopped has failed",
        CALLS,
        "    failure = None if cancelled else operation_failure(word(operation.status), code",
        "    failure = operation_failure(word(operation.status), code",
        READ,
    ),
    Mutant(
        "a file that could not be played was played, as it says completed",
        RESULTS,
        "    if (failure := meaning(subcode).failure) is not None:\n        return failure\n",
        "",
        ("tests/graph/test_results.py",),
    ),
    Mutant(
        "one of two that hang up at once is thought to have failed",
        RESULTS,
        '    if code is None or code == 0 or 200 <= code < 300:\n        return "hung_up"\n',
        "",
        ("tests/graph/test_results.py",),
    ),
    Mutant(
        "a context may be of any length",
        CALLS,
        '(operation.client_context or "")[:MAX_CONTEXT]',
        'operation.client_context or ""',
        BODIES,
    ),
)

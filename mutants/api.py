"""Bugs of the admin API and of audio: who may ask, and what is answered."""

from __future__ import annotations

from mutants.mutant import Mutant

GUARD = "ivr/server/api/guard.py"
API = "ivr/server/api/app.py"
MEDIA = "ivr/server/media.py"
GUARDED = ("tests/server/test_api.py",)
DIALLED = ("tests/server/test_api_dial.py",)
SERVED = ("tests/server/test_media.py",)

MUTANTS = (
    Mutant(
        "a token that begins like ours is ours",
        GUARD,
        "            _plain(authorization[0]), self._expected\n",
        "            _plain(authorization[0])[: len(self._expected)], self._expected\n",
        GUARDED,
    ),
    Mutant(
        "a token may be guessed as often as one likes",
        GUARD,
        "        self._count(address, since, failures + 1)\n",
        "        self._count(address, since, failures)\n",
        GUARDED,
    ),
    Mutant(
        "who guesses once too often is never let in again",
        GUARD,
        "        if self._clock() - since >= WINDOW:\n",
        "        if False:\n",
        GUARDED,
    ),
    Mutant(
        "who guesses holds up everybody",
        GUARD,
        "        since, failures = self._failures.get(address, (self._clock(), 0))\n",
        '        address = ""\n'
        "        since, failures = self._failures.get(address, (self._clock(), 0))\n",
        GUARDED,
    ),
    Mutant(
        "of two tokens the first counts",
        GUARD,
        "        if len(authorization) == 1 and hmac.compare_digest(\n",
        "        if authorization and hmac.compare_digest(\n",
        GUARDED,
    ),
    Mutant(
        "without a token one may see what there is",
        API,
        '        if verdict == "ok":\n',
        '        if verdict == "ok" or scope["path"].endswith("/openapi.json"):\n',
        GUARDED,
    ),
    Mutant(
        "the text of a fault of ours is answered",
        API,
        "            return _refusal(fault())\n",
        '            return _refusal(Problem(500, "internal", str(error)))\n',
        GUARDED,
    ),
    Mutant(
        "a wrong input is repeated",
        "ivr/server/api/inputs.py",
        '        raise _wrong(f"Input `{name}`: {sentence[:1].lower()}{sentence[1:]}") from None\n',
        '        raise _wrong(f"Input `{name}` is {raw}: {sentence}") from None\n',
        DIALLED,
    ),
    Mutant(
        "a number in place of a name is repeated",
        "ivr/server/api/inputs.py",
        '    return masked("".join(letter if letter.isprintable() else "?" for letter in name[:64]))\n',
        '    return "".join(letter if letter.isprintable() else "?" for letter in name[:64])\n',
        DIALLED,
    ),
    Mutant(
        "audio with a caller's data may be kept on the way",
        MEDIA,
        "        return Response(audio, media_type=WAV, headers=NEVER)\n",
        "        return Response(audio, media_type=WAV, headers=FOR_EVER)\n",
        SERVED,
    ),
    Mutant(
        "a recording may be kept on the way",
        MEDIA,
        "        return FileResponse(path, media_type=WAV, headers=NEVER)\n",
        "        return FileResponse(path, media_type=WAV, headers=FOR_EVER)\n",
        SERVED,
    ),
    Mutant(
        "whoever asks for proof is given the hash of any text",
        "ivr/server/app.py",
        "        if keyed is None or not NONCE.fullmatch(nonce):\n",
        "        if keyed is None or not nonce:\n",
        ("tests/server/test_app.py",),
    ),
)

"""Bugs that leave what a caller said, or who it was, where somebody finds it: in files and tables."""

from __future__ import annotations

from mutants.mutant import Mutant

SEAL = "ivr/store/seal.py"
KEYS = "ivr/store/keys.py"
SQL = "ivr/store/sql.py"
WRITING = "ivr/store/writing.py"
MASTER = "ivr/store/master.py"
CLIPS = "ivr/runtime/recordings.py"
SEALED = ("tests/store/test_seal.py",)
STORED = ("tests/store/test_store_secrecy.py",)
MASTERED = ("tests/store/test_master_key.py",)
RECORDED = ("tests/runtime/test_recordings.py",)

MUTANTS = (
    Mutant(
        "nothing is encrypted",
        SEAL,
        "        return nonce + AESGCM(key).encrypt(nonce, plain, bound)\n\n"
        "    def open(self, key: bytes, sealed: bytes, bound: bytes) -> bytes:\n"
        '        """The bytes that `seal` was given. Raises `Unreadable`."""\n'
        "        try:\n",
        "        return nonce + plain\n\n"
        "    def open(self, key: bytes, sealed: bytes, bound: bytes) -> bytes:\n"
        '        """The bytes that `seal` was given. Raises `Unreadable`."""\n'
        "        try:\n"
        "            return sealed[_NONCE_BYTES:]\n",
        STORED,
    ),
    Mutant(
        "all is sealed with the same nonce",
        SEAL,
        "        nonce = os.urandom(_NONCE_BYTES)\n",
        "        nonce = bytes(_NONCE_BYTES)\n",
        SEALED,
    ),
    Mutant(
        "all calls have the same key",
        SEAL,
        "        return os.urandom(KEY_BYTES)\n",
        "        return self._wrapping\n",
        SEALED,
    ),
    Mutant(
        "what was sealed for one row opens in another",
        KEYS,
        "        return msgspec.msgpack.encode((table, self._call_id, row))\n",
        "        return msgspec.msgpack.encode((table, self._call_id))\n",
        STORED,
    ),
    Mutant(
        "a token for one thing is good for any other",
        SEAL,
        "            return self.open(self._tokens, sealed, kind.encode())\n",
        '            for each in {kind, "leg", "media"}:\n'
        "                try:\n"
        "                    return self.open(self._tokens, sealed, each.encode())\n"
        "                except Unreadable:\n"
        "                    continue\n"
        "            return None\n",
        ("tests/server/test_webhook_legs.py",),
    ),
    Mutant(
        "a token has many spellings",
        SEAL,
        "    return raw if _text(raw) == text else None\n",
        "    return raw\n",
        SEALED,
    ),
    Mutant(
        "whoever knows the id of a call knows its callback path",
        SEAL,
        "hashlib.blake2b(call_id.encode(), key=self._callbacks, digest_size=_CALLBACK_BYTES)",
        "hashlib.blake2b(call_id.encode(), digest_size=_CALLBACK_BYTES)",
        SEALED,
    ),
    Mutant(
        "the key of a call outlives it",
        WRITING,
        "    update(calls).where(calls.c.call_id.in_(_ids)).values(key=None),\n",
        "",
        STORED,
    ),
    Mutant(
        "the journal keeps its details after the call",
        WRITING,
        "    update(journal).where(journal.c.call_id.in_(_ids)).values(detail=None),\n",
        "",
        STORED,
    ),
    Mutant(
        "the outbox keeps its effects after the call",
        WRITING,
        "    delete(outbox).where(outbox.c.call_id.in_(_ids)),\n",
        "",
        STORED,
    ),
    Mutant(
        "the key of a call stays in memory after it",
        SQL,
        "        self._keys.drop(call_id)\n        self._tidying.soon()\n",
        "        self._tidying.soon()\n",
        STORED,
    ),
    Mutant(
        "what was deleted stays in the log of the database",
        SQL,
        "        self._keys.drop(call_id)\n        self._tidying.soon()\n",
        "        self._keys.drop(call_id)\n",
        STORED,
    ),
    Mutant(
        "a wipe that others hold up is not tried again",
        "ivr/store/tidying.py",
        "        if not done:\n            self.soon()\n",
        "",
        STORED,
    ),
    Mutant(
        "rows that were deleted stay in the file",
        "ivr/store/sqlite.py",
        '_WRITING = ("wal_autocheckpoint=4000", "secure_delete=ON")\n',
        '_WRITING = ("wal_autocheckpoint=4000", "secure_delete=OFF")\n',
        STORED,
    ),
    Mutant(
        "the database is for everybody to read",
        "ivr/store/sqlite.py",
        "        Path(path).touch(mode=0o600)\n",
        "        Path(path).touch(mode=0o644)\n",
        STORED,
    ),
    Mutant(
        "the master key is for everybody to read",
        MASTER,
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)",
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)",
        MASTERED,
    ),
    Mutant(
        "a master key that everybody can read is used",
        MASTER,
        '        if os.name == "posix" and mode & (S_IROTH | S_IWOTH):\n',
        "        if False:\n",
        MASTERED,
    ),
    Mutant(
        "a wrong master key is repeated to whoever reads the error",
        MASTER,
        '        f"{where} must hold {KEY_BYTES} random bytes',
        '        f"{where} is {text!r} and must hold {KEY_BYTES} random bytes',
        MASTERED,
    ),
    Mutant(
        "the file of signing keys is for everybody to write",
        "ivr/graph/kept_keys.py",
        "os.O_EXCL, 0o600)",
        "os.O_EXCL, 0o666)",
        ("tests/graph/test_kept_keys.py",),
    ),
    Mutant(
        "the number of a caller is stored beside the call",
        "ivr/server/node.py",
        '        return keyed(self.sealer, "caller")(caller.id) if caller.id else ""\n',
        "        return caller.id\n",
        ("tests/e2e/test_secrecy.py",),
    ),
    Mutant(
        "the name of a recording can be guessed",
        CLIPS,
        "        name = secrets.token_hex(16)\n",
        '        name = f"{len(clip):032x}"\n',
        RECORDED,
    ),
    Mutant(
        "a recording is for everybody to read",
        CLIPS,
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)",
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)",
        RECORDED,
    ),
    Mutant(
        "a recording whose time is over is given out until it is tidied away",
        CLIPS,
        "        if not NAME.fullmatch(name) or await self._index.get(name, self._clock.now()) is None:\n",
        "        if not NAME.fullmatch(name):\n",
        RECORDED,
    ),
    Mutant(
        "a recording that cannot be deleted is forgotten",
        CLIPS,
        '                log.error("recording_not_deleted", reason=error.strerror)\n'
        "                continue\n",
        '                log.error("recording_not_deleted", reason=error.strerror)\n',
        RECORDED,
    ),
    Mutant(
        "a recording that is in no index stays for ever",
        CLIPS,
        "            self._path(name).unlink(missing_ok=True)\n            raise\n",
        "            raise\n",
        RECORDED,
    ),
)

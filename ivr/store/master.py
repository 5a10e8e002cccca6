"""Where the master key comes from: a setting, or a file that is made once."""

from __future__ import annotations

import os
import re
import secrets
from base64 import urlsafe_b64decode
from pathlib import Path
from stat import S_IROTH, S_IWOTH

from ivr.errors import UsageError
from ivr.store.seal import KEY_BYTES

KEY_FILE = "seal.key"
_HEX = re.compile(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")
_BASE64 = re.compile(r"[A-Za-z0-9_-]{43}=?")
_LONGEST = 256


def load_master(setting: str | None, data_dir: Path) -> bytes:
    """The 32 bytes of the master key.

    `setting` is the value of `IVR_SEAL_KEY`; without it the key is read from `seal.key` in the
    data folder, and made there if there is none. Raises `UsageError`, never naming the value.
    """
    if setting is not None:
        return _parsed(setting, "IVR_SEAL_KEY")
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        return _parsed(_private_text(path), str(path))
    except OSError as error:
        raise UsageError(f"{path}: the seal key cannot be used: {error.strerror}.") from None


def _parsed(text: str, where: str) -> bytes:
    text = text.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if _BASE64.fullmatch(text):
        return urlsafe_b64decode(text.rstrip("=") + "=")
    raise UsageError(
        f"{where} must hold {KEY_BYTES} random bytes as hex or base64url; make them with"
        f' python -c "import secrets; print(secrets.token_hex({KEY_BYTES}))".'
    )


def _private_text(path: Path) -> str:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        # Windows has no such bits and always reports the file as readable.
        if os.name == "posix" and mode & (S_IROTH | S_IWOTH):
            raise UsageError(f"{path} is open to every user of this machine: chmod 600 {path}.")
        return file.read(_LONGEST).decode("ascii", errors="replace")


def _make(path: Path) -> None:
    """Write the key beside its place and link it in: nobody sees half of it, nobody replaces it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()

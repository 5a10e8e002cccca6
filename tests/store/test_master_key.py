"""Where the master key comes from."""

from __future__ import annotations

import os
import stat
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.errors import UsageError
from ivr.store.master import load_master

KEY = bytes(range(100, 132))
BASE64 = urlsafe_b64encode(KEY).decode()


@pytest.mark.parametrize(
    "setting",
    [KEY.hex(), KEY.hex().upper(), BASE64, BASE64.rstrip("="), f" {KEY.hex()}\n"],
)
def test_a_setting_is_hex_or_base64url(setting: str, tmp_path: Path) -> None:
    assert load_master(setting, tmp_path) == KEY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "setting",
    ["", "hunter2", KEY.hex()[:-1], KEY.hex() + "0", "g" * 64, BASE64 + "==", "é" * 43, "A" * 42],
)
def test_a_wrong_setting_is_refused_without_being_repeated(setting: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="IVR_SEAL_KEY") as caught:
        load_master(setting, tmp_path)
    assert not setting or setting not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    key = load_master(None, folder)
    assert len(key) == 32
    assert key != load_master(None, tmp_path / "elsewhere")
    assert load_master(None, folder) == key
    (file,) = folder.iterdir()
    assert file.name == "seal.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_master(None, tmp_path), range(40)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["seal.key"]


@pytest.mark.skipif(os.name != "posix", reason="has no such permissions")
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644])
def test_a_key_file_that_everybody_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    key = load_master(None, tmp_path)
    (tmp_path / "seal.key").chmod(mode)
    with pytest.raises(UsageError, match="chmod 600") as caught:
        load_master(None, tmp_path)
    assert key.hex() not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"hunter2", b"\xff\xfe\x00", b"00" * 100_000])
def test_a_key_file_with_something_else_in_it_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seal.key"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"seal\.key must hold 32 random bytes"):
        load_master(None, tmp_path)


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(UsageError, match="cannot be used"):
        load_master(None, tmp_path / "data")

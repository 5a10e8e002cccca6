"""The search for callers' digits really finds them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.canaries import ACCOUNT, PIN, SPOKEN, secret_traces
from tests.conftest import leaking_files


@pytest.mark.parametrize("text", [f"x{ACCOUNT}y", f'{{"pin": "{PIN}"}}', f"You entered {SPOKEN}."])
def test_a_canary_in_a_text_is_found(text: str) -> None:
    assert secret_traces(text)


def test_a_number_that_merely_looks_like_one_is_not() -> None:
    assert secret_traces(f"port 4{PIN}1") == []


def test_a_canary_in_a_binary_file_or_a_file_name_is_found() -> None:
    # Not under pytest's own folder, which is searched at the end of the session.
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.db").write_bytes(b"\x00\xff" + ACCOUNT.encode() + b"\x01")
        (Path(folder) / f"{ACCOUNT}.wav").write_bytes(b"")
        (Path(folder) / "clean").write_bytes(b"nothing")
        assert len(leaking_files(Path(folder))) == 2

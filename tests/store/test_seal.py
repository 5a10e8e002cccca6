"""Sealing, tokens and callback keys."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import IvrError, StoreUnavailable, UsageError
from ivr.store.seal import Sealer, Unreadable

SEALER = Sealer(bytes(range(32)))
OTHER = Sealer(bytes(32))
KEY = SEALER.new_key()


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_was_sealed_opens_again(plain: bytes, bound: bytes) -> None:
    assert SEALER.open(KEY, SEALER.seal(KEY, plain, bound), bound) == plain


def test_sealing_twice_gives_different_bytes() -> None:
    assert SEALER.seal(KEY, b"1234", b"row") != SEALER.seal(KEY, b"1234", b"row")


def test_every_change_is_noticed() -> None:
    sealed = SEALER.seal(KEY, b"1234", b"row")
    wrong = [bytes([*sealed[:n], sealed[n] ^ 1, *sealed[n + 1 :]]) for n in range(len(sealed))]
    for text in [*wrong, b"", sealed[:5], sealed[:-1], sealed + b"0"]:
        with pytest.raises(Unreadable):
            SEALER.open(KEY, text, b"row")


def test_sealed_bytes_open_only_with_their_key_and_in_their_place() -> None:
    sealed = SEALER.seal(KEY, b"1234", b"row 1")
    with pytest.raises(Unreadable):
        SEALER.open(KEY, sealed, b"row 2")
    with pytest.raises(Unreadable):
        SEALER.open(SEALER.new_key(), sealed, b"row 1")


def test_a_wrapped_key_opens_under_its_master_key_only() -> None:
    wrapped = SEALER.wrap(KEY)
    assert KEY not in wrapped
    assert Sealer(bytes(range(32))).unwrap(wrapped) == KEY
    with pytest.raises(Unreadable):
        OTHER.unwrap(wrapped)


def test_keys_are_new_every_time() -> None:
    keys = {SEALER.new_key() for _ in range(100)}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 100


def test_what_cannot_be_read_is_the_stores_fault_for_a_person() -> None:
    assert issubclass(Unreadable, StoreUnavailable)
    assert issubclass(Unreadable, IvrError)


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        Sealer(b"short")


@given(st.binary(max_size=300))
def test_a_token_gives_its_payload_back(payload: bytes) -> None:
    token = SEALER.token("media", payload)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert SEALER.read_token("media", token) == payload


def test_a_token_says_nothing_and_is_never_the_same() -> None:
    tokens = {SEALER.token("media", b"call-1 e1 0") for _ in range(20)}
    assert len(tokens) == 20
    assert not [token for token in tokens if "call" in token]


def test_a_token_of_another_kind_or_key_is_nothing() -> None:
    token = SEALER.token("media", b"payload")
    assert SEALER.read_token("other", token) is None
    assert OTHER.read_token("media", token) is None


@given(st.text(max_size=80))
def test_no_text_of_a_stranger_is_a_token(text: str) -> None:
    assert SEALER.read_token("media", text) is None


def test_a_token_has_one_spelling_only() -> None:
    token = SEALER.token("media", b"1")
    assert SEALER.read_token("media", token) == b"1"
    for text in [token + "=", token + "\n", " " + token, token + "A", token[:-1], token[1:]]:
        assert SEALER.read_token("media", text) is None
    # 29 bytes leave two bits of the last letter unused: three more letters decode to the same.
    letters = string.ascii_letters + string.digits + "-_"
    twins = [token[:-1] + letter for letter in letters if letter != token[-1]]
    assert [twin for twin in twins if SEALER.read_token("media", twin)] == []


def test_a_huge_text_is_not_even_decoded() -> None:
    assert SEALER.read_token("media", "A" * 1_000_000) is None


def test_a_callback_key_is_fixed_for_a_call_and_unlike_any_other() -> None:
    key = SEALER.callback_key("call-1")
    assert key == Sealer(bytes(range(32))).callback_key("call-1")
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
    assert key not in {SEALER.callback_key("call-2"), OTHER.callback_key("call-1")}


def test_only_the_calls_own_key_matches() -> None:
    key = SEALER.callback_key("call-1")
    assert SEALER.matches("call-1", key)
    for wrong in ("", key.upper(), key + "0", key[:-1], "ключ", "\ud800", SEALER.callback_key("x")):
        assert not SEALER.matches("call-1", wrong)

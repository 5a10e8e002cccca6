"""What is read of a key set and of a metadata document, and where the latter may send us."""

from __future__ import annotations

import json

import pytest

from ivr.graph.jwks import (
    MAX_DOCUMENT,
    MAX_KEYS,
    UnusableError,
    decode_base64url,
    jwk_of,
    keys_url,
    rsa_key,
    rsa_keys,
)
from tests.graph.signing import METADATA, Signer, b64_number
from tests.net.urls import CREDENTIALS, NOT_PUBLIC, PUBLIC, UNUSABLE

OLD, NEW = Signer("old"), Signer("new")
NUMBERS = OLD.key.public_key().public_numbers()
UNUSABLE_KEYS: dict[str, object] = {
    "another kind": OLD.jwk(kty="EC"),
    "for encryption": OLD.jwk(use="enc"),
    "too short": Signer("old", bits=1024).jwk(),
    "too long": OLD.jwk(n=b64_number((1 << 8192) + 1)),
    "padded": OLD.jwk(n=b64_number(NUMBERS.n) + "=="),
    "exponent one": OLD.jwk(e="AQ"),
    "even exponent": OLD.jwk(e="BA"),
    "no modulus": OLD.jwk(n=None),
    "number for a modulus": OLD.jwk(n=NUMBERS.n),
    "no id": OLD.jwk(kid=None),
    "long id": OLD.jwk(kid="k" * 65),
    "odd id": OLD.jwk(kid="a b"),
    "not an object": "old",
}


def test_a_key_that_is_written_is_read_as_the_same() -> None:
    for signer in (OLD, NEW):
        named = rsa_key(jwk_of(signer.kid, signer.key.public_key()))
        assert named is not None
        assert named[0] == signer.kid
        assert named[1].public_numbers() == signer.key.public_key().public_numbers()


def document(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


@pytest.mark.parametrize("name", UNUSABLE_KEYS)
def test_an_unusable_key_is_passed_over_and_the_rest_are_taken(name: str) -> None:
    assert set(rsa_keys(document(UNUSABLE_KEYS[name], NEW.jwk()))) == {"new"}
    with pytest.raises(UnusableError):
        rsa_keys(document(UNUSABLE_KEYS[name]))


def test_a_key_without_a_use_is_taken() -> None:
    jwk = {name: value for name, value in OLD.jwk().items() if name != "use"}
    assert rsa_keys(document(jwk))["old"].public_numbers() == NUMBERS


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    found = rsa_keys(document(OLD.jwk(), NEW.jwk(kid="old")))
    assert found["old"].public_numbers() == NUMBERS


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"[1]", b'{"keys":{}}', b"[" * 100_000, b'{"keys":"\xff"}']
)
def test_what_is_no_key_set_is_unusable(text: bytes) -> None:
    with pytest.raises(UnusableError):
        rsa_keys(text)
    with pytest.raises(UnusableError):
        keys_url(METADATA, text)


def test_a_document_that_is_too_long_is_unusable() -> None:
    short = document(OLD.jwk())
    assert rsa_keys(short.ljust(MAX_DOCUMENT))
    with pytest.raises(UnusableError, match="too long"):
        rsa_keys(short.ljust(MAX_DOCUMENT + 1))


def test_an_endless_key_set_is_read_so_far_only() -> None:
    keys = rsa_keys(document(*(OLD.jwk(kid=f"key-{n}") for n in range(MAX_KEYS + 50))))
    assert len(keys) == MAX_KEYS


@pytest.mark.parametrize("text", ["A", "AB==", "A B", "AB\n", "A+/=", "AB", "é"])
def test_base64url_has_one_spelling(text: str) -> None:
    assert decode_base64url("AA") == b"\0"
    with pytest.raises(ValueError, match="not"):
        decode_base64url(text)


@pytest.mark.parametrize(
    ("metadata", "keys"),
    [
        (METADATA, "https://api.aps.skype.com/v1/keys"),
        (METADATA, "https://api.aps.skype.com:443/v1/keys"),
        (METADATA, "https://keys.skype.com/v1/keys"),
        ("http://127.0.0.1:8123/v1/x", "http://127.0.0.1:8123/v1/keys"),
        ("http://127.0.0.1:8123/v1/x", "http://localhost:8123/v1/keys"),
        ("http://[::1]:8123/v1/x", "http://[::1]:8123/v1/keys"),
    ],
)
def test_a_document_may_name_its_own_host_or_one_of_microsofts(metadata: str, keys: str) -> None:
    assert keys_url(metadata, json.dumps({"jwks_uri": keys}).encode()) == keys


@pytest.mark.parametrize(
    "keys",
    [
        None,
        7,
        "",
        "/v1/keys",
        "http://api.aps.skype.com/v1/keys",
        "https://api.aps.skype.com:8443/v1/keys",
        "https://api.aps.skype.com@evil.example/v1/keys",
        "https://evil.example/v1/keys#api.aps.skype.com",
        "https://evilskype.com/keys",
        "https://skype.com.evil.example/keys",
        "https://login.botframework.com/v1/keys",
        "https://169.254.169.254/keys",
        "http://127.0.0.1/keys",
        "http://localhost:8080/keys",
        "file:///etc/passwd",
        "https://api.aps.skype.com\\@evil.example/",
        "https://api.aps.sk\type.com/keys",
        "https://[::1/keys",
        "https://api.aps.skype.com:99999/keys",
        "https:///keys",
    ],
)
def test_a_document_cannot_send_us_anywhere_else(keys: object) -> None:
    with pytest.raises(UnusableError):
        keys_url(METADATA, json.dumps({"jwks_uri": keys}).encode())


def test_a_document_on_loopback_cannot_send_us_to_another_port() -> None:
    with pytest.raises(UnusableError):
        keys_url("http://127.0.0.1:8123/x", b'{"jwks_uri":"http://127.0.0.1:8124/keys"}')


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_document_cannot_send_us_to_an_address_in_disguise(name: str) -> None:
    with pytest.raises(UnusableError):
        keys_url(METADATA, json.dumps({"jwks_uri": UNUSABLE[name]}).encode())


@pytest.mark.parametrize("address", [*CREDENTIALS.values(), *NOT_PUBLIC.values(), *PUBLIC])
def test_a_document_cannot_send_us_to_an_address(address: str) -> None:
    url = f"https://[{address}]/keys" if ":" in address else f"https://{address}/keys"
    with pytest.raises(UnusableError):
        keys_url(METADATA, json.dumps({"jwks_uri": url}).encode())

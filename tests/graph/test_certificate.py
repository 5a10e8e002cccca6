"""Certificates as credentials: how they are given, what is wrong with them, when they end."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ivr.errors import UsageError
from ivr.graph.certificate import Certificate, warning_level
from tests.graph.certificates import END, certificate_pem, key_pem

DAY = 86_400
THUMBPRINT = "AB:CD" + "0" * 36


@pytest.mark.parametrize(
    "text", [key_pem() + certificate_pem(), certificate_pem() + "\nBag Attributes\n" + key_pem()]
)
def test_key_and_certificate_come_in_one_text(text: str) -> None:
    found = Certificate(text).for_msal()
    assert found.keys() == {"private_key", "public_certificate"}
    assert "CERTIFICATE" not in found["private_key"]
    assert "PRIVATE" not in found["public_certificate"]


def test_a_certificate_goes_before_a_thumbprint() -> None:
    both = Certificate(key_pem() + certificate_pem(), THUMBPRINT)
    assert "thumbprint" not in both.for_msal()
    assert Certificate(key_pem(), THUMBPRINT).for_msal()["thumbprint"] == "ABCD" + "0" * 36


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (key_pem(), "thumbprint"),
        (certificate_pem(), "private key"),
        (elliptic() + certificate_pem(), "RSA key"),
        (key_pem("other") + certificate_pem(), "not that of the private key"),
        (key_pem() + certificate_pem().replace("MII", "AAA"), "certificate cannot be read"),
        ("", "private key"),
    ],
)
def test_a_certificate_that_cannot_work_is_refused_at_the_start(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        Certificate(text).for_msal()
    assert "MII" not in str(refused.value)


def test_the_end_of_a_certificate_is_seen_coming() -> None:
    certificate = Certificate(certificate_pem())
    assert certificate.days_left(END.timestamp() - 10.5 * DAY) == 10.5
    assert certificate.days_left(END.timestamp() + DAY) == -1.0
    assert Certificate(key_pem(), THUMBPRINT).days_left(0.0) is None


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (31, None), (30.1, None), (30, 30), (15, 30), (14, 14), (7.5, 14), (7, 7), (2, 7), (1, 1),
        (0.5, 1), (0, 0), (-100, 0),
    ],
)  # fmt: skip
def test_there_are_warnings_a_month_two_weeks_a_week_and_a_day_before(
    days: float, level: int | None
) -> None:
    assert warning_level(days) == level

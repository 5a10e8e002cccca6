"""What an administrator is told: one sentence for each code, with a switch or a command in it."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from ivr.core.effects import AnyEffect
from ivr.graph.advice import ADVICE, FORBIDDEN, PERMISSIONS, advice_for
from ivr.graph.meanings import MEANINGS

SWITCHES = ("portal", "admin center", "PowerShell", "IVR_", "support", "administrator", "secret")


@pytest.mark.parametrize("code", [str(number) for number in range(7500, 7511)])
def test_every_code_of_registration_and_permission_has_advice(code: str) -> None:
    assert advice_for(code, "place_call")
    assert MEANINGS[int(code)].words


@pytest.mark.parametrize("text", [*ADVICE.values(), *FORBIDDEN.values()])
def test_advice_is_one_sentence_that_names_what_to_use(text: str) -> None:
    assert text[0].isupper()
    assert text.endswith(".")
    assert not re.search(r"\.\s+[A-Z]", text)
    assert any(word in text for word in SWITCHES)


def test_the_permission_that_is_missing_is_named() -> None:
    assert "Calls.JoinGroupCall.All" in advice_for("7504", "join_meeting")
    assert "OnlineMeetings.ReadWrite.All" in advice_for("7504", "create_meeting")
    assert "Calls.Initiate.All" in advice_for("7504")
    assert "{" not in advice_for("7504", "answer_call")


def test_permissions_are_those_of_effects() -> None:
    kinds = {kind.__struct_config__.tag for kind in get_args(AnyEffect)}
    assert PERMISSIONS.keys() | FORBIDDEN.keys() <= kinds


@pytest.mark.parametrize("code", ["", "Forbidden", "Unauthorized", "UnknownError"])
def test_a_403_that_says_nothing_is_judged_by_the_effect(code: str) -> None:
    assert "New-CsApplicationAccessPolicy" in advice_for(code, "create_meeting")
    assert advice_for(code, "play_prompts") == ""
    assert advice_for(code, "create_meeting", 400) == ""


def test_an_unknown_code_has_no_advice() -> None:
    assert [advice_for(code, "place_call") for code in ("1", "8522", "x" * 64)] == [""] * 3

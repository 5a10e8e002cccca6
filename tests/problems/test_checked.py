"""What `ivr check` says before any call: P26, P42 and P50."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.bundle import load_folder

HEAD = "flow: f\nschema: 1\nprompts: { hello: Hello. }\non: { error: done }\n"
END = "  done: { type: hangup, prompt: hello, result: served }\n"


def found(folder: Path, flow: str) -> list[str]:
    """The findings in a flow, in words."""
    home = folder / "f"
    home.mkdir(exist_ok=True)
    (home / "flow.yaml").write_text(HEAD + flow + END)
    return [f"{each.message} {each.detail}" for each in load_folder(folder).diagnostics]


@pytest.mark.problem("P26", fault="keys_of_a_third_party")
def test_a_question_that_anybody_could_answer_is_warned_of(tmp_path: Path) -> None:
    flow = """
start: bring
states:
  bring: { type: invite, to: "user:1", on: { joined: ask, failed: done } }
  ask: { type: menu, prompt: hello, on: { "1": done, give_up: done } }
"""
    assert any("nobody can tell who answers" in line for line in found(tmp_path, flow))
    assert found(tmp_path, flow.replace("hello,", "hello, anyone: yes,")) == []


@pytest.mark.problem("P42", fault="transfer_7505")
@pytest.mark.parametrize("target", ["11111111-1111-4111-8111-111111111111", "bot:1", "queue"])
def test_a_target_says_of_which_kind_it_is(tmp_path: Path, target: str) -> None:
    flow = """
start: ring
states:
  ring: { type: transfer, to: "TO", on: { answered: done, failed: done } }
"""
    assert found(tmp_path, flow.replace("TO", "instance:1")) == []
    [told] = found(tmp_path, flow.replace("TO", target))
    assert "nobody whom a call can be sent to" in told


@pytest.mark.problem("P50", fault="phones_need_an_account")
def test_a_phone_is_called_by_an_account_that_has_a_number(tmp_path: Path) -> None:
    flow = """
start: greet
call_out: { to: "phone:+442079460123", on: { answered: greet, not_reached: done } }
states:
  greet: { type: prompt, prompt: hello, next: done }
"""
    assert any("resource account" in line for line in found(tmp_path, flow))
    with_account = flow.replace('0123",', '0123", from: "instance:1",')
    assert found(tmp_path, with_account) == []

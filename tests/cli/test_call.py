"""`ivr call`: a telephone that follows a list, always in the same way."""

from __future__ import annotations

import io
import sys
from itertools import pairwise

import pytest

from tests.canaries import PIN
from tests.cli.shell import GREET, REMIND, Ran, Shell


def told(ran: Ran, kind: str) -> list[str]:
    """What a call in JSON says of one kind of thing."""
    assert ran.code == 0, ran.err
    return [each["text"] for each in ran.json if each["kind"] == kind]


def end_of(ran: Ran) -> str:
    [end] = told(ran, "end")
    return end.split("\t")[0]


def test_a_call_reads_like_a_conversation(ivr: Shell) -> None:
    out = ivr("call", "greet", "--keys", "1").out
    assert out.startswith("☎ Greeting (greet)")
    assert "“Press 1 for the desk" in out
    assert "pressed 1" in out
    assert out.splitlines()[-1].endswith("■ served (transferred 0/7015)")


@pytest.mark.parametrize("keys", ["1", "2,9057", "3,say", "wait,1", "4", "hangup", "", "#,*,0"])
def test_the_same_call_is_always_the_same(ivr: Shell, keys: str) -> None:
    arguments = ("call", "greet", "--at", "2026-03-02T12:00", "--keys", keys)
    first, again = ivr(*arguments), ivr(*arguments)
    assert first.code == 0
    assert first.out == again.out


def test_a_call_in_json_is_one_document_in_order(ivr: Shell) -> None:
    ran = ivr("call", "--keys", "1", "--json")
    assert ran.err == ""
    assert all(each.keys() == {"at", "kind", "text"} for each in ran.json)
    assert all(one["at"] <= two["at"] for one, two in pairwise(ran.json))


def test_an_item_is_an_answer_to_one_question_and_then_there_is_silence(ivr: Shell) -> None:
    ran = ivr("call", "greet", "--keys", "wait,8", "--json")
    assert told(ran, "pressed") == ["8"]
    assert len([text for text in told(ran, "heard") if text.startswith("hello")]) >= 3
    assert end_of(ran) == "left"


@pytest.mark.parametrize("given", ["answered", "failed", "busy", "no_answer", "declined"])
def test_the_other_side_of_a_transfer_does_as_it_is_told(ivr: Shell, given: str) -> None:
    ran = ivr("call", "greet", "--keys", "1,say", "--json", "--transfer", given)
    assert end_of(ran) == "served"
    assert len(told(ran, "said")) == (0 if given == "answered" else 1)


def test_business_systems_answer_with_sample_values(ivr: Shell) -> None:
    ran = ivr("call", "greet", "--keys", f"2,{PIN}", "--json")
    assert told(ran, "asked") == ["GET shop.example"]
    assert told(ran, "answered") == ["HTTP 200"]
    assert any(text.startswith("owed\tYou owe") for text in told(ran, "heard"))


def test_a_secret_is_not_shown_while_it_is_entered(ivr: Shell) -> None:
    arguments = ("call", "greet", "--keys", f"2,{PIN}")
    assert told(ivr(*arguments, "--json"), "pressed") == ["2", *"••••"]
    assert ivr(*arguments).out.count("pressed •\n") == len(PIN)


def test_a_caller_may_speak(ivr: Shell) -> None:
    ran = ivr("call", "greet", "--keys", "3,say", "--json")
    assert len(told(ran, "said")) == 1
    assert end_of(ran) == "served"


def test_values_of_input_may_be_given(ivr: Shell) -> None:
    ran = ivr("call", "remind", "--set", "name=Zoë = X", "--set", "minutes=5", "--json")
    assert told(ran, "heard") == ["tell\tZoë = X, in 5 minutes."]


@pytest.mark.parametrize(
    "at", ["2026-12-24T17:55", "2026-12-24", "2026-12-24T17:55:01+02:00", "now",
           "2026-03-29T01:30 Europe/London", "2026-10-25T01:30 Europe/London"],
)  # fmt: skip
def test_the_time_may_be_chosen(ivr: Shell, at: str) -> None:
    assert ivr("call", "greet", "--keys", "1", "--at", at).code == 0


@pytest.mark.parametrize(
    "caller", ["+442079460123", "", "user:11111111-1111-4111-8111-111111111111"]
)
def test_the_caller_may_be_anybody(ivr: Shell, caller: str) -> None:
    assert ivr("call", "greet", "--keys", "1", "--caller", caller).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--keys", "x"],
        ["--keys", "1,,2"],
        ["--keys", "1;2"],
        ["--keys", "1" * 41],
        ["--keys", "١"],
        ["--at", "tomorrow"],
        ["--at", ""],
        ["--at", "0001-01-01T00:00"],
        ["--at", "9999-12-31T23:59"],
        ["--at", "2026-13-01"],
        ["--at", "2026-01-01 Mars/Olympus"],
        ["--at", "2026-01-01 ../../etc/passwd"],
        ["--caller", "Bob"],
        ["--caller", "+44"],
        ["--caller", "app:x"],
        ["--set", "name"],
        ["--set", "nobody=1"],
        ["--set", "=1"],
    ],
)
def test_what_cannot_be_is_one_sentence(ivr: Shell, arguments: list[str]) -> None:
    ran = ivr("call", "remind", *arguments)
    assert ran.code == 2
    assert arguments[0] in ran.sentence


@pytest.mark.parametrize("value", ["minutes=soon", "minutes=", "minutes=1e999"])
def test_a_value_of_the_wrong_type_is_one_sentence_that_names_it(ivr: Shell, value: str) -> None:
    ran = ivr("call", "remind", "--set", value)
    assert ran.code == 2
    assert "--set minutes" in ran.sentence


def test_a_flow_is_given_by_name_by_folder_by_file_or_not_at_all(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ivr("call", "greet", "--keys", "1").out
    for flow in ("flows/greet", "flows/greet/flow.yaml", "flows", ivr.folder / "flows" / "greet"):
        assert ivr("call", flow, "--keys", "1").out == said
    assert ivr("call", "--keys", "1").out == said
    monkeypatch.chdir(ivr.folder / "flows" / "greet")
    for flow in (".", "flow.yaml", "greet"):
        assert ivr("call", flow, "--keys", "1").out == said


def test_a_file_that_stands_alone_can_be_called(ivr: Shell) -> None:
    (ivr.folder / "alone.yaml").write_text(REMIND)
    assert ivr("call", "alone.yaml", "--set", "name=Ann", "--set", "minutes=1").code == 0


@pytest.mark.parametrize("flow", ["gret", "nowhere.yaml", "flows/nowhere", "../flows/greet/x"])
def test_a_flow_that_is_not_there_is_told(ivr: Shell, flow: str) -> None:
    ran = ivr("call", flow)
    assert ran.code == 2
    assert f'"{flow}"' in ran.sentence


def test_without_a_default_a_name_is_asked_for(ivr: Shell) -> None:
    ivr.write("greet", GREET.replace("default: true", "numbers: ['+442079460999']"))
    ivr.write("greet2", GREET.replace("greet", "greet2").replace("default: true", "users: [u]"))
    ran = ivr("call")
    assert ran.code == 2
    assert "greet, greet2, remind" in ran.sentence


def test_a_flow_with_mistakes_cannot_be_called_and_shows_them(ivr: Shell) -> None:
    ivr.write("greet", GREET.replace("answered: done", "answered: doen"))
    for flow in ("greet", "flows"):
        ran = ivr("call", flow, "--keys", "1")
        assert (ran.code, ran.out) == (1, "")
        assert "doen" in ran.err
        assert "Traceback" not in ran.err
    assert ivr("call", "remind").code == 0


class Terminal(io.StringIO):
    """A standard input at which somebody types."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))


def test_at_a_terminal_it_asks_what_to_press(ivr: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "nonsense", "2", "vars", PIN)
    ran = ivr("call", "greet")
    assert ran.code == 0
    assert '"pin": null' in ran.out or "pin" in ran.out
    assert "You owe" in ran.out
    assert PIN not in ran.out


def test_at_a_terminal_one_may_keep_silent_and_quit(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "", "quit")
    ran = ivr("call", "greet")
    assert ran.code == 0
    assert "caller_hung_up" in ran.out or "hung_up" in ran.out


def test_the_end_of_what_is_typed_interrupts(ivr: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch)
    assert ivr("call", "greet").code == 130


def test_with_a_list_nobody_is_asked_even_at_a_terminal(
    ivr: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch)
    assert ivr("call", "greet", "--keys", "").code == 0

"""`ivr graph`: a picture of a flow that no label can spoil."""

from __future__ import annotations

import re

import pytest

from tests.cli.shell import GREET, Shell

HOSTILE = [
    'A" --> evil["x', "A\n  evil --> s0", "<script>alert(1)</script>", "A]); evil", "A|B", "`A`",
    "#quot;", "A\u202eB", "A\u2028B", "A\x1b[31m", "--> x", "end", "subgraph",
]  # fmt: skip


def test_a_flow_is_drawn_with_its_choices(ivr: Shell) -> None:
    out = ivr("graph", "greet").out
    assert out.startswith("flowchart TD\n")
    assert '{{"hello"}}' in out
    assert '|"1 Desk"|' in out


@pytest.mark.parametrize("flow", ["greet", "flows/greet", "flows/greet/flow.yaml"])
def test_a_flow_is_given_as_everywhere(ivr: Shell, flow: str) -> None:
    assert ivr("graph", flow).out == ivr("graph").out


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_ends_the_picture_or_begins_another(ivr: Shell, label: str) -> None:
    plain = ivr("graph", "greet").out
    text = "".join(letter if letter.isascii() and letter.isprintable() else f"\\u{ord(letter):04x}"
                   for letter in label).replace('"', '\\"')  # fmt: skip
    ivr.write("greet", GREET.replace("label: Desk", f'label: "{text}"'))
    ran = ivr("graph", "greet")
    if ran.code == 0:
        assert ran.out.count("\n") == plain.count("\n")
        assert ran.out.count('"') == plain.count('"')
        assert not re.search("[<`\x1b\u202e\u2028]", ran.out)
    else:
        assert (ran.code, ran.out) == (1, "")


def test_a_title_is_a_label_too(ivr: Shell) -> None:
    ivr.write("greet", GREET.replace("type: menu\n", "type: menu\n    title: 'A\"]; evil'\n"))
    out = ivr("graph", "greet").out
    assert '{{"A#quot;]; evil"}}' in out


def test_json_is_one_document_of_states_and_arrows(ivr: Shell) -> None:
    for arguments in (["--json"], ["--format", "json"]):
        drawn = ivr("graph", "greet", *arguments).json
        assert (drawn["flow"], drawn["title"], drawn["start"]) == ("greet", "Greeting", "hello")
        names = [state["name"] for state in drawn["states"]]
        assert names[0] == "hello"


def test_a_flow_that_is_not_there_is_told(ivr: Shell) -> None:
    ran = ivr("graph", "gret")
    assert ran.code == 2
    assert 'Did you mean "greet"?' in ran.sentence

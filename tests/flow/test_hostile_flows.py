"""Flows that mean harm, or do it by accident: each is refused with its place, or costs little.

The numbers are those of the list of hostile inputs, group D (YAML bundle).
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ivr.flow.bundle import Loaded, load_folder
from ivr.flow.diagnostics import Code, Diagnostic
from ivr.limits import MAX_PROMPT_CHARACTERS

TOP = "flow: f\nschema: 1\nstart: say\non: { error: end, give_up: end }\n"
END = "  end: { type: hangup, result: served }\n"
SAY = "  say: { type: prompt, prompt: hello, next: end }\n"
HELLO = "prompts: { hello: Hello. }\n"


def load(tmp_path: Path, text: str) -> Loaded:
    path = tmp_path / "hostile.yaml"
    path.write_text(text, encoding="utf-8")
    return load_folder(path)


def errors(loaded: Loaded) -> list[tuple[str, int, int]]:
    return [
        (str(found.code), found.span.line, found.span.column)
        for found in loaded.diagnostics
        if str(found.code)[0] != "W"
    ]


def menu(choices: str) -> str:
    return (
        TOP
        + HELLO
        + f"states:\n  say: {{ type: menu, prompt: hello, on: {{ {choices} }} }}\n"
        + END
    )


def wait(time: str) -> str:
    return TOP + f"states:\n  say: {{ type: wait, for: {time}, next: end }}\n" + END


def dial(target: str) -> str:
    return (
        TOP + f"states:\n  say: {{ type: transfer, to: {target}, on: {{ answered: end }} }}\n" + END
    )


REFUSED = {
    "D06 a merge key that hides a flag": (
        TOP + "vars:\n  base: { type: digits, secret: true }\n  pin:\n    <<: { secret: false }\n"
        "    type: digits\n" + HELLO + "states:\n" + SAY + END,
        ("S012", 8, 5),
    ),
    "D08 the * key": (menu("*: end"), ("S010", 7, 43)),
    "D08 the # key": (
        TOP
        + HELLO
        + "states:\n  say:\n    type: menu\n    prompt: hello\n    on:\n      #: end\n"
        + END,
        ("S016", 11, 7),
    ),
    "D08 a word that YAML 1.1 takes for true": (menu("'1': end, yes: end"), ("E102", 7, 53)),
    "D09 a phone number without its plus": (dial("14255550100"), ("S101", 6, 30)),
    "D09 a phone number with two zeros": (dial("0014255550100"), ("E117", 6, 30)),
    "D10 not a number": (wait(".nan"), ("S102", 6, 27)),
    "D10 infinity": (wait(".inf"), ("S102", 6, 27)),
    "D10 less than nothing": (wait("-1"), ("S101", 6, 27)),
    "D10 a number beyond all numbers": (wait("1e400"), ("S102", 6, 27)),
    "D11 thirty years": (wait("1000000000s"), ("S102", 6, 27)),
    "D11 a thousand years": (wait("9999999h"), ("E203", 6, 27)),
    "D11 no time at all": (wait("0s"), ("E203", 6, 27)),
    "D11 a negative time": (wait("-5s"), ("S102", 6, 27)),
    "D12 an include": (
        TOP + "include: ../../etc/passwd\n" + HELLO + "states:\n" + SAY + END,
        ("S105", 5, 1),
    ),
    "D12 a tag that includes": (
        TOP + "prompts: !include http://example.test/prompts.yaml\nstates:\n" + SAY + END,
        ("S011", 5, 10),
    ),
    "D13 a misspelt flag": (
        TOP
        + "vars: { pin: { type: digits, sensetive: true } }\n"
        + HELLO
        + "states:\n"
        + SAY
        + END,
        ("S105", 5, 30),
    ),
    "D14 a state that does not exist": (
        TOP + HELLO + "states:\n  say: { type: prompt, prompt: hello, next: ende }\n" + END,
        ("E101", 7, 45),
    ),
    "D14 no way to an end": (
        TOP + HELLO + "states:\n  say: { type: prompt, prompt: hello, next: say }\n" + END,
        ("E111", 7, 3),
    ),
    "D14 a loop without the caller": (
        TOP + HELLO + "states:\n  say: { type: http, request: { get: 'https://a.test/' }, "
        "on: { ok: end, error: say } }\n" + END,
        ("E112", 7, 3),
    ),
    "D17 a prompt of a megabyte": (
        TOP + f"prompts: {{ hello: {'la ' * 350_000} }}\nstates:\n" + SAY + END,
        ("E207", 5, 12),
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_it_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    text, expected = REFUSED[name]
    loaded = load(tmp_path, text)
    assert expected in errors(loaded)
    assert loaded.bundle is None


@pytest.mark.parametrize(
    ("kind", "written"),
    [("digits", "0123"), ("text", "10:00"), ("text", "1_000"), ("phone", "+14255550100"),
     ("digits", "0014255550100"), ("date", "2026-12-24"), ("text", "yes"), ("text", "0x1F")],
)  # fmt: skip
def test_d09_what_looks_like_a_number_stays_what_was_written(
    tmp_path: Path, kind: str, written: str
) -> None:
    top = f"vars: {{ x: {{ type: {kind}, start: {written} }} }}\n"
    loaded = load(tmp_path, TOP + top + HELLO + "states:\n" + SAY + END)
    assert loaded.bundle is not None
    assert str(loaded.bundle.programs["f"].initial["x"]) == written


def test_d08_two_spellings_of_one_key_are_two_choices(tmp_path: Path) -> None:
    """`00` is pressed as two keys; nothing of it is lost."""
    loaded = load(tmp_path, menu("00: end, 0: end, '1': end"))
    assert loaded.bundle is not None
    assert set(loaded.bundle.programs["f"].states["say"].targets) >= {"00", "0", "1"}


def test_d14_a_state_that_nothing_leads_to_is_a_warning(tmp_path: Path) -> None:
    loaded = load(tmp_path, TOP + HELLO + "states:\n" + SAY + SAY.replace("say:", "lost:") + END)
    assert [found.code for found in loaded.diagnostics] == [Code.NEVER_TAKEN, Code.UNREACHABLE]
    assert loaded.bundle is not None


SECRETS = {
    "headers: { Authorization: 'Bearer abcdef0123456789' }": "'Bearer",
    "headers: { X-Api-Key: '0815-4711-0815' }": "'0815",
    "json: { password: hunter22 }": "hunter22",
    "json: { pin: 471108 }": "471108",
    "json: { note: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln }": "eyJ",
    "query: { access_token: abcdef0123456789 }": "abcdef",
}


@pytest.mark.parametrize("request_", sorted(SECRETS))
def test_d16_a_secret_in_the_file_is_a_warning_that_does_not_repeat_it(
    tmp_path: Path, request_: str
) -> None:
    begins = SECRETS[request_]
    (found,) = warnings_of_request(tmp_path, request_)
    assert found.code is Code.SECRET_LITERAL
    assert found.span.column == REQUEST.format(request_).index(begins) + 1
    assert begins.strip("'") not in str(found).partition("looks like")[2]


REQUEST = "    request: {{ post: 'https://a.test/', {} }}"


@pytest.mark.parametrize(
    "request_",
    [
        "headers: { Authorization: 'Bearer ${secret_env.key}' }",
        "headers: { X-Request-Id: '${call.id}' }",
        "json: { token_count: 5, author: somebody, keynote: yes }",
        "json: { id: 8b081ef6-4792-4def-b2c9-c363a1bf41d5 }",
        "json: { text: The password is something that we never ask for. }",
        "query: { pin: '${last(call.from, 4)}' }",
    ],
)
def test_d16_what_is_no_secret_is_left_alone(tmp_path: Path, request_: str) -> None:
    assert warnings_of_request(tmp_path, request_) == []


def warnings_of_request(tmp_path: Path, request: str) -> list[Diagnostic]:
    top = "flow: f\nschema: 1\nstart: say\non: { error: end }\nsecret_env: [key]\nstates:\n"
    state = "  say:\n    type: http\n    on: { ok: end }\n" + REQUEST.format(request) + "\n"
    loaded = load(tmp_path, top + state + END)
    assert loaded.bundle is not None
    return list(loaded.diagnostics)


@pytest.mark.parametrize("length", [MAX_PROMPT_CHARACTERS, MAX_PROMPT_CHARACTERS + 1])
def test_d17_the_limit_of_a_prompt_is_exact(tmp_path: Path, length: int) -> None:
    words = ("x" * (length - 1)) + "."
    loaded = load(tmp_path, TOP + f"prompts: {{ hello: {words} }}\nstates:\n" + SAY + END)
    assert (loaded.bundle is not None) == (length <= MAX_PROMPT_CHARACTERS)


# -- D18: size -----------------------------------------------------------------------------


def large(states: int) -> str:
    """A chain of menus, prompts, requests, counters and choices."""
    lines = ["flow: f", "schema: 1", "start: s0", "on: { error: end }"]
    lines += ["vars: { tries: { type: number, start: 0 } }", "prompts:"]
    lines += [f"  p{n}: For line {n}, press 1. To go back, press 2." for n in range(0, states, 5)]
    lines += ["states:"]
    for n in range(states):
        lines += (
            KINDS[n % 5].format(n=n, p=n - n % 5, back=max(0, n - 5), go=f"s{n + 1}").split("\n")
        )
    return "\n".join([*lines, f"  s{states}: {{ type: hangup, result: served }}", END])


KINDS = (
    "  s{n}:\n    type: menu\n    prompt: p{p}\n"
    '    on: {{ "1": {{ label: On, go: {go} }}, "2": s{back}, give_up: {go}, hangup: end }}',
    "  s{n}: {{ type: prompt, prompt: p{p}, next: {go} }}",
    "  s{n}:\n    type: http\n    request:\n      post: https://a.test/${{tries}}\n"
    '      json: {{ from: "${{call.from}}", n: {n} }}\n    on: {{ ok: {go}, timeout: {go} }}',
    '  s{n}: {{ type: set, set: {{ tries: "${{tries + 1}}" }}, next: {go} }}',
    "  s{n}:\n    type: choose\n    when:\n      - {{ if: tries > {n}, go: end }}\n"
    "      - {{ else: {go} }}",
)


def seconds_for(tmp_path: Path, text: str) -> tuple[float, Loaded]:
    """Processor time, so that other programs on the machine do not count."""
    begun = time.process_time()
    loaded = load(tmp_path, text)
    return time.process_time() - begun, loaded


def test_d18_a_large_flow_is_accepted_soon(tmp_path: Path) -> None:
    seconds_for(tmp_path, large(10))
    seconds, loaded = seconds_for(tmp_path, large(500))
    assert loaded.diagnostics == ()
    assert loaded.bundle is not None
    assert seconds < 10  # the figure itself is measured by `make bench`


def test_d18_ten_times_the_states_take_about_ten_times_as_long(tmp_path: Path) -> None:
    """Forty at most, for Python's garbage collection has more to look at; a square is 100."""
    seconds_for(tmp_path, large(10))
    small, _ = seconds_for(tmp_path, large(300))
    big, loaded = seconds_for(tmp_path, large(3000))
    assert loaded.bundle is not None
    assert big < 40 * small


@pytest.mark.parametrize(
    "state",
    [
        "{{ type: prompt, prompt: q{n}, next: t{n} }}",
        "{{ type: menu, prompt: hello, on: {{ '1': s{n}, give_up: s{next} }} }}",
        "{{ type: choose, when: [{{ if: v{n} = 1, go: s{next} }}, {{ else: s{n} }}] }}",
        "{{ type: transfer, to: nobody{n}, on: {{ answered: s{next} }} }}",
        "{{ type: moon{n} }}",
        "{{ type: run, flow: f, on: {{ done: s{next} }} }}",
    ],
)
def test_d18_a_large_flow_full_of_mistakes_costs_no_more(tmp_path: Path, state: str) -> None:
    states = "".join(f"  s{n}: {state.format(n=n, next=n + 1)}\n" for n in range(2000))
    seconds, loaded = seconds_for(tmp_path, TOP.replace("say", "s0") + HELLO + "states:\n" + states)
    assert loaded.bundle is None
    assert seconds < 30


@pytest.mark.parametrize(
    "words",
    [
        "eyJ" * 20_000,
        "${nobody}" * 6_000,
        "${env.a}" * 7_000,
        "press " * 10_000,
        "press 1 or " * 5_000,
    ],
    ids=["tokens", "unknown", "environment", "press", "keys"],
)
def test_d18_one_long_text_costs_little(tmp_path: Path, words: str) -> None:
    """In a prompt, in a request, and in quotes, where every column has to be counted."""
    state = (
        "  say: { type: menu, prompt: hello, on: { '1': ask } }\n  ask:\n    type: http\n"
        f"    request: {{ post: 'https://a.test/', json: {{ note: '{words}' }} }}\n"
        "    on: { ok: end }\n"
    )
    text = TOP + f'prompts: {{ hello: "{words}" }}\nstates:\n' + state + END
    seconds, loaded = seconds_for(tmp_path, text)
    assert loaded.diagnostics
    assert seconds < 20

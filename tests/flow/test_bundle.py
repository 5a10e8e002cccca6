"""Folders of flows into bundles: what is read, what is left out, what takes a call."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ivr.core.values import Audio
from ivr.errors import UsageError
from ivr.flow.bundle import Bundle, Loaded, load_folder
from ivr.flow.diagnostics import Code, Severity
from ivr.flow.environment import NOBODY
from ivr.speech.wav import build

GOOD = Path(__file__).parent / "good"
TONE = bytes(range(256)) * 125  # one second, loud enough to be no silence


def flow(name: str, top: str = "", states: str = "", words: str = "Hello.") -> str:
    return (
        f"flow: {name}\nschema: 1\nstart: say\non: {{ error: finished }}\n{top}\n"
        f"prompts: {{ hello: {words} }}\nstates:\n"
        "  say: { type: prompt, prompt: hello, next: finished }\n"
        f"  finished: {{ type: hangup, result: served }}\n{states}"
    )


def write(folder: Path, **flows: str) -> Path:
    for name, text in flows.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "flow.yaml").write_text(text, encoding="utf-8")
    return folder


def record(folder: Path, name: str, audio: bytes | None = None) -> None:
    place = folder / "prompts" / "en-GB"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.wav").write_bytes(build(TONE) if audio is None else audio)


def bundle_of(loaded: Loaded) -> Bundle:
    assert loaded.bundle is not None, [str(found) for found in loaded.diagnostics]
    return loaded.bundle


def codes(loaded: Loaded) -> list[Code]:
    return [found.code for found in loaded.diagnostics]


# -- which flows there are -----------------------------------------------------------------


def test_every_folder_with_a_flow_is_one(tmp_path: Path) -> None:
    write(tmp_path, sales=flow("sales", "default: true"), support=flow("support", "users: [a]"))
    (tmp_path / "notes").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "flow.yaml").write_text("not a flow", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["sales", "support"]
    assert loaded.diagnostics == ()
    assert not loaded.has_errors


def test_programs_are_ready_to_take_calls(tmp_path: Path) -> None:
    program = bundle_of(load_folder(write(tmp_path, sales=flow("sales")))).programs["sales"]
    assert program.start == "say"
    assert program.follow("say", "next") == "finished"
    assert program.prompts["hello"].fixed is not None


def test_flows_of_a_bundle_know_each_other() -> None:
    bundle = bundle_of(load_folder(GOOD))
    for program in bundle.programs.values():
        assert program.flows == bundle.programs
        assert program.bundle == bundle.name


def test_one_file_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "anything.yaml"
    path.write_text(flow("sales"), encoding="utf-8")
    assert list(bundle_of(load_folder(path)).programs) == ["sales"]


def test_one_flow_folder_stands_alone(tmp_path: Path) -> None:
    write(tmp_path, sales=flow("sales"), broken="nothing")
    loaded = load_folder(tmp_path / "sales")
    assert list(bundle_of(loaded).programs) == ["sales"]
    assert loaded.diagnostics == ()


@pytest.mark.parametrize("asked", ["sales", "sales/flow.yaml"])
def test_a_flow_in_a_folder_named_flows_brings_along_what_it_needs(
    tmp_path: Path, asked: str
) -> None:
    top = "vars: { x: { type: record } }"
    run = "  go_on: { type: run, flow: helper, on: { done: finished, error: finished } }\n"
    sales = flow("sales", top, run).replace("next: finished", "next: go_on")
    helper = (
        "flow: helper\nschema: 1\nstart: back\noutcomes: [done]\n"
        "states:\n  back: { type: return, outcome: done }\n"
    )
    write(tmp_path / "flows", sales=sales, helper=helper, broken="nothing")
    loaded = load_folder(tmp_path / "flows" / asked)
    assert sorted(bundle_of(loaded).programs) == ["helper", "sales"]
    assert not loaded.has_errors


def test_only_one_flow_is_looked_at_when_asked(tmp_path: Path) -> None:
    write(tmp_path, sales=flow("sales"), broken="nothing")
    loaded = load_folder(tmp_path, only="sales")
    assert list(bundle_of(loaded).programs) == ["sales"]
    assert loaded.diagnostics == ()
    with pytest.raises(UsageError, match=r'no flow called "sale".*mean "sales"'):
        load_folder(tmp_path, only="sale")


@pytest.mark.parametrize("asked", ["nowhere", "nowhere.yaml", "empty"])
def test_where_there_is_no_flow_a_sentence_says_so(tmp_path: Path, asked: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=asked):
        load_folder(tmp_path / asked)


def test_the_working_folder_is_as_good_as_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "flows", sales=flow("sales", "nonsense: 1"))
    monkeypatch.chdir(tmp_path)
    assert load_folder(Path("flows")).diagnostics[0].file == "flows/sales/flow.yaml"
    monkeypatch.chdir(tmp_path / "flows" / "sales")
    assert codes(load_folder(Path())) == [Code.UNKNOWN_KEY]
    assert codes(load_folder(Path("flow.yaml"))) == [Code.UNKNOWN_KEY]


# -- errors leave out only what they concern -----------------------------------------------


def test_a_flow_with_an_error_is_left_out_while_the_others_go_ahead(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good", "default: true"), bad=flow("bad", "start_at: say"))
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["good"]
    assert list(bundle_of(loaded).flows) == ["bad", "good"]
    assert loaded.has_errors


def test_what_is_not_yaml_is_left_out_too(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good"), bad="flow: [")
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["good"]
    assert codes(loaded) == [Code.SYNTAX]
    assert loaded.sources.keys() == {f"{tmp_path.as_posix()}/good/flow.yaml"} | {
        f"{tmp_path.as_posix()}/bad/flow.yaml"
    }


def test_without_a_single_flow_that_runs_there_is_no_bundle(tmp_path: Path) -> None:
    loaded = load_folder(write(tmp_path, bad="flow: bad\n"))
    assert loaded.bundle is None
    assert loaded.has_errors


def test_a_flow_that_runs_a_broken_one_is_broken_however_far_away(tmp_path: Path) -> None:
    def runs(name: str, other: str, outcomes: str) -> str:
        state = (
            f"  go_on: {{ type: run, flow: {other}, on: {{ done: finished, error: finished }} }}\n"
        )
        return flow(name, outcomes, state).replace("next: finished", "next: go_on")

    helper = (
        "flow: helper\nschema: 1\nstart: back\noutcomes: [done]\n"
        "states:\n  back: { type: return, outcome: dnoe }\n"
    )
    middle = runs("middle", "helper", "outcomes: [done]") + "  b: { type: return, outcome: done }\n"
    main = runs("main", "middle", "default: true")
    loaded = load_folder(write(tmp_path, main=main, middle=middle, helper=helper))
    assert loaded.bundle is None
    assert codes(loaded).count(Code.BROKEN_FLOW) == 2


def test_flows_that_use_what_a_shared_file_lost_are_left_out(tmp_path: Path) -> None:
    shared = flow("shared").replace("prompts: { hello: Hello. }\n", "")
    write(tmp_path, shared=shared, own=flow("own", "default: true"))
    (tmp_path / "prompts.yaml").write_text("hello: [", encoding="utf-8")
    loaded = load_folder(tmp_path)
    assert list(bundle_of(loaded).programs) == ["own"]
    assert [each for each in codes(loaded) if each is not Code.NO_CALLS] == [Code.SYNTAX]


# -- shared files --------------------------------------------------------------------------


def test_shared_prompts_and_calendars_are_there_for_all_and_the_flow_wins(tmp_path: Path) -> None:
    states = "  late: { type: hours, calendar: office, on: { open: finished, closed: finished } }\n"
    other = flow("other", "users: [b]", states).replace("next: finished", "next: late")
    other = other.replace("prompts: { hello: Hello. }\n", "")
    write(tmp_path, other=other, own=flow("own", "default: true", words="Own."))
    (tmp_path / "prompts.yaml").write_text("hello: Shared.\n", encoding="utf-8")
    calendar = "office: { timezone: Europe/London, open: { mon-fri: 09:00-17:00 } }\n"
    (tmp_path / "calendars.yaml").write_text(calendar, encoding="utf-8")
    loaded = load_folder(tmp_path)
    programs = bundle_of(loaded).programs
    assert programs["other"].prompts["hello"].template.source == "Shared."
    assert programs["own"].prompts["hello"].template.source == "Own."
    assert "office" in programs["other"].calendars
    assert loaded.diagnostics == ()


# -- the name of a bundle ------------------------------------------------------------------


def test_the_name_is_the_same_wherever_the_folder_is(tmp_path: Path) -> None:
    write(tmp_path / "a", one=flow("one", "default: true"), two=flow("two", "users: [x]"))
    shutil.copytree(tmp_path / "a", tmp_path / "b" / "elsewhere")
    name = bundle_of(load_folder(tmp_path / "a")).name
    assert bundle_of(load_folder(tmp_path / "b" / "elsewhere")).name == name
    assert len(name) == 40
    assert int(name, 16)


@pytest.mark.parametrize("changed", ["flow.yaml", "prompts.yaml", "calendars.yaml", "hello.wav"])
def test_every_byte_of_every_file_changes_the_name(tmp_path: Path, changed: str) -> None:
    write(tmp_path, one=flow("one"))
    record(tmp_path / "one", "hello")
    (tmp_path / "prompts.yaml").write_text("bye: Goodbye.\n", encoding="utf-8")
    (tmp_path / "calendars.yaml").write_text("{}\n", encoding="utf-8")
    before = bundle_of(load_folder(tmp_path)).name
    (path,) = tmp_path.rglob(changed)
    path.write_bytes(path.read_bytes()[:-1] + b"\n" if changed != "hello.wav" else build(TONE[2:]))
    with path.open("ab") as file:
        file.write(b"" if changed == "hello.wav" else b"# a remark\n")
    assert bundle_of(load_folder(tmp_path)).name != before


def test_a_file_under_another_name_is_another_bundle(tmp_path: Path) -> None:
    write(tmp_path / "a", one=flow("one"))
    write(tmp_path / "b", two=flow("two"))
    write(tmp_path / "c", one=flow("one"))
    names = [bundle_of(load_folder(tmp_path / each)).name for each in "abc"]
    assert names[0] == names[2] != names[1]


# -- which flow takes a call ---------------------------------------------------------------

NUMBER = "+442079460123"
USER = "8b081ef6-4792-4def-b2c9-c363a1bf41d5"


def three(tmp_path: Path) -> Bundle:
    helper = "flow: helper\nschema: 1\nstart: b\noutcomes: [done]\nusers: [helper]\n"
    return bundle_of(
        load_folder(
            write(
                tmp_path,
                sales=flow("sales", f'numbers: ["{NUMBER}"]'),
                support=flow("support", f"users: [{USER}]"),
                rest=flow("rest", "default: true"),
                calls=flow("calls", 'call_out: { to: "phone:+442079460123" }\nusers: [caller]'),
                helper=helper + "states:\n  b: { type: return, outcome: done }\n",
            )
        )
    )


@pytest.mark.parametrize(
    ("called", "expected"),
    [(NUMBER, "sales"), (USER, "support"), ("+15550100", "rest"), ("caller", "rest"),
     ("helper", "rest"), ("", "rest")],
)  # fmt: skip
def test_a_call_goes_to_the_flow_that_claims_it_else_to_the_default(
    tmp_path: Path, called: str, expected: str
) -> None:
    program = three(tmp_path).program_for(called)
    assert program is not None
    assert program.flow == expected


def test_the_only_incoming_flow_needs_no_claim(tmp_path: Path) -> None:
    calls = flow("calls", 'call_out: { to: "phone:+442079460123" }')
    bundle = bundle_of(load_folder(write(tmp_path, one=flow("one"), calls=calls)))
    program = bundle.program_for("anybody")
    assert program is not None
    assert program.flow == "one"


def test_of_several_flows_without_a_claim_none_takes_the_call(tmp_path: Path) -> None:
    loaded = load_folder(write(tmp_path, one=flow("one"), two=flow("two")))
    assert bundle_of(loaded).program_for("anybody") is None
    assert codes(loaded) == [Code.NO_CALLS, Code.NO_CALLS]


def test_a_flow_does_not_take_the_calls_of_one_that_is_broken(tmp_path: Path) -> None:
    """Two flows are meant; that one has a mistake does not make the other the only one."""
    write(tmp_path, one=flow("one", f'numbers: ["{NUMBER}"]'), two=flow("two", "users: [b]\nx: 1"))
    bundle = bundle_of(load_folder(tmp_path))
    assert bundle.program_for("b") is None
    program = bundle.program_for(NUMBER)
    assert program is not None
    assert program.flow == "one"


# -- the environment -----------------------------------------------------------------------

ASKS = (
    "flow: asks\nschema: 1\nstart: ask\non: { error: finished }\nstates:\n"
    '  ask: { type: http, request: { get: "${env.crm_url}/x" }, on: { ok: hand_on } }\n'
    '  hand_on: { type: transfer, to: "${env.desk}", on: { answered: finished } }\n'
    "  finished: { type: hangup, result: served }\n"
)


def test_values_of_the_environment_reach_the_program(tmp_path: Path) -> None:
    env = {"crm_url": "https://crm.example", "desk": "phone:+442079460123", "other": "x"}
    loaded = load_folder(write(tmp_path, asks=ASKS), env, strict_env=True)
    assert loaded.diagnostics == ()
    values = bundle_of(loaded).programs["asks"].env
    assert (values["crm_url"], values["desk"]) == (env["crm_url"], env["desk"])


def test_a_missing_value_is_a_warning_and_a_placeholder_that_reaches_nobody(tmp_path: Path) -> None:
    loaded = load_folder(write(tmp_path, asks=ASKS), {"desk": ""})
    assert codes(loaded) == [Code.ENV_PLACEHOLDER] * 2
    values = bundle_of(loaded).programs["asks"].env
    assert values == {"crm_url": "https://crm-url.invalid", "desk": NOBODY}


def test_a_missing_value_is_an_error_where_calls_are_served(tmp_path: Path) -> None:
    loaded = load_folder(write(tmp_path, asks=ASKS), {"desk": NOBODY}, strict_env=True)
    (found,) = loaded.diagnostics
    assert found.code is Code.ENV_MISSING
    assert found.severity is Severity.ERROR
    assert "IVR_ENV_CRM_URL" in found.help
    assert (found.span.line, found.span.column) == (6, 41)
    assert loaded.bundle is None


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ({"crm_url": "https://crm.example", "desk": "nobody"}, Code.TARGET),
        ({"crm_url": "crm.example", "desk": NOBODY}, Code.REQUEST),
        ({"crm_url": "https://a@crm.example", "desk": NOBODY}, Code.REQUEST),
    ],
)
def test_a_value_that_cannot_be_what_it_is_used_for(
    tmp_path: Path, env: dict[str, str], code: Code
) -> None:
    loaded = load_folder(write(tmp_path, asks=ASKS), env)
    (found,) = loaded.diagnostics
    assert found.code is code
    assert "nobody" not in str(found).replace("nobody whom", "")


# -- audio ---------------------------------------------------------------------------------


def audio_of(loaded: Loaded, prompt: str = "hello") -> Audio:
    fixed = bundle_of(loaded).programs["one"].prompts[prompt].fixed
    assert fixed is not None
    return fixed


def test_without_a_voice_the_length_of_words_is_estimated(tmp_path: Path) -> None:
    words = "Hello. " * 10
    loaded = load_folder(write(tmp_path, one=flow("one", words=f'"{words}"')))
    audio = audio_of(loaded)
    assert audio.seconds == pytest.approx(0.06 * len(words) + 0.3)
    assert audio.text == words
    assert len(audio.file) == 64


def test_other_words_or_another_language_are_another_file(tmp_path: Path) -> None:
    variants = [flow("one"), flow("one", words="Hallo."), flow("one", "language: en-US")]
    files = {
        audio_of(load_folder(write(tmp_path / str(n), one=text))).file
        for n, text in enumerate(variants)
    }
    assert len(files) == 3


def test_a_recording_wins_over_the_words(tmp_path: Path) -> None:
    write(tmp_path, one=flow("one"))
    record(tmp_path / "one", "hello")
    loaded = load_folder(tmp_path)
    assert audio_of(loaded).seconds == pytest.approx(1.0)
    assert (
        audio_of(loaded).file != audio_of(load_folder(write(tmp_path / "b", one=flow("one")))).file
    )


def test_a_caller_can_find_the_audio_itself(tmp_path: Path) -> None:
    asked = []

    def find(name: str, prompt: str, words: str) -> Audio:
        asked.append((name, prompt, words))
        return Audio(prompt, file="abc", seconds=2)

    loaded = load_folder(write(tmp_path, one=flow("one")), audio=lambda flows: find)
    assert audio_of(loaded).file == "abc"
    assert asked == [("one", "hello", "Hello.")]


def test_recordings_are_checked(tmp_path: Path) -> None:
    top = "vars: { n: { type: text, start: x } }"
    text = flow("one", top).replace("hello: Hello.", "hello: Hello., name: 'I am ${n}.', bad: Bad.")
    write(tmp_path, one=text.replace("prompt: hello", "prompt: [hello, name, bad]"))
    record(tmp_path / "one", "hello", build(bytes(32_000)))
    record(tmp_path / "one", "name")
    record(tmp_path / "one", "bad", b"RIFF")
    record(tmp_path / "one", "helo")
    loaded = load_folder(tmp_path)
    assert {found.code: found.detail for found in loaded.diagnostics} == {
        Code.RECORDING_SOUND: "",
        Code.RECORDED_VALUE: "",
        Code.RECORDING: "",
        Code.RECORDING_NAME: "helo.wav",
    }
    suggested = [found.suggestion for found in loaded.diagnostics if found.suggestion]
    assert suggested == ["hello"]
    assert loaded.bundle is None


# -- files that are not what they seem -----------------------------------------------------


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "flows", good=flow("good"))
    outside = tmp_path / "outside.yaml"
    outside.write_text(flow("bad"), encoding="utf-8")
    (tmp_path / "flows" / "bad").mkdir()
    (tmp_path / "flows" / "bad" / "flow.yaml").symlink_to(outside)
    (tmp_path / "flows" / "prompts.yaml").symlink_to(outside)
    loaded = load_folder(tmp_path / "flows")
    assert codes(loaded) == [Code.UNREADABLE] * 2
    assert list(bundle_of(loaded).programs) == ["good"]


def test_a_link_within_the_folder_is_fine(tmp_path: Path) -> None:
    """As a Kubernetes volume has them."""
    write(tmp_path / "..data", good=flow("good"))
    (tmp_path / "good").symlink_to(tmp_path / "..data" / "good")
    assert list(bundle_of(load_folder(tmp_path)).programs) == ["good"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
def test_a_pipe_does_not_keep_anybody_waiting(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good"))
    (tmp_path / "bad").mkdir()
    os.mkfifo(tmp_path / "bad" / "flow.yaml")
    record(tmp_path / "good", "hello")
    os.mkfifo(tmp_path / "good" / "prompts" / "en-GB" / "pipe.wav")
    loaded = load_folder(tmp_path)
    assert Code.UNREADABLE in codes(loaded)


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path, good=flow("good"), large="")
    with (tmp_path / "large" / "flow.yaml").open("wb") as file:
        file.truncate(100_000_000)
    loaded = load_folder(tmp_path)
    assert codes(loaded) == [Code.TOO_LARGE]
    assert list(bundle_of(loaded).programs) == ["good"]

"""What a bundle gets from outside: values of the environment, and audio."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.core.values import Audio
from ivr.flow.bundle import Loaded, load_folder
from ivr.flow.diagnostics import Code, Severity
from ivr.flow.environment import NOBODY
from ivr.speech.wav import build
from tests.flow.flow_folders import bundle_of, codes, flow, record, write

# -- the environment ----------------------------------------------------------------------


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


# -- audio --------------------------------------------------------------------------------


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

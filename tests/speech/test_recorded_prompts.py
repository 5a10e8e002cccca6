"""Component: the recordings in a flow's folder, good and bad."""

from __future__ import annotations

import os
import tracemalloc
from array import array
from pathlib import Path

import pytest

from ivr.errors import MediaError
from ivr.speech.prompts_folder import RecordedPrompt, recorded
from ivr.speech.wav import MAX_AUDIO_BYTES, build
from tests.speech.waves import layout, tone, wav

GOOD = build(tone(0.5))


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    folder = tmp_path / "support_line"
    (folder / "prompts" / "en-GB").mkdir(parents=True)
    return folder


def place(flow: Path, name: str, audio: bytes = GOOD) -> Path:
    path = flow / "prompts" / "en-GB" / name
    path.write_bytes(audio)
    return path


def problem_of(flow: Path, name: str) -> str:
    found = recorded(flow, "en-GB")[name]
    assert found.format is None
    with pytest.raises(MediaError):
        found.read()
    return found.problem or ""


def test_recordings_are_found_by_prompt_name(flow: Path) -> None:
    path = place(flow, "greet.wav")
    place(flow, "bye.WAV")

    found = recorded(flow, "en-GB")

    assert set(found) == {"greet", "bye"}
    greet = found["greet"]
    assert (greet.name, greet.path, greet.problem, greet.remark) == ("greet", path, None, None)
    assert greet.format is not None
    assert greet.format.seconds == 0.5
    assert greet.read() == GOOD


@pytest.mark.parametrize("language", ["de-DE", "../en-GB", "", "en-GB/../en-GB", "/etc"])
def test_other_languages_have_no_recordings(flow: Path, language: str) -> None:
    place(flow, "greet.wav")

    assert recorded(flow, language) == {}


def test_a_flow_without_prompts_folder_has_no_recordings(tmp_path: Path) -> None:
    assert recorded(tmp_path, "en-GB") == {}


def test_notes_and_hidden_files_are_passed_over(flow: Path) -> None:
    for name in ("README.md", ".DS_Store", "._greet.wav", "voice.txt"):
        place(flow, name, b"x")

    assert recorded(flow, "en-GB") == {}


def test_one_bad_file_does_not_hide_the_good_ones(flow: Path) -> None:
    place(flow, "bad.wav", b"<html>404")
    place(flow, "stereo.wav", wav(layout(channels=2)))
    place(flow, "greet.wav")

    found = recorded(flow, "en-GB")

    assert found["greet"].problem is None
    assert (found["bad"].problem or "").startswith("prompts/en-GB/bad.wav is an HTML page")
    assert (found["stereo"].problem or "").startswith("prompts/en-GB/stereo.wav is stereo")


def test_another_sound_file_is_told_of_because_it_would_not_be_played(flow: Path) -> None:
    place(flow, "greet.mp3", b"ID3\4" + bytes(100))
    place(flow, "bye.mp3", GOOD)

    assert "greet.mp3 is an MP3 file" in (recorded(flow, "en-GB")["greet"].problem or "")
    assert "rename it to end in .wav" in (recorded(flow, "en-GB")["bye"].problem or "")


def test_an_mp3_beside_its_wav_is_passed_over(flow: Path) -> None:
    place(flow, "greet.mp3", b"ID3\4" + bytes(100))
    place(flow, "greet.wav")

    assert recorded(flow, "en-GB")["greet"].problem is None


def test_two_recordings_of_one_prompt_are_a_problem(flow: Path) -> None:
    place(flow, "greet.WAV", build(tone(0.2)))
    place(flow, "greet.wav")

    problem = recorded(flow, "en-GB")["greet"].problem or ""
    assert "greet.WAV and prompts/en-GB/greet.wav are recordings of one prompt" in problem


@pytest.mark.parametrize("target", ["/etc/hostname", "/dev/zero", "../../../outside.wav"])
def test_a_link_may_not_leave_the_folder(flow: Path, target: str) -> None:
    (flow.parent / "outside.wav").write_bytes(GOOD)
    (flow / "prompts" / "en-GB" / "greet.wav").symlink_to(target)

    assert "is a link out of the flow's folder" in problem_of(flow, "greet")


def test_a_linked_folder_may_not_leave_either(flow: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "greet.wav").write_bytes(GOOD)
    (flow / "prompts" / "fr-FR").symlink_to(tmp_path / "elsewhere")

    problem = recorded(flow, "fr-FR")["greet"].problem or ""
    assert problem.startswith("prompts/fr-FR/greet.wav is a link out of the flow's folder")


def test_a_link_within_the_folder_is_followed(flow: Path) -> None:
    place(flow, "greet.wav")
    (flow / "prompts" / "en-GB" / "hello.wav").symlink_to("greet.wav")

    assert recorded(flow, "en-GB")["hello"].read() == GOOD


def test_what_is_not_a_file_is_a_problem_and_does_not_block(flow: Path) -> None:
    prompts = flow / "prompts" / "en-GB"
    os.mkfifo(prompts / "pipe.wav")
    (prompts / "folder.wav").mkdir()
    (prompts / "loop.wav").symlink_to("loop.wav")
    (prompts / "gone.wav").symlink_to("nowhere.wav")

    assert "is not a regular file" in problem_of(flow, "pipe")
    assert "is not a regular file" in problem_of(flow, "folder")
    assert "cannot be read" in problem_of(flow, "loop")
    assert "cannot be read: No such file" in problem_of(flow, "gone")


def test_a_huge_file_is_not_read_to_its_end(flow: Path) -> None:
    os.truncate(place(flow, "greet.wav"), 10 * MAX_AUDIO_BYTES)  # sparse: takes no room
    tracemalloc.start()
    try:
        assert "is larger than 32 MB" in problem_of(flow, "greet")
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_AUDIO_BYTES
    finally:
        tracemalloc.stop()


def test_a_file_that_changed_since_is_judged_again(flow: Path) -> None:
    place(flow, "greet.wav")
    found = recorded(flow, "en-GB")["greet"]
    place(flow, "greet.wav", b"<html>")

    with pytest.raises(MediaError, match=r"greet.wav is an HTML page"):
        found.read()


def square_wave() -> bytes:
    return array("h", [32767, -32768] * 8000).tobytes()


@pytest.mark.parametrize(
    ("pcm", "remark"),
    [(bytes(16000), "is silent"), (square_wave(), "is overdriven in 100%")],
)
def test_a_recording_that_sounds_wrong_can_be_played_with_a_remark(
    flow: Path, pcm: bytes, remark: str
) -> None:
    place(flow, "greet.wav", build(pcm))

    found = recorded(flow, "en-GB")["greet"]

    assert found.problem is None
    assert f"prompts/en-GB/greet.wav {remark}" in (found.remark or "")


def test_a_hostile_name_is_harmless_in_its_sentence(flow: Path) -> None:
    place(flow, "a\x1b[2Jb\n.wav", b"")

    (found,) = recorded(flow, "en-GB").values()
    assert isinstance(found, RecordedPrompt)
    assert (found.problem or "").startswith("prompts/en-GB/a?[2Jb?.wav is empty")

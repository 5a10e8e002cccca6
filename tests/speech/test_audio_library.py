"""Component: the audio library on a real folder."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ivr.errors import MediaError
from ivr.speech.library import RENDERED_AT_ONCE, AudioLibrary
from ivr.speech.recent import RecentAudio
from ivr.speech.voice import SilentVoice
from ivr.speech.wav import build, check_prompt
from tests.speech.voices import (
    BrokenVoice,
    CrowdedVoice,
    MonoglotVoice,
    OvertakenVoice,
    TellingVoice,
)
from tests.speech.waves import layout, tone, wav

GREETING = ("Welcome to the support line.", "en-GB")


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 1000 bytes: the system refuses the write, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_prepared_text_can_be_read_under_its_name(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, TellingVoice())
    name = library.name_for(*GREETING)
    assert library.read(name) is None
    assert not library.exists(name)

    await library.prepare([GREETING])

    assert library.exists(name)
    assert files_in(tmp_path) == [tmp_path / name[:2] / f"{name}.wav"] == [library.path(name)]
    assert library.read(name) == TellingVoice().speak(*GREETING)


async def test_each_text_is_rendered_once(tmp_path: Path) -> None:
    voice = TellingVoice()
    library = AudioLibrary(tmp_path, voice)

    await library.prepare([GREETING, ("Bye.", "en-GB"), GREETING])
    await library.prepare([("Bye.", "en-GB"), ("Soon.", "en-GB")])

    assert sorted(text for text, _ in voice.spoken) == ["Bye.", "Soon.", GREETING[0]]


async def test_progress_counts_the_different_texts(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    library = AudioLibrary(tmp_path, TellingVoice())

    await library.prepare(
        [GREETING, GREETING, ("Bye.", "en-GB"), ("Soon.", "en-GB")],
        lambda ready, of: seen.append((ready, of)),
    )

    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("crowd", "patience"), [(RENDERED_AT_ONCE, 10), (RENDERED_AT_ONCE + 1, 0.1)]
)
async def test_some_texts_are_rendered_at_once_but_not_all(
    tmp_path: Path, crowd: int, patience: float
) -> None:
    voice = CrowdedVoice(crowd, patience)

    await AudioLibrary(tmp_path, voice).prepare((f"Text {n}.", "en-GB") for n in range(6))

    assert voice.was_crowded == (crowd <= RENDERED_AT_ONCE)
    assert len(files_in(tmp_path)) == 6


def test_a_name_is_stable_and_differs_with_text_language_and_voice(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, TellingVoice())

    assert library.name_for("Hello", "en-GB") == "1f2ea19c5d9bd04ded4b401ad030c99a75cea752"
    names = {
        library.name_for("Hello", "en-GB"),
        library.name_for("Hello", "en-US"),
        library.name_for("Hello ", "en-GB"),
        library.name_for("B", "en-GBHello"),
        library.name_for("lone surrogate \ud800", "en-GB"),
        AudioLibrary(tmp_path, TellingVoice("telling 2")).name_for("Hello", "en-GB"),
    }
    assert len(names) == 6


def test_a_recorded_file_is_kept_under_the_name_of_its_bytes(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, SilentVoice())
    audio = build(tone(0.2))

    name = library.add_file(audio, "greet.wav")

    assert name == library.name_for_file(audio) != library.name_for_file(build(tone(0.3)))
    assert library.read(name) == audio
    assert library.add_file(audio, "again.wav") == name
    assert len(files_in(tmp_path)) == 1


def test_a_recorded_file_that_graph_does_not_play_is_not_kept(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, SilentVoice())

    with pytest.raises(MediaError, match=r"^greet.wav is stereo"):
        library.add_file(wav(layout(channels=2)), "greet.wav")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        *("", "../../x", "..\\..\\x", "a" * 39, "a" * 41, "A" * 40, "a" * 40 + "\n", "g" * 40),
        *("/" + "a" * 39, "a" * 37 + "/..", "a" * 39 + "\0", "٣" * 40, "a" * 40 + ".wav"),
    ],
)
def test_a_request_cannot_name_a_path(tmp_path: Path, name: str) -> None:
    library = AudioLibrary(tmp_path / "audio", SilentVoice())
    (tmp_path / "x.wav").write_bytes(b"secret")

    assert library.read(name) is None
    assert not library.exists(name)
    with pytest.raises(MediaError, match="not the name of an audio file"):
        library.path(name)


async def test_two_libraries_share_a_folder(tmp_path: Path) -> None:
    one, two = TellingVoice(), TellingVoice()
    texts = [(f"Text {n}.", "en-GB") for n in range(20)]
    first, second = AudioLibrary(tmp_path, one), AudioLibrary(tmp_path, two)

    await asyncio.gather(first.prepare(texts), second.prepare(texts))

    for text in texts:
        audio = second.read(first.name_for(*text))
        assert audio == TellingVoice().speak(*text)
    assert len(files_in(tmp_path)) == 20
    await AudioLibrary(tmp_path, three := TellingVoice()).prepare(texts)
    assert three.spoken == []


def test_several_processes_fill_one_folder(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from ivr.speech.library import AudioLibrary; from ivr.speech.voice import SilentVoice\n"
        "library = AudioLibrary(Path(sys.argv[1]), SilentVoice())\n"
        "asyncio.run(library.prepare((f'Text {n}', 'en-GB') for n in range(50)))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen(command) for _ in range(3)]

    assert [process.wait(30) for process in running] == [0, 0, 0]
    assert len(files_in(tmp_path)) == 50
    for path in files_in(tmp_path):
        check_prompt(path.read_bytes(), path.name)


async def test_the_first_bytes_under_a_name_stay(tmp_path: Path) -> None:
    voice = OvertakenVoice()
    voice.library = library = AudioLibrary(tmp_path, voice)

    await library.prepare([GREETING])

    assert library.read(library.name_for(*GREETING)) == build(tone(0.2))
    assert len(files_in(tmp_path)) == 1


async def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, TellingVoice())

    with full_disk(), pytest.raises(MediaError, match=r"cannot be written to .*; make room") as hit:
        await library.prepare([GREETING])

    assert GREETING[0] not in str(hit.value)
    assert files_in(tmp_path) == []
    await library.prepare([GREETING])
    assert library.exists(library.name_for(*GREETING))


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "audio").write_text("a file where the folder should be")
    library = AudioLibrary(tmp_path / "audio", SilentVoice())

    with pytest.raises(MediaError, match="Audio cannot be written to"):
        library.add_file(build(tone(0.1)), "greet.wav")
    assert library.read("a" * 40) is None


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that never reads")
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, SilentVoice())
    path = library.path("ab" + "0" * 38)
    path.parent.mkdir()
    os.symlink("/proc/self/mem", path)

    with pytest.raises(MediaError, match="cannot be read"):
        library.read(path.stem)


async def test_what_is_no_speech_is_never_kept(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, BrokenVoice())

    with pytest.raises(MediaError, match="voice broken 1 is an HTML page"):
        await library.prepare([GREETING])
    with pytest.raises(MediaError, match="voice broken 1 is an HTML page"):
        await library.render_private(*GREETING)
    assert files_in(tmp_path) == []


async def test_an_unknown_language_is_the_voices_own_sentence(tmp_path: Path) -> None:
    library = AudioLibrary(tmp_path, MonoglotVoice())

    with pytest.raises(MediaError, match="does not speak the language xx"):
        await library.prepare([("Hallo.", "xx"), GREETING])


async def test_a_callers_words_stay_in_memory(tmp_path: Path) -> None:
    voice = TellingVoice()
    library = AudioLibrary(tmp_path, voice)
    await library.prepare([GREETING])

    audio = await library.render_private("Your number is 4711.", "en-GB")

    check_prompt(audio, "private")
    name = library.name_for("Your number is 4711.", "en-GB")
    assert not library.exists(name)
    assert library.read(name) is None
    for path in files_in(tmp_path):
        assert b"4711" not in path.read_bytes()
        assert audio not in path.read_bytes()
    assert [path.stem for path in files_in(tmp_path)] == [library.name_for(*GREETING)]
    assert "4711" not in repr(library)


async def test_a_private_text_is_remembered_for_a_while(tmp_path: Path) -> None:
    voice = TellingVoice()
    library = AudioLibrary(tmp_path, voice)

    first = await library.render_private("Your number is 4711.", "en-GB")

    assert await library.render_private("Your number is 4711.", "en-GB") == first
    assert len(voice.spoken) == 1


def test_memory_is_bounded_by_bytes_and_keeps_what_was_asked_for_last() -> None:
    recent = RecentAudio(max_bytes=100)
    recent.put("one", bytes(40))
    recent.put("two", bytes(40))
    recent.get("one")
    recent.put("three", bytes(40))

    assert recent.get("two") is None
    assert recent.get("one") == recent.get("three") == bytes(40)

    recent.put("too large", bytes(101))
    recent.put("one", bytes(60))

    assert recent.get("too large") is None
    assert recent.get("one") == bytes(60)
    assert recent.get("three") == bytes(40)

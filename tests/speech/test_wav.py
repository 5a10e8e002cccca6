"""Unit: the WAV reader, with the hostile files H01 to H08 of the threat list."""

from __future__ import annotations

import io
import time
import tracemalloc
import wave
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import MediaError
from ivr.speech.pcm import WavFormat
from ivr.speech.riff import MAX_CHUNKS
from ivr.speech.wav import (
    MAX_AUDIO_BYTES,
    MAX_PROMPT_SECONDS,
    RATE,
    build,
    check_prompt,
    inspect,
    read_recording,
    samples,
)
from tests.speech.waves import chunk, extensible, layout, riff, tone, wav

FMT = chunk(b"fmt ", layout())
DATA = chunk(b"data", bytes(3200))


def problem_of(audio: bytes) -> str:
    with pytest.raises(MediaError) as caught:
        inspect(audio, "greet.wav")
    sentence = str(caught.value)
    assert sentence.startswith("greet.wav ")
    assert "mono, 16-bit and 16000 Hz" in sentence
    return sentence.partition(": Microsoft")[0].removeprefix("greet.wav ")


def test_a_good_prompt_is_measured() -> None:
    found = check_prompt(wav(pcm=tone(1.5)), "greet.wav")

    assert (found.channels, found.rate, found.bits, found.frames) == (1, 16000, 16, 24000)
    assert found.seconds == 1.5


def test_what_we_build_is_read_by_others() -> None:
    pcm = tone()

    with wave.open(io.BytesIO(build(pcm))) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, RATE)
        assert read.readframes(RATE) == pcm


def test_what_others_write_is_read_by_us() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as write:
        write.setparams((2, 3, 44100, 0, "NONE", ""))
        write.writeframes(bytes(6 * 441))

    found = inspect(file.getvalue(), "greet.wav")

    assert (found.channels, found.bits, found.rate, found.seconds) == (2, 24, 44100, 0.01)


def test_the_sound_is_found_behind_other_chunks() -> None:
    pcm = tone()
    audio = riff(chunk(b"LIST", b"INFO<script>"), FMT, chunk(b"id3 ", b"ID3"), chunk(b"data", pcm))

    assert samples(audio, "greet.wav") == pcm
    assert samples(build(pcm), "greet.wav") == pcm


def test_an_odd_chunk_is_followed_by_a_padding_byte() -> None:
    assert inspect(riff(chunk(b"LIST", b"odd"), FMT, DATA), "greet.wav").frames == 1600


def test_an_odd_last_chunk_may_lack_its_padding_byte_or_leave_it_uncounted() -> None:
    eight_bit = chunk(b"fmt ", layout(bits=8))
    unpadded = riff(eight_bit, chunk(b"data", bytes(99), pad=False))

    assert inspect(unpadded, "greet.wav").frames == 99
    assert inspect(unpadded + b"\0", "greet.wav").frames == 99


def test_h01_a_small_file_that_claims_four_gigabytes() -> None:
    audio = riff(FMT, chunk(b"data", bytes(16), size=0xFFFFFFF0))
    tracemalloc.start()
    try:
        assert "'data' part claims 4294967280 bytes and 16 are there" in problem_of(audio)
        assert read_recording(audio).frames == 8
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("audio", "wrong"),
    [
        (riff(FMT, chunk(b"data", bytes(100), size=101)), "claims 101 bytes and 100 are there"),
        (riff(FMT, DATA, size=50_000), "is cut short: 50008 bytes are announced"),
        (wav()[:-1], "is cut short"),
        (riff(FMT, DATA) + b"PK\3\4 a hidden archive", "has 21 bytes after its end"),
        (riff(FMT, chunk(b"data", bytes(101))), "ends in the middle of a sample"),
        (riff(chunk(b"LIST", b"odd", pad=False), FMT, DATA), "is broken"),
        (riff(*[chunk(b"junk", b"")] * (MAX_CHUNKS + 1)), "more than 256 chunks"),
        (b"RIFF", "is cut short within its first 12 bytes"),
        (riff(chunk(b"fmt ", layout()[:15]), DATA), "format part that is too short"),
        (riff() + b"fmt ", "has 4 bytes after its end"),
        (riff(FMT), "has no sound part"),
        (riff(), "has no format part"),
    ],
)
def test_h02_lengths_that_do_not_fit(audio: bytes, wrong: str) -> None:
    assert wrong in problem_of(audio)


def test_h02_the_largest_allowed_number_of_chunks_is_read() -> None:
    padding = [chunk(b"junk", b"")] * (MAX_CHUNKS - 2)

    assert inspect(riff(*padding, FMT, DATA), "greet.wav").frames == 1600


def test_h02_a_million_empty_chunks_are_left_quickly() -> None:
    audio = riff(FMT, b"junk\0\0\0\0" * 1_000_000)
    began = time.perf_counter()

    assert "more than 256 chunks" in problem_of(audio)
    assert time.perf_counter() - began < 20


def test_h02_a_fact_chunk_is_not_believed() -> None:
    assert inspect(riff(FMT, chunk(b"fact", b"\1\2"), DATA), "greet.wav").frames == 1600


@pytest.mark.parametrize(
    ("fmt", "wrong"),
    [
        (layout(channels=0), "claims 0 channels"),
        (layout(channels=65535), "claims 65535 channels"),
        (layout(rate=0), "claims 0 samples a second"),
        (layout(rate=2**32 - 1), "claims 4294967295 samples a second"),
        (layout(bits=0), "claims 0 bits a sample"),
        (layout(bits=7), "claims 7 bits a sample"),
        (layout(bits=12, frame_bytes=2), "claims 12 bits a sample"),
        (layout(frame_bytes=0), "in frames of 0 bytes"),
        (layout(frame_bytes=4), "in frames of 4 bytes"),
        (layout(byte_rate=0), "claims 0 bytes a second"),
    ],
)
def test_h03_formats_that_contradict_themselves(fmt: bytes, wrong: str) -> None:
    assert wrong in problem_of(wav(fmt))


@pytest.mark.parametrize(
    ("fmt", "wrong"),
    [
        (extensible(b"\3" + bytes(15)), "extended format other than PCM"),
        (extensible(bytes(16)), "extended format other than PCM"),
        (extensible(valid_bits=12), "12-bit samples in 16 bits"),
        (extensible(size=0), "extended format other than PCM"),
        (extensible()[:30], "extended format part that is too short"),
        (layout(code=3, bits=32), "holds floating-point sound, not PCM"),
        (layout(code=6, bits=8), "holds A-law sound"),
        (layout(code=7, bits=8), "holds mu-law sound"),
        (layout(code=85), "holds MP3 sound"),
        (layout(code=0x1234), "holds format 4660 sound"),
    ],
)
def test_h04_sound_that_is_not_pcm(fmt: bytes, wrong: str) -> None:
    assert wrong in problem_of(wav(fmt))


def test_h04_extended_pcm_is_pcm() -> None:
    assert check_prompt(wav(extensible()), "greet.wav").frames == 1600


@pytest.mark.parametrize(
    ("audio", "kind"),
    [
        (b"", "is empty"),
        (b"RF64" + wav()[4:], "an RF64 file"),
        (b"RIFX" + wav()[4:], "a RIFX file"),
        (b"FORM\0\0\0\x20AIFFCOMM", "an AIFF file"),
        (b"ID3\4\0\0\0\0\0\0", "an MP3 file"),
        (b"\xff\xfb\x90\x64" + bytes(400), "an MP3 file"),
        (b"\xff\xf1\x50\x80" + bytes(400), "an AAC file"),
        (b"\0\0\0\x20ftypM4A ", "an MP4 or M4A file"),
        (b"\n <!DOCTYPE HTML><title>404", "an HTML page"),
        (b"\xef\xbb\xbf<html>", "an HTML page"),
        (b"\x7fELF\2\1\1", "a program"),
        (b"RIFF\x10\0\0\0AVI LIST", "a RIFF file, but not a WAV file"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
        (b"hello", "not a WAV file"),
        (b"\xff", "not a WAV file"),
    ],
)
def test_h05_other_files_are_named_as_what_they_are(audio: bytes, kind: str) -> None:
    assert kind in problem_of(audio)


@pytest.mark.parametrize(
    ("audio", "wrong"),
    [
        (riff(FMT, FMT, DATA), "has two 'fmt ' parts"),
        (riff(FMT, DATA, DATA), "has two 'data' parts"),
        (riff(DATA, FMT), "has its sound before the description of its format"),
    ],
)
def test_h06_parts_out_of_order(audio: bytes, wrong: str) -> None:
    assert wrong in problem_of(audio)


def test_h07_a_gigabyte_of_comments_that_is_not_there() -> None:
    audio = riff(FMT, chunk(b"LIST", b"INFO", size=2**30), DATA)

    assert "'LIST' part claims 1073741824 bytes" in problem_of(audio)


def test_h08_a_prompt_has_some_sound_and_not_ten_hours_of_it() -> None:
    longest = bytes(2 * RATE * MAX_PROMPT_SECONDS)

    assert check_prompt(build(longest), "greet.wav").seconds == MAX_PROMPT_SECONDS
    with pytest.raises(MediaError, match=r"^greet.wav plays for 601 seconds: .* at most 600"):
        check_prompt(build(longest + bytes(2 * RATE)), "greet.wav")
    assert "holds no sound" in problem_of(build(b""))
    assert "is larger than 32 MB" in problem_of(build(bytes(MAX_AUDIO_BYTES)))


@pytest.mark.parametrize(
    ("fmt", "what"),
    [
        (layout(channels=2), "stereo, 16-bit and 16000 Hz"),
        (layout(channels=6), "6 channels, 16-bit"),
        (layout(rate=8000), "mono, 16-bit and 8000 Hz"),
        (layout(bits=8), "mono, 8-bit"),
    ],
)
def test_a_prompt_that_graph_does_not_play_is_refused(fmt: bytes, what: str) -> None:
    with pytest.raises(MediaError, match=f"^greet.wav is {what}.* Graph plays only .* ffmpeg"):
        check_prompt(wav(fmt, bytes(4800)), "greet.wav")


def test_a_file_name_cannot_write_to_the_terminal() -> None:
    with pytest.raises(MediaError) as caught:
        inspect(b"", "a\x1b]0;owned\x07\n\u202e.wav")
    assert str(caught.value).startswith("a?]0;owned???.wav is empty")


def measure(audio: bytes) -> WavFormat:
    return inspect(audio, "x")


def read_both_ways(audio: bytes) -> None:
    """Anything but a measure or one sentence fails the test."""
    for read in (measure, read_recording):
        with suppress(MediaError):
            assert read(audio).seconds >= 0


@settings(max_examples=60, deadline=1000)
@given(st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(noise: bytes) -> None:
    read_both_ways(noise)
    read_both_ways(b"RIFF" + noise[:4].ljust(4) + b"WAVE" + noise[4:])
    read_both_ways(riff(FMT, noise))


@settings(max_examples=60, deadline=1000)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 100),
)
def test_a_good_file_with_bytes_changed_is_read_or_refused(
    changes: list[tuple[int, int]], cut: int
) -> None:
    audio = bytearray(riff(chunk(b"LIST", b"odd"), chunk(b"fmt ", extensible()), DATA[:28]))
    for position, value in changes:
        audio[position % len(audio)] = value
    read_both_ways(bytes(audio))
    read_both_ways(bytes(audio[:cut]))

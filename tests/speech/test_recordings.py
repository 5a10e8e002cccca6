"""Unit: recordings are measured even when their header is wrong about the length."""

from __future__ import annotations

import pytest

from ivr.errors import MediaError
from ivr.speech.wav import read_recording
from tests.speech.waves import chunk, layout, riff, wav

FMT = chunk(b"fmt ", layout())
DATA = chunk(b"data", bytes(3200))


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_of_any_rate_tells_its_seconds(rate: int, channels: int) -> None:
    audio = wav(layout(channels=channels, rate=rate), bytes(2 * rate * 2 * channels))

    assert read_recording(audio).seconds == 2


@pytest.mark.parametrize(
    ("audio", "frames"),
    [
        (riff(FMT, chunk(b"data", bytes(200), size=0xFFFFFFFF), size=0xFFFFFFFF), 100),
        (riff(FMT, DATA, size=0), 1600),
        (wav()[:-1001], 1099),
        (riff(FMT, FMT, DATA, DATA), 1600),
        (riff(FMT, chunk(b"data", b"")), 0),
    ],
)
def test_a_recording_with_a_wrong_length_is_measured_by_what_is_there(
    audio: bytes, frames: int
) -> None:
    assert read_recording(audio).frames == frames


@pytest.mark.parametrize("audio", [b"", b"<html>", wav(layout(code=85)), riff(DATA, FMT)])
def test_a_recording_that_cannot_be_read_is_one_sentence(audio: bytes) -> None:
    with pytest.raises(MediaError, match=r"^The recording .*: a recording must be PCM WAV$"):
        read_recording(audio)

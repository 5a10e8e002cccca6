"""Unit: the voice that says nothing."""

from __future__ import annotations

import pytest

from ivr.speech.voice import MAX_SPEECH_SECONDS, SilentVoice, Voice
from ivr.speech.wav import check_prompt, samples


def test_silence_lasts_as_long_as_the_words_would() -> None:
    voice: Voice = SilentVoice()

    assert check_prompt(voice.speak("x" * 15, "en-GB"), "x").seconds == pytest.approx(1)
    assert check_prompt(voice.speak("x" * 150, "de-DE"), "x").seconds == pytest.approx(10)


def test_silence_is_silent_and_the_same_each_time() -> None:
    audio = SilentVoice().speak("Welcome", "en-GB")

    assert not any(samples(audio, "x"))
    assert SilentVoice().speak("Welcome", "en-GB") == audio


@pytest.mark.parametrize(("text", "seconds"), [("", 0.1), ("x" * 1_000_000, MAX_SPEECH_SECONDS)])
def test_every_text_gives_a_file_that_graph_plays(text: str, seconds: float) -> None:
    assert check_prompt(SilentVoice().speak(text, "en-GB"), "x").seconds == seconds

"""Component: the embedded voice, with the real library."""

from __future__ import annotations

import math
import sys
import time
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.errors import MediaError, UsageError
from ivr.speech.espeak import EspeakVoice
from ivr.speech.library import AudioLibrary
from ivr.speech.pcm import WavFormat
from ivr.speech.voice import MAX_SPEECH_SECONDS
from ivr.speech.wav import check_prompt, samples

GREETINGS = {
    "en-GB": "Welcome to the support line. For sales, press 1.",
    "en-US": "Welcome to the support line. For sales, press 1.",
    "de-DE": "Willkommen beim Kundendienst. Für den Verkauf drücken Sie die Eins.",
    "fr-FR": "Bienvenue au service client. Pour les ventes, appuyez sur la touche 1.",
}


@pytest.fixture(scope="module")
def voice() -> EspeakVoice:
    return EspeakVoice()


def heard(audio: bytes) -> array[int]:
    return array("h", samples(audio, "speech"))


def loudness(wave: array[int]) -> float:
    return math.sqrt(sum(value * value for value in wave) / len(wave))


def spoken(voice: EspeakVoice, text: str, language: str = "en-GB") -> WavFormat:
    return check_prompt(voice.speak(text, language), "speech")


@pytest.mark.parametrize("language", GREETINGS)
def test_a_greeting_is_spoken_in_graphs_format(voice: EspeakVoice, language: str) -> None:
    audio = voice.speak(GREETINGS[language], language)

    assert 2 < check_prompt(audio, "speech").seconds < 8
    wave = heard(audio)
    assert 800 < loudness(wave) < 6000
    assert max(wave) < 32000
    assert min(wave) > -32000


@pytest.mark.parametrize("language", ["cmn", "es", "hi", "ru"])
def test_loud_voices_do_not_clip(voice: EspeakVoice, language: str) -> None:
    wave = heard(voice.speak("你好 hola नमस्ते привет 1 2 3 4 5 6 7 8 9", language))

    assert 1000 < max(wave) < 32000


def test_languages_sound_different(voice: EspeakVoice) -> None:
    lengths = {language: spoken(voice, "Restaurant 21", language).frames for language in GREETINGS}

    assert lengths["en-GB"] != lengths["de-DE"] != lengths["fr-FR"]


@pytest.mark.parametrize(
    ("wanted", "instead"),
    [("de-AT", "de-DE"), ("EN_gb", "en-GB"), ("en-AU", "en-GB"), ("fr-CA", "fr-FR")],
)
def test_an_unknown_region_falls_back_to_the_language(
    voice: EspeakVoice, wanted: str, instead: str
) -> None:
    first, second = (spoken(voice, "Restaurant 21", tag).seconds for tag in (wanted, instead))

    assert first == pytest.approx(second, abs=0.1)


@pytest.mark.parametrize("language", ["xx-XX", "", "tlh", "../en", "gmw/en", "e\x1b[2Jn"])
def test_an_unknown_language_is_named(voice: EspeakVoice, language: str) -> None:
    with pytest.raises(MediaError, match="does not speak the language") as caught:
        voice.speak("nuqneH 4711", language)

    assert language.replace("\x1b", "?") in str(caught.value)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'One <break time="9999s"/> two.',
        "<speak><prosody rate='x-slow'>One two</prosody></speak>",
        "<audio src='/etc/passwd'/> one",
        "[[h@l'oU]] one",
        "&lt;break&gt; &#99999999; one",
    ],
)
def test_markup_is_only_text(voice: EspeakVoice, text: str) -> None:
    assert 0.2 < spoken(voice, text).seconds < 20


def test_a_control_character_is_no_command_to_the_engine(voice: EspeakVoice) -> None:
    before = spoken(voice, GREETINGS["en-GB"]).seconds

    spoken(voice, "a\x01+9999S\x010A b\x00c\x1b\x7f\x9f\ud800")

    after = voice.speak(GREETINGS["en-GB"], "en-GB")
    assert check_prompt(after, "speech").seconds == pytest.approx(before, abs=0.1)
    assert loudness(heard(after)) > 800


@pytest.mark.parametrize("text", ["", " ", "...", "\n\n", "\u200b", "\0", "—", "😀"])
def test_a_text_without_words_is_still_a_file_that_graph_plays(
    voice: EspeakVoice, text: str
) -> None:
    assert 0.1 <= spoken(voice, text).seconds < 3


def test_an_endless_text_ends(voice: EspeakVoice) -> None:
    began = time.perf_counter()

    assert spoken(voice, "hello world " * 100_000).seconds == pytest.approx(MAX_SPEECH_SECONDS)
    assert time.perf_counter() - began < 20
    assert spoken(voice, "One.").seconds < 2


def test_threads_do_not_mix_their_words(voice: EspeakVoice) -> None:
    texts = [" ".join(["one"] * count) for count in range(1, 9)] * 4
    alone = [spoken(voice, text).seconds for text in texts]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: spoken(voice, text).seconds, texts))

    assert together == pytest.approx(alone, abs=0.2)


def test_equal_texts_differ_by_milliseconds_at_most(voice: EspeakVoice) -> None:
    first = spoken(voice, GREETINGS["en-GB"])
    spoken(voice, "Something else in between.")

    assert abs(spoken(voice, GREETINGS["en-GB"]).frames - first.frames) < 160
    assert EspeakVoice().name == voice.name


async def test_the_name_of_a_spoken_file_is_of_its_text(
    voice: EspeakVoice, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("audio")
    library = AudioLibrary(folder, voice)
    texts = [(text, language) for language, text in GREETINGS.items()]
    await library.prepare(texts)
    before = [library.read(library.name_for(*text)) for text in texts]

    again = AudioLibrary(folder, EspeakVoice())
    await again.prepare(texts)

    assert None not in before
    assert [again.read(again.name_for(*text)) for text in texts] == before


@pytest.mark.parametrize("missing", ["espeakng_loader", "numpy", "soxr"])
def test_a_missing_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(UsageError, match=rf"package {missing}: run pip install 'ivr\[espeak\]'"):
        EspeakVoice()

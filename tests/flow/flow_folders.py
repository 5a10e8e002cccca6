"""Small flows on disk for the tests of bundles."""

from __future__ import annotations

from pathlib import Path

from ivr.flow.bundle import Bundle, Loaded
from ivr.flow.diagnostics import Code
from ivr.speech.wav import build

TONE = bytes(range(256)) * 125
"""One second of sound, loud enough to be no silence."""


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

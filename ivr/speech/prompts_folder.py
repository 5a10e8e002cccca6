"""The recorded prompts of a flow: `prompts/LANGUAGE/NAME.wav` in its folder.

Whatever is wrong with a file is a value, not an exception, so that the flow checker can
report all of them at once. Files are only ever read: no converter and no other program is run.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivr.errors import MediaError
from ivr.speech.loudness import remark
from ivr.speech.wav import MAX_AUDIO_BYTES, check_prompt, samples, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ivr.speech.pcm import WavFormat

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_OTHER_SOUND: Final = frozenset(
    f".{kind}"
    for kind in ("mp3", "m4a", "mp4", "aac", "ogg", "oga", "opus", "flac", "wma", "aiff", "amr")
)


@dataclass(frozen=True, slots=True)
class RecordedPrompt:
    """One recording; it can be played exactly when `problem` is None.

    `format` is None when there is a problem; `remark` is a sentence about a recording that
    can be played but sounds wrong. `folder` is the flow's, which the file may not leave.
    """

    name: str
    path: Path
    folder: Path
    format: WavFormat | None = None
    problem: str | None = None
    remark: str | None = None

    def read(self) -> bytes:
        """The WAV file, judged once more: it may have changed since.

        Raises:
            MediaError: it can no longer be played.
        """
        audio = _read_inside(self.folder, self.path)
        check_prompt(audio, _place(self.folder, self.path))
        return audio


def recorded(folder: Path, language: str) -> Mapping[str, RecordedPrompt]:
    """The recordings in one language of the flow in `folder`, by prompt name.

    A folder without recordings, or a language that is no BCP 47 tag, has none. Symbolic links
    that stay within `folder` are followed. A prompt that is there only as another kind of sound
    file is a problem too, for it would not be played. A folder that cannot be listed is one
    problem under the language's name.
    """
    if not _LANGUAGE.fullmatch(language):
        return {}
    place = folder / "prompts" / language
    try:
        paths = sorted(place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        sentence = f"{_place(folder, place)} cannot be listed: {error.strerror}"
        return {language: RecordedPrompt(language, place, folder, problem=sentence)}
    return _by_name(folder, paths)


def _by_name(folder: Path, paths: list[Path]) -> dict[str, RecordedPrompt]:
    found: dict[str, RecordedPrompt] = {}
    for path in _sound_files(paths):
        known = found.get(path.stem)
        if known is not None and path.suffix.lower() == ".wav":
            found[path.stem] = _twice(known, path)
        elif known is None:
            found[path.stem] = _judged(folder, path)
    return found


def _sound_files(paths: list[Path]) -> Iterator[Path]:
    """WAV files first, so that an MP3 kept beside a good WAV is passed over."""
    visible = [path for path in paths if not path.name.startswith(".")]
    yield from (path for path in visible if path.suffix.lower() == ".wav")
    yield from (path for path in visible if path.suffix.lower() in _OTHER_SOUND)


def _judged(folder: Path, path: Path) -> RecordedPrompt:
    place = _place(folder, path)
    try:
        audio = _read_inside(folder, path)
        found = check_prompt(audio, place)
        if path.suffix.lower() != ".wav":
            raise MediaError(f"{place} is a WAV file under another name: rename it to end in .wav")
    except MediaError as error:
        return RecordedPrompt(path.stem, path, folder, problem=str(error))
    heard = remark(samples(audio, place))
    return RecordedPrompt(path.stem, path, folder, found, remark=heard and f"{place} {heard}")


def _twice(known: RecordedPrompt, path: Path) -> RecordedPrompt:
    first, second = (_place(known.folder, found) for found in (known.path, path))
    sentence = f"{first} and {second} are recordings of one prompt: keep only one"
    return RecordedPrompt(known.name, known.path, known.folder, problem=sentence)


def _place(folder: Path, path: Path) -> str:
    return shown(path.relative_to(folder).as_posix())


def _read_inside(folder: Path, path: Path) -> bytes:
    place = _place(folder, path)
    target = Path(os.path.realpath(path))
    if not target.is_relative_to(os.path.realpath(folder)):
        raise MediaError(f"{place} is a link out of the flow's folder: put a copy there instead")
    try:
        if not stat.S_ISREG(target.stat().st_mode):  # a pipe would keep us waiting for ever
            raise MediaError(f"{place} is not a regular file: put a WAV file there")
        with target.open("rb") as file:
            return file.read(MAX_AUDIO_BYTES + 1)
    except OSError as error:
        raise MediaError(f"{place} cannot be read: {error.strerror}") from error

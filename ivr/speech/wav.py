"""Reads and writes WAV, strictly: the last gate before Graph is told to play a file.

Graph plays PCM WAV that is mono, 16-bit and 16 kHz, and fails the operation for
anything else (Microsoft Graph, "mediaInfo resource type"), which a caller hears as
silence. So a file is judged when a flow is checked, in one sentence for its author.
"""

from __future__ import annotations

from typing import Final

from ivr.errors import MediaError
from ivr.speech.pcm import FORMAT, PCM, Layout, WavFormat, read_layout
from ivr.speech.riff import Chunk, chunks, claimed_end

RATE: Final = 16_000
"""Samples a second of everything that Graph plays."""
MAX_AUDIO_BYTES: Final = 32 * 1024 * 1024
"""The longest file that is looked at: a two-minute stereo recording at 48 kHz fits."""
MAX_PROMPT_SECONDS: Final = 600

NEEDED: Final = (
    "Microsoft Graph plays only PCM WAV files that are mono, 16-bit and 16000 Hz;"
    " convert it, for example with: ffmpeg -i OLD -ac 1 -ar 16000 -c:a pcm_s16le NEW.wav"
)


def inspect(audio: bytes, name: str) -> WavFormat:
    """The format of a whole, well-formed PCM WAV file with sound in it, of any rate.

    Raises:
        MediaError: one sentence with `name`, what is wrong and what is needed.
    """
    return _judged(audio, name)[0]


def check_prompt(audio: bytes, name: str) -> WavFormat:
    """Like `inspect`, and the file is one that Graph plays, of at most `MAX_PROMPT_SECONDS`.

    Raises:
        MediaError: one sentence with `name`, what is wrong and what is needed.
    """
    found = inspect(audio, name)
    if (found.channels, found.bits, found.rate) != (1, 16, RATE):
        raise MediaError(f"{shown(name)} is {found}: {NEEDED}")
    if found.seconds > MAX_PROMPT_SECONDS:
        raise MediaError(
            f"{shown(name)} plays for {found.seconds:.0f} seconds: a prompt plays for at most"
            f" {MAX_PROMPT_SECONDS} seconds, so cut it into shorter ones"
        )
    return found


def samples(audio: bytes, name: str) -> bytes:
    """The sound alone, in the layout that `inspect` tells of.

    Raises:
        MediaError: as `inspect`.
    """
    sound = _judged(audio, name)[1]
    return audio[sound.start : sound.start + sound.size]


def read_recording(audio: bytes) -> WavFormat:
    """The format of a recording as a service sent it: any PCM, and the size may be wrong.

    Graph states neither the rate nor the channels of a recording. A header written
    before the length was known, or a download that broke off, still gives the seconds
    that are there; a recording without sound has 0 of them.

    Raises:
        MediaError: it is not PCM WAV.
    """
    try:
        return _tolerant(audio)
    except MediaError as error:
        raise MediaError(f"The recording {error}: a recording must be PCM WAV") from None


def build(pcm: bytes) -> bytes:
    """A WAV file in Graph's format of 16-bit little-endian mono samples, 16000 a second."""
    layout = FORMAT.pack(PCM, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVE" + _part(b"fmt ", layout) + _part(b"data", pcm)
    return _part(b"RIFF", body)


def shown(name: str) -> str:
    """A file's name as it may stand in a sentence on a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:200])


def _part(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content


def _judged(audio: bytes, name: str) -> tuple[WavFormat, Chunk]:
    try:
        return _strict(audio)
    except MediaError as error:
        raise MediaError(f"{shown(name)} {error}: {NEEDED}") from None


def _strict(audio: bytes) -> tuple[WavFormat, Chunk]:
    if len(audio) > MAX_AUDIO_BYTES:
        raise MediaError(f"is larger than {MAX_AUDIO_BYTES // 2**20} MB")
    layout: Layout | None = None
    sound: Chunk | None = None
    for chunk in _whole_chunks(audio):
        if chunk.name == b"fmt ":
            _refuse_second(layout, chunk)
            layout = read_layout(audio, chunk)
        elif chunk.name == b"data":
            _refuse_second(sound, chunk)
            if layout is None:
                raise MediaError("has its sound before the description of its format")
            sound = chunk
    return _sounding(layout, sound)


def _whole_chunks(audio: bytes) -> list[Chunk]:
    end = claimed_end(audio)
    if end > len(audio):
        raise MediaError(f"is cut short: {end} bytes are announced and {len(audio)} are there")
    if end + 1 < len(audio):  # one byte may be the padding of an odd chunk, left uncounted
        raise MediaError(f"has {len(audio) - end} bytes after its end")
    found = list(chunks(audio, end))
    for chunk in found:
        left = end - chunk.start
        if chunk.size > left:
            raise MediaError(
                f"is broken: its {chunk.shown} part claims {chunk.size} bytes and {left} are there"
            )
    return found


def _refuse_second(first: object | None, chunk: Chunk) -> None:
    if first is not None:
        raise MediaError(f"has two {chunk.shown} parts")


def _sounding(layout: Layout | None, sound: Chunk | None) -> tuple[WavFormat, Chunk]:
    if layout is None or sound is None:
        raise MediaError(f"has no {'format' if layout is None else 'sound'} part")
    if sound.size == 0:
        raise MediaError("holds no sound")
    if sound.size % layout.frame_bytes:
        raise MediaError("ends in the middle of a sample")
    if layout.byte_rate != layout.rate * layout.frame_bytes:
        raise MediaError(f"claims {layout.byte_rate} bytes a second, which does not fit its format")
    return layout.format(sound.size), sound


def _tolerant(audio: bytes) -> WavFormat:
    claimed_end(audio)
    layout: Layout | None = None
    for chunk in chunks(audio, len(audio)):
        if chunk.name == b"fmt " and layout is None:
            layout = read_layout(audio, chunk)
        elif chunk.name == b"data" and layout is not None:
            return layout.format(min(chunk.size, len(audio) - chunk.start))
    raise MediaError("has no sound part after a format part")

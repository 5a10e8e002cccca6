"""The machine that a node runs on: disk, voice, clock."""

from __future__ import annotations

import asyncio
import os
import shutil
from email.utils import parsedate_to_datetime
from pathlib import Path

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.flows import bundle_of
from ivr.cli.doctor.scene import Answer, Scene
from ivr.errors import MediaError, Temporary
from ivr.server.parts import voice_of

GIGABYTE = 1_000_000_000
LEAST_FREE, FEW_FREE = 0.2 * GIGABYTE, 1 * GIGABYTE
"""A day of calls with a thousand clips takes about 2 GB."""
SKEW, BAD_SKEW = 10.0, 120.0
"""Seconds; tokens are refused from 300 on (FACTS.md, section 7)."""


async def disk(scene: Scene) -> Finding:
    """Whether there is room for calls, audio and recordings."""
    return await asyncio.to_thread(_disk, Path(scene.settings.data_dir))


def _disk(folder: Path) -> Finding:
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return bad(f"{folder} cannot be written.", "Set IVR_DATA_DIR to a folder that can be.")
    free = shutil.disk_usage(folder).free
    said = f"{free / GIGABYTE:.1f} GB are free where IVR_DATA_DIR is."
    if free < LEAST_FREE:
        return bad(said, "Make room: without it no call can be stored, and none is taken.")
    if free < FEW_FREE:
        return warn(said, "Make room soon: recordings take 2 MB a minute.")
    return good(said)


async def speech(scene: Scene) -> Finding:
    """Whether the voice speaks the languages of the flows."""
    if scene.settings.speech == "none":
        return warn(
            "There is no voice: prompts without a recording are silence.",
            "Set IVR_SPEECH=espeak, or record every prompt.",
        )
    voice = await asyncio.to_thread(voice_of, scene.settings)
    try:
        bundle = await bundle_of(scene)
        languages = sorted({program.language for program in bundle.programs.values()})
    except NotLooked:
        languages = ["en-GB"]
    for language in languages:
        try:
            await asyncio.to_thread(voice.speak, "1", language)
        except MediaError as error:
            return bad(f"{error}.", "Change `language:` in the flow, or record its prompts.")
    return good(f"The voice speaks {', '.join(languages)}.")


async def clock(scene: Scene) -> Finding:
    """Whether this machine's clock and Microsoft's agree, by the Date header (RFC 9110, 6.6.1)."""
    scene.need("tenant_id")
    home, tenant = scene.settings.login_url.rstrip("/"), scene.settings.tenant_id
    try:
        answer = await scene.ask("GET", f"{home}/{tenant}/v2.0/.well-known/openid-configuration")
    except Temporary:
        raise NotLooked("The login endpoint is not reached, so nobody tells the time.") from None
    skew = _skew(answer)
    if skew is None:
        raise NotLooked("The login endpoint does not tell its time.")
    ahead = "ahead" if skew > 0 else "behind"
    said = f"This clock is {abs(skew):.0f} s {ahead} of the login endpoint's."
    fix = "Have the machine's clock set by NTP."
    if abs(skew) > BAD_SKEW:
        return bad(said, fix)
    if abs(skew) > SKEW:
        return warn(said, fix)
    return good("The clock is right to within a few seconds.")


def _skew(answer: Answer) -> float | None:
    """Seconds by which our clock is ahead; the header tells whole seconds only."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() + 0.5
    except (ValueError, OverflowError):
        return None
    return answer.at - answer.seconds / 2 - theirs

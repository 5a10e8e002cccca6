"""A running node, asked by its public address as Graph would ask it."""

from __future__ import annotations

import asyncio
import hmac
import secrets

import msgspec

from ivr.cli.doctor.check import Finding, NotLooked, bad, good, warn
from ivr.cli.doctor.flows import bundle_of
from ivr.cli.doctor.public import NOTHING_THERE, parts_of
from ivr.cli.doctor.scene import Answer, Scene
from ivr.cli.doctor.store import sealer_of
from ivr.errors import MediaError, Temporary, UsageError
from ivr.server.app import proof
from ivr.speech.wav import check_prompt

NO_KEY = "0" * 32
"""A callback key that no call has, so that a post with it can do nothing."""
SLOW = 2.0
"""Seconds; Graph gives 15 for everything from ringing to the answer."""
FASTER = "Find what is slow on the way to the node: a call has to be answered within 15 s."
BEHIND = (502, 503, 504)
ROUTE = (
    "Have the proxy hand on IVR_PUBLIC_URL and all paths below it to the node unchanged: its host, "
    "its path prefix, and no redirects."
)
READY = "Look at the log of the node, and at the lines above: what is missing says which."


async def reached(scene: Scene) -> Finding:
    """Whether the public address leads to this service: it answers a nonce with its own key."""
    nonce = secrets.token_hex(16)
    answer = await _ask(scene, "GET", f"/livez?nonce={nonce}")
    word, _, given = answer.body[:200].decode("utf-8", "replace").partition(" ")
    if answer.status != 200 or word != "ok":
        return bad(f"What answers there is no node: {_status(answer)}.", ROUTE)
    try:
        sealer = await asyncio.to_thread(sealer_of, scene.settings)
    except UsageError:
        sealer = None
    if sealer is None or not given:
        return good("A node answers; whether it is this service's cannot be told without its key.")
    if not hmac.compare_digest(proof(sealer.callback_key, nonce), given):
        return bad(
            "Another service answers there: its seal key is not this one's.",
            "Correct IVR_PUBLIC_URL, or give all nodes the same IVR_SEAL_KEY.",
        )
    return _in_time("This service answers", answer)


async def ready(scene: Scene) -> Finding:
    """Whether the node could answer a call at once."""
    await _alive(scene)
    answer = await _ask(scene, "GET", "/readyz", look_behind=True)
    try:
        found = msgspec.json.decode(answer.body, type=dict[str, bool])
    except msgspec.MsgspecError:
        raise NotLooked("The proxy does not hand on /readyz, which it need not.") from None
    missing = sorted(name for name, there in found.items() if not there)
    if missing:
        return bad(f"The node is not ready: {', '.join(missing)} missing.", READY)
    return good("The node could answer a call at once.")


async def callback(scene: Scene) -> Finding:
    """Whether notifications would arrive: who posts without Microsoft's signature is denied."""
    await _alive(scene)
    for path in ("/api/calls", f"/api/calls/{NO_KEY}"):
        answer = await _ask(scene, "POST", path)
        if answer.status == 404:
            return bad(f"{path} is not there (404): callbacks would be lost.", ROUTE)
        if answer.status != 401:
            said = f"{path} should deny an unsigned post with 401, and {_status(answer)}."
            return bad(said, ROUTE)
    return _in_time("Callbacks arrive, and unsigned ones are denied", answer)


async def prompt(scene: Scene) -> Finding:
    """Whether Graph could fetch the sound of a prompt, and play it."""
    await _alive(scene)
    name = await _some_prompt(scene)
    answer = await _ask(scene, "GET", f"/media/{name}.wav")
    if answer.status == 404:
        return warn(
            "The node does not have the first prompt of these flows.",
            "Restart `ivr serve` if the flows were changed, and give it the same IVR_SPEECH.",
        )
    if answer.status != 200:
        return bad(f"A prompt cannot be fetched: {_status(answer)}; callers hear silence.", ROUTE)
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind not in {"audio/wav", "audio/x-wav"}:
        return bad(f"A prompt comes as {kind or 'nothing'} and not as audio/wav.", ROUTE)
    try:
        form = check_prompt(answer.body, "The prompt")
    except MediaError as error:
        return bad(f"{error}.", "Have the proxy hand on the bytes of /media unchanged.")
    return _in_time(f"A prompt of {form.seconds:.1f} s can be fetched", answer)


async def _ask(scene: Scene, method: str, path: str, *, look_behind: bool = False) -> Answer:
    """Ask the node. Raises `NotLooked` when there is none; with `look_behind` a 503 is its own."""
    parts_of(scene)
    url = scene.settings.public_url.rstrip("/") + path
    headers = {"Content-Type": "application/json"} if method == "POST" else {}
    try:
        answer = await scene.ask(method, url, headers, b"{}" if method == "POST" else b"")
    except Temporary:
        raise NotLooked(NOTHING_THERE) from None
    if answer.status in BEHIND and not look_behind:
        raise NotLooked(f"A proxy answers {answer.status}: no node runs behind IVR_PUBLIC_URL.")
    return answer


async def _alive(scene: Scene) -> None:
    """Return when a node answers. Raises `NotLooked` when none does."""

    async def look() -> Answer:
        return await _ask(scene, "GET", "/livez")

    answer = await scene.once("livez", look)
    if answer.status != 200:
        raise NotLooked("What answers at IVR_PUBLIC_URL is no node.")


async def _some_prompt(scene: Scene) -> str:
    bundle = await bundle_of(scene)
    for program in bundle.programs.values():
        for each in program.prompts.values():
            if each.fixed is not None and each.fixed.file:
                return each.fixed.file
    raise NotLooked("The flows have no prompt that is always the same.")


def _status(answer: Answer) -> str:
    redirected = ", a redirect, which Graph does not follow" if 300 <= answer.status < 400 else ""
    return f"it answers {answer.status}{redirected}"


def _in_time(said: str, answer: Answer) -> Finding:
    told = f"{said}, in {answer.seconds:.2f} s."
    return warn(told, FASTER) if answer.seconds > SLOW else good(told)

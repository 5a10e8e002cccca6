"""`ivr doctor` on the public address: name, port, certificate, and the node behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ivr.cli.doctor.check import Finding
from ivr.cli.doctor.public import DAYS_LEFT
from ivr.cli.doctor.scene import Scene
from ivr.server.settings import Settings
from ivr.speech.library import AudioLibrary
from ivr.speech.voice import SilentVoice
from ivr.store.seal import Sealer
from tests.cli.certificates import Authority, plain_server, tls_server
from tests.cli.doctor_site import ENV, Service, findings, settings_for, write_flows
from tests.e2e.processes import free_port
from tests.simulator.on_loopback import served

KEY = "5e" * 32
HELLO = "Press 1 for the desk, press 2 for your balance, press 3 to speak, press 4 for news."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_flows(tmp_path)
    return settings_for("http://127.0.0.1:2", tmp_path, env=ENV, seal_key=KEY)


async def find(settings: Settings, name: str, authority: Authority | None = None) -> Finding:
    """What one check finds; whatever is wrong has a fix."""
    trust = authority.trust() if authority else None
    found = (await findings(Scene(settings, trust), name))[name]
    assert (found.verdict in {"warning", "failed"}) == bool(found.fix)
    return found


# -- name and port -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "verdict", "told"),
    [
        ("http://127.0.0.1:8080", "warning", "simulator"),
        ("https://lucky-otter-7.ngrok-free.app", "warning", "tunnel"),
        ("https://a-b-c.trycloudflare.com/ivr", "warning", "tunnel"),
        ("https://ivr.example", "ok", "stays"),
        ("https://notngrok-free.app.example", "ok", "stays"),
        ("", "skipped", "IVR_PUBLIC_URL"),
        ("http://ivr.example", "skipped", "https"),
    ],
)
async def test_a_name_that_changes_is_told(
    settings: Settings, url: str, verdict: str, told: str
) -> None:
    found = await find(replace(settings, public_url=url), "name")
    assert (found.verdict, told in found.said) == (verdict, True)


@pytest.mark.parametrize(
    ("url", "told"),
    [("https://10.1.2.3", "cannot reach"), ("https://192.168.7.7:8443", "cannot reach"),
     ("https://[fd00::1]", "cannot reach"), ("https://nowhere.invalid", "leads nowhere")],
)  # fmt: skip
async def test_an_address_that_nobody_outside_reaches_is_told(
    settings: Settings, url: str, told: str
) -> None:
    found = await find(replace(settings, public_url=url), "address")
    assert (found.verdict, told in found.said) == ("failed", True)


@pytest.mark.problem("P61", fault="connection_refused")
async def test_an_open_port_is_reached_and_a_closed_one_is_not_the_nodes_fault(
    settings: Settings,
) -> None:
    async with plain_server() as port:
        open_port = replace(settings, public_url=f"http://127.0.0.1:{port}")
        assert (await find(open_port, "address")).verdict == "ok"
    closed = replace(settings, public_url=f"http://127.0.0.1:{free_port()}")
    found = await find(closed, "address")
    assert (found.verdict, "ivr serve" in found.said) == ("skipped", True)


# -- certificate ---------------------------------------------------------------------------

ROOT = Authority("root")
MIDDLE = Authority("middle", ROOT)
STRANGER = Authority("stranger")


async def certificate(
    settings: Settings, folder: Path, issued: tuple[bytes, bytes], more: bytes = b""
) -> Finding:
    """What is found of a server with this certificate by who trusts the root."""
    async with tls_server(folder, issued[0] + more, issued[1]) as port:
        return await find(
            replace(settings, public_url=f"https://127.0.0.1:{port}"), "certificate", ROOT
        )


async def test_a_good_certificate_is_told_with_its_days(settings: Settings, tmp_path: Path) -> None:
    found = await certificate(settings, tmp_path, ROOT.issue(90))
    assert (found.verdict, found.said) == (
        "ok",
        "TLSv1.3, and a certificate that is good for 90 days.",
    )
    whole = await certificate(settings, tmp_path, MIDDLE.issue(90), MIDDLE.pem)
    assert whole.verdict == "ok"


@pytest.mark.parametrize(
    ("authority", "days", "host", "verdict", "fix"),
    [
        (ROOT, DAYS_LEFT - 1, "127.0.0.1", "warning", "Renew"),
        (ROOT, -1, "127.0.0.1", "failed", "Renew"),
        (ROOT, 90, "127.0.0.2", "failed", "for the address in IVR_PUBLIC_URL"),
        (MIDDLE, 90, "127.0.0.1", "failed", "whole chain"),
        (STRANGER, 90, "127.0.0.1", "failed", "whole chain"),
    ],
)
@pytest.mark.problem("P64", fault="no_handshake")
async def test_a_certificate_that_clients_refuse_is_told(
    settings: Settings, tmp_path: Path, authority: Authority, days: int, host: str, verdict: str,
    fix: str,
) -> None:  # fmt: skip
    found = await certificate(settings, tmp_path, authority.issue(days, host))
    assert (found.verdict, fix in found.fix) == (verdict, True)


async def test_a_certificate_that_nobody_has_signed_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    found = await certificate(settings, tmp_path, STRANGER.issue(90), STRANGER.pem)
    assert (found.verdict, "public authority" in found.fix) == ("failed", True)


@pytest.mark.problem("P64", fault="no_handshake")
async def test_a_port_that_speaks_no_tls_is_told(settings: Settings) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = await find(replace(settings, public_url=f"https://127.0.0.1:{port}"), "certificate")
    server.close()
    assert (found.verdict, "TLS 1.2" in found.fix) == ("failed", True)


# -- the node behind it ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Service, str]]:
    made = Service(Sealer(bytes.fromhex(KEY)), {})
    with served(made.web) as url:
        yield made, url


@pytest.fixture
def service(listening: tuple[Service, str], settings: Settings, tmp_path: Path) -> Service:
    """The service as it should be, at the public address of `settings`."""
    made, url = listening
    library = AudioLibrary(tmp_path / "audio", SilentVoice())
    name = library.name_for(HELLO, "en-GB")
    fresh = Service(made.sealer, {name: SilentVoice().speak(HELLO, "en-GB")})
    for each in ("audio", "statuses", "ready", "media_type"):
        setattr(made, each, getattr(fresh, each))
    settings.public_url = url
    return made


async def test_a_node_that_is_this_services_proves_it(settings: Settings, service: Service) -> None:
    for name in ("this service", "readiness", "callbacks", "prompts"):
        assert (await find(settings, name)).verdict == "ok"
    found = await find(replace(settings, seal_key="ab" * 32), "this service")
    assert (found.verdict, "Another service" in found.said) == ("failed", True)
    keyless = await find(replace(settings, seal_key=""), "this service")
    assert (keyless.verdict, "cannot be told" in keyless.said) == ("ok", True)


@pytest.mark.parametrize("status", [301, 404, 403, 500])
@pytest.mark.problem("P59", fault="wrong_callback")
async def test_what_is_no_node_is_told(settings: Settings, service: Service, status: int) -> None:
    service.statuses = {"/": status}
    found = await find(settings, "this service")
    assert (found.verdict, str(status) in found.said) == ("failed", True)
    assert ("redirect" in found.said) == (status == 301)
    for name in ("readiness", "callbacks", "prompts"):
        assert (await find(settings, name)).verdict == "skipped"


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.problem("P61", fault="tunnel_answers_502")
async def test_a_proxy_without_a_node_is_no_failure_of_it(
    settings: Settings, service: Service, status: int
) -> None:
    service.statuses = {"/": status}
    for name in ("this service", "callbacks", "prompts"):
        found = await find(settings, name)
        assert (found.verdict, str(status) in found.said) == ("skipped", True)


async def test_without_anybody_there_they_are_not_looked_at(settings: Settings) -> None:
    settings.public_url = f"http://127.0.0.1:{free_port()}"
    for name in ("this service", "readiness", "callbacks", "prompts"):
        found = await find(settings, name)
        assert (found.verdict, "ivr serve" in found.said) == ("skipped", True)


async def test_a_node_that_is_not_ready_says_what_is_missing(
    settings: Settings, service: Service
) -> None:
    service.ready["token"] = False
    found = await find(settings, "readiness")
    assert (found.verdict, "token missing" in found.said) == ("failed", True)
    service.statuses = {"/readyz": 404}
    assert (await find(settings, "readiness")).verdict == "skipped"


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/calls", 404, "lost"),
        ("/api/calls/", 404, "lost"),
        ("/api/calls", 202, "401"),
        ("/api/calls", 405, "401"),
        ("/api/calls", 307, "redirect"),
    ],
)
@pytest.mark.problem("P59", fault="wrong_callback")
async def test_callbacks_that_would_get_lost_are_told(
    settings: Settings, service: Service, path: str, status: int, told: str
) -> None:
    service.statuses = {path: status}
    found = await find(settings, "callbacks")
    assert (found.verdict, told in found.said) == ("failed", True)


@pytest.mark.problem("P19", fault="prompt_is_a_web_page")
async def test_a_prompt_that_graph_could_not_play_is_told(
    settings: Settings, service: Service
) -> None:
    [name] = service.audio
    service.media_type = "text/html"
    assert (await find(settings, "prompts")).verdict == "failed"
    service.media_type = "audio/wav"
    service.audio[name] = b"<html>Not found</html>"
    assert (await find(settings, "prompts")).verdict == "failed"
    service.statuses = {"/media": 403}
    found = await find(settings, "prompts")
    assert (found.verdict, "silence" in found.said) == ("failed", True)
    service.statuses = {}
    service.audio = {}
    found = await find(settings, "prompts")
    assert (found.verdict, "Restart" in found.fix) == ("warning", True)

"""`ivr serve`: what it needs, and that it says what is missing before it does anything."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import GREET, TOML, Shell
from tests.e2e.processes import Process, free_port

SERVING = {
    "IVR_PUBLIC_URL": "https://ivr.example",
    "IVR_APP_ID": "2891555a-92ff-42e6-80fa-6e1300c6b5c6",
    "IVR_APP_SECRET": "hunter2-and-more",
    "IVR_TENANT_ID": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "IVR_GRAPH_URL": "http://127.0.0.1:1/v1.0",
    "IVR_LOGIN_URL": "http://127.0.0.1:1",
    "IVR_WEBHOOK_METADATA_URLS": "http://127.0.0.1:1/keys",
    "IVR_DATA_DIR": "data",
    "IVR_SPEECH": "none",
}


@pytest.fixture
def serving(ivr: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project with all settings that serving needs."""
    for name, value in SERVING.items():
        monkeypatch.setenv(name, value)
    return ivr


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize(
    "missing", ["IVR_PUBLIC_URL", "IVR_APP_ID", "IVR_APP_SECRET", "IVR_TENANT_ID"]
)
def test_what_is_missing_is_named(
    serving: Shell, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    ran = serving("serve")
    assert ran.code == 2
    assert missing in ran.sentence
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IVR_PORT", "99999"),
        ("IVR_PUBLIC_URL", "http://ivr.example"),
        ("IVR_GRAPH_URL", "ftp://127.0.0.1"),
        ("IVR_SPEECH", "parrot"),
        ("IVR_DATABASE_URL", "mysql://root:hunter2-and-more@db/ivr"),
        ("IVR_SEAL_KEY", "hunter2-and-more"),
        ("IVR_DATA_DIR", "ivr.toml"),
        ("IVR_FLOWS", "nowhere"),
        ("IVR_HOST", "no such host"),
        ("IVR_HOST", "192.0.2.1"),
        ("IVR_APP_SECRET_FILE", "nowhere"),
        ("IVR_WEBHOOK_METADATA_URLS", ""),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(
    serving: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = serving("serve", *([] if name == "IVR_PORT" else ["--port", "0"]))
    assert (ran.code, bool(ran.sentence)) == (2, True)
    assert "hunter2" not in ran.err


def test_a_port_that_is_taken_is_told(serving: Shell, taken: int) -> None:
    ran = serving("serve", "--port", str(taken))
    assert ran.code == 2
    assert f"127.0.0.1:{taken}" in ran.sentence
    assert "IVR_PORT" in ran.sentence


def test_flows_with_mistakes_are_shown_and_not_served(serving: Shell) -> None:
    serving.write("greet", GREET.replace("answered: done", "answered: doen"))
    serving.write("remind", "nonsense")
    ran = serving("serve", "--port", "0")
    assert (ran.code, ran.out) == (1, "")
    assert "doen" in ran.err
    assert "Traceback" not in ran.err


def test_a_value_that_flows_need_and_nobody_gives_is_an_error(serving: Shell) -> None:
    Path("ivr.toml").write_text(TOML.replace("desk", "disk"))
    ran = serving("serve", "--port", "0")
    assert ran.code == 1
    assert "IVR_ENV_DESK" in ran.err


def test_a_settings_file_may_be_named_and_must_be_there(serving: Shell) -> None:
    assert "nowhere.toml" in serving("serve", "--config", "nowhere.toml").sentence
    Path("other.toml").write_text("speach = 1\n")
    ran = serving("serve", "--config", "other.toml")
    assert ran.code == 2
    assert "did you mean speech?" in ran.sentence


def test_it_serves_until_it_is_told_to_stop(ivr: Shell) -> None:
    port = free_port()
    server = Process("serve", "--port", str(port), env=SERVING, log=ivr.folder / "log")
    url = server.url()
    assert url == f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/livez").status_code == 200
        found = client.get("/readyz")
        assert found.status_code == 503
        assert found.json() == {
            "flows": True, "keys": False, "token": False, "lease": True, "serving": True,
            "store": True,
        }  # fmt: skip
        assert client.post("/api/calls").status_code == 401
        assert "server" not in client.get("/livez").headers
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
        assert client.get("/api/calls", headers=upgrade).status_code == 405
    assert server.stop() == 0
    log = (ivr.folder / "log").read_text().splitlines()
    entries = [json.loads(line) for line in log if not line.startswith("ivr is listening on")]
    assert {"bundle_published", "notification_rejected"} <= {entry["event"] for entry in entries}
    assert "hunter2" not in str(entries)

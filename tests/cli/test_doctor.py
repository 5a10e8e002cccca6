"""`ivr doctor`: settings and machine, the examination itself, and the command."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ivr.cli.doctor.check import Check, Finding, good
from ivr.cli.doctor.examine import examine
from ivr.cli.doctor.registry import CHECKS
from ivr.cli.doctor.scene import Scene
from ivr.errors import IvrError
from ivr.server.settings import Settings
from tests.cli.doctor_site import Microsoft, find, findings, settings_for
from tests.cli.shell import GREET, TOML, Shell

# -- settings ------------------------------------------------------------------------------


async def test_a_service_without_faults_has_none(settings: Settings) -> None:
    found = await findings(Scene(settings))
    assert {name: each.said for name, each in found.items() if each.verdict == "failed"} == {}
    assert {name for name, each in found.items() if each.verdict == "skipped"} == {
        "admin token", "expiry", "address", "certificate", "this service", "readiness",
        "callbacks", "prompts",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["public_url", "app_id", "app_secret", "tenant_id"])
async def test_a_setting_that_is_missing_is_named(settings: Settings, name: str) -> None:
    found = await find(replace(settings, **{name: ""}), "settings")
    assert (found.verdict, f"IVR_{name.upper()}" in found.said) == ("failed", True)


async def test_flows_with_errors_and_warnings_are_told(settings: Settings, tmp_path: Path) -> None:
    assert (await find(settings, "flows")).verdict == "ok"
    (tmp_path / "flows" / "greet" / "flow.yaml").write_text(GREET.replace("go: ring", "go: rign"))
    found = await find(settings, "flows")
    assert (found.verdict, "ivr check" in found.fix) == ("failed", True)
    found = await find(replace(settings, env={}), "flows")
    assert found.verdict == "failed", "a value of the environment is missing"
    found = await find(replace(settings, flows=str(tmp_path / "nowhere")), "flows")
    assert (found.verdict, "IVR_FLOWS" in found.fix) == ("failed", True)


@pytest.mark.parametrize(
    ("token", "verdict"), [("", "skipped"), ("admin-secret", "warning"), ("a" * 32, "ok")]
)
async def test_an_admin_token_that_can_be_guessed_is_told(
    settings: Settings, token: str, verdict: str
) -> None:
    assert (await find(replace(settings, admin_token=token), "admin token")).verdict == verdict


# -- this machine --------------------------------------------------------------------------


class Usage:
    """What `shutil.disk_usage` tells."""

    def __init__(self, free: float) -> None:
        self.free = free


@pytest.mark.parametrize(("free", "verdict"), [(0.1e9, "failed"), (0.5e9, "warning"), (5e9, "ok")])
async def test_a_disk_that_is_full_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: float, verdict: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free))
    assert (await find(settings, "disk")).verdict == verdict


async def test_a_data_folder_that_is_none_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await find(replace(settings, data_dir=str(tmp_path / "file" / "data")), "disk")
    assert (found.verdict, "IVR_DATA_DIR" in found.fix) == ("failed", True)


async def test_without_a_voice_there_is_silence(settings: Settings) -> None:
    assert (await find(settings, "speech")).verdict == "warning"


async def test_a_language_that_the_voice_does_not_speak_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    spoken = replace(settings, speech="espeak")
    assert (await find(spoken, "speech")).verdict == "ok"
    other = GREET.replace("title: Greeting", "language: yo-NG")
    (tmp_path / "flows" / "greet" / "flow.yaml").write_text(other)
    found = await find(spoken, "speech")
    assert (found.verdict, "language" in found.fix) == ("failed", True)


@pytest.mark.parametrize(
    ("ahead", "verdict", "word"),
    [(0, "ok", "right"), (60, "warning", "ahead"), (-60, "warning", "behind"),
     (500, "failed", "ahead")],
)  # fmt: skip
async def test_a_clock_that_is_wrong_is_told(
    settings: Settings, ahead: float, verdict: str, word: str
) -> None:
    found = await find(settings, "clock", clock=lambda: time.time() + ahead)
    assert (found.verdict, word in found.said) == (verdict, True)


# -- the examination itself ----------------------------------------------------------------


async def never(scene: Scene) -> Finding:
    """A check that hangs."""
    await scene.once("never", forever)
    return good("It is over.")


async def forever() -> None:
    await asyncio.Event().wait()


async def refused(_: Scene) -> Finding:
    raise IvrError("It was refused.\nWith a second line.")


async def broken(_: Scene) -> Finding:
    raise KeyError("+442079460123")


@pytest.mark.parametrize(
    ("look", "said"), [(never, "longer than"), (refused, "It was refused."), (broken, "KeyError")]
)
async def test_a_check_that_hangs_or_breaks_ends_alone(
    settings: Settings, look: Any, said: str
) -> None:
    scene = Scene(settings)
    checks = [Check("it", "settings", look, "Do it."), CHECKS[0]]
    first, second = [each async for each in examine(scene, checks, deadline=0.05)]
    await scene.aclose()
    assert (first.finding.verdict, said in first.finding.said) == ("failed", True)
    assert "442079" not in first.finding.said
    assert second.finding.verdict == "ok"


# -- the command ---------------------------------------------------------------------------


@pytest.fixture
def doctor(
    ivr: Shell, microsoft_at: tuple[Microsoft, str], microsoft: Microsoft,
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:  # fmt: skip
    """The command line in a project that has all settings."""
    usual = settings_for(microsoft_at[1], ivr.folder)
    for name in ("public_url", "app_id", "app_secret", "tenant_id", "login_url", "graph_url",
                 "data_dir", "speech"):  # fmt: skip
        monkeypatch.setenv(f"IVR_{name.upper()}", getattr(usual, name))
    monkeypatch.setenv("IVR_WEBHOOK_METADATA_URLS", usual.webhook_metadata_urls[0])
    monkeypatch.setenv("COLUMNS", "80")
    return ivr


def test_it_tells_everything_in_80_columns(doctor: Shell) -> None:
    ran = doctor("doctor")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 80
    for check in CHECKS:
        assert any(line[5:].startswith(check.name) for line in lines), check.name
    for group in {check.group for check in CHECKS}:
        assert f" {group}" in lines
    assert "not looked at" in lines[-1]


def test_it_gives_one_json_document(doctor: Shell) -> None:
    found = doctor("doctor", "--json").json
    assert [each["name"] for each in found["checks"]] == [check.name for check in CHECKS]
    assert found["summary"]["failed"] == 0
    assert sum(found["summary"].values()) == len(CHECKS)


def test_a_failure_has_code_1_and_a_fix(doctor: Shell, microsoft: Microsoft) -> None:
    microsoft.call = (403, {"error": {"code": "7503"}})
    ran = doctor("doctor")
    assert ran.code == 1
    assert "✗ registration" in ran.out
    assert "→ Azure portal" in ran.out


@pytest.mark.problem("P48", fault="consent_missing")
def test_it_looks_again_until_nothing_fails(
    doctor: Shell, microsoft: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def consent(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            microsoft.call = (404, {})

    microsoft.call = (403, {"error": {"code": "7504"}})
    monkeypatch.setattr(time, "sleep", consent)
    ran = doctor("doctor", "--watch")
    assert (ran.code, waited) == (0, [30.0, 30.0])
    assert [ran.out.count(f"{mark} registration") for mark in "✗✔"] == [2, 1]
    monkeypatch.delenv("IVR_APP_SECRET")
    assert doctor("doctor", "--watch").code == 2, "settings do not change while it runs"


def test_settings_that_cannot_be_used_have_code_2(
    doctor: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IVR_APP_SECRET")
    ran = doctor("doctor")
    assert (ran.code, "IVR_APP_SECRET" in ran.out) == (2, True)
    monkeypatch.setenv("IVR_PROT", "1")
    assert doctor("doctor").code == 2
    assert "did you mean IVR_PORT?" in doctor("doctor", "--json").sentence


def test_it_leaves_nothing_behind(doctor: Shell) -> None:
    before = sorted(doctor.folder.rglob("*"))
    doctor("doctor")
    assert sorted(doctor.folder.rglob("*")) == before


def test_another_settings_file_may_be_named(doctor: Shell) -> None:
    assert "nowhere.toml" in doctor("doctor", "--config", "nowhere.toml").sentence
    (doctor.folder / "other.toml").write_text(f"flows = 'elsewhere'\n{TOML}")
    assert doctor("doctor", "--config", "other.toml").code == 1

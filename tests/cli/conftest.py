"""A project in a folder of its own, with nothing of this machine's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.server.settings import Settings
from tests.cli.calls_site import Calls, Node, node
from tests.cli.doctor_site import ENV, Microsoft, settings_for, write_flows
from tests.cli.shell import GREET, REMIND, TOML, Shell
from tests.log_state import logging_as_before
from tests.server.api_site import TOKEN, FakeDesk
from tests.simulator.on_loopback import served

OURS = ("IVR_", "GITHUB_ACTIONS", "TF_BUILD", "FORCE_COLOR", "NO_COLOR")


@pytest.fixture
def ivr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """The command line, in a project with two flows."""
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, capsys)
    (tmp_path / "ivr.toml").write_text(TOML)
    shell.write("greet", GREET)
    shell.write("remind", REMIND)
    with logging_as_before():
        yield shell


@pytest.fixture(scope="module")
def admin_node() -> Iterator[Node]:
    """A node with an admin API."""
    with node() as made:
        yield made


@pytest.fixture
def desk(admin_node: Node) -> FakeDesk:
    """The desk of the node, without anything of an earlier test."""
    admin_node.desk.__dict__.update(FakeDesk().__dict__, ends=admin_node.desk.ends)
    return admin_node.desk


@pytest.fixture
def calls(ivr: Shell, admin_node: Node, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """`ivr calls` with the settings of the node."""
    monkeypatch.setenv("IVR_ADMIN_TOKEN", TOKEN)
    monkeypatch.setenv("IVR_PORT", admin_node.url.rpartition(":")[2])
    return Calls(ivr)


@pytest.fixture(scope="module")
def microsoft_at() -> Iterator[tuple[Microsoft, str]]:
    """Microsoft, and where it is."""
    made = Microsoft()
    with served(made.web) as url:
        yield made, url


@pytest.fixture
def microsoft(microsoft_at: tuple[Microsoft, str]) -> Microsoft:
    """Microsoft as it should be, without anything of an earlier test."""
    fresh = Microsoft()
    for name in ("claims", "call", "app", "refused", "keys", "asked"):
        setattr(microsoft_at[0], name, getattr(fresh, name))
    return microsoft_at[0]


@pytest.fixture
def settings(microsoft_at: tuple[Microsoft, str], microsoft: Microsoft, tmp_path: Path) -> Settings:
    """The settings of a project with two flows, for `ivr doctor`."""
    write_flows(tmp_path)
    return settings_for(microsoft_at[1], tmp_path, env=ENV)

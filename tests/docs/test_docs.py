"""The documentation is true: what it names exists, what exists is named, what it shows is so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import click
import pytest

from docs.console import FENCE
from docs.generate import ROOT, made, main, pages
from ivr.cli.main import COMMANDS, cli
from ivr.core.options import convert
from ivr.errors import SpokenValueError
from ivr.expr.expression import parse_expression
from ivr.expr.speech_format import TAKES, Speaker
from ivr.expr.template import parse_template
from ivr.expr.values import Value, plain_text
from ivr.flow.diagnostics import Code
from ivr.flow.document import load_all
from ivr.flow.flow_options import FlowOptions
from ivr.server.settings import ENV_PREFIX, SECRET_PREFIX, SECRETS, Settings
from ivr.states import registry

PAGES = sorted({*pages(), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"})
PLACE = re.compile(r"`(ivr/[\w/]+(?:\.py)?|tests/[\w/]+)(?::([\w.]+))?`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| `(.+?)` \| (?:`(.+)`|(error)) \|$", re.MULTILINE)
in_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def text_of(page: str) -> str:
    return (ROOT / "docs" / page).read_text("utf-8")


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.stem)
def test_what_is_made_from_the_code_is_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert made(text, page.parent) == text, "run `make docs`"


def test_a_page_that_is_not_up_to_date_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text('```console\n$ ivr version --json\n{"ivr": "of yesterday"}\n```\n')
    assert main(["--check"], tmp_path) == 1
    assert "README.md" in capsys.readouterr().out
    assert "of yesterday" in page.read_text()

    assert main([], tmp_path) == 0
    assert "of yesterday" not in page.read_text()
    assert main(["--check"], tmp_path) == 0


def test_every_state_type_is_documented_with_its_outcomes() -> None:
    _, *sections = re.split(r"^## ", text_of("states.md"), flags=re.MULTILINE)
    named = {section.splitlines()[0].strip("`"): section for section in sections}
    for name, kind in registry().items():
        assert {each for each in kind.outcomes if f"`{each}`" not in named[name]} == set()


def test_every_diagnostic_code_is_documented() -> None:
    page = text_of("diagnostics.md")
    assert [str(code) for code in Code if f"| `{code}` |" not in page] == []


def test_every_setting_is_documented() -> None:
    page = text_of("settings.md")
    variables = [f"IVR_{name.upper()}" for name in Settings.__struct_fields__]
    variables = [each for each in variables if each not in ("IVR_ENV", "IVR_SECRET_ENV")]
    expected = [*variables, "IVR_ENV_<NAME>", "IVR_SECRET_ENV_<NAME>"]
    assert [each for each in expected if f"| `{each}` |" not in page] == []


def test_every_command_and_option_is_documented() -> None:
    page = text_of("commands.md")
    for path, command in _commands("ivr", cli):
        assert f"## `{path}`" in page or path == "ivr"
        options = [name for each in command.params for name in each.opts if name[:1] == "-"]
        assert [name for name in options if name not in page] == []


def test_every_key_at_the_top_of_a_flow_is_documented() -> None:
    page = text_of("language.md")
    assert [key for key in FlowOptions.__struct_fields__ if f"| `{key}` |" not in page] == []


@in_every_page
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text("utf-8"))
    links = [link for link in LINK.findall(prose) if not link.startswith("https://")]
    assert [link for link in links if not _leads_somewhere(page, link)] == []


@in_every_page
def test_places_in_the_code_exist(page: Path) -> None:
    named = PLACE.findall(page.read_text("utf-8"))
    assert [place for place in named if not _is_there(*place)] == []


def test_a_place_that_does_not_exist_is_noticed() -> None:
    assert _is_there("ivr/core/turn.py", "Turn.play")
    assert not _is_there("ivr/core/turn.py", "Turn.dance")
    assert not _is_there("ivr/core/turn.py", "Dance")
    assert not _is_there("ivr/core/dance.py", "")


@in_every_page
def test_commands_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"(?:`|^|\$ )ivr ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) - set(COMMANDS) == set()


@in_every_page
def test_settings_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"\bIVR_[A-Z][A-Z_]*[A-Z]\b", page.read_text("utf-8")))
    assert [name for name in named if not _is_setting(name)] == []


@in_every_page
def test_yaml_is_what_the_engine_reads(page: Path) -> None:
    for block in FENCE.finditer(page.read_text("utf-8")):
        if block[1] == "yaml":
            for document in load_all(block[2], page.name):
                _read_states(document.value)


def test_expressions_give_what_the_page_says() -> None:
    variables: dict[str, Value] = {
        "tries": Decimal(2),
        "name": "Ann",
        "card": "4539578763621486",
        "slots": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
        "key": "2",
        "nothing": None,
        "no_record": None,
        "price": Decimal("12.5"),
    }
    rows = ROW.findall(_section("Expressions"))
    assert len(rows) > 15
    for source, value, error in rows:
        assert _evaluated(source, variables) == (error or value), source


def test_texts_speak_what_the_page_says() -> None:
    variables: dict[str, Value] = {
        "balance": Decimal("1234.5"),
        "day": date(2026, 11, 24),
        "at": datetime(2026, 11, 24, 15, 30, tzinfo=UTC),
        "card": "1486",
        "number": "+442079460123",
        "code": "b7x",
    }
    speaker = Speaker("en-GB", "GBP", "Europe/London")
    rows = ROW.findall(_section("Texts with values"))
    for source, words, _ in rows:
        assert parse_template(source).render(variables, speaker) == words, source
    spoken = {form for source, *_ in rows for form in parse_template(source).forms}
    assert spoken == set(TAKES)


def _section(title: str) -> str:
    page = text_of("language.md")
    start = page.index(f"## {title}\n")
    return page[start : page.index("\n## ", start)]


def _evaluated(source: str, variables: Mapping[str, Value]) -> str:
    try:
        return plain_text(parse_expression(source).evaluate(variables))
    except SpokenValueError:
        return "error"


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _commands(f"{path} {name}", below)


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
    return anchor in {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings
    }


def _is_there(path: str, name: str) -> bool:
    place = ROOT / path
    if not name or not place.is_file():
        return place.exists() and not name
    tree: ast.AST = _tree(place)
    for part in name.split("."):
        found = next((each for each in ast.iter_child_nodes(tree) if part in _names(each)), None)
        if found is None:
            return False
        tree = found
    return True


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _names(node: ast.AST) -> set[str]:
    """What a definition or an assignment gives a name to."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _is_setting(name: str) -> bool:
    key = name.removeprefix("IVR_").lower()
    from_file = key.endswith("_file") and key.removesuffix("_file") in SECRETS
    for_flows = name.startswith((ENV_PREFIX, SECRET_PREFIX, SECRET_PREFIX.rstrip("_")))
    return key in Settings.__struct_fields__ or from_file or for_flows


def _read_states(value: object) -> None:
    """Read every state in a block, be it a flow or only some states of one."""
    states = value.get("states", value) if isinstance(value, dict) else {}
    for state in states.values() if isinstance(states, dict) else ():
        if isinstance(state, dict) and state.get("type") in registry():
            convert(state, registry()[state["type"]].Options)

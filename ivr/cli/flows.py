"""Finding flows for a command: by name, by folder or by file."""

from __future__ import annotations

import os
from pathlib import Path

import ivr
from ivr.core.program import Program
from ivr.errors import UsageError
from ivr.flow.bundle import Loaded, load_folder
from ivr.flow.diagnostics import FlowError, did_you_mean
from ivr.server.settings import Settings, read_settings


def project_settings(start: Path | None = None) -> Settings:
    """The settings of the project around us: the environment and the nearest `ivr.toml`."""
    return read_settings(os.environ, find_toml(start or Path.cwd()))


def find_toml(start: Path) -> Path | None:
    """The nearest `ivr.toml`, here or above."""
    for folder in (start, *start.parents):
        if (folder / "ivr.toml").is_file():
            return folder / "ivr.toml"
    return None


def flows_folder(settings: Settings) -> Path:
    """The folder of flows: beside the `ivr.toml` when the setting is relative."""
    toml = find_toml(Path.cwd())
    folder = Path(settings.flows)
    if not folder.is_absolute() and not folder.exists() and toml is not None:
        folder = toml.parent / folder
    return folder


def sample_flows() -> Path:
    """The flows that ship with ivr: beside the package in a checkout, inside it when installed."""
    package = Path(ivr.__file__).parent
    inside = package / "samples" / "flows"
    return inside if inside.is_dir() else package.parent / "flows"


def load_one(flow: str | None) -> tuple[Program, Loaded]:
    """The program of a flow given by name, folder or file; the default one for None.

    Raises `UsageError` when there is none of that name, `FlowError` when it has errors.
    """
    path, name = locate(flow)
    loaded = load_folder(path, env=project_settings().env)
    program = _pick(loaded, name)
    if program is None:
        broken = [found for found in loaded.diagnostics if found.severity == "error"]
        if broken:
            raise FlowError(broken, loaded.sources)
        raise UsageError(_no_such_flow(name, loaded))
    return program, loaded


def locate(flow: str | None) -> tuple[Path, str | None]:
    """Where to load from, and the name of the flow that is meant there (None: the only one)."""
    folder = flows_folder(project_settings())
    if flow is None:
        return folder, None
    path = Path(flow)
    if path.is_file():
        own = path.parent
        in_folder = path.name == "flow.yaml"
        return (own.parent, own.name) if in_folder and own.parent.name else (path, None)
    if path.is_dir():
        return (path.resolve().parent, path.resolve().name) if (path / "flow.yaml").is_file() else (
            path, None
        )  # fmt: skip
    return folder, flow


def _pick(loaded: Loaded, name: str | None) -> Program | None:
    bundle = loaded.bundle
    if bundle is None:
        return None
    if name is not None:
        return bundle.programs.get(name)
    only = next(iter(bundle.programs.values())) if len(bundle.programs) == 1 else None
    return bundle.default() or only


def _no_such_flow(name: str | None, loaded: Loaded) -> str:
    known = list(loaded.bundle.programs) if loaded.bundle else []
    if name is None:
        return f"Several flows and none is the default: name one of {', '.join(known)}."
    meant = did_you_mean(name, known)
    guess = f'Did you mean "{meant}"?' if meant else f"There are: {', '.join(known) or 'none'}."
    return f'There is no flow "{name}". {guess}'

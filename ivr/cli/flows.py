"""Finding flows for a command: by name, by folder or by file."""

from __future__ import annotations

import os
from pathlib import Path

import ivr
from ivr.core.program import Program
from ivr.errors import UsageError
from ivr.flow.bundle import Loaded, load_folder
from ivr.flow.diagnostics import FlowError, did_you_mean
from ivr.flow.folder import FLOW
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
    path, only = locate(flow)
    loaded = load_folder(path, project_settings().env, only=only)
    program = _pick(loaded, only or _name_of(path))
    if program is None:
        broken = [found for found in loaded.diagnostics if found.severity == "error"]
        if broken:
            raise FlowError(broken, loaded.sources)
        known = ", ".join(loaded.bundle.programs) if loaded.bundle else "none"
        raise UsageError(f"Several flows and none is the default: name one of {known}.")
    return program, loaded


def locate(flow: str | None) -> tuple[Path, str | None]:
    """Where to load from, and the flow that is meant there if it was given by its name.

    Raises `UsageError` for what is neither a flow's name, nor a folder, nor a file.
    """
    folder = flows_folder(project_settings())
    if flow is None:
        return folder, None
    if Path(flow).exists():
        return Path(flow), None
    if not (folder / flow / FLOW).is_file():
        raise UsageError(_no_such_flow(flow, folder))
    return folder, flow


def _name_of(path: Path) -> str | None:
    """The name of the flow whose folder, or the file in it, is at `path`."""
    place = path.parent if path.name == FLOW else path
    return Path(os.path.abspath(place)).name if (place / FLOW).is_file() else None


def _pick(loaded: Loaded, name: str | None) -> Program | None:
    bundle = loaded.bundle
    if bundle is None:
        return None
    if name is not None:
        return bundle.programs.get(name)
    chosen = bundle.default()
    if chosen is None and len(bundle.programs) == 1 and not loaded.has_errors:
        return next(iter(bundle.programs.values()))
    return chosen


def _no_such_flow(name: str, folder: Path) -> str:
    known = sorted(path.parent.name for path in folder.glob(f"*/{FLOW}"))
    meant = did_you_mean(name, known)
    guess = f'Did you mean "{meant}"?' if meant else f"There are: {', '.join(known) or 'none'}."
    return f'There is no flow "{name}". {guess}'

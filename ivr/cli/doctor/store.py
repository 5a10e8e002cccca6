"""The call store and the key with which everything in it is sealed. Nothing is written."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from ivr.cli.doctor.check import Finding, bad, good, warn
from ivr.cli.doctor.scene import Scene
from ivr.errors import UsageError
from ivr.server.parts import database_url, is_shared
from ivr.server.settings import Settings
from ivr.store.backend import Backend
from ivr.store.master import KEY_FILE, load_master
from ivr.store.migrations import SCHEMA
from ivr.store.opening import open_backend
from ivr.store.schema import stored, version_of
from ivr.store.seal import Sealer

SQLITE = "sqlite:///"
PATIENCE = 5_000
MAKE_KEY = 'python -c "import secrets; print(secrets.token_hex(32))"'


async def database(scene: Scene) -> Finding:
    """Whether the store can be reached, and is ours."""
    url = database_url(scene.settings)
    file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
    if file is not None and file.is_absolute() and not file.exists():
        return good("There is no database yet: the first start makes it.")
    return await asyncio.to_thread(_read, url, scene.settings)


async def seal_key(scene: Scene) -> Finding:
    """Whether the key is there, and the same on all nodes."""
    settings, file = scene.settings, Path(scene.settings.data_dir) / KEY_FILE
    if settings.seal_key:
        load_master(settings.seal_key, file.parent)
        return good("IVR_SEAL_KEY is set.")
    if is_shared(settings):
        return bad(
            "IVR_SEAL_KEY is not set: each node would make up a key of its own.",
            f"Make one with {MAKE_KEY} and give it to all nodes.",
        )
    if not file.exists():
        return good(f"The first start makes a key and keeps it in {KEY_FILE}.")
    load_master(None, file.parent)
    return good(f"The key is in {KEY_FILE}: keep a copy, without it nothing can be read.")


def sealer_of(settings: Settings) -> Sealer | None:
    """The service's sealer, None while its key is not made. Raises `UsageError`."""
    folder = Path(settings.data_dir)
    if not settings.seal_key and not (folder / KEY_FILE).exists():
        return None
    return Sealer(load_master(settings.seal_key or None, folder))


def _read(url: str, settings: Settings) -> Finding:
    backend = open_backend(url, PATIENCE)
    try:
        return _judge(backend, settings)
    except UsageError as error:
        return bad(str(error), "Use the version of ivr that made it, or a newer one.")
    except DBAPIError:
        return bad(
            "The database cannot be reached, or is none.",
            "Check IVR_DATABASE_URL: the host, the name, the user and the password.",
        )
    finally:
        backend.writing.dispose()
        backend.reading.dispose()


def _judge(backend: Backend, settings: Settings) -> Finding:
    with backend.reading.connect() as connection:
        found = stored(connection)
    if not found:
        return good("The database can be reached and is empty: the first start makes its tables.")
    version = version_of(found)
    sealer = sealer_of(settings)
    if sealer is not None and sealer.read_token("store", found.get("proof", "")) is None:
        return bad(
            "The database was sealed with another key.",
            "Set IVR_SEAL_KEY to the key of the service that the database belongs to.",
        )
    if version < SCHEMA:
        return warn(
            f"The database can be reached; its tables have version {version} of {SCHEMA}.",
            "Take a backup: the next start brings them up to date.",
        )
    return good("The database can be reached, and its tables are up to date.")

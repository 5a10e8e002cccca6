"""`ivr doctor` on the call store and its key: it tells whose they are, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, text

from ivr.cli.doctor.check import Finding
from ivr.cli.doctor.scene import Scene
from ivr.server.settings import Settings
from ivr.store.opening import open_database
from ivr.store.seal import Sealer
from tests.cli.doctor_site import findings, settings_for
from tests.e2e.processes import free_port

KEY = "5e" * 32


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a node that has never run."""
    return settings_for("http://127.0.0.1:2", tmp_path, seal_key=KEY)


async def find(settings: Settings, name: str) -> Finding:
    """What one check finds; whatever is wrong has a fix, and no secret is told."""
    found = (await findings(Scene(settings), name))[name]
    assert (found.verdict in {"warning", "failed"}) == bool(found.fix)
    assert "hunter2" not in f"{found.said} {found.fix}"
    return found


# -- the database --------------------------------------------------------------------------


async def make(settings: Settings, **changes: str) -> Path:
    """A store as a node makes it; `changes` are made to what it says of itself."""
    file = Path(settings.data_dir) / "ivr.db"
    database = await open_database(f"sqlite:///{file}", Sealer(bytes.fromhex(KEY)))
    await database.close()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        for name, value in changes.items():
            changed = {"name": name, "value": value}
            connection.execute(text("UPDATE meta SET value = :value WHERE name = :name"), changed)
    engine.dispose()
    return file


async def test_a_database_that_is_not_there_is_made_by_the_first_start_and_not_by_us(
    settings: Settings, tmp_path: Path
) -> None:
    found = await find(settings, "database")
    assert (found.verdict, "first start" in found.said) == ("ok", True)
    assert not (tmp_path / "data").exists()


@pytest.fixture
def data(settings: Settings) -> None:
    """A data folder is there."""
    Path(settings.data_dir).mkdir()


@pytest.mark.usefixtures("data")
async def test_a_database_of_this_service_is_good(settings: Settings) -> None:
    file = await make(settings)
    before = file.read_bytes()
    found = await find(settings, "database")
    assert (found.verdict, "up to date" in found.said) == ("ok", True)
    assert file.read_bytes() == before


@pytest.mark.usefixtures("data")
async def test_a_database_of_another_service_is_told(settings: Settings) -> None:
    await make(settings)
    found = await find(replace(settings, seal_key="ab" * 32), "database")
    assert (found.verdict, "IVR_SEAL_KEY" in found.fix) == ("failed", True)


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(("schema", "verdict"), [("1", "warning"), ("999", "failed")])
async def test_an_older_database_is_a_warning_and_a_newer_one_a_failure(
    settings: Settings, schema: str, verdict: str
) -> None:
    await make(settings, schema=schema)
    assert (await find(settings, "database")).verdict == verdict


@pytest.mark.usefixtures("data")
async def test_a_file_that_is_no_database_is_told(settings: Settings) -> None:
    (await make(settings)).write_bytes(b"SQLite format 4" * 99)
    assert (await find(settings, "database")).verdict == "failed"


async def test_a_server_that_does_not_answer_is_told(settings: Settings) -> None:
    url = f"postgresql://ivr:hunter2@127.0.0.1:{free_port()}/ivr"
    found = await find(replace(settings, database_url=url), "database")
    assert (found.verdict, "IVR_DATABASE_URL" in found.fix) == ("failed", True)


@pytest.mark.parametrize("url", ["mysql://root:hunter2@db/ivr", "nonsense", "sqlite:///:memory:"])
async def test_an_address_that_is_none_is_told(settings: Settings, url: str) -> None:
    assert (await find(replace(settings, database_url=url), "database")).verdict == "failed"


# -- the key -------------------------------------------------------------------------------

SHARED = "postgresql://ivr:hunter2@db.example/ivr"


@pytest.mark.parametrize(
    ("key", "database", "verdict"),
    [("", "sqlite:///ivr.db", "ok"), (KEY, "sqlite:///ivr.db", "ok"), (KEY, SHARED, "ok"),
     ("", SHARED, "failed"), ("short", "sqlite:///ivr.db", "failed")],
)  # fmt: skip
async def test_many_nodes_need_one_key(
    settings: Settings, key: str, database: str, verdict: str
) -> None:
    found = await find(replace(settings, seal_key=key, database_url=database), "seal key")
    assert found.verdict == verdict
    assert "short" not in found.said


async def test_a_key_that_was_made_is_read_and_none_is_made(
    settings: Settings, tmp_path: Path
) -> None:
    own = replace(settings, seal_key="")
    assert "first start" in (await find(own, "seal key")).said
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "seal.key").write_text(KEY)
    (tmp_path / "data" / "seal.key").chmod(0o600)
    assert "keep a copy" in (await find(own, "seal key")).said
    (tmp_path / "data" / "seal.key").chmod(0o644)
    assert (await find(own, "seal key")).verdict == "failed"

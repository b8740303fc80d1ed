"""A real PostgreSQL and a real Valkey for every run, in a temporary folder; a database for every xdist worker.

DATABASE_URL and REDIS_URL are ignored: tests must never touch an installation's own servers.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

import services.tables  # noqa: F401  (foreign keys between rooms resolve by name)
from kernel import crypto
from kernel.db import Database

_FOLDER = "TEST_SERVERS_OF_LIGHTLINE"
_OURS = ("LIGHTLINE_", "STRIPE_", "TWILIO_")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the controlling process, before any worker; they die with it even if it is killed."""
    for name in list(os.environ):
        if name != _FOLDER and (name.startswith(_OURS) or name in {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "MODE"}):
            del os.environ[name]
    if hasattr(config, "workerinput"):
        return
    from migrations.run import migrate
    from wiring.servers.own import start_servers
    from wiring.servers.supervisor import Supervisor
    from wiring.settings import read_settings

    folder = Path(tempfile.mkdtemp(prefix="lightline-tests-"))
    folder.chmod(0o755)
    settings = read_settings(data=folder / "data")
    supervisor = Supervisor(folder / "logs", os.environ, lambda _line: None)
    start_servers(supervisor, settings)
    with psycopg.connect(_url(folder, "postgres"), autocommit=True) as connection:
        for name, value in {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}.items():
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        connection.execute("SELECT pg_reload_conf()")
    migrate(settings.database_url)
    os.environ[_FOLDER] = str(folder)
    config.stash[_SUPERVISOR] = supervisor


_SUPERVISOR: pytest.StashKey[object] = pytest.StashKey()


def pytest_unconfigure(config: pytest.Config) -> None:
    supervisor = config.stash.get(_SUPERVISOR, None)
    if supervisor is None:
        return
    supervisor.stop()  # type: ignore[attr-defined]
    folder = Path(os.environ.pop(_FOLDER))
    shutil.rmtree(folder, ignore_errors=True)


def _url(folder: Path, database: str) -> str:
    from wiring.servers.places import database_url

    return database_url(folder / "data").replace("@/lightline?", f"@/{database}?")


@pytest.fixture(scope="session")
def servers_folder() -> Path:
    """The folder in which the run's servers live."""
    return Path(os.environ[_FOLDER])


@pytest.fixture(scope="session")
def redis_url(servers_folder: Path) -> str:
    """The run's Valkey; each xdist worker has a database number of its own."""
    from wiring.servers.places import redis_url

    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    return f"{redis_url(servers_folder / 'data')}?db={number}"


@pytest.fixture(scope="session")
def database_url(servers_folder: Path) -> str:
    """A migrated database of this worker's own."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with psycopg.connect(_url(servers_folder, "postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE lightline")
    return _url(servers_folder, name)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The one browser of a run: Playwright's loop stands once a process."""
    from playwright.sync_api import sync_playwright

    from tests.chromium import ARGUMENTS, chromium_path

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def keys() -> None:
    """The keys of encrypted fields that tests use."""
    crypto.use_keys(crypto.Keys({1: bytes(32)}, b"h" * 32))


@pytest.fixture(scope="session")
def _database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


_TABLES = text("""
    SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'
""")


@pytest.fixture
def db(_database: Database) -> Database:
    """The worker's database, emptied. What is append-only is emptied too: with the triggers asleep."""
    with _database.transaction() as session:
        names = session.scalars(_TABLES).all()
        filled = session.execute(
            text(" UNION ALL ".join(f"SELECT '{n}' WHERE EXISTS (SELECT FROM {n})" for n in names))
        )
        dirty = [row[0] for row in filled]
        if dirty:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(f"TRUNCATE {', '.join(dirty)} RESTART IDENTITY CASCADE"))
    return _database

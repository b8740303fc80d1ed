"""Apply, name and check migrations from code: no ini file, the same for command line, supervisor and tests."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool, text

from kernel.db import driver_url


def configuration(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def head() -> str:
    """Return the one newest revision; raises when there are two."""
    return ScriptDirectory.from_config(configuration("")).get_current_head() or ""


def current(url: str) -> str | None:
    """Return the revision the database stands at, or None when it is empty."""
    engine = create_engine(driver_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(url: str) -> None:
    """Bring the database to the head. Two at once: the second waits for the first, then finds nothing to do."""
    engine = create_engine(driver_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtextextended('migrations', 0))"))
        try:
            if current(url) != head():
                command.upgrade(configuration(url), "head")
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(hashtextextended('migrations', 0))"))

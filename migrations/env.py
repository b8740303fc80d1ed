"""Alembic's entry: one head, one transaction per migration, and no migration that waits long for a lock."""

import re

from alembic import context
from sqlalchemy import create_engine, pool, text

from kernel.db import driver_url
from services.tables import METADATA


def _configure_and_run(**options: object) -> None:
    context.configure(
        target_metadata=METADATA,
        transaction_per_migration=True,
        compare_type=True,
        include_name=_is_ours,
        **options,  # type: ignore[arg-type]
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the monthly partitions, which `kernel.partitions` makes."""
    return not (kind == "table" and name is not None and re.search(r"_[0-9]{4}_[0-9]{2}$", name))


if context.is_offline_mode():
    _configure_and_run(url="postgresql+psycopg://", literal_binds=True, dialect_opts={"paramstyle": "named"})
else:
    engine = create_engine(driver_url(context.config.get_main_option("sqlalchemy.url") or ""), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = '15min'"))
        connection.commit()
        _configure_and_run(connection=connection)

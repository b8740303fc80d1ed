"""One database, three ways in: `transaction()` to write, `read()` for pages (autocommit), `copy_rows()` for masses.

Operations take the Session and flush; only the opener of the transaction commits. Column habits are named types, so
that models read as nouns.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Annotated, Any

import psycopg
from sqlalchemy import BigInteger, Date, DateTime, Engine, MetaData, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from kernel.reading import Lines, ReadConnection

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


Id = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=True)]
Ref = Annotated[int, mapped_column(BigInteger)]
Minor = Annotated[int, mapped_column(BigInteger)]
Wh = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]

Reader = ReadConnection | Session
"""What a query runs on: a page's autocommit connection, or the session of the transaction it is part of."""


def driver_url(url: str) -> URL:
    """Return the SQLAlchemy URL for any postgres:// or postgresql:// address, with psycopg 3 as its driver."""
    parsed = make_url(url)
    if not parsed.drivername.startswith("postgres"):
        raise ValueError("the database must be PostgreSQL")
    return parsed.set(drivername="postgresql+psycopg")


class Database:
    """An engine and its two doors. `statement_timeout_ms` bounds every statement (0: none, for long batch work)."""

    def __init__(
        self, url: str, *, pool_size: int = 5, statement_timeout_ms: int = 15_000, application: str = "lightline"
    ):
        options = f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC -c lock_timeout={statement_timeout_ms}"
        habits: dict[str, Any] = {"options": options, "application_name": application, "connect_timeout": 10}
        self.url = url
        self.engine: Engine = create_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_recycle=1800,
            connect_args=habits,
        )
        address = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._lines = Lines(lambda: psycopg.connect(address, **habits), keep=2 * pool_size)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction: commits when the block ends well, rolls back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def read(self) -> AbstractContextManager[ReadConnection]:
        """Open an autocommit connection for queries."""
        return self._lines.reading()

    def ping(self) -> None:
        """Ask the database whether it is there; raises when it does not answer."""
        with self.read() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()
        self._lines.forget()


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows through COPY inside the session's transaction; returns how many. Names come from code, never users."""
    raw = session.connection().connection.driver_connection
    assert raw is not None
    count = 0
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def try_lock(session: Session, name: str) -> bool:
    """Take a transaction-scoped advisory lock by name; False when another process holds it."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}))


def violates(error: Exception, constraint: str) -> bool:
    """Say whether an IntegrityError was raised by the named constraint, so that races become a room's own error."""
    diagnostics = getattr(getattr(error, "orig", None), "diag", None)
    return getattr(diagnostics, "constraint_name", None) == constraint

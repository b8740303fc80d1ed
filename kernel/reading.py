"""The way of pages into the database: autocommit, prepared statements, plain rows.

A page spends most of its time between the statement and the row. Here that is psycopg alone, with every statement
prepared once a connection: about a third of the time that an engine's connection and result take for the same rows
(docs/adr/0006). What writes goes through `Database.transaction()`.
"""

import os
import time
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import psycopg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql.elements import TextClause

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_LIVES_S = 1800.0
_PREPARED = 400


@lru_cache(maxsize=2_000)
def _for_driver(statement: str) -> str:
    """Return a statement's text with its :names as the driver wants them."""
    return str(TextClause(statement).compile(dialect=_DIALECT))


@lru_cache(maxsize=2_000)
def _row_type(names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    """Return what makes a row: a named tuple; a column without a name of its own has its place only."""
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return cast("Callable[[Sequence[Any]], Any]", row._make)


def _names(cursor: "psycopg.Cursor[Any]") -> tuple[str, ...]:
    # Not by `cursor.description`, which makes an object of every column of every answer.
    found = cursor.pgresult
    return tuple((found.fname(place) or b"").decode() for place in range(found.nfields)) if found else ()


def _named(cursor: "psycopg.Cursor[Any]") -> Callable[[Sequence[Any]], Any]:
    return _row_type(_names(cursor))


TUPLES_OK = psycopg.pq.ExecStatus.TUPLES_OK
_CUT = "|"


@lru_cache(maxsize=100)
def _both(one: str, other: str) -> TextClause:
    return text(
        f'SELECT a.*, 1 AS "{_CUT}", b.* FROM (SELECT 1) x LEFT JOIN ({one}) a ON true LEFT JOIN ({other}) b ON true'
        " LIMIT 1"
    )


def _half(values: Sequence[Any], names: tuple[str, ...]) -> Any:
    return None if values[0] is None else _row_type(names)(values)


class Rows(list[Any]):
    """What a statement found: named tuples, all of them here."""

    def first(self) -> Any:
        """Return the first row, or None."""
        return self[0] if self else None

    def all(self) -> "Rows":
        return self

    def scalars(self) -> "Rows":
        """Return the first column of every row."""
        return Rows(row[0] for row in self)

    def scalar(self) -> Any:
        """Return the first column of the first row, or None."""
        return self[0][0] if self else None

    def scalar_one(self) -> Any:
        """Return the first column of the only row. Raises NoResultFound."""
        return self.one()[0]

    def one(self) -> Any:
        """Return the only row. Raises NoResultFound."""
        if len(self) != 1:
            raise NoResultFound(f"one row was wanted, {len(self)} found")
        return self[0]


class _Line:
    """One connection and the cursor that all its statements share: rows are fetched before the next one is sent."""

    def __init__(self, connect: Callable[[], "psycopg.Connection[Any]"]):
        self.connection = connect()
        self.connection.autocommit = True
        self.connection.prepared_max = _PREPARED
        self.cursor = self.connection.cursor(row_factory=_named)
        self.opened_at = time.monotonic()
        self.process = os.getpid()

    @property
    def usable(self) -> bool:
        """Not from before a fork (two processes on one line read each other's rows), not lost, not old."""
        return (
            self.process == os.getpid() and not self.connection.closed and time.monotonic() - self.opened_at < _LIVES_S
        )


class ReadConnection:
    """Runs text statements, each for itself. `execute` is all that a query needs; a Session has the same."""

    def __init__(self, lines: "Lines"):
        self._lines = lines
        self._line: _Line | None = None
        self._fresh = False

    def execute(self, statement: TextClause, values: Mapping[str, Any] | None = None) -> Rows:
        """Run a statement and return its rows. Raises sqlalchemy's DBAPIError, as every other way in does."""
        asked = _for_driver(statement.text)
        try:
            return self._run(asked, values)
        except psycopg.Error as error:
            raise DBAPIError.instance(asked, dict(values or {}), error, psycopg.Error, dialect=_DIALECT) from error

    def scalar(self, statement: TextClause, values: Mapping[str, Any] | None = None) -> Any:
        """Return the first column of the first row, or None."""
        return self.execute(statement, values).scalar()

    def scalars(self, statement: TextClause, values: Mapping[str, Any] | None = None) -> Rows:
        """Return the first column of every row."""
        return self.execute(statement, values).scalars()

    def first_of_two(self, one: TextClause, other: TextClause, values: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the first row of each of two statements, asked in one; None where nothing was found.

        The first column of each must be one that is never null.
        """
        row = self.execute(_both(one.text, other.text), values)[0]
        assert self._line is not None
        names = _names(self._line.cursor)
        cut = names.index(_CUT)
        return _half(row[:cut], names[:cut]), _half(row[cut + 1 :], names[cut + 1 :])

    def _run(self, asked: str, values: Mapping[str, Any] | None) -> Rows:
        line = self._line
        if line is None:
            line, self._fresh = self._lines.take()
            self._line = line
        try:
            cursor = line.cursor.execute(asked, values or {}, prepare=True)
        except psycopg.OperationalError:
            if self._fresh or not line.connection.closed:
                raise
            # The server was restarted while this line lay idle: the others lie as dead, and a new one answers.
            self._lines.forget()
            self._line = None
            line, self._fresh = self._lines.take()
            self._line = line
            cursor = line.cursor.execute(asked, values or {}, prepare=True)
        self._fresh = True
        # A row may have no column at all (SELECT FROM ...): the answer's kind tells whether there are rows.
        found = cursor.pgresult
        return Rows(cursor.fetchall()) if found is not None and found.status == TUPLES_OK else Rows()

    def __enter__(self) -> "ReadConnection":
        return self

    def __exit__(self, *_error: object) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._lines.give(line)


class Lines:
    """The idle lines of one process, the one used last taken first. As many exist as threads read at once."""

    def __init__(self, connect: Callable[[], "psycopg.Connection[Any]"], keep: int):
        self._connect = connect
        self._keep = keep
        self._idle: list[_Line] = []

    def take(self) -> tuple[_Line, bool]:
        """Return a line, and whether it was opened just now."""
        while True:
            try:
                line = self._idle.pop()
            except IndexError:
                return _Line(self._connect), True
            if line.usable:
                return line, False
            _close(line)

    def give(self, line: _Line) -> None:
        if line.usable and len(self._idle) < self._keep:
            self._idle.append(line)
        else:
            _close(line)

    def forget(self) -> None:
        """Close every idle line."""
        while self._idle:
            _close(self._idle.pop())

    def reading(self) -> ReadConnection:
        return ReadConnection(self)


def _close(line: _Line) -> None:
    """Close a line; one that another process opened is left to it (psycopg lets go of it without a word)."""
    if line.process == os.getpid():
        line.connection.close()

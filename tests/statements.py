"""What reaches the database, whichever way it goes: every way in ends in psycopg's cursor."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile; BEGIN and COMMIT are not among them."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def note(self: Any, query: Any, *rest: Any, **options: Any) -> Any:
        seen.append(str(query))
        return execute(self, query, *rest, **options)

    with patch.object(psycopg.Cursor, "execute", note):
        yield seen

"""Names in addresses for rows that have no number of their own: a tie to an account, a device.

A key of the database never stands in an address (it tells how many there are, and invites counting up). The name is
derived, so nothing is stored; whoever reads one back looks through the few rows that this person may see.
"""

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from kernel.crypto import keyed_hash
from kernel.faults import NotFound
from kernel.ids import numbered

Row = TypeVar("Row")
_DIGITS = 12


def reference(kind: Literal["tie", "device"], row_id: int) -> str:
    """Return the name of a row: twelve digits, the last a check digit."""
    body = int.from_bytes(keyed_hash(f"reference:{kind}", str(row_id))[:8], "big") % 10 ** (_DIGITS - 1)
    return numbered(body, _DIGITS)


def referred(kind: Literal["tie", "device"], name: str, rows: Iterable[Row], key: Callable[[Row], int]) -> Row:
    """Return the row of that name among the rows given. Raises NotFound."""
    for row in rows:
        if reference(kind, key(row)) == name:
            return row
    raise NotFound()

"""Lists, newest first, by cursor: docs.stripe.com/api/pagination."""

import json
import sqlite3
from typing import Any

from backends.cards.simulator.errors import invalid, no_such, unknown
from backends.cards.simulator.parameters import tree, whole_number

# What each list may be filtered by: the parameter, and the column or field it looks at.
FILTERS = {
    "checkout": {"status": "status", "payment_intent": "payment_intent"},
    "intent": {},
    "event": {"type": "type"},
}
_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def list_rows(db: sqlite3.Connection, table: str, url: str, query: dict[str, Any]) -> dict[str, Any]:
    """Return Stripe's list object for a table's rows. Raises ApiError for what it does not know."""
    limit = whole_number(query.get("limit", "10"), "limit")
    if not 1 <= limit <= 100:
        raise invalid("limit", "Invalid limit: must be between 1 and 100.")
    where, values, newest_first = ["1 = 1"], [], True
    for name, said in query.items():
        if name in {"limit", "expand"}:
            continue
        if name in FILTERS[table]:
            where.append(f"{FILTERS[table][name]} = ?")
            values.append(said)
        elif name == "created":
            _created(said, where, values)
        elif name in {"starting_after", "ending_before"}:
            where.append(f"place {'<' if name == 'starting_after' else '>'} ?")
            values.append(_place(db, table, str(said), name))
            newest_first = name == "starting_after"
        else:
            raise unknown(name)
    rows = db.execute(
        f"SELECT body FROM {table} WHERE {' AND '.join(where)}"
        f" ORDER BY place {'DESC' if newest_first else 'ASC'} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    things = [json.loads(row[0]) for row in rows[:limit]]
    return {
        "object": "list",
        "data": things if newest_first else things[::-1],
        "has_more": len(rows) > limit,
        "url": url,
    }


def _place(db: sqlite3.Connection, table: str, id_: str, param: str) -> int:
    row = db.execute(f"SELECT place FROM {table} WHERE id = ?", (id_,)).fetchone()
    if row is None:
        raise no_such(table, id_, param)
    return int(row[0])


def _created(said: Any, where: list[str], values: list[Any]) -> None:
    field = "CAST(json_extract(body, '$.created') AS INTEGER)"
    if isinstance(said, str):
        where.append(f"{field} = ?")
        values.append(whole_number(said, "created"))
        return
    for bound, value in tree(said, "created").items():
        if bound not in _BOUNDS:
            raise unknown(f"created[{bound}]")
        where.append(f"{field} {_BOUNDS[bound]} ?")
        values.append(whole_number(value, f"created[{bound}]"))

"""A hundred copies of a county in its own database: twenty thousand customers by one statement a table.

Keys are moved by a distance a copy, names that must differ get the copy's number; everything else is as the county is.
The copies stand only to be many: nobody signs in to them.
"""

import psycopg

COPIES = 99
DISTANCE = 10_000_000
_TABLES = (
    "customer", "premises", "service_point", "meter", "register", "agreement", "account", "reading", "bill",
    "bill_line", "bill_index", "receivable", "ledger_account", "posting", "payment", "payment_item", "receipt",
    "message", "opening_tier_use", "consent", "holding", "audit_entry",
)  # fmt: skip
_OF_THE_UTILITY = frozenset(
    {"station_id", "substation_id", "feeder_id", "transformer_area_id", "agent_id", "sign_in_id", "actor_id"}
)
_DIFFER = frozenset({"reference", "once_key", "vendor_id", "checkout_id", "return_token"})


def multiply(url: str) -> None:
    """Copy every customer and all that hangs on them; the database's guards rest meanwhile."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in _TABLES:
            columns = connection.execute(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                (table,),
            ).fetchall()
            names = ", ".join(name for name, _kind in columns)
            values = ", ".join(_value(table, name, kind) for name, kind in columns)
            copies = f"{table} t, generate_series(1, {COPIES}) AS copy"  # the names are this file's own
            connection.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {copies}")  # type: ignore[arg-type]
        connection.execute("ANALYZE")


def _value(table: str, name: str, kind: str) -> str:
    key = name == "id" or name.endswith("_id")
    if kind == "bigint" and key and name not in _OF_THE_UTILITY:
        return f"t.{name} + copy * {DISTANCE}"
    differs = name in _DIFFER or name.endswith("_number") or (table, name) in {
        ("ledger_account", "code"), ("posting", "source"),
    }  # fmt: skip
    if kind in {"text", "character varying"} and differs:
        return f"t.{name} || '~' || copy"
    return f"t.{name}"

"""Monthly range partitions: made when a month is first needed, ahead of time by the clock."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.periods import add_months, months

MONTHLY = ("reading", "bill", "bill_line")


def ensure_months(session: Session, table: str, first: date, until: date) -> None:
    """Create the partitions of `table` that cover [first, until). Safe when two processes do it at once."""
    if table not in MONTHLY:
        raise ValueError(f"{table} is not partitioned by month")
    wanted = {f"{table}_{month:%Y_%m}": month for month in months(first, until)}
    present = set(
        session.scalars(
            text("SELECT relname FROM pg_class WHERE relname = ANY(:names) AND relkind = 'r'"), {"names": list(wanted)}
        )
    )
    missing = {name: month for name, month in wanted.items() if name not in present}
    if not missing:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('partitions', 0))"))
    for name, month in missing.items():
        session.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} "
                f"FOR VALUES FROM ('{month.isoformat()}') TO ('{add_months(month, 1).isoformat()}')"
            )
        )

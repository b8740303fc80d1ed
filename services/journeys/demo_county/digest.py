"""One number for a whole county: two that were made of the same plan have the same one, on any day, anywhere.

It covers every byte of the folder and what became of it: bills, payments of the past, opening debts and deposits. What
is drawn by chance (bill and payment numbers) and what depends on the day (due days of the newest bills) stays out, and
so does whatever people paid since.
"""

import hashlib
from pathlib import Path

from sqlalchemy import text

from kernel.db import Database
from services.journeys.demo_county.history import SOURCE
from services.journeys.demo_county.plan import Plan
from services.journeys.demo_county.sheets import COLUMNS

_FACTS = (
    """
        SELECT g.agreement_number, b.cycle_on, b.starts_on, b.ends_on, b.total_minor, b.energy_wh, b.tier_year,
            b.tier_used_after_wh
        FROM bill_index b JOIN agreement g ON g.id = b.agreement_id WHERE b.cycle_on <= :until
        ORDER BY g.agreement_number, b.cycle_on
    """,
    """
        SELECT a.account_number, p.value_on, sum(p.amount_minor)::bigint
        FROM receipt c JOIN payment m ON m.id = c.payment_id JOIN account a ON a.id = m.account_id
        JOIN posting p ON p.account_id = m.account_id AND p.source LIKE 'payment:' || m.payment_number || ':%'
        WHERE c.settled_by = :source GROUP BY m.id, a.account_number, p.value_on ORDER BY 1, 2, 3
    """,
    """
        SELECT a.account_number, p.source, p.amount_minor FROM posting p JOIN account a ON a.id = p.account_id
        WHERE p.source LIKE 'opening:%' OR p.source LIKE 'deposit:%' ORDER BY p.source
    """,
)


def county_digest(db: Database, plan: Plan, folder: Path) -> str:
    """Return the SHA-256, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in sorted(COLUMNS):
        digest.update(name.encode() + b"\0")
        with (folder / f"{name}.csv").open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    with db.transaction() as session:
        for query in _FACTS:
            wanted = {"until": plan.until, "source": SOURCE}
            rows = session.execute(
                text(query),
                {name: value for name, value in wanted.items() if f":{name}" in query},
                execution_options={"yield_per": 5_000},
            )
            for row in rows:
                digest.update(("|".join(str(value) for value in row) + "\n").encode())
    return digest.hexdigest()

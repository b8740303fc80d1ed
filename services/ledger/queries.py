"""Reads of the ledger: what an account owes, and whether the books hold."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from kernel.db import Reader


@dataclass(frozen=True)
class OpenItem:
    """kind: bill (reference is the bill number) or opening (the reference the utility's data brought)."""

    receivable_id: int
    kind: str
    reference: str
    total_minor: int
    open_minor: int
    due_on: date


@dataclass(frozen=True)
class Owed:
    """Money of one account in words that need no sign: what is to pay, what of it is late, what is in credit."""

    open_minor: int
    overdue_minor: int
    credit_minor: int
    deposit_minor: int
    currency: str
    earliest_due_on: date | None
    items: tuple[OpenItem, ...]


_OWED = text(
    "SELECT a.currency, r.id, r.kind, r.reference, r.total_minor, r.open_minor, r.due_on, b.credit, b.deposit"
    " FROM account a"
    " LEFT JOIN receivable r ON r.account_id = a.id AND r.open_minor > 0"
    " CROSS JOIN LATERAL (SELECT"
    "  COALESCE(sum(CASE WHEN l.kind = 'credit' THEN CASE WHEN p.credit_id = l.id THEN p.amount_minor"
    "   ELSE -p.amount_minor END END), 0) AS credit,"
    "  COALESCE(sum(CASE WHEN l.kind = 'deposit' THEN CASE WHEN p.credit_id = l.id THEN p.amount_minor"
    "   ELSE -p.amount_minor END END), 0) AS deposit"
    "  FROM ledger_account l JOIN posting p ON p.account_id = a.id AND (p.credit_id = l.id OR p.debit_id = l.id)"
    "  WHERE l.account_id = a.id AND l.kind IN ('credit', 'deposit')) b"
    " WHERE a.id = :account ORDER BY r.due_on, r.id"
)


def what_is_owed(reader: Reader, account_id: int, today: date) -> Owed:
    """Return the account's open items (oldest due first) and its credit and deposit; one statement."""
    rows = reader.execute(_OWED, {"account": account_id}).all()
    items = tuple(
        OpenItem(row.id, row.kind, row.reference, row.total_minor, row.open_minor, row.due_on)
        for row in rows
        if row.id is not None
    )
    return Owed(
        open_minor=sum(item.open_minor for item in items),
        overdue_minor=sum(item.open_minor for item in items if item.due_on < today),
        credit_minor=int(rows[0].credit) if rows else 0,
        deposit_minor=int(rows[0].deposit) if rows else 0,
        currency=rows[0].currency if rows else "",
        earliest_due_on=items[0].due_on if items else None,
        items=items,
    )


@dataclass(frozen=True)
class Unsound:
    """One row that breaks a promise of the books: which promise, which row, and what was found."""

    rule: str
    row: str
    found: str


# Each query returns (row, found) for every row that breaks the promise it is named after. The promises about payments
# and bills stand with their own rooms; `journeys/check_books` asks all of them.
_CHECKS = {
    "open item equals its postings": """
        SELECT 'receivable ' || r.reference, 'open ' || r.open_minor || ', postings say ' || COALESCE(p.balance,
        0) FROM receivable r LEFT JOIN (SELECT p.receivable_id, sum(CASE WHEN d.kind = 'receivable' THEN
        p.amount_minor  ELSE -p.amount_minor END) AS balance FROM posting p JOIN ledger_account d ON d.id =
        p.debit_id  WHERE p.receivable_id IS NOT NULL GROUP BY p.receivable_id) p ON p.receivable_id = r.id
        WHERE r.open_minor <> COALESCE(p.balance, 0)
    """,
    "every open item was posted once in full": """
        SELECT 'receivable ' || r.reference, r.total_minor || ' asked, ' || COALESCE(p.debited, 0) || ' posted'
        FROM receivable r LEFT JOIN (SELECT p.receivable_id, sum(p.amount_minor) AS debited FROM posting p  JOIN
        ledger_account d ON d.id = p.debit_id AND d.kind = 'receivable' GROUP BY p.receivable_id) p  ON
        p.receivable_id = r.id WHERE r.total_minor <> COALESCE(p.debited, 0)
    """,
    "a posting stays within one account": """
        SELECT 'posting ' || p.source, 'touches accounts ' || concat_ws(', ', p.account_id, d.account_id,
        c.account_id, r.account_id) FROM posting p JOIN ledger_account d ON d.id = p.debit_id JOIN
        ledger_account c ON c.id = p.credit_id LEFT JOIN receivable r ON r.id = p.receivable_id WHERE
        p.account_id <> COALESCE(d.account_id, p.account_id) OR p.account_id <> COALESCE(c.account_id,
        p.account_id) OR p.account_id <> COALESCE(r.account_id, p.account_id)
    """,
    "a posting has one currency": """
        SELECT 'posting ' || p.source, p.currency || ' between ' || d.currency || ' and ' || c.currency FROM
        posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id WHERE
        p.currency <> d.currency OR p.currency <> c.currency
    """,
    "credit is never below zero": """
        SELECT l.code, (x.credited - x.debited)::text FROM ledger_account l JOIN LATERAL (SELECT
        COALESCE(sum(p.amount_minor) FILTER (WHERE p.credit_id = l.id), 0) AS credited,
        COALESCE(sum(p.amount_minor) FILTER (WHERE p.debit_id = l.id), 0) AS debited FROM posting p WHERE
        p.account_id = l.account_id) x ON true WHERE l.kind IN ('credit', 'deposit') AND x.credited < x.debited
    """,
}


def check_books(reader: Reader) -> tuple[Unsound, ...]:
    """Return every row that breaks a promise of the ledger; empty when the books are sound."""
    return tuple(
        Unsound(rule, row[0], row[1]) for rule, query in _CHECKS.items() for row in reader.execute(text(query))
    )

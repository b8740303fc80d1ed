"""Reads of payments: the rows a page shows, and whether every settled payment is whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from kernel.db import Reader
from services.ledger.queries import Unsound


@dataclass(frozen=True)
class PaymentRow:
    payment_id: int
    payment_number: str
    account_id: int
    station_id: int
    amount_minor: int
    currency: str
    state: str
    channel: str
    payer_kind: str
    payer_id: int | None
    language: str
    checkout_id: str | None
    checkout_url: str | None
    payment_intent: str | None
    return_token: str
    created_at: datetime
    changed_at: datetime
    settled_at: datetime | None
    failure_code: str | None
    receipt_number: str | None


@dataclass(frozen=True)
class PaidPart:
    """What a settled payment paid: kind bill/opening and its reference, or kind credit (kept for the next bill)."""

    kind: str
    reference: str
    amount_minor: int
    open_minor: int


@dataclass(frozen=True)
class ReceiptView:
    payment: PaymentRow
    receipt_number: str
    issued_at: datetime
    account_number: str
    customer_name: str
    parts: tuple[PaidPart, ...]


_ROW = """
    SELECT p.id AS payment_id, p.payment_number, p.account_id, p.station_id, p.amount_minor, p.currency, p.state,
        p.channel, p.payer_kind, p.payer_id, p.language, p.checkout_id, p.checkout_url, p.payment_intent,
        p.return_token, p.created_at, p.changed_at, p.settled_at, p.failure_code, c.receipt_number
    FROM payment p LEFT JOIN receipt c ON c.payment_id = p.id
"""


def _rows(result: Any) -> tuple[PaymentRow, ...]:
    return tuple(PaymentRow(**row._asdict()) for row in result)


def list_payments(reader: Reader, account_id: int, limit: int = 24) -> tuple[PaymentRow, ...]:
    """Return the account's payments, newest first; attempts that never reached the vendor are left out."""
    return _rows(
        reader.execute(
            text(_ROW + " WHERE p.account_id = :account AND p.state <> 'created' ORDER BY p.created_at DESC LIMIT :n"),
            {"account": account_id, "n": limit},
        )
    )


def read_payment(reader: Reader, payment_number: str) -> PaymentRow | None:
    """Return one payment by its number; the caller checks who may see `account_id`."""
    rows = _rows(reader.execute(text(_ROW + " WHERE p.payment_number = :number"), {"number": payment_number}))
    return rows[0] if rows else None


def find_payments(
    reader: Reader, *, attempts: Sequence[str], checkouts: Sequence[str], intents: Sequence[str]
) -> tuple[PaymentRow, ...]:
    """Return the payments that vendors' events speak of, by any name they use for them."""
    return _rows(
        reader.execute(
            text(
                _ROW + " WHERE p.payment_number = ANY(:attempts) OR p.checkout_id = ANY(:checkouts)"
                " OR p.payment_intent = ANY(:intents)"
            ),
            {"attempts": list(attempts), "checkouts": list(checkouts), "intents": list(intents)},
        )
    )


def read_receipt(reader: Reader, payment_number: str) -> ReceiptView | None:
    """Return the receipt of a settled payment with the parts it paid, or None while there is none."""
    rows = reader.execute(
        text(f"""
            WITH one AS ({_ROW} WHERE p.payment_number = :number)
            SELECT one.*, c.issued_at, a.account_number, u.name AS customer_name, g.amount_minor AS part_minor,
                COALESCE(r.kind, 'credit') AS kind, COALESCE(r.reference, '') AS reference,
                COALESCE(r.open_minor, 0) AS open_minor
            FROM one JOIN receipt c ON c.payment_id = one.payment_id JOIN account a ON a.id = one.account_id
            JOIN customer u ON u.id = a.customer_id
            JOIN posting g ON g.account_id = one.account_id
                AND g.source LIKE 'payment:' || one.payment_number || ':%'
            LEFT JOIN receivable r ON r.id = g.receivable_id ORDER BY g.id
        """),
        {"number": payment_number},
    ).all()
    if not rows:
        return None
    first = rows[0]._asdict()
    payment = PaymentRow(**{name: first[name] for name in PaymentRow.__dataclass_fields__})
    return ReceiptView(
        payment=payment,
        receipt_number=first["receipt_number"],
        issued_at=first["issued_at"],
        account_number=first["account_number"],
        customer_name=first["customer_name"],
        parts=tuple(PaidPart(row.kind, row.reference, row.part_minor, row.open_minor) for row in rows),
    )


def stale_payments(reader: Reader, *, before: datetime, limit: int = 100) -> tuple[PaymentRow, ...]:
    """Return payments still waiting for the vendor's word since `before`: their webhook may be lost."""
    return _rows(
        reader.execute(
            text(
                _ROW
                + " WHERE p.state IN ('open', 'processing') AND p.checkout_id IS NOT NULL AND p.changed_at < :before"
                " ORDER BY p.changed_at LIMIT :n"
            ),
            {"before": before, "n": limit},
        )
    )


_CHECKS = {
    "a settled payment has exactly one receipt": """
        SELECT 'payment ' || p.payment_number,
            p.state || CASE WHEN c.payment_id IS NULL THEN ' without a receipt' ELSE ' with a receipt' END
        FROM payment p LEFT JOIN receipt c ON c.payment_id = p.id
        WHERE (p.state = 'settled') <> (c.payment_id IS NOT NULL)
    """,
    "what a payment paid is what it took": """
        SELECT 'payment ' || p.payment_number, count(g.id) || ' postings of ' || COALESCE(sum(g.amount_minor), 0)
            || ' for ' || p.amount_minor
        FROM payment p LEFT JOIN posting g ON g.account_id = p.account_id
            AND g.source LIKE 'payment:' || p.payment_number || ':%'
        GROUP BY p.id
        HAVING (p.state = 'settled' AND COALESCE(sum(g.amount_minor), 0) <> p.amount_minor)
            OR (p.state <> 'settled' AND count(g.id) > 0)
    """,
    "every posting of a payment has its payment": """
        SELECT 'posting ' || g.source, 'no such payment' FROM posting g
        WHERE g.source LIKE 'payment:%' AND NOT EXISTS (SELECT FROM payment p WHERE p.payment_number =
            split_part(g.source, ':', 2))
    """,
    "a payment's items are of its account": """
        SELECT 'payment ' || p.payment_number, 'item of another account' FROM payment_item i
        JOIN payment p ON p.id = i.payment_id JOIN receivable r ON r.id = i.receivable_id
        WHERE r.account_id <> p.account_id
    """,
    "a payment's items add up to it": """
        SELECT 'payment ' || p.payment_number, COALESCE(sum(i.amount_minor), 0) || ' of ' || p.amount_minor
        FROM payment p LEFT JOIN payment_item i ON i.payment_id = p.id GROUP BY p.id
        HAVING COALESCE(sum(i.amount_minor), 0) <> p.amount_minor
    """,
}


def check_payments(reader: Reader) -> tuple[Unsound, ...]:
    """Return every row that breaks a promise about payments; empty when all are whole."""
    return tuple(
        Unsound(rule, row[0], row[1]) for rule, query in _CHECKS.items() for row in reader.execute(text(query))
    )

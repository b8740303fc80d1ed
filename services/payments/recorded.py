"""Payments that were made elsewhere and are only recorded here: many at once, settled in the same transaction.

Money of a demo's past months comes in this way, and later a bank's statement or a cash desk's list. They take the same
path as every payment (`note_words`): receipt, postings, open items. Nobody is told of them by message.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import copy_rows
from kernel.ids import PAYMENT_DIGITS, new_number
from services.payments.operations import Word, note_words


@dataclass(frozen=True)
class RecordedPayment:
    """`items`: receivable id -> minor units, what the payer meant to pay."""

    account_id: int
    station_id: int
    items: Mapping[int, int]
    language: str


def record_settled_payments(
    session: Session,
    payments: Sequence[RecordedPayment],
    *,
    currency: str,
    channel: str,
    source: str,
    value_on: date,
    now: datetime,
) -> int:
    """Write payments and settle them; returns how many. `source` says where they were told (the receipt keeps it)."""
    if not payments:
        return 0
    ids = session.scalars(
        text("SELECT nextval(pg_get_serial_sequence('payment', 'id')) FROM generate_series(1, :n)"),
        {"n": len(payments)},
    ).all()
    numbered = list(zip(ids, _unused_numbers(session, len(payments)), payments, strict=True))
    columns = (
        "id", "payment_number", "account_id", "station_id", "amount_minor", "currency", "state", "channel",
        "payer_kind", "language", "return_token", "created_at", "changed_at",
    )  # fmt: skip
    copy_rows(
        session,
        "payment",
        columns,
        (
            (
                payment_id, number, p.account_id, p.station_id, sum(p.items.values()), currency,
                "created", channel, "payer", p.language, secrets.token_urlsafe(24), now, now,
            )
            for payment_id, number, p in numbered
        ),
    )  # fmt: skip
    copy_rows(
        session,
        "payment_item",
        ("payment_id", "receivable_id", "amount_minor"),
        (
            (payment_id, receivable_id, amount)
            for payment_id, _, p in numbered
            for receivable_id, amount in p.items.items()
        ),
    )
    words = [Word(payment_id, "completed", source) for payment_id in ids]
    return len(note_words(session, words, value_on=value_on, now=now))


def _unused_numbers(session: Session, count: int) -> list[str]:
    """Return random payment numbers that nothing has yet: among very many, two would meet by chance."""
    numbers: set[str] = set()
    while len(numbers) < count:
        drawn = {new_number(PAYMENT_DIGITS) for _ in range(count - len(numbers))}
        taken = session.scalars(
            text("SELECT payment_number FROM payment WHERE payment_number = ANY(:numbers)"), {"numbers": list(drawn)}
        )
        numbers |= drawn - set(taken)
    return list(numbers)

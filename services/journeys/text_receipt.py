"""A settled payment is texted once: the receipt's facts, its words, its place in the queue, one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import outbox
from kernel.clock import local_date
from kernel.crypto import unseal
from kernel.db import Database
from kernel.i18n import DEFAULT, normalise
from services.ledger.queries import Owed, what_is_owed
from services.messages.operations import queue_message


@dataclass(frozen=True)
class ReceiptFacts:
    """What a receipt's text needs. `caused_at`: when the payer began; `phone` is the customer's on file, or None."""

    payment_id: int
    account_id: int
    amount_minor: int
    currency: str
    account_number: str
    receipt_number: str
    settled_at: datetime
    caused_at: datetime
    language: str
    phone: str | None
    owed: Owed


def queue_receipt(
    db: Database,
    row_id: int,
    *,
    compose: Callable[[ReceiptFacts], str],
    hold_until: Callable[[ReceiptFacts], datetime | None],
    zone: str,
    now: datetime,
) -> int | None:
    """Queue the receipt's text of a settled payment and finish its `PaymentSettled` row; returns the message id."""
    with db.transaction() as session:
        payload = outbox.take(session, "outbox", row_id)
        if payload is None:
            return None
        facts = _receipt_facts(session, payload["payment_id"], zone)
        message_id = queue_message(
            session,
            once_key=f"receipt:{facts.payment_id}",
            category="receipt",
            language=facts.language,
            phone=facts.phone,
            account_id=facts.account_id,
            body=compose(facts),
            due_at=hold_until(facts),
            now=now,
        )
        outbox.finish(session, "outbox", row_id, now=now)
        return message_id


def _receipt_facts(session: Session, payment_id: int, zone: str) -> ReceiptFacts:
    row = session.execute(
        text("""
            SELECT p.account_id, p.amount_minor, p.currency, p.payer_kind, p.language AS paid_in, p.created_at,
                r.receipt_number, r.issued_at, a.account_number, c.language, c.phone
            FROM payment p JOIN receipt r ON r.payment_id = p.id JOIN account a ON a.id = p.account_id
            JOIN customer c ON c.id = a.customer_id WHERE p.id = :id
        """),
        {"id": payment_id},
    ).one()
    # A payer who is not signed in may read another language than the customer whose telephone this is.
    wanted = row.paid_in if row.payer_kind == "customer" else row.language
    return ReceiptFacts(
        payment_id=payment_id,
        account_id=row.account_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        account_number=row.account_number,
        receipt_number=row.receipt_number,
        settled_at=row.issued_at,
        caused_at=row.created_at,
        language=normalise(wanted) or DEFAULT,
        phone=None if row.phone is None else unseal(bytes(row.phone)) or None,
        owed=what_is_owed(session, row.account_id, local_date(row.issued_at, zone)),
    )

"""Whether the books hold, over every room that writes money: `lightline ledger check` asks this."""

from sqlalchemy import text

from kernel.db import Reader
from services.billing.queries import check_bills
from services.ledger.queries import Unsound, check_books
from services.payments.queries import check_payments

# A payment that a vendor settled is told through the outbox; done rows are purged after a month, messages stay.
_TOLD = """
    SELECT 'payment ' || p.payment_number, 'settled and never told'
    FROM payment p JOIN receipt c ON c.payment_id = p.id
    WHERE c.settled_by LIKE 'stripe%'
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.key = 'PaymentSettled:' || p.id)
        AND NOT EXISTS (SELECT FROM message m WHERE m.once_key = 'receipt:' || p.id)
"""
_TOLD_TWICE = """
    SELECT 'message ' || min(message_number), count(*) || ' messages for one receipt'
    FROM message WHERE category = 'receipt' GROUP BY once_key HAVING count(*) > 1
"""


def check_everything(reader: Reader) -> tuple[Unsound, ...]:
    """Return every row that breaks a promise of the books; empty when all is sound."""
    told = [
        Unsound(rule, row[0], row[1])
        for rule, query in (("a settled payment is told", _TOLD), ("a receipt is told once", _TOLD_TWICE))
        for row in reader.execute(text(query))
    ]
    return (*check_books(reader), *check_bills(reader), *check_payments(reader), *told)

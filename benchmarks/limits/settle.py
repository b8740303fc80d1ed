"""The limit of `settle`: the same inserts and updates through bare psycopg, one event a transaction."""

import json
import secrets
from datetime import datetime

import psycopg


def settle_one_by_one(url: str, rows: list[int], now: datetime) -> int:
    """Settle inbox rows (ids) in order, each in its own transaction, with prepared statements; returns how many."""
    settled = 0
    with psycopg.connect(url, prepare_threshold=1) as connection:
        for row_id in rows:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("SELECT payload FROM inbox WHERE id = %s AND done_at IS NULL FOR UPDATE", (row_id,))
                found = cursor.fetchone()
                if found is None:
                    continue
                event = json.loads(found[0]["body"])
                session = event["data"]["object"]
                _settle(cursor, row_id, event["id"], session, now)
                settled += 1
    return settled


def _settle(cursor: psycopg.Cursor, row_id: int, event_id: str, session: dict[str, object], now: datetime) -> None:
    cursor.execute(
        "SELECT id, account_id, amount_minor FROM payment WHERE payment_number = %s AND state <> 'settled' FOR UPDATE",
        (session["client_reference_id"],),
    )
    payment_id, account_id, amount = cursor.fetchone() or (0, 0, 0)
    cursor.execute(
        "UPDATE payment SET state = 'settled', changed_at = %s, settled_at = %s, payment_intent = %s WHERE id = %s",
        (now, now, session["payment_intent"], payment_id),
    )
    cursor.execute(
        "INSERT INTO receipt (payment_id, receipt_number, settled_by, issued_at) VALUES (%s, %s, %s, %s)",
        (payment_id, str(secrets.randbelow(10**12)), f"stripe:{event_id}", now),
    )
    cursor.execute("SELECT receivable_id FROM payment_item WHERE payment_id = %s", (payment_id,))
    (receivable_id,) = cursor.fetchone() or (0,)
    cursor.execute("UPDATE receivable SET open_minor = open_minor - %s WHERE id = %s", (amount, receivable_id))
    cursor.execute(
        "INSERT INTO posting (debit_id, credit_id, amount_minor, currency, value_on, posted_at, source, account_id,"
        " receivable_id) SELECT d.id, c.id, %s, 'CNY', %s, %s, %s, %s, %s FROM ledger_account d, ledger_account c"
        " WHERE d.code = 'clearing:card' AND c.code = %s",
        (amount, now.date(), now, f"payment:{payment_id}", account_id, receivable_id, f"receivable:{account_id}"),
    )
    cursor.execute(
        "INSERT INTO outbox (topic, key, payload, priority, created_at, due_at)"
        " VALUES ('PaymentSettled', %s, %s, 5, %s, %s)",
        (f"PaymentSettled:{payment_id}", json.dumps({"payment_id": payment_id}), now, now),
    )
    cursor.execute(
        "INSERT INTO audit_entry (at, actor_kind, actor_label, action, subject_kind, subject_id, detail, request_id)"
        " VALUES (%s, 'system', 'lightline', 'settle_payment', 'payment', %s, '{}', '')",
        (now, str(payment_id)),
    )
    cursor.execute("UPDATE inbox SET done_at = %s WHERE id = %s", (now, row_id))

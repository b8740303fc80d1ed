"""Writes of the ledger. All are set-based: one statement for one row or a million; sources make them once-only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import copy_rows
from services.ledger.rules import OPENING, REVENUE, clearing_code, credit_code, receivable_code


@dataclass(frozen=True)
class NewPosting:
    """`debit` and `credit` are ledger account codes; `source` is unique for ever."""

    debit: str
    credit: str
    amount_minor: int
    source: str
    account_id: int
    receivable_id: int | None = None


@dataclass(frozen=True)
class OpeningBalance:
    """An aged debt that comes with the utility's own data; `reference` is unique."""

    account_id: int
    amount_minor: int
    due_on: date
    reference: str


@dataclass(frozen=True)
class Deposit:
    account_id: int
    amount_minor: int
    reference: str


def open_accounts(session: Session, *, currency: str, channels: Sequence[str] = ("card",)) -> None:
    """Give every account its receivable, credit and deposit ledger accounts, and the utility its own; repeatable."""
    session.execute(
        text("""
            INSERT INTO ledger_account (code, kind, account_id, currency) SELECT k.kind || ':' || a.id, k.kind,
            a.id, a.currency FROM account a CROSS JOIN (VALUES ('receivable'), ('credit'), ('deposit')) AS
            k(kind) WHERE NOT EXISTS (SELECT FROM ledger_account l WHERE l.account_id = a.id) ON CONFLICT (code)
            DO NOTHING
        """)
    )
    own = {REVENUE: "revenue", OPENING: "opening"} | {clearing_code(channel): "clearing" for channel in channels}
    session.execute(
        text("""
            INSERT INTO ledger_account (code, kind, currency) SELECT code, kind, :currency FROM
            unnest(CAST(:codes AS text[]), CAST(:kinds AS text[])) AS n(code, kind) ON CONFLICT (code) DO
            NOTHING
        """),
        {"codes": list(own), "kinds": list(own.values()), "currency": currency},
    )


def post(session: Session, postings: Sequence[NewPosting], *, currency: str, value_on: date, now: datetime) -> int:
    """Append postings whose source is new; returns how many. A code that does not exist is an error, not a lost row."""
    if not postings:
        return 0
    rows = session.execute(
        text("""
            WITH wanted AS (SELECT * FROM unnest(CAST(:debits AS text[]), CAST(:credits AS text[]),
            CAST(:amounts AS bigint[]), CAST(:sources AS text[]), CAST(:accounts AS bigint[]), CAST(:receivables
            AS bigint[])) AS w(debit, credit, amount_minor, source, account_id, receivable_id)), found AS
            (SELECT d.id AS debit_id, c.id AS credit_id, w.* FROM wanted w LEFT JOIN ledger_account d ON d.code
            = w.debit LEFT JOIN ledger_account c ON c.code = w.credit) INSERT INTO posting (debit_id, credit_id,
            amount_minor, currency, value_on, posted_at, source, account_id, receivable_id) SELECT debit_id,
            credit_id, amount_minor, :currency, :value_on, :now, source, account_id, receivable_id FROM found ON
            CONFLICT (source) DO NOTHING RETURNING 1
        """),
        {
            "debits": [p.debit for p in postings],
            "credits": [p.credit for p in postings],
            "amounts": [p.amount_minor for p in postings],
            "sources": [p.source for p in postings],
            "accounts": [p.account_id for p in postings],
            "receivables": [p.receivable_id for p in postings],
            "currency": currency,
            "value_on": value_on,
            "now": now,
        },
    )
    return len(rows.all())


def pay_off(session: Session, parts: dict[int, int]) -> None:
    """Lower open_minor of receivables (id -> amount). The table's own check refuses to go below zero."""
    if parts:
        session.execute(
            text("""
            UPDATE receivable r SET open_minor = r.open_minor - p.amount FROM unnest(CAST(:ids AS bigint[]),
            CAST(:amounts AS bigint[])) AS p(id, amount) WHERE r.id = p.id
        """),
            {"ids": list(parts), "amounts": list(parts.values())},
        )


_CREDIT_AGAINST_OPEN_ITEMS = text("""
    WITH held AS (
        SELECT l.account_id,
               sum(CASE WHEN p.credit_id = l.id THEN p.amount_minor ELSE -p.amount_minor END) AS credit,
               count(*) FILTER (WHERE p.debit_id = l.id) AS times
        FROM ledger_account l
        JOIN posting p ON p.account_id = l.account_id AND l.id IN (p.credit_id, p.debit_id)
        WHERE l.kind = 'credit' AND l.account_id = ANY(:accounts)
        GROUP BY l.account_id
    ), asked AS (
        SELECT r.id, r.account_id, r.open_minor, h.credit, h.times,
               COALESCE(sum(r.open_minor) OVER (PARTITION BY r.account_id ORDER BY r.due_on, r.id
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM receivable r JOIN held h USING (account_id)
        WHERE r.open_minor > 0 AND h.credit > 0
    )
    SELECT id, account_id, LEAST(open_minor, credit - before)::bigint AS part, times FROM asked WHERE before < credit
""")


def apply_credit(session: Session, *, account_ids: Sequence[int], currency: str, value_on: date, now: datetime) -> int:
    """Use credit that accounts hold to pay their open items, oldest due first; returns how many items were touched.

    Set-based: a running sum of open items against the credit that is left. The source names the item and the credit
    posting that was newest, so that a repeat finds nothing to do.
    """
    session.execute(
        text("SELECT FROM ledger_account WHERE kind = 'credit' AND account_id = ANY(:accounts) ORDER BY id FOR UPDATE"),
        {"accounts": list(account_ids)},
    )
    rows = session.execute(_CREDIT_AGAINST_OPEN_ITEMS, {"accounts": list(account_ids)}).all()
    postings = [
        NewPosting(
            debit=credit_code(row.account_id),
            credit=receivable_code(row.account_id),
            amount_minor=row.part,
            source=f"credit:{row.account_id}:{row.times}:{row.id}",
            account_id=row.account_id,
            receivable_id=row.id,
        )
        for row in rows
    ]
    post(session, postings, currency=currency, value_on=value_on, now=now)
    pay_off(session, {row.id: row.part for row in rows})
    return len(rows)


def post_opening_balances(
    session: Session, balances: Iterable[OpeningBalance], *, currency: str, value_on: date, now: datetime
) -> int:
    """Open one item per aged debt and post it against the opening account; returns how many were new."""
    session.execute(
        text("""
            CREATE TEMP TABLE opening_balance_in (account_id bigint, amount_minor bigint, due_on date, reference
            text) ON COMMIT DROP
        """)
    )
    copy_rows(
        session,
        "opening_balance_in",
        ("account_id", "amount_minor", "due_on", "reference"),
        ((b.account_id, b.amount_minor, b.due_on, b.reference) for b in balances),
    )
    rows = session.execute(
        text("""
            WITH opened AS (INSERT INTO receivable (account_id, kind, reference, total_minor, open_minor,
            currency, due_on, opened_at) SELECT account_id, 'opening', reference, amount_minor, amount_minor,
            :currency, due_on, :now FROM opening_balance_in ON CONFLICT (reference) DO NOTHING RETURNING id,
            account_id, total_minor, reference) INSERT INTO posting (debit_id, credit_id, amount_minor,
            currency, value_on, posted_at, source, account_id, receivable_id) SELECT d.id, c.id, o.total_minor,
            :currency, :value_on, :now, 'opening:' || o.reference, o.account_id, o.id FROM opened o JOIN
            ledger_account d ON d.code = 'receivable:' || o.account_id JOIN ledger_account c ON c.code =
            :opening RETURNING 1
        """),
        {"currency": currency, "value_on": value_on, "now": now, "opening": OPENING},
    ).all()
    session.execute(text("DROP TABLE opening_balance_in"))
    return len(rows)


def post_deposits(
    session: Session, deposits: Iterable[Deposit], *, currency: str, value_on: date, now: datetime
) -> int:
    """Post deposits the utility holds (debit opening, credit deposit); returns how many were new."""
    session.execute(
        text("CREATE TEMP TABLE deposit_in (account_id bigint, amount_minor bigint, reference text) ON COMMIT DROP")
    )
    copy_rows(
        session,
        "deposit_in",
        ("account_id", "amount_minor", "reference"),
        ((d.account_id, d.amount_minor, d.reference) for d in deposits),
    )
    rows = session.execute(
        text("""
            INSERT INTO posting (debit_id, credit_id, amount_minor, currency, value_on, posted_at, source,
            account_id) SELECT d.id, c.id, i.amount_minor, :currency, :value_on, :now, 'deposit:' ||
            i.reference, i.account_id FROM deposit_in i JOIN ledger_account d ON d.code = :opening JOIN
            ledger_account c ON c.code = 'deposit:' || i.account_id ON CONFLICT (source) DO NOTHING RETURNING 1
        """),
        {"currency": currency, "value_on": value_on, "now": now, "opening": OPENING},
    ).all()
    session.execute(text("DROP TABLE deposit_in"))
    return len(rows)

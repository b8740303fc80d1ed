"""Writes of bills: a chunk at a time, by COPY, with the open items and postings that belong to them."""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import copy_rows
from kernel.ids import BILL_DIGITS, new_number
from kernel.partitions import ensure_months
from kernel.periods import add_months
from services.ledger.operations import apply_credit
from services.ledger.rules import REVENUE


@dataclass(frozen=True)
class NewLine:
    code: str
    label: str
    tier: int | None
    period: str | None
    starts_on: date
    ends_on: date
    quantity_wh: int
    rate: str
    amount_minor: int


@dataclass(frozen=True)
class NewBill:
    """A bill as computed, before it has a number. `basis` is plain JSON; see models.Bill."""

    agreement_id: int
    account_id: int
    station_id: int
    currency: str
    starts_on: date
    ends_on: date
    due_on: date
    energy_wh: int
    used_before_wh: int
    tier_year: int
    tier_used_after_wh: int
    tariff_code: str
    tariff_sha256: str
    document_number: str
    engine_version: str
    basis: dict[str, Any]
    lines: tuple[NewLine, ...]

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


def _ids(session: Session, table: str, count: int) -> list[int]:
    """Return `count` fresh keys of a table."""
    return list(
        session.scalars(
            text(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, :n)"), {"n": count}
        )
    )


def _numbers(session: Session, count: int) -> list[str]:
    """Return unused random bill numbers. The unique key still guards against two runs drawing the same."""
    numbers: set[str] = set()
    while len(numbers) < count:
        drawn = {new_number(BILL_DIGITS) for _ in range(count - len(numbers))}
        taken = session.scalars(
            text("SELECT bill_number FROM bill_index WHERE bill_number = ANY(:numbers)"), {"numbers": list(drawn)}
        )
        numbers |= drawn - set(taken)
    found = list(numbers)
    secrets.SystemRandom().shuffle(found)
    return found


def issue_bills(
    session: Session, bills: Sequence[NewBill], *, cycle_on: date, value_on: date, now: datetime
) -> list[str]:
    """Write bills, lines, open items and postings, and use credit that accounts hold; returns the bill numbers.

    Unique per agreement and cycle: a second writer's transaction fails as a whole and changes nothing. A bill of zero
    asks for nothing: it has an open item of zero and no posting.
    """
    if not bills:
        return []
    for table in ("bill", "bill_line"):
        ensure_months(session, table, cycle_on, add_months(cycle_on, 1))
    ids, numbers = _ids(session, "bill_index", len(bills)), _numbers(session, len(bills))
    numbered = list(zip(ids, numbers, bills, strict=True))
    _copy_heads(session, numbered, cycle_on)
    _copy_bodies(session, numbered, cycle_on, now)
    _copy_open_items(session, numbered, value_on, now)
    currencies: dict[str, list[int]] = {}
    for bill in bills:
        currencies.setdefault(bill.currency, []).append(bill.account_id)
    for currency, account_ids in currencies.items():
        apply_credit(session, account_ids=account_ids, currency=currency, value_on=value_on, now=now)
    return numbers


Numbered = Sequence[tuple[int, str, NewBill]]


def _copy_heads(session: Session, numbered: Numbered, cycle_on: date) -> None:
    columns = (
        "id", "bill_number", "account_id", "agreement_id", "cycle_on", "starts_on", "ends_on", "total_minor",
        "energy_wh", "tier_year", "tier_used_after_wh",
    )  # fmt: skip
    copy_rows(
        session,
        "bill_index",
        columns,
        (
            (
                bill_id, number, b.account_id, b.agreement_id, cycle_on, b.starts_on, b.ends_on, b.total_minor,
                b.energy_wh, b.tier_year, b.tier_used_after_wh,
            )
            for bill_id, number, b in numbered
        ),
    )  # fmt: skip


def _copy_bodies(session: Session, numbered: Numbered, cycle_on: date, now: datetime) -> None:
    columns = (
        "id", "cycle_on", "bill_number", "account_id", "agreement_id", "station_id", "starts_on", "ends_on", "due_on",
        "issued_at", "currency", "total_minor", "energy_wh", "used_before_wh", "tariff_code", "tariff_sha256",
        "document_number", "engine_version", "basis",
    )  # fmt: skip
    copy_rows(
        session,
        "bill",
        columns,
        (
            (
                bill_id, cycle_on, number, b.account_id, b.agreement_id, b.station_id, b.starts_on, b.ends_on, b.due_on,
                now, b.currency, b.total_minor, b.energy_wh, b.used_before_wh, b.tariff_code, b.tariff_sha256,
                b.document_number, b.engine_version, json.dumps(b.basis, ensure_ascii=False, separators=(",", ":")),
            )
            for bill_id, number, b in numbered
        ),
    )  # fmt: skip
    line_columns = (
        "bill_id", "line_no", "cycle_on", "code", "label", "tier", "period", "starts_on", "ends_on", "quantity_wh",
        "rate", "amount_minor",
    )  # fmt: skip
    copy_rows(session, "bill_line", line_columns, _line_rows(numbered, cycle_on))


def _line_rows(numbered: Numbered, cycle_on: date) -> Iterator[tuple[Any, ...]]:
    for bill_id, _, bill in numbered:
        for line_no, n in enumerate(bill.lines, start=1):
            yield (
                bill_id, line_no, cycle_on, n.code, n.label, n.tier, n.period, n.starts_on, n.ends_on, n.quantity_wh,
                n.rate, n.amount_minor,
            )  # fmt: skip


def _copy_open_items(session: Session, numbered: Numbered, value_on: date, now: datetime) -> None:
    """Open items by COPY; their postings by one statement that looks up the ledger accounts."""
    receivable_ids = _ids(session, "receivable", len(numbered))
    rows = list(zip(receivable_ids, numbered, strict=True))
    copy_rows(
        session,
        "receivable",
        ("id", "account_id", "kind", "reference", "total_minor", "open_minor", "currency", "due_on", "opened_at"),
        (
            (rid, b.account_id, "bill", number, b.total_minor, b.total_minor, b.currency, b.due_on, now)
            for rid, (_, number, b) in rows
        ),
    )
    session.execute(
        text("""
            INSERT INTO posting (debit_id, credit_id, amount_minor, currency, value_on, posted_at, source, account_id,
                receivable_id)
            SELECT d.id, c.id, r.total_minor, r.currency, :value_on, :now, 'bill:' || r.reference, r.account_id, r.id
            FROM receivable r
            JOIN ledger_account d ON d.account_id = r.account_id AND d.kind = 'receivable'
            JOIN ledger_account c ON c.code = :revenue
            WHERE r.id >= :first AND r.id <= :last AND r.id = ANY(:ids) AND r.total_minor > 0
        """),
        {
            "value_on": value_on,
            "now": now,
            "revenue": REVENUE,
            "ids": receivable_ids,
            "first": min(receivable_ids),
            "last": max(receivable_ids),
        },
    )

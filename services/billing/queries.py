"""Reads of bills: frozen values that every door shows the same. A page's bill is two statements."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from kernel.db import Reader
from kernel.remember import Remembered
from services.billing.rules import Difference, Month, TierStand, explain_difference, tier_stands
from services.ledger.queries import Unsound


@dataclass(frozen=True)
class BillRow:
    """A line of the list of bills."""

    bill_number: str
    agreement_number: str
    cycle_on: date
    starts_on: date
    ends_on: date
    due_on: date
    issued_at: datetime
    total_minor: int
    open_minor: int
    currency: str
    energy_wh: int


@dataclass(frozen=True)
class LineView:
    """quantity x rate (exact decimal a kWh) = amount, rounded once. tier is 1-based; period None: all day."""

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
class ReadingUsed:
    """(closing - opening) x multiplier = quantity; with a rollover the register passed its highest number."""

    meter_number: str
    register: str
    opening_on: date
    opening_wh: int
    closing_on: date
    closing_wh: int
    multiplier: int
    rolled_over: bool
    quantity_wh: int
    quality: str


@dataclass(frozen=True, eq=False)
class BillView:
    """One bill with all it takes to explain it. `history` is oldest first and ends with this bill.

    Equal only to itself: while nothing about a bill changes, a process hands out the same object (`read_bill`), and
    what was written from it may be kept by it.
    """

    bill_number: str
    account_id: int
    account_number: str
    agreement_number: str
    customer_name: str
    address: str
    station_id: int
    cycle_on: date
    starts_on: date
    ends_on: date
    due_on: date
    issued_at: datetime
    currency: str
    total_minor: int
    open_minor: int
    energy_wh: int
    used_before_wh: int
    tier_year: int
    tier_used_after_wh: int
    tariff_code: str
    tariff_names: dict[str, str]
    document_number: str
    tariff_source: str
    tariff_confirmed: bool
    engine_version: str
    rounding: str
    lines: tuple[LineView, ...]
    readings: tuple[ReadingUsed, ...]
    tiers: tuple[TierStand, ...]
    history: tuple[Month, ...]
    previous: Month | None
    year_ago: Month | None
    difference: Difference | None
    receivable_id: int | None

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days


_LIST = text("""
    SELECT i.bill_number, g.agreement_number, i.cycle_on, i.starts_on, i.ends_on, r.due_on,
        r.opened_at AS issued_at, i.total_minor, COALESCE(r.open_minor, 0) AS open_minor, a.currency, i.energy_wh
    FROM bill_index i JOIN account a ON a.id = i.account_id JOIN agreement g ON g.id = i.agreement_id
    JOIN receivable r ON r.reference = i.bill_number
    WHERE i.account_id = :account ORDER BY i.cycle_on DESC, i.id DESC LIMIT :n
""")


def list_bills(reader: Reader, account_id: int, limit: int = 24) -> tuple[BillRow, ...]:
    """Return the account's bills, newest first; one statement that touches no partition."""
    return tuple(BillRow(**row._asdict()) for row in reader.execute(_LIST, {"account": account_id, "n": limit}))


BILL_HEAD = text("""
    SELECT i.id, i.bill_number, i.account_id, i.agreement_id, i.cycle_on, i.tier_year, i.tier_used_after_wh,
        a.account_number, g.agreement_number, u.name AS customer_name, p.address, r.id AS receivable_id,
        COALESCE(r.open_minor, 0) AS open_minor,
        (SELECT json_agg(json_build_array(h.cycle_on, h.starts_on, h.ends_on, h.total_minor, h.energy_wh, h.bill_number)
            ORDER BY h.cycle_on)::text
         FROM bill_index h WHERE h.agreement_id = i.agreement_id AND h.cycle_on <= i.cycle_on
            AND h.cycle_on > i.cycle_on - interval '14 months') AS history
    FROM bill_index i
    JOIN account a ON a.id = i.account_id JOIN customer u ON u.id = a.customer_id
    JOIN agreement g ON g.id = i.agreement_id
    JOIN service_point s ON s.id = g.service_point_id JOIN premises p ON p.id = s.premises_id
    LEFT JOIN receivable r ON r.reference = i.bill_number
    WHERE i.bill_number = :number
""")

_BODY = text("""
    SELECT b.station_id, b.starts_on, b.ends_on, b.due_on, b.issued_at, b.currency, b.total_minor, b.energy_wh,
        b.used_before_wh, b.tariff_code, b.document_number, b.engine_version, b.basis,
        (SELECT json_agg(json_build_array(l.code, l.label, l.tier, l.period, l.starts_on, l.ends_on, l.quantity_wh,
            l.rate, l.amount_minor) ORDER BY l.line_no)
         FROM bill_line l WHERE l.bill_id = b.id AND l.cycle_on = :cycle_on) AS lines
    FROM bill b WHERE b.id = :id AND b.cycle_on = :cycle_on
""")


# A bill and its lines are never changed (the database refuses), so a process reads them once. What can change, the open
# amount, the names and the months around it, is in the head, which is read every time.
_bodies: Remembered[Any] = Remembered(2_000)
_views: Remembered[BillView] = Remembered(2_000)


def read_bill(reader: Reader, bill_number: str) -> BillView | None:
    """Return one bill by its number; the caller checks who may see `account_id`, and before showing anything."""
    head = reader.execute(BILL_HEAD, {"number": bill_number}).first()
    return None if head is None else bill_of_head(reader, head)


def bill_of_head(reader: Reader, head: Any) -> BillView:
    """Return the bill of a row of BILL_HEAD."""
    bill_number = head.bill_number

    def view() -> BillView:
        body = _bodies.get(bill_number, lambda: reader.execute(_BODY, {"id": head.id, "cycle_on": head.cycle_on}).one())
        return _view(head, body)

    return _views.get(tuple(head), view)


def _view(head: Any, body: Any) -> BillView:
    basis = body.basis
    history = tuple(_month(values) for values in json.loads(head.history))
    this = history[-1]
    previous = next((m for m in reversed(history[:-1]) if m.ends_on == this.starts_on), None)
    year_ago = next(
        (
            m
            for m in history[:-1]
            if (m.cycle_on.year, m.cycle_on.month) == (this.cycle_on.year - 1, this.cycle_on.month)
        ),
        None,
    )
    lines = tuple(_line(values) for values in body.lines or ())
    return BillView(
        bill_number=head.bill_number,
        account_id=head.account_id,
        account_number=head.account_number,
        agreement_number=head.agreement_number,
        customer_name=head.customer_name,
        address=head.address,
        station_id=body.station_id,
        cycle_on=head.cycle_on,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        due_on=body.due_on,
        issued_at=body.issued_at,
        currency=body.currency,
        total_minor=body.total_minor,
        open_minor=head.open_minor,
        energy_wh=body.energy_wh,
        used_before_wh=body.used_before_wh,
        tier_year=head.tier_year,
        tier_used_after_wh=head.tier_used_after_wh,
        tariff_code=body.tariff_code,
        tariff_names=basis["tariff"]["names"],
        document_number=body.document_number,
        tariff_source=basis["tariff"]["source"],
        tariff_confirmed=basis["tariff"]["confirmed"],
        engine_version=body.engine_version,
        rounding=basis["rounding"],
        lines=lines,
        readings=tuple(_reading(values) for values in basis["readings"]),
        tiers=tier_stands(basis["tariff"]["tier_bounds_wh"], head.tier_used_after_wh, body.energy_wh),
        history=history,
        previous=previous,
        year_ago=year_ago,
        difference=explain_difference(this, previous, lines) if previous else None,
        receivable_id=head.receivable_id,
    )


def _month(values: list[Any]) -> Month:
    cycle_on, starts_on, ends_on, total_minor, energy_wh, bill_number = values
    first, start, end = (date.fromisoformat(day) for day in (cycle_on, starts_on, ends_on))
    return Month(first, start, end, total_minor, energy_wh, bill_number)


def _line(values: list[Any]) -> LineView:
    code, label, tier, period, starts_on, ends_on, quantity_wh, rate, amount_minor = values
    return LineView(
        code, label, tier, period, date.fromisoformat(starts_on), date.fromisoformat(ends_on), quantity_wh, rate,
        amount_minor,
    )  # fmt: skip


def _reading(values: dict[str, Any]) -> ReadingUsed:
    return ReadingUsed(**values | {name: date.fromisoformat(values[name]) for name in ("opening_on", "closing_on")})


_CHECKS = {
    "a bill's total is the sum of its lines": """
        SELECT 'bill ' || b.bill_number, b.total_minor || ' is not ' || COALESCE(sum(l.amount_minor), 0)
        FROM bill b LEFT JOIN bill_line l ON l.bill_id = b.id AND l.cycle_on = b.cycle_on
        GROUP BY b.id, b.cycle_on, b.bill_number, b.total_minor
        HAVING b.total_minor <> COALESCE(sum(l.amount_minor), 0)
    """,
    "every bill is in the index and in the ledger": """
        SELECT 'bill ' || COALESCE(b.bill_number, i.bill_number), concat_ws(', ',
            CASE WHEN i.id IS NULL THEN 'not in the index' END, CASE WHEN b.id IS NULL THEN 'no bill' END,
            CASE WHEN r.id IS NULL THEN 'no open item' WHEN r.total_minor <> greatest(b.total_minor, 0)
                THEN 'open item asks ' || r.total_minor || ', bill ' || b.total_minor END)
        FROM bill b FULL JOIN bill_index i ON i.id = b.id AND i.cycle_on = b.cycle_on
        LEFT JOIN receivable r ON r.reference = i.bill_number AND r.account_id = i.account_id
        WHERE i.id IS NULL OR b.id IS NULL OR r.id IS NULL OR r.total_minor <> greatest(b.total_minor, 0)
            OR b.total_minor <> i.total_minor
    """,
    "every bill item has its bill": """
        SELECT 'receivable ' || r.reference, 'no such bill' FROM receivable r
        WHERE r.kind = 'bill' AND NOT EXISTS (SELECT FROM bill_index i WHERE i.bill_number = r.reference)
    """,
    "bills of one agreement do not overlap": """
        SELECT 'bill ' || bill_number, 'begins before the bill before it ends' FROM (
            SELECT bill_number, starts_on, lag(ends_on) OVER (PARTITION BY agreement_id ORDER BY starts_on) AS before
            FROM bill_index) x WHERE starts_on < before
    """,
}


def check_bills(reader: Reader) -> tuple[Unsound, ...]:
    """Return every row that breaks a promise about bills; empty when all are whole."""
    return tuple(
        Unsound(rule, row[0], row[1]) for rule, query in _CHECKS.items() for row in reader.execute(text(query))
    )

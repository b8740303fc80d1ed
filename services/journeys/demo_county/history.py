"""The county's past: each month is billed, then paid as people pay (on time, late, in part, not at all), by the
operations that serve everybody, with the `now` of that month. The newest month is billed just now and left to pay.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text

from kernel.actor import SYSTEM
from kernel.audit import record
from kernel.clock import local_midnight
from kernel.db import Database
from kernel.periods import add_months
from services.journeys.demo_county.folks import account_number
from services.journeys.demo_county.plan import Plan
from services.journeys.run_billing_cycle import run as run_billing_cycle
from services.payments.recorded import RecordedPayment, record_settled_payments

SOURCE = "history"
CHUNK = 2_000
Progress = Callable[[str, int, int], None]


def live_through(
    db: Database, plan: Plan, *, now: datetime, zone: str, currency: str, progress: Progress = lambda *_: None
) -> None:
    """Bill and pay every month of the plan. Again: what is billed and paid already stays as it is."""
    for done, cycle_on in enumerate(plan.cycles):
        progress("bill", done, len(plan.cycles))
        if done < 3:
            _count_rows(db)
        issued_at = plan.issued_at(cycle_on, now, zone)
        run_billing_cycle(db, SYSTEM, cycle_on=cycle_on, now=issued_at, zone=zone)
        if cycle_on != plan.until:
            _pay_month(db, plan, cycle_on, zone, currency)
    with db.transaction() as session:
        record(session, SYSTEM, _LIVED, subject=("county", plan.name), now=now)
    progress("bill", len(plan.cycles), len(plan.cycles))


_LIVED = "live_through"


def has_lived(db: Database, plan: Plan) -> bool:
    """Say whether this very county stands already, with all its months: the audit record keeps it for good."""
    with db.read() as reader:
        marks = text("SELECT FROM audit_entry WHERE action = :action AND subject_id = :county LIMIT 1")
        return reader.execute(marks, {"action": _LIVED, "county": plan.name}).first() is not None


def _count_rows(db: Database) -> None:
    """Let the database know that tables have filled up: its own counting comes later than the next statement."""
    with db.transaction() as session:
        for table in ("ledger_account", "receivable", "posting", "payment", "payment_item", "receipt", "bill_index"):
            session.execute(text(f"ANALYZE {table}"))


def _pay_month(db: Database, plan: Plan, cycle_on: date, zone: str, currency: str) -> None:
    with db.read() as reader:
        later = text("SELECT FROM bill WHERE cycle_on > :cycle_on LIMIT 1")
        if reader.execute(later, {"cycle_on": cycle_on}).first() is not None:
            # A month is billed only when the one before is paid: an earlier run has been here.
            return
    for day, payments in sorted(_decide(db, plan, cycle_on).items()):
        paid_on = add_months(cycle_on, 1).replace(day=day)
        paid_at = local_midnight(paid_on, zone) + timedelta(hours=8 + day % 13, minutes=7 * day % 60)
        _pay_day(db, payments, paid_on, paid_at, currency)


def _pay_day(
    db: Database, payments: Sequence[RecordedPayment], paid_on: date, paid_at: datetime, currency: str
) -> None:
    """Record a day's payments, once: who paid a part is still asked by a run that goes on, and must not pay again."""
    with db.transaction() as session:
        paid = text("SELECT EXISTS (SELECT FROM payment WHERE created_at = :at)")
        if session.execute(paid, {"at": paid_at}).scalar_one():
            return
        # Lost with the machine's power, the day is paid again by the next run: nobody was told of it.
        session.execute(text("SET LOCAL synchronous_commit = off"))
        for start in range(0, len(payments), CHUNK):
            record_settled_payments(
                session,
                payments[start : start + CHUNK],
                currency=currency,
                channel="card",
                source=SOURCE,
                value_on=paid_on,
                now=paid_at,
            )


def _decide(db: Database, plan: Plan, cycle_on: date) -> dict[int, list[RecordedPayment]]:
    """Return who pays what on which day of the month after `cycle_on`."""
    by_day: dict[int, list[RecordedPayment]] = defaultdict(list)
    heroes = {account_number(plan, number, nth) for number in (0, 1) for nth in (0, 1)}
    for account, owed in _open_items(db):
        habit = _habit(plan, account, cycle_on, always=account in heroes)
        if habit is None:
            continue
        day, share = habit
        items = {receivable: amount * share // 100 for receivable, amount in owed.items if amount * share >= 100}
        if items:
            by_day[day].append(RecordedPayment(owed.account_id, owed.station_id, items, owed.language))
    return by_day


class _Owed:
    def __init__(self, account_id: int, station_id: int, language: str):
        self.account_id, self.station_id, self.language = account_id, station_id, language
        self.items: list[tuple[int, int]] = []


def _open_items(db: Database) -> Iterator[tuple[str, _Owed]]:
    """Yield each account that owes, with its open items, oldest due first."""
    with db.transaction() as session:
        rows = session.execute(
            text("""
                SELECT a.account_number, a.id, a.station_id, c.language, r.id AS receivable_id, r.open_minor
                FROM receivable r JOIN account a ON a.id = r.account_id JOIN customer c ON c.id = a.customer_id
                WHERE r.open_minor > 0 ORDER BY a.account_number, r.due_on, r.reference
            """),
            execution_options={"yield_per": 5_000},
        )
        number, owed = "", _Owed(0, 0, "")
        for row in rows:
            if row.account_number != number:
                if number:
                    yield number, owed
                number, owed = row.account_number, _Owed(row.id, row.station_id, row.language)
            owed.items.append((row.receivable_id, row.open_minor))
        if number:
            yield number, owed


# The days on which the bank's list comes in: few, so that each is one chunk.
_BEFORE_DUE, _AFTER_DUE = (5, 8, 12, 16, 19, 22), (25, 28)


def _habit(plan: Plan, account: str, cycle_on: date, *, always: bool) -> tuple[int, int] | None:
    """Return (day of the month, percent of what is owed) or None for nobody pays this month.

    Bills are due on the 23rd. Four of five pay before it, one in ten after it, a few a part; a few in a hundred let a
    month go by and pay it with the next, and one in fifty has stopped paying for the last months.
    """
    if always:
        return 12, 100
    if plan.chance("stopped", account).random() < 0.02 and cycle_on >= plan.cycles[-4]:
        return None
    dice = plan.chance("habit", account, cycle_on)
    drawn = dice.random()
    if drawn < 0.82:
        return dice.choice(_BEFORE_DUE), 100
    if drawn < 0.92:
        return dice.choice(_AFTER_DUE), 100
    return (dice.choice(_BEFORE_DUE), dice.randrange(30, 80)) if drawn < 0.95 else None

"""All periodic work on one page.

Each (job, period) is claimed once in the database, so clocks may be many; a clock that was down catches up with the
newest period it missed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel import audit
from kernel.clock import local_date, utc_now
from kernel.logs import logger
from kernel.outbox import purge
from kernel.partitions import MONTHLY, ensure_months
from kernel.periods import add_months, month_start
from kernel.timetable import claim_period
from services.journeys import pay_bill
from wiring.ports import Ports

log = logger(__name__)


@dataclass(frozen=True)
class Entry:
    name: str
    every: timedelta
    work: Callable[[Ports, datetime], object]


def _look_up_stale_payments(ports: Ports, now: datetime) -> int:
    return pay_bill.look_up_stale(ports.db, ports.cards, zone=ports.utility.zone, now=now)


def _seal_audit(ports: Ports, now: datetime) -> int:
    with ports.db.transaction() as session:
        return audit.seal(session, now=now)


def _seal_audit_whole(ports: Ports, now: datetime) -> int:
    with ports.db.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = '10min'"))
        return audit.seal(session, now=now, whole=True)


def _make_partitions(ports: Ports, now: datetime) -> None:
    this_month = month_start(local_date(now, ports.utility.zone))
    with ports.db.transaction() as session:
        for table in MONTHLY:
            ensure_months(session, table, add_months(this_month, -1), add_months(this_month, 4))


def _purge(ports: Ports, now: datetime) -> None:
    with ports.db.transaction() as session:
        purge(session, "outbox", before=now - timedelta(days=30))
        purge(session, "inbox", before=now - timedelta(days=90))
        session.execute(text("DELETE FROM clock_run WHERE period < :before"), {"before": now - timedelta(days=30)})
        session.execute(text("DELETE FROM web_session WHERE ends_at < :before"), {"before": now - timedelta(days=7)})


TIMETABLE = (
    Entry("look_up_stale_payments", timedelta(minutes=1), _look_up_stale_payments),
    Entry("seal_audit", timedelta(minutes=1), _seal_audit),
    Entry("make_partitions", timedelta(days=1), _make_partitions),
    Entry("seal_audit_whole", timedelta(days=1), _seal_audit_whole),
    Entry("purge", timedelta(hours=1), _purge),
)


def period_of(entry: Entry, now: datetime) -> datetime:
    """Return the start of the entry's period that `now` lies in, counted from the epoch in UTC."""
    seconds = int(entry.every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def tick(ports: Ports, *, now: datetime) -> list[str]:
    """Do what is due and nobody has claimed; returns the names. One entry's failure stops no other."""
    done = []
    for entry in TIMETABLE:
        with ports.db.transaction() as session:
            if not claim_period(session, job=entry.name, period=period_of(entry, now), now=now):
                continue
        try:
            entry.work(ports, now)
            done.append(entry.name)
        except Exception:
            log.exception("clock.failed", entry=entry.name)
    return done


def run(ports: Ports, *, stop: Callable[[], bool]) -> None:
    """Tick every few seconds until told to stop."""
    while not stop():
        try:
            tick(ports, now=utc_now())
        except OperationalError as trouble:
            log.warning("clock.waiting", reason=type(trouble).__name__)
        for _ in range(20):
            if stop():
                return
            time.sleep(0.1)

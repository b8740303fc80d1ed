"""A cycle is billed: a chunk of agreements a transaction, so that it may be killed anywhere and run again.

One run at a time works on a chunk (a lock that ends with its transaction); what is billed already is not looked at
again, and the database holds one bill per agreement and cycle.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import record
from kernel.clock import local_date
from kernel.db import Database
from kernel.periods import add_months, month_start
from services.billing.collect import Held, anyone_waits, collect
from services.billing.compute import compute_bills, tier_use_before
from services.billing.operations import issue_bills
from services.tariffs.book import Book, shipped
from services.tariffs.operations import keep_versions

CHUNK = 10_000


@dataclass
class CycleReport:
    """What a run did: bills issued, their energy and money, and the agreements held with their reasons."""

    cycle_on: date
    issued: int = 0
    energy_wh: int = 0
    total_minor: int = 0
    held: list[Held] = field(default_factory=list)


def run(
    db: Database,
    actor: Actor,
    *,
    cycle_on: date,
    now: datetime,
    zone: str,
    station_id: int | None = None,
    chunk: int = CHUNK,
    book: Book | None = None,
    progress: Callable[[CycleReport], None] | None = None,
) -> CycleReport:
    """Bill every agreement that has a new reading in the month of `cycle_on`; a second run finds nothing to do."""
    report = CycleReport(month_start(cycle_on))
    book = book or shipped()
    _pass(db, actor, report, station_id, chunk, book, zone, now, everyone=False, progress=progress)
    # An agreement that carries on one that ended in this very cycle comes after it; a chain of them one by one.
    while _anyone_waits(db, report.cycle_on, station_id):
        before = report.issued
        report.held.clear()
        _pass(db, actor, report, station_id, chunk, book, zone, now, everyone=False, progress=progress)
        if report.issued == before:
            report.held.clear()
            _pass(db, actor, report, station_id, chunk, book, zone, now, everyone=True, progress=progress)
            break
    return report


def _anyone_waits(db: Database, cycle_on: date, station_id: int | None) -> bool:
    with db.transaction() as session:
        return anyone_waits(session, cycle_on=cycle_on, until=add_months(cycle_on, 1), station_id=station_id)


def _pass(
    db: Database,
    actor: Actor,
    report: CycleReport,
    station_id: int | None,
    chunk: int,
    book: Book,
    zone: str,
    now: datetime,
    *,
    everyone: bool,
    progress: Callable[[CycleReport], None] | None,
) -> None:
    after_id: int | None = 0
    while after_id is not None:
        with db.transaction() as session:
            after_id = _bill_chunk(session, actor, report, station_id, chunk, book, zone, now, after_id, everyone)
        if progress is not None:
            progress(report)


def _bill_chunk(
    session: Session,
    actor: Actor,
    report: CycleReport,
    station_id: int | None,
    chunk: int,
    book: Book,
    zone: str,
    now: datetime,
    after_id: int,
    everyone: bool,
) -> int | None:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('billing-cycle', 0))"))
    issued_on = local_date(now, zone)
    found = collect(
        session,
        cycle_on=report.cycle_on,
        until=add_months(report.cycle_on, 1),
        station_id=station_id,
        after_id=after_id,
        limit=chunk,
        everyone=everyone,
    )
    tier_use = tier_use_before(session, [use.agreement_id for use in found.uses])
    bills, held, tariffs = compute_bills(found.uses, tier_use, book, issued_on=issued_on, now=now)
    keep_versions(session, tariffs, now)
    issue_bills(session, bills, cycle_on=report.cycle_on, value_on=issued_on, now=now)
    total = sum(bill.total_minor for bill in bills)
    energy = sum(bill.energy_wh for bill in bills)
    if bills:
        record(
            session,
            actor,
            "issue_bills",
            subject=("cycle", report.cycle_on.isoformat()),
            now=now,
            bills=len(bills),
            total_minor=total,
            energy_wh=energy,
        )
    report.issued += len(bills)
    report.total_minor += total
    report.energy_wh += energy
    report.held += [*found.held, *held]
    return found.last_id

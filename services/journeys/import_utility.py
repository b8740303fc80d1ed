"""A utility's own files go in: all of a folder in one transaction, or nothing and every fault named.

docs/import.md is the contract. The same folder again changes nothing; master data that differs is updated, facts that
others were computed from (readings, opening balances, deposits, tier use, consents) are refused when they differ.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.audit import record
from kernel.clock import local_date
from kernel.db import Database
from services.journeys.importing.checks import ask_keys, ask_rounds
from services.journeys.importing.faults import FaultBook, Refused
from services.journeys.importing.files import File, utility_files
from services.journeys.importing.readings import BACKWARDS, READINGS, match_readings
from services.journeys.importing.spans import SPANS, keep_stored, look_ahead
from services.journeys.importing.staging import Progress, Staged, stage_folder
from services.journeys.importing.stored import FIXED
from services.journeys.importing.storing import Counted, Stamp, store
from services.journeys.importing.totals import ControlTotals, control_totals
from services.tariffs.book import shipped


@dataclass(frozen=True)
class ImportReport:
    """What a folder held and what happened to its rows. After a dry run: what would have happened."""

    totals: ControlTotals
    counted: dict[str, Counted]
    dry_run: bool

    @property
    def changes_nothing(self) -> bool:
        return not any(c.imported or c.changed for c in self.counted.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "control_totals": self.totals.as_json(),
            "imported": {name: c.imported for name, c in self.counted.items()},
            "changed": {name: c.changed for name, c in self.counted.items()},
            "unchanged": {name: c.unchanged for name, c in self.counted.items()},
            "dry_run": self.dry_run,
        }


class _DryRun(Exception):
    def __init__(self, report: ImportReport):
        self.report = report


def run(
    db: Database,
    actor: Actor,
    *,
    folder: Path,
    now: datetime,
    zone: str,
    currency: str,
    dry_run: bool = False,
    progress: Progress = lambda step, done, total: None,
    stamped_at: datetime | None = None,
) -> ImportReport:
    """Import a folder. Raises Refused with every fault; then, and after a dry run, nothing is changed.

    `stamped_at`: the instant that new rows carry when they are older than this run (a made-up history); `now` decides
    what lies in the future.
    """
    files = utility_files(today=local_date(now, zone), now=now, currency=currency, tariffs=shipped().codes)
    stamp_now = stamped_at or now
    stamp = Stamp(stamp_now, local_date(stamp_now, zone), currency)
    try:
        with db.transaction() as session:
            report = _take_in(session, folder, files, stamp, dry_run, progress)
            if dry_run:
                raise _DryRun(report)
            _record(session, actor, folder, report, now)
            return report
    except _DryRun as stopped:
        return stopped.report


def _take_in(
    session: Session, folder: Path, files: tuple[File, ...], stamp: Stamp, dry_run: bool, progress: Progress
) -> ImportReport:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('import', 0))"))
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    faults = FaultBook(session)
    staged = stage_folder(session, folder, files, faults, progress)
    _check(session, files, staged, faults, progress)
    totals = control_totals(session, files, staged, stamp.currency)
    steps = len(files)
    done = iter(range(steps + 1))
    counted = store(session, staged, stamp, lambda _: progress("store", next(done), steps))
    progress("store", steps, steps)
    return ImportReport(totals, counted, dry_run)


def _check(session: Session, files: tuple[File, ...], staged: Staged, faults: FaultBook, progress: Progress) -> None:
    """Ask everything and raise Refused when anything was found."""
    progress("check", 0, 4)
    keep_stored(session, staged.present)
    ask_keys(session, files, staged, faults)
    progress("check", 1, 4)
    look_ahead(session)
    told = [c for c in FIXED if c.code != "differs_from_stored" or c.field in staged.present.get(c.file, ())]
    ask_rounds(session, faults, (SPANS, told))
    progress("check", 2, 4)
    match_readings(session)
    ask_rounds(session, faults, (READINGS, BACKWARDS))
    progress("check", 4, 4)
    columns = [f"{spec.name}.csv:{column.name}" for spec in files for column in spec.columns]
    found = faults.told([spec.name for spec in files], columns)
    if len(found):
        raise Refused(found)


def _record(session: Session, actor: Actor, folder: Path, report: ImportReport, now: datetime) -> None:
    record(
        session,
        actor,
        "import_data",
        subject=("folder", folder.name),
        now=now,
        control_totals=report.totals.as_json(),
        imported={name: c.imported for name, c in report.counted.items() if c.imported},
        changed={name: c.changed for name, c in report.counted.items() if c.changed},
    )

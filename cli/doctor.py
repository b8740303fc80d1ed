"""`lightline doctor`: is everything here that the installation needs, and does it answer?"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from cli.installation import data_option, json_option
from kernel.clock import local_date, utc_now
from kernel.db import Database
from kernel.i18n import N_, _
from kernel.partitions import MONTHLY
from kernel.periods import add_months, month_start
from wiring.servers.own import database_answers, queue_answers
from wiring.servers.postgres import BINARIES
from wiring.servers.valkey import BINARY as VALKEY
from wiring.settings import BadSettings, Settings, read_settings, unknown_variables


@dataclass(frozen=True)
class Finding:
    """state: ok, warning or failed; `words` says what was found and what to do."""

    check: str
    state: str
    words: str


def _database(settings: Settings) -> Finding:
    if database_answers(settings):
        return Finding("database", "ok", _(N_("PostgreSQL answers.")))
    if settings.own_database and (BINARIES / "postgres").exists():
        return Finding("database", "warning", _(N_("PostgreSQL is not running; demo or serve will start it.")))
    return Finding("database", "failed", _(N_("PostgreSQL does not answer. Check DATABASE_URL and the server.")))


def _queue(settings: Settings) -> Finding:
    if queue_answers(settings):
        return Finding("queue", "ok", _(N_("The queue server answers.")))
    if settings.own_redis:
        return Finding("queue", "warning", _(N_("Valkey is not running; demo or serve will start it.")))
    return Finding("queue", "failed", _(N_("The queue server does not answer. Check REDIS_URL and the server.")))


def _migrations(settings: Settings) -> Finding:
    from migrations import run

    if not database_answers(settings):
        return Finding("migrations", "warning", _(N_("Not checked: the database does not answer.")))
    current, head = run.current(settings.database_url), run.head()
    if current == head:
        return Finding("migrations", "ok", _(N_("The database is up to date (%(revision)s)."), revision=head))
    return Finding("migrations", "failed", _(N_("The database is behind. Run: lightline migrate")))


def _partitions(settings: Settings) -> Finding:
    if not database_answers(settings):
        return Finding("partitions", "warning", _(N_("Not checked: the database does not answer.")))
    from sqlalchemy import text

    next_month = add_months(month_start(local_date(utc_now(), settings.zone)), 1)
    wanted = {f"{table}_{next_month:%Y_%m}" for table in MONTHLY}
    db = Database(settings.database_url, pool_size=1)
    with db.read() as reader:
        found = set(reader.scalars(text("SELECT relname FROM pg_class WHERE relname = ANY(:n)"), {"n": list(wanted)}))
    db.dispose()
    if wanted <= found:
        return Finding("partitions", "ok", _(N_("Next month's partitions are there.")))
    return Finding(
        "partitions", "warning", _(N_("Next month's partitions are missing; the clock makes them within a day."))
    )


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free // 2**30
    state = "ok" if free >= 5 else "warning" if free >= 1 else "failed"
    return Finding("disk", state, _(N_("%(free)s GiB are free where the data folder is."), free=free))


def _binaries(settings: Settings) -> Finding:
    wanted = [BINARIES / "postgres"] if settings.own_database else []
    wanted += [VALKEY] if settings.own_redis else []
    missing = [str(path) for path in wanted if not path.exists()]
    if missing:
        return Finding("binaries", "failed", _(N_("Missing: %(paths)s. Run: make setup"), paths=", ".join(missing)))
    return Finding("binaries", "ok", _(N_("The programs of the servers started here are there.")))


def _names(settings: Settings) -> Finding:
    unknown = unknown_variables()
    if unknown:
        return Finding("names", "warning", _(N_("No setting reads these: %(names)s."), names=", ".join(unknown)))
    return Finding("names", "ok", _(N_("Every LIGHTLINE_ variable is one that is read.")))


def _vendors(settings: Settings) -> Finding:
    if settings.simulating:
        return Finding("vendors", "ok", _(N_("Simulators stand in for the vendors without keys.")))
    return Finding("vendors", "ok", _(N_("Stripe and Twilio have their keys.")))


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    _names, _binaries, _database, _queue, _migrations, _partitions, _disk, _vendors,
)  # fmt: skip


@click.command()
@data_option
@json_option
def doctor(data: Path | None, as_json: bool) -> int:
    """Check settings, database, queue, migrations, partitions and disk; exit 1 when something failed."""
    try:
        settings = read_settings(data=data)
        findings = [
            Finding("settings", "ok", _(N_("The settings are complete."))),
            *(check(settings) for check in CHECKS),
        ]
    except BadSettings as bad:
        findings = [Finding("settings", "failed", fault) for fault in bad.faults]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{finding.state:8} {finding.check:11} {finding.words}")
    return 1 if any(finding.state == "failed" for finding in findings) else 0

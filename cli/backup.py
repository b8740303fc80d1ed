"""`lightline backup FILE`, `lightline restore FILE`: everything the utility owes and is owed, in one sealed file.

The file is sealed with the installation's encryption key, without which the customers' phones in it could not be read
anyway: kept apart from the key it tells nothing.
"""

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from cli.installation import data_option, done, installation, json_option
from kernel import audit
from kernel.clock import utc_now
from kernel.db import Database
from kernel.faults import Fault
from kernel.i18n import N_
from kernel.sealed_file import Damaged, read_head, read_sealed, write_sealed
from migrations.run import current, head, migrate
from services.journeys.check_books import check_everything
from wiring.servers.dump import DumpTrouble, dump
from wiring.servers.dump import restore as load
from wiring.settings import Settings

KIND = "lightline backup 1"


class BackupRefused(Fault):
    code = "backup_refused"


class NotABackup(BackupRefused):
    code = "not_a_backup"
    message = N_("%(file)s is no back-up of Lightline.")


class CannotOpen(BackupRefused):
    code = "backup_damaged"
    message = N_(
        "%(file)s cannot be opened: it is damaged or cut off, or it was sealed with another encryption key than this "
        "installation's."
    )


class OfAnotherVersion(BackupRefused):
    code = "backup_of_newer_version"
    message = N_("%(file)s is of revision %(revision)s, which this version of Lightline does not know.")


class NotEmpty(BackupRefused):
    code = "database_not_empty"
    message = N_("The database holds an installation already. With --replace the back-up takes its place.")


class ProgramFailed(BackupRefused):
    code = "database_program_failed"
    message = N_("PostgreSQL's own program failed: %(said)s")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
def backup(file: Path, data: Path | None, as_json: bool) -> int:
    """Write everything into one sealed file, as it stands at one moment, and read it back to prove it.

    Households' pages go on meanwhile. A file of that name is replaced only when the new one is whole.
    """
    with installation(data) as (settings, _ports):
        made_at, revision = utc_now(), current(settings.database_url)
        named = {"kind": KIND, "made_at": made_at.isoformat(timespec="seconds"), "revision": revision}
        partial = file.with_name(f"{file.name}.partial")
        try:
            with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
                length = write_sealed(out, named, dump(settings.database_url), settings.encryption_key)
                out.flush()
                os.fsync(out.fileno())
            with partial.open("rb") as written:
                proved = sum(len(chunk) for chunk in read_sealed(written, settings.encryption_key))
            if proved != length:
                raise CannotOpen(file=str(file))
            partial.replace(file)
        except DumpTrouble as trouble:
            raise ProgramFailed(said=str(trouble)) from trouble
        except OSError as trouble:
            raise click.FileError(str(file), trouble.strerror or "") from None
        finally:
            partial.unlink(missing_ok=True)
    size = file.stat().st_size
    if as_json:
        click.echo(json.dumps({"file": str(file), "bytes": size, **named}))
    else:
        done(N_("%(file)s holds everything as of %(moment)s, and was read back."), file=file, moment=_shown(made_at))
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Take the place of what the database holds.")
@click.option("--check", is_flag=True, help="Only prove that the file can be restored.")
@data_option
@json_option
def restore(file: Path, replace: bool, check: bool, data: Path | None, as_json: bool) -> int:
    """Load a back-up into an empty database, whole or not at all, and prove the books and the record that it holds.

    Stop web, relay and workers first. The file is proved before the database is touched.
    """
    with installation(data, migrated=False) as (settings, ports):
        named = _named(file)
        with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.data) as folder:
            archive = Path(folder) / "archive"
            _open(file, archive, settings)
            if not check:
                _load(settings, ports.db, archive, replace)
        unsound, breaks = ([], []) if check else _prove(ports.db)
    told = {"file": str(file), "made_at": named["made_at"], "restored": not check, "unsound": unsound, "breaks": breaks}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    elif unsound or breaks:
        for line in (*unsound, *breaks):
            click.echo(line)
        done(N_("Restored, but %(count)s rows do not hold."), count=len(unsound) + len(breaks))
    elif check:
        done(N_("%(file)s is whole: everything as of %(moment)s."), file=file, moment=_when(named))
    else:
        done(N_("Restored as of %(moment)s: the books hold, the record is whole."), moment=_when(named))
    return 1 if unsound or breaks else 0


def _named(file: Path) -> dict[str, Any]:
    """Return what the file says of itself. Raises NotABackup, OfAnotherVersion."""
    try:
        with file.open("rb") as opened:
            named, _line = read_head(opened)
        datetime.fromisoformat(named["made_at"])
    except (Damaged, KeyError, ValueError) as error:
        raise NotABackup(file=str(file)) from error
    if named.get("kind") != KIND:
        raise NotABackup(file=str(file))
    if named["revision"] > head():
        raise OfAnotherVersion(file=str(file), revision=named["revision"])
    return named


def _open(file: Path, archive: Path, settings: Settings) -> None:
    """Prove the whole file and put the archive in it where only we can read it. Raises CannotOpen."""
    try:
        with file.open("rb") as opened, os.fdopen(os.open(archive, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
            for chunk in read_sealed(opened, settings.encryption_key):
                out.write(chunk)
    except Damaged as error:
        raise CannotOpen(file=str(file)) from error


def _load(settings: Settings, db: Database, archive: Path, replace: bool) -> None:
    """Load the archive, then bring it to this version. Raises NotEmpty, ProgramFailed."""
    held = current(settings.database_url) is not None
    if held and not replace:
        with db.read() as reader:
            if reader.scalar(text("SELECT EXISTS (SELECT FROM customer)")):
                raise NotEmpty()
    try:
        load(settings.database_url, archive, replace=held)
    except DumpTrouble as trouble:
        raise ProgramFailed(said=str(trouble)) from trouble
    db.dispose()
    migrate(settings.database_url)


def _prove(db: Database) -> tuple[list[str], list[str]]:
    with db.transaction() as session:
        session.execute(text("ANALYZE"))
    with db.transaction() as session:
        while audit.seal(session, now=utc_now(), whole=True):
            pass
    with db.transaction() as session:
        breaks = [f"{one.position}: entry {one.entry_id}: {one.reason}" for one in audit.verify(session)]
    with db.read() as reader:
        unsound = [f"{row.rule}: {row.row}: {row.found}" for row in check_everything(reader)]
    return unsound, breaks


def _when(named: dict[str, Any]) -> str:
    return _shown(datetime.fromisoformat(named["made_at"]))


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

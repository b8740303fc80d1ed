"""`lightline backup` and `lightline restore`: everything comes back, or nothing changes and the operator knows why."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

import cli.backup
from kernel.db import Database
from kernel.faults import Fault
from services.journeys.demo_county.plan import Plan
from services.journeys.seed_county import seed

KEY = b"k" * 32
PLAN = Plan(customers=20, seed=4, until=date(2026, 6, 1))
NOW = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)


class Installations:
    """Two databases: `use` says to which of them the commands speak, and with which key."""

    def __init__(self, first: Database, second: Database, data: Path):
        self.first, self.second, self.data = first, second, data
        self.use(first)

    def use(self, db: Database, key: bytes = KEY) -> None:
        self.db = db
        self.settings = SimpleNamespace(database_url=db.url, encryption_key=key, data=self.data)

    @contextmanager
    def __call__(self, _data: Any, *, migrated: bool = True) -> Iterator[Any]:
        yield self.settings, SimpleNamespace(db=self.db)


@pytest.fixture
def both(db: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installations]:
    head, _, options = database_url.partition("?")
    name = f"{head.rsplit('/', 1)[1]}_restored"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        second = Database(f"{head.rsplit('/', 1)[0]}/{name}?{options}")
        made = Installations(db, second, tmp_path)
        monkeypatch.setattr(cli.backup, "installation", made)
        yield made
        second.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def file(both: Installations, tmp_path: Path) -> Path:
    """A back-up of a small county that has been lived in."""
    seed(both.first, PLAN, folder=tmp_path / "county", now=NOW, zone="Asia/Shanghai", currency="CNY")
    made = tmp_path / "county.backup"
    assert _run(cli.backup.backup, str(made)).exit_code == 0
    return made


def _run(command: Any, *words: str) -> Result:
    return CliRunner().invoke(command, list(words), standalone_mode=False)


def _refused(result: Result) -> str:
    assert isinstance(result.exception, Fault), result.exception or result.output
    return result.exception.code


def _counts(db: Database) -> dict[str, int]:
    with db.read() as reader:
        tables = reader.scalars(
            text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
        )
        return {name: int(reader.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in tables}


def test_everything_comes_back_and_holds(both: Installations, file: Path) -> None:
    both.use(both.second)
    result = _run(cli.backup.restore, str(file), "--json")
    told = json.loads(result.output)
    assert (told["restored"], told["unsound"], told["breaks"]) == (True, [], [])
    before, after = _counts(both.first), _counts(both.second)
    sealed = {"audit_link"}  # restoring seals what the record holds
    assert {name: n for name, n in after.items() if name not in sealed} == {
        name: n for name, n in before.items() if name not in sealed
    }
    assert before["customer"] == 21
    assert before["posting"] > 500


def test_the_database_s_guards_come_back_too(both: Installations, file: Path) -> None:
    both.use(both.second)
    assert _run(cli.backup.restore, str(file)).exception is None
    with both.second.transaction() as session, pytest.raises(Exception, match="append-only"):
        session.execute(text("UPDATE posting SET amount_minor = 1"))


def test_the_file_tells_nothing_and_is_nobody_elses(both: Installations, file: Path) -> None:
    with both.first.read() as reader:
        name = str(reader.scalar(text("SELECT name FROM customer ORDER BY id LIMIT 1")))
    assert name.encode() not in file.read_bytes()
    assert b"PGDMP" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_a_full_database_is_not_written_over_unless_told_to(both: Installations, file: Path) -> None:
    with both.first.transaction() as session:
        session.execute(text("UPDATE account SET dispute_on = NULL"))
    before = _counts(both.first)
    assert _refused(_run(cli.backup.restore, str(file))) == "database_not_empty"
    assert _counts(both.first) == before
    assert _run(cli.backup.restore, str(file), "--replace").exception is None
    with both.first.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM account WHERE dispute_on IS NOT NULL")) == 1


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda body: body[: len(body) // 2], "backup_damaged"),
        (lambda body: body[:-1], "backup_damaged"),
        (lambda body: body[:5000] + bytes([body[5000] ^ 1]) + body[5001:], "backup_damaged"),
        (lambda body: body.replace(b'"0001"', b'"0000"'), "backup_damaged"),
        (lambda body: body.replace(b'"0001"', b'"9999"'), "backup_of_newer_version"),
        (lambda body: body + body[-100:], "backup_damaged"),
        (lambda _body: b"", "not_a_backup"),
        (lambda _body: b"PGDMP something else", "not_a_backup"),
    ],
)
def test_a_harmed_file_is_refused_and_changes_nothing(both: Installations, file: Path, harm: Any, code: str) -> None:
    file.write_bytes(harm(file.read_bytes()))
    both.use(both.second)
    assert _refused(_run(cli.backup.restore, str(file))) == code
    assert _counts(both.second) == {}
    assert list(both.data.glob("restore-*")) == []


def test_another_installations_key_opens_nothing(both: Installations, file: Path) -> None:
    both.use(both.second, key=b"x" * 32)
    assert _refused(_run(cli.backup.restore, str(file))) == "backup_damaged"


def test_checking_a_file_touches_no_database(both: Installations, file: Path) -> None:
    both.use(both.second)
    assert json.loads(_run(cli.backup.restore, str(file), "--check", "--json").output)["restored"] is False
    assert _counts(both.second) == {}


def test_a_backup_that_fails_leaves_the_one_before(
    both: Installations, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    monkeypatch.setattr(both.settings, "database_url", both.first.url.replace("/test", "/nowhere"))
    monkeypatch.setattr(cli.backup, "current", lambda _url: "0001")
    assert _refused(_run(cli.backup.backup, str(file))) == "database_program_failed"
    assert file.read_bytes() == before
    assert sorted(path.name for path in file.parent.glob("*.partial")) == []


def test_the_commands_are_known() -> None:
    from cli.__main__ import COMMANDS

    assert {"backup", "restore"} <= COMMANDS.keys()

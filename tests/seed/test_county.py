"""The demo county: the same for the same plan, sound in its books, lived through by the operations everybody uses."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import phonenumbers
import psycopg
import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.phones import checked_phone, normal_phone
from services.accounts.operations import paper_code_fits
from services.journeys.check_books import check_everything
from services.journeys.demo_county import history, stories
from services.journeys.demo_county.digest import county_digest
from services.journeys.demo_county.folder import write_county
from services.journeys.demo_county.folks import phone_of
from services.journeys.demo_county.plan import BadPlan, Plan, kept_plan, make_plan
from services.journeys.demo_county.sheets import COLUMNS
from services.journeys.importing.faults import Refused
from services.journeys.seed_county import SeededCounty, seed

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 7, 9, 2, 0, tzinfo=UTC)
PLAN = Plan(customers=30, seed=5, until=date(2026, 6, 1))


def _seed(db: Database, folder: Path, plan: Plan = PLAN, now: datetime = NOW) -> SeededCounty:
    return seed(db, plan, folder=folder, now=now, zone=ZONE, currency="CNY")


@pytest.fixture
def another_database(database_url: str) -> Iterator[Database]:
    """A second empty installation on the same server."""
    name = f"{database_url.partition('?')[0].rsplit('/', 1)[1]}_2"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE lightline")
        other = Database(_renamed(database_url, name))
        yield other
        other.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _renamed(url: str, name: str) -> str:
    head, _, options = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}?{options}"


def test_the_same_plan_gives_the_same_digest_on_another_day_and_machine(
    db: Database, another_database: Database, tmp_path: Path
) -> None:
    _seed(db, tmp_path / "a")
    _seed(another_database, tmp_path / "b", now=datetime(2026, 7, 28, 9, 0, tzinfo=UTC))
    first = county_digest(db, PLAN, tmp_path / "a")
    assert first == county_digest(another_database, PLAN, tmp_path / "b")
    assert first == county_digest(db, PLAN, tmp_path / "b")
    for name in COLUMNS:
        assert (tmp_path / "a" / f"{name}.csv").read_bytes() == (tmp_path / "b" / f"{name}.csv").read_bytes()


def test_another_seed_gives_another_county(tmp_path: Path) -> None:
    write_county(PLAN, tmp_path / "a")
    write_county(Plan(30, 6, PLAN.until), tmp_path / "b")
    assert (tmp_path / "a" / "readings.csv").read_bytes() != (tmp_path / "b" / "readings.csv").read_bytes()


def test_a_county_stands_with_sound_books_and_all_its_stories(db: Database, tmp_path: Path) -> None:
    county = _seed(db, tmp_path / "county")
    with db.read() as reader:
        assert check_everything(reader) == ()

        def count(query: str) -> int:
            return int(reader.execute(text(query)).scalar_one())

        assert count("SELECT count(DISTINCT cycle_on) FROM bill_index") == 13
        assert count("SELECT count(*) FROM agreement WHERE continues_id IS NOT NULL") == 2
        assert count("SELECT count(*) FROM meter WHERE removed_on IS NOT NULL") == 2
        assert count("SELECT count(*) FROM service_point WHERE life_support") == 1
        assert count("SELECT count(*) FROM account WHERE dispute_on IS NOT NULL") == 1
        assert count("SELECT count(*) FROM account WHERE closed_on IS NOT NULL") == 1
        assert count("SELECT count(*) FROM bill WHERE basis->'readings' @> '[{\"rolled_over\": true}]'") == 1
        assert count("SELECT max(n) FROM (SELECT count(*) n FROM account GROUP BY customer_id) x") == 3
        assert count("SELECT count(DISTINCT tariff_code) FROM agreement") == 3
        assert count("SELECT count(*) FROM payment WHERE state <> 'settled'") == 0
        assert count("SELECT count(*) FROM payment") > 250
        newest = reader.execute(text("SELECT min(cycle_on), max(due_on) FROM bill WHERE cycle_on = '2026-06-01'")).one()
        assert newest == (date(2026, 6, 1), date(2026, 7, 29))
        agents = reader.execute(text("SELECT username FROM agent ORDER BY username")).scalars().all()
        assert agents == sorted(agent.username for agent in county.agents)


def test_every_agreement_in_force_gets_a_bill_of_the_newest_month(db: Database, tmp_path: Path) -> None:
    _seed(db, tmp_path / "county")
    with db.read() as reader:
        left_out = reader.execute(
            text("""
                SELECT g.agreement_number FROM agreement g WHERE upper(g.during) IS NULL AND NOT EXISTS (
                    SELECT FROM bill_index b WHERE b.agreement_id = g.id AND b.cycle_on = '2026-06-01')
            """)
        ).all()
    assert left_out == []


def test_the_households_of_the_demo_are_found_as_the_county_says(db: Database, tmp_path: Path) -> None:
    county = _seed(db, tmp_path / "county")
    hero = county.households[0]
    assert (hero.name, hero.phone) == ("陈静", "+8615400000001")
    with db.transaction() as session:
        for account in hero.accounts:
            row = session.execute(
                text("SELECT id FROM account WHERE account_number = :n"), {"n": account.account_number}
            ).one()
            assert paper_code_fits(session, row.id, account.account_number, account.paper_code)
        owed = session.execute(
            text("""
                SELECT r.open_minor FROM receivable r JOIN account a ON a.id = r.account_id
                WHERE a.account_number = :n AND r.open_minor > 0
            """),
            {"n": hero.accounts[0].account_number},
        ).scalars()
        assert owed.all() == [8642]


def _counts(db: Database) -> list[int]:
    tables = ("customer", "reading", "bill_index", "payment", "posting", "agent", "audit_entry")
    with db.read() as reader:
        return [int(reader.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) for table in tables]


def test_a_second_seeding_changes_nothing(db: Database, tmp_path: Path) -> None:
    first = _seed(db, tmp_path / "county")
    before = _counts(db)
    assert _seed(db, tmp_path / "county") == first
    assert _counts(db) == before


def test_a_year_later_the_newest_bills_are_still_left_to_their_payers(db: Database, tmp_path: Path) -> None:
    _seed(db, tmp_path / "county")
    before = _counts(db)
    with db.transaction() as session:
        session.execute(text("DELETE FROM clock_run"))
    _seed(db, tmp_path / "elsewhere", now=datetime(2027, 7, 9, 2, 0, tzinfo=UTC))
    assert _counts(db)[:-1] == before[:-1]


def test_an_interrupted_seeding_goes_on_where_it_stopped(
    db: Database, another_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay, days = history._pay_day, []

    def stop_within_a_month(*args: Any) -> None:
        days.append(args)
        if len(days) == 20:
            raise KeyboardInterrupt
        pay(*args)

    monkeypatch.setattr(history, "_pay_day", stop_within_a_month)
    with pytest.raises(KeyboardInterrupt):
        _seed(db, tmp_path / "a")
    monkeypatch.setattr(history, "_pay_day", pay)
    _seed(db, tmp_path / "a")
    _seed(another_database, tmp_path / "b")
    with db.read() as reader:
        assert check_everything(reader) == ()
    assert county_digest(db, PLAN, tmp_path / "a") == county_digest(another_database, PLAN, tmp_path / "b")


def test_another_county_is_not_mixed_into_one_that_stands(db: Database, tmp_path: Path) -> None:
    _seed(db, tmp_path / "a")
    with pytest.raises(Refused):
        _seed(db, tmp_path / "b", Plan(30, 6, PLAN.until))


def test_phones_reach_nobody_and_are_told_apart() -> None:
    numbers = [phone_of(Plan(5_000, 3, PLAN.until), number) for number in range(5_000)]
    assert len(set(numbers)) == 5_000
    for number in numbers[:50]:
        assert checked_phone(number) == normal_phone(number) == f"+86{number}"
        assert not phonenumbers.is_valid_number(phonenumbers.parse(number, "CN"))


def test_a_folder_remembers_its_plan(tmp_path: Path) -> None:
    write_county(PLAN, tmp_path)
    assert kept_plan(tmp_path) == PLAN
    assert kept_plan(tmp_path / "elsewhere") is None


def test_the_months_end_with_the_newest_full_one() -> None:
    plan = make_plan(customers=20, seed=1, until=None, now=NOW, zone=ZONE)
    assert (plan.first, plan.until, len(plan.cycles)) == (date(2025, 6, 1), date(2026, 6, 1), 13)
    with pytest.raises(BadPlan):
        make_plan(customers=20, seed=1, until=date(2026, 7, 1), now=NOW, zone=ZONE)
    with pytest.raises(BadPlan):
        make_plan(customers=3, seed=1, until=None, now=NOW, zone=ZONE)


def test_every_story_is_told_in_the_smallest_county() -> None:
    assert all(stories.story_of(number) is not None for number in range(10))
    assert stories.story_of(10) is None
    assert stories.story_of(202) is stories.story_of(2)

"""A cycle is billed on the real PostgreSQL."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from kernel.actor import SYSTEM
from kernel.db import Database
from kernel.periods import add_months
from services.accounts.models import Agreement, OpeningTierUse
from services.billing.queries import BillView, list_bills, read_bill
from services.journeys.check_books import check_everything
from services.journeys.run_billing_cycle import CycleReport, run
from services.ledger.queries import what_is_owed
from tests.factories import ZONE, Home, make_home, read_register

JANUARY = date(2026, 1, 1)


def _run(db: Database, cycle_on: date, **options: object) -> CycleReport:
    first = add_months(cycle_on, 1)
    now = datetime(first.year, first.month, 2, 1, 0, tzinfo=UTC)
    return run(db, SYSTEM, cycle_on=cycle_on, now=now, zone=ZONE, **options)  # type: ignore[arg-type]


def _newest(db: Database, home: Home) -> BillView:
    with db.read() as reader:
        view = read_bill(reader, list_bills(reader, home.account_id)[0].bill_number)
    assert view is not None
    return view


def _monthly(db: Database, home: Home, kwh: list[int], first: date = JANUARY, register: str = "total") -> None:
    values, shown = {first: 0}, 0
    for number, used in enumerate(kwh, start=1):
        shown += used * 1000
        values[add_months(first, number)] = shown
    with db.transaction() as session:
        read_register(session, home.registers[register], values)


@pytest.fixture
def home(db: Database) -> Home:
    with db.transaction() as session:
        return make_home(session)


def test_five_thousand_kwh_in_a_tier_year_cost_what_the_field_book_says(db: Database, home: Home) -> None:
    _monthly(db, home, [500] * 10)
    for month in range(10):
        assert _run(db, add_months(JANUARY, month)).issued == 1
    with db.read() as reader:
        bills = list_bills(reader, home.account_id)
        assert check_everything(reader) == ()
    assert sum(bill.energy_wh for bill in bills) == 5_000_000
    # Each month's lines are rounded for themselves; at most half a fen a line lies between them and the year's price.
    assert abs(sum(bill.total_minor for bill in bills) - 259_750) <= 10
    last = _newest(db, home)
    assert [(line.tier, line.quantity_wh) for line in last.lines] == [(2, 300_000), (3, 200_000)]
    assert [stand.used_wh for stand in last.tiers] == [2_880_000, 1_920_000, 200_000]


def test_a_bill_shows_everything_it_was_computed_from(db: Database, home: Home) -> None:
    _monthly(db, home, [200, 330])
    _run(db, JANUARY)
    _run(db, date(2026, 2, 1))
    view = _newest(db, home)
    assert view.total_minor == view.open_minor == sum(line.amount_minor for line in view.lines)
    assert view.total_minor == round(Decimal("330") * Decimal("0.4883") * 100)
    assert view.used_before_wh == 200_000
    assert view.tier_used_after_wh == 530_000
    (reading,) = view.readings
    assert reading.closing_wh - reading.opening_wh == reading.quantity_wh == 330_000
    assert view.document_number
    assert view.rounding == "half_up_per_line"
    assert view.previous is not None
    assert view.difference is not None
    assert view.difference.reason == "more_use"


def test_the_same_cycle_again_bills_nothing(db: Database, home: Home) -> None:
    _monthly(db, home, [200])
    assert _run(db, JANUARY).issued == 1
    assert _run(db, JANUARY).issued == 0


def test_chunks_of_one_bill_the_same_as_one_chunk(db: Database) -> None:
    with db.transaction() as session:
        homes = [make_home(session) for _ in range(5)]
    for number, each in enumerate(homes):
        _monthly(db, each, [100 + number])
    assert _run(db, JANUARY, chunk=2).issued == 5
    with db.read() as reader:
        assert check_everything(reader) == ()


def test_a_new_year_begins_its_tiers_anew(db: Database, home: Home) -> None:
    _monthly(db, home, [3_000, 100], first=date(2025, 12, 1))
    _run(db, date(2025, 12, 1))
    _run(db, JANUARY)
    view = _newest(db, home)
    assert view.used_before_wh == 0
    assert [line.tier for line in view.lines] == [1]


def test_a_period_over_the_new_year_is_cut_by_days(db: Database, home: Home) -> None:
    with db.transaction() as session:
        read_register(session, home.registers["total"], {date(2025, 12, 15): 0, date(2026, 1, 15): 310_000})
    _run(db, JANUARY)
    view = _newest(db, home)
    assert [(line.ends_on, line.quantity_wh) for line in view.lines] == [
        (date(2026, 1, 1), 170_000),
        (date(2026, 1, 15), 140_000),
    ]
    assert (view.tier_year, view.tier_used_after_wh) == (2026, 140_000)


def test_tier_use_to_date_from_the_utilitys_own_data_is_carried_on(db: Database, home: Home) -> None:
    _monthly(db, home, [100], first=date(2026, 3, 1))
    with db.transaction() as session:
        session.add(
            OpeningTierUse(agreement_id=home.agreement_id, year=2026, until_on=date(2026, 3, 1), used_wh=2_850_000)
        )
    _run(db, date(2026, 3, 1))
    assert [(line.tier, line.quantity_wh) for line in _newest(db, home).lines] == [(1, 30_000), (2, 70_000)]


def test_a_move_carries_the_tier_year_on_even_within_one_cycle(db: Database) -> None:
    moved_on = date(2026, 3, 11)
    with db.transaction() as session:
        new = make_home(session, since=moved_on)
        old = make_home(session, until=moved_on, station_id=new.station_id)
        session.execute(update(Agreement).where(Agreement.id == new.agreement_id).values(continues_id=old.agreement_id))
        read_register(session, old.registers["total"], {date(2026, 3, 1): 0, moved_on: 2_870_000})
        read_register(session, new.registers["total"], {moved_on: 0, date(2026, 4, 1): 30_000})
    assert _run(db, date(2026, 3, 1)).issued == 2
    view = _newest(db, new)
    assert view.used_before_wh == 2_870_000
    assert [(line.tier, line.quantity_wh) for line in view.lines] == [(1, 10_000), (2, 20_000)]


def test_peak_and_valley_are_priced_apart(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session, tariff_code="cn-zhejiang-residential-tou", registers=("peak", "valley"))
    _monthly(db, home, [300], register="peak")
    _monthly(db, home, [200], register="valley")
    _run(db, JANUARY)
    view = _newest(db, home)
    assert {line.period: line.amount_minor for line in view.lines} == {"peak": 17_040, "valley": 5_760}


def test_a_tariff_that_needs_other_registers_is_held(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session, tariff_code="cn-zhejiang-residential-tou")
    _monthly(db, home, [300])
    report = _run(db, JANUARY)
    assert [(held.agreement_number, held.reason) for held in report.held] == [(home.account_number, "wrong_registers")]


def test_no_use_is_a_bill_of_zero_that_asks_for_nothing(db: Database, home: Home) -> None:
    _monthly(db, home, [0])
    _run(db, JANUARY)
    with db.read() as reader:
        assert what_is_owed(reader, home.account_id, date(2026, 2, 2)).items == ()
        assert check_everything(reader) == ()


@pytest.mark.parametrize("statement", ["UPDATE bill SET total_minor = 1", "DELETE FROM bill_line", "TRUNCATE bill"])
def test_the_database_refuses_to_change_a_bill(db: Database, home: Home, statement: str) -> None:
    _monthly(db, home, [200])
    _run(db, JANUARY)
    with pytest.raises(DatabaseError, match="append-only"), db.transaction() as session:
        session.execute(text(statement))

"""What a cycle used: from readings to periods and quantities, on the real PostgreSQL."""

from datetime import date

from sqlalchemy import insert, text

from kernel.db import Database
from services.billing.collect import Collected, collect
from services.metering.models import Meter, Register
from tests.factories import make_home, read_register

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def _collect(db: Database, cycle_on: date = JULY, until: date = AUGUST, station_id: int | None = None) -> Collected:
    with db.transaction() as session:
        return collect(session, cycle_on=cycle_on, until=until, station_id=station_id, after_id=0, limit=100)


def test_a_month_is_billed_from_register_to_register(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session, multiplier=2)
        read_register(session, home.registers["total"], {JUNE: 0, JULY: 1_000_000, AUGUST: 1_200_500})
    (use,) = _collect(db).uses
    assert (use.starts_on, use.ends_on, use.quantities) == (JULY, AUGUST, {"total": 401_000})


def test_reading_days_need_not_be_the_first_of_the_month(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session)
        read_register(session, home.registers["total"], {date(2026, 6, 24): 500, date(2026, 7, 24): 900})
    (use,) = _collect(db).uses
    assert (use.starts_on, use.ends_on, use.quantities) == (date(2026, 6, 24), date(2026, 7, 24), {"total": 400})


def test_a_move_in_the_month_starts_with_its_first_reading(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session, since=date(2026, 7, 10))
        read_register(session, home.registers["total"], {date(2026, 7, 10): 100, AUGUST: 400})
    (use,) = _collect(db).uses
    assert (use.starts_on, use.quantities) == (date(2026, 7, 10), {"total": 300})


def test_a_move_out_ends_with_its_last_reading(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session, until=date(2026, 7, 20))
        read_register(session, home.registers["total"], {JULY: 100, date(2026, 7, 20): 400, AUGUST: 900})
    (use,) = _collect(db).uses
    assert (use.ends_on, use.quantities) == (date(2026, 7, 20), {"total": 300})


def test_a_meter_changed_in_the_month_counts_on_both_meters(db: Database) -> None:
    change = date(2026, 7, 15)
    with db.transaction() as session:
        home = make_home(session)
        session.execute(text("UPDATE meter SET removed_on = :d WHERE id = :id"), {"d": change, "id": home.meter_id})
        values = {"meter_number": "NEW", "service_point_id": home.service_point_id, "installed_on": change}
        meter = session.execute(insert(Meter).values(values).returning(Meter.id)).scalar_one()
        register = session.execute(
            insert(Register).values(meter_id=meter, code="total").returning(Register.id)
        ).scalar_one()
        read_register(session, home.registers["total"], {JULY: 1_000, change: 5_000})
        read_register(session, register, {change: 0, AUGUST: 7_000})
    (use,) = _collect(db).uses
    assert use.quantities == {"total": 11_000}
    assert [(s.meter_number, s.quantity_wh) for s in use.segments][1] == ("NEW", 7_000)


def test_peak_and_valley_are_kept_apart(db: Database) -> None:
    with db.transaction() as session:
        home = make_home(session, registers=("peak", "valley"))
        read_register(session, home.registers["peak"], {JULY: 0, AUGUST: 300_000})
        read_register(session, home.registers["valley"], {JULY: 0, AUGUST: 200_000})
    (use,) = _collect(db).uses
    assert use.quantities == {"peak": 300_000, "valley": 200_000}


def test_what_cannot_be_billed_is_held_with_its_reason(db: Database) -> None:
    with db.transaction() as session:
        homes = [make_home(session) for _ in range(3)]
        read_register(session, homes[1].registers["total"], {AUGUST: 5})
        read_register(session, homes[2].registers["total"], {JULY: 500_000_000, AUGUST: 499_000_000})
        one_register = make_home(session, registers=("peak", "valley"))
        read_register(session, one_register.registers["peak"], {JULY: 1, AUGUST: 2})
    held = {h.agreement_number: h.reason for h in _collect(db).held}
    assert [held[home.account_number] for home in homes] == ["no_reading", "no_opening", "backwards"]
    assert held[one_register.account_number] == "missing_reading"


def test_only_the_asked_stations_agreements_are_taken(db: Database) -> None:
    with db.transaction() as session:
        here, there = make_home(session), make_home(session)
        for home in (here, there):
            read_register(session, home.registers["total"], {JULY: 0, AUGUST: 5})
    collected = _collect(db, station_id=here.station_id)
    assert [use.account_id for use in collected.uses] == [here.account_id]

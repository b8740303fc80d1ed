"""The same folder again, in part, with changes: what is unchanged, what is changed, what may not change."""

# ruff: noqa: E501  (a table of rows reads best with a row a line)

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.phones import normal_phone
from services.accounts.operations import paper_code_fits
from services.journeys.check_books import check_everything
from services.journeys.run_billing_cycle import run as run_billing_cycle
from services.ledger.queries import what_is_owed
from tests.importing.folders import ACTOR, NOW, SOUND, faults_of, more, rows_stored, take_in, write_folder


def _one(db: Database, query: str, **params: Any) -> Any:
    with db.read() as reader:
        return reader.execute(text(query), params).scalar_one()


def test_a_sound_folder_is_stored_whole(db: Database, tmp_path: Path) -> None:
    report = take_in(db, write_folder(tmp_path / "in"))
    assert {name: c.imported for name, c in report.counted.items()} == {n: len(rows) - 1 for n, rows in SOUND.items()}
    account = _one(db, "SELECT id FROM account WHERE account_number = '1001'")
    with db.transaction() as session:
        owed = what_is_owed(session, account, date(2026, 7, 2))
        assert (owed.open_minor, owed.overdue_minor, owed.earliest_due_on) == (8642, 8642, date(2026, 5, 20))
        assert paper_code_fits(session, account, "1001", "abcd2345")
    with db.read() as reader:
        assert check_everything(reader) == ()
    assert _one(db, "SELECT count(*) FROM register") == 5
    assert _one(db, "SELECT string_agg(action, ',') FROM audit_entry") == "import_data"
    assert (
        _one(
            db,
            "SELECT c.agreement_number FROM agreement g JOIN agreement c ON c.id = g.continues_id"
            " WHERE g.agreement_number = 'G3'",
        )
        == "G2"
    )


def test_phones_are_sealed_and_found_by_their_hash(db: Database, tmp_path: Path) -> None:
    from kernel.crypto import keyed_hash, unseal

    take_in(db, write_folder(tmp_path / "in"))
    phone = normal_phone("15400000001") or ""
    with db.read() as reader:
        row = reader.execute(
            text("SELECT name, phone FROM customer WHERE phone_hash = :hash"), {"hash": keyed_hash("phone", phone)}
        ).one()
    assert row.name == "陈静"
    assert unseal(bytes(row.phone)) == "+8615400000001"


def test_control_totals_add_up_what_the_folder_holds(db: Database, tmp_path: Path) -> None:
    totals = take_in(db, write_folder(tmp_path / "in"), dry_run=True).totals
    assert totals.rows["readings"] == 9
    assert totals.readings_wh == 104_409_980
    assert totals.tier_use_wh == 640_500
    assert (totals.opening_balances_minor, totals.deposits_minor) == (9642, 20_000)
    assert totals.open_agreements == {"cn-beijing-residential": 1, "cn-zhejiang-residential": 1}


def test_a_dry_run_says_what_would_happen_and_changes_nothing(db: Database, tmp_path: Path) -> None:
    before = rows_stored(db)
    report = take_in(db, write_folder(tmp_path / "in"), dry_run=True)
    assert report.dry_run
    assert report.counted["customers"].imported == 3
    assert rows_stored(db) == before


def test_the_same_folder_again_changes_nothing(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    take_in(db, folder)
    stored = rows_stored(db)
    again = take_in(db, folder)
    assert again.changes_nothing
    assert {name: c.unchanged for name, c in again.counted.items()} == {n: len(rows) - 1 for n, rows in SOUND.items()}
    assert rows_stored(db) | {"audit_entry": 0} == stored | {"audit_entry": 0}


def test_only_what_is_new_is_added(db: Database, tmp_path: Path) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    report = take_in(
        db,
        write_folder(
            tmp_path / "in",
            readings=more("readings", "M4,total,2026-06-01,60,actual"),
            deposits=more("deposits", "D2,1001,50"),
        ),
    )
    assert (report.counted["readings"].imported, report.counted["readings"].unchanged) == (1, 9)
    assert (report.counted["deposits"].imported, report.counted["deposits"].unchanged) == (1, 1)
    assert report.counted["customers"].unchanged == 3


def test_a_folder_of_readings_alone_finds_the_rest_stored(db: Database, tmp_path: Path) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    heads = {name: rows[:1] for name, rows in SOUND.items()}
    folder = write_folder(
        tmp_path / "july", **heads | {"readings": [SOUND["readings"][0], "M4,total,2026-06-01,20,actual"]}
    )
    assert faults_of(db, folder) == [("readings.csv", 2, "value_kwh", "reading_backwards")]
    folder = write_folder(
        tmp_path / "july", **heads | {"readings": [SOUND["readings"][0], "M4,total,2026-06-01,50,actual"]}
    )
    assert take_in(db, folder).counted["readings"].imported == 1


def test_master_data_is_updated_and_counted(db: Database, tmp_path: Path) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    customers = [
        row.replace("chen@example.org", "jing@example.org").replace("Emma Carter", "Emma Reed")
        for row in SOUND["customers"]
    ]
    meters = [row.replace("M4,SP3,40,2026-04-01,,", "M4,SP3,40,2026-04-01,2026-06-30,") for row in SOUND["meters"]]
    report = take_in(db, write_folder(tmp_path / "in", customers=customers, meters=meters))
    assert (report.counted["customers"].changed, report.counted["customers"].unchanged) == (2, 1)
    assert report.counted["meters"].changed == 1
    assert _one(db, "SELECT count(*) FROM customer WHERE search @@ to_tsquery('simple', 'reed')") == 1


def test_a_column_that_is_left_out_keeps_what_is_stored(db: Database, tmp_path: Path) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    customers = [
        "customer_number,name,kind",
        "C1,陈静,residential",
        "C2,Emma Carter,residential",
        "C3,恒源超市,commercial",
    ]
    report = take_in(db, write_folder(tmp_path / "in", customers=customers))
    assert report.counted["customers"].unchanged == 3
    assert _one(db, "SELECT count(*) FROM customer WHERE phone IS NOT NULL") == 2


# file, the row as stored, the row as it comes again, where the fault is
FIXED = [
    ("readings", "M1,total,2026-05-01,1000,actual", "M1,total,2026-05-01,999,actual", "value_kwh"),
    ("opening_balances", "OB1,1001,2026-05-20,86.42", "OB1,1001,2026-05-20,86.43", "amount"),
    ("opening_balances", "OB1,1001,2026-05-20,86.42", "OB1,1001,2026-05-21,86.42", "due_on"),
    ("deposits", "D1,1002,200.00", "D1,1001,200.00", "account"),
    ("tier_use", "G1,2026,2026-05-01,640.5", "G1,2026,2026-05-01,641", "used_kwh"),
    ("agreements", "G1,1001,SP1,cn-beijing-residential,2020-01-01,,", "G1,1001,SP1,cn-zhejiang-residential,2020-01-01,,", "tariff"),
    ("meters", "M1,SP1,1,2020-01-01,,total,6", "M1,SP1,2,2020-01-01,,total,6", "multiplier"),
    ("accounts", "1001,C1,S1,CNY,20,2020-01-01,,,ABCD2345", "1001,C2,S1,CNY,20,2020-01-01,,,ABCD2345", "customer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "stored", "again", "field"), FIXED)
def test_a_fact_that_differs_from_what_is_stored_is_refused(
    db: Database, tmp_path: Path, name: str, stored: str, again: str, field: str
) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    before = rows_stored(db)
    rows = [again if row == stored else row for row in SOUND[name]]
    line = rows.index(again) + 1
    assert faults_of(db, write_folder(tmp_path / "in", **{name: rows})) == [
        (f"{name}.csv", line, field, "differs_from_stored")
    ]
    assert rows_stored(db) == before


def test_a_change_of_tariff_carries_on_the_one_that_ended(db: Database, tmp_path: Path) -> None:
    agreements = [row.replace(",,G2", ",,") for row in SOUND["agreements"]]
    take_in(db, write_folder(tmp_path / "in", agreements=agreements))
    assert _one(db, "SELECT count(*) FROM agreement WHERE continues_id IS NOT NULL") == 1
    assert take_in(db, tmp_path / "in").changes_nothing


def test_a_folder_of_headers_alone_adds_nothing(db: Database, tmp_path: Path) -> None:
    report = take_in(db, write_folder(tmp_path / "in", **{name: rows[:1] for name, rows in SOUND.items()}))
    assert report.changes_nothing
    assert report.totals.open_agreements == {}


def test_columns_left_out_keep_what_is_stored_in_the_checks_too(db: Database, tmp_path: Path) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    meters = ["meter_number,service_point,installed_on"]
    meters += ["M1,SP1,2020-01-01", "M2,SP2,2021-01-01", "M3,SP3,2022-01-01", "M4,SP3,2026-04-01"]
    agreements = ["agreement_number,account,service_point,tariff,starts_on"]
    agreements += [",".join(row.split(",")[:5]) for row in SOUND["agreements"][1:]]
    assert take_in(db, write_folder(tmp_path / "in", meters=meters, agreements=agreements)).changes_nothing


def test_what_is_billed_cannot_end_earlier_nor_get_another_start(db: Database, tmp_path: Path) -> None:
    take_in(db, write_folder(tmp_path / "in"))
    run_billing_cycle(db, ACTOR, cycle_on=date(2026, 6, 1), now=NOW, zone="Asia/Shanghai")
    agreements = [
        row.replace(
            "G1,1001,SP1,cn-beijing-residential,2020-01-01,,",
            "G1,1001,SP1,cn-beijing-residential,2020-01-01,2026-06-15,",
        )
        for row in SOUND["agreements"]
    ]
    folder = write_folder(tmp_path / "in", agreements=agreements, tier_use=[SOUND["tier_use"][0]])
    assert faults_of(db, folder) == [("agreements.csv", 2, "ends_on", "already_billed")]
    later = [row.replace(",2026-06-15,", ",2026-07-15,") for row in agreements]
    assert take_in(db, write_folder(tmp_path / "in", agreements=later)).counted["agreements"].changed == 1

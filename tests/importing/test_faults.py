"""One bad row of every kind: exactly those rows are named, and nothing is changed."""

# ruff: noqa: E501  (a table of rows reads best with a row a line)

from pathlib import Path

import pytest

from kernel.db import Database
from services.journeys.importing.sentences import SENTENCES
from tests.importing.folders import SOUND, faults_of, more, rows_stored, take_in, write_folder

# name of the mistake -> (files replaced, faults expected as (file, line, field, code))
ROWS: dict[str, tuple[dict[str, list[str]], list[tuple[str, int, str, str]]]] = {
    "too few fields": ({"stations": more("stations", "S3")}, [("stations", 4, "", "wrong_field_count")]),
    "too many fields": ({"stations": more("stations", "S3,a,b,c")}, [("stations", 4, "", "wrong_field_count")]),
    "a quote in the wrong place": ({"stations": more("stations", 'S3,"a"b,c')}, [("stations", 4, "", "bad_csv")]),
    "a blank name": ({"stations": more("stations", "S3,,x")}, [("stations", 4, "name", "missing_value")]),
    "a long name": ({"stations": more("stations", f"S3,{'长' * 121},x")}, [("stations", 4, "name", "too_long")]),
    "a control character": ({"stations": more("stations", "S3,a\x07b,x")}, [("stations", 4, "name", "bad_characters")]),
    "a code with a space": ({"stations": more("stations", "S 3,x,x")}, [("stations", 4, "code", "bad_code")]),
    "an unknown kind": ({"customers": more("customers", "C9,x,farm,en,,,")}, [("customers", 5, "kind", "unknown_choice")]),
    "an unknown language": (
        {"customers": more("customers", "C9,x,residential,xx,,,")}, [("customers", 5, "language", "unknown_language")]),
    "a phone too short": (
        {"customers": more("customers", "C9,x,residential,en,1380000123,,")}, [("customers", 5, "phone", "bad_phone")]),
    "a foreign phone that cannot be": (
        {"customers": more("customers", "C9,x,residential,en,+44 20 79,,")}, [("customers", 5, "phone", "bad_phone")]),
    "a bad identity": (
        {"customers": more("customers", "C9,x,residential,en,,12 34,")}, [("customers", 5, "identity", "bad_identity")]),
    "a bad e-mail": (
        {"customers": more("customers", "C9,x,residential,en,,,nobody")}, [("customers", 5, "email", "bad_email")]),
    "a customer twice": (
        {"customers": more("customers", "C1,陈静,residential,,,,")},
        [("customers", 5, "customer_number", "duplicate_in_file")]),
    "a station that is not there": (
        {"premises": more("premises", "P9,x,S9")}, [("premises", 5, "station", "unknown_reference")]),
    "neither yes nor no": (
        {"service_points": more("service_points", "SP9,P1,,maybe")},
        [("service_points", 5, "life_support", "unknown_choice")]),
    "an account number with a dash": (
        {"accounts": more("accounts", "10-09,C1,S1,,,2020-01-01,,,")},
        [("accounts", 5, "account_number", "bad_account_number")]),
    "another currency": (
        {"accounts": more("accounts", "1009,C1,S1,EUR,,2020-01-01,,,")}, [("accounts", 5, "currency", "wrong_currency")]),
    "no whole number": (
        {"accounts": more("accounts", "1009,C1,S1,,ten,2020-01-01,,,")}, [("accounts", 5, "due_days", "bad_number")]),
    "too many days": (
        {"accounts": more("accounts", "1009,C1,S1,,999,2020-01-01,,,")}, [("accounts", 5, "due_days", "out_of_range")]),
    "a day that is none": (
        {"accounts": more("accounts", "1009,C1,S1,,,2020-02-30,,,")}, [("accounts", 5, "opened_on", "bad_date")]),
    "a day before everything": (
        {"accounts": more("accounts", "1009,C1,S1,,,1900-01-01,,,")}, [("accounts", 5, "opened_on", "out_of_range")]),
    "a day to come": (
        {"accounts": more("accounts", "1009,C1,S1,,,2027-01-01,,,")}, [("accounts", 5, "opened_on", "date_in_future")]),
    "closed before it was opened": (
        {"accounts": more("accounts", "1009,C1,S1,,,2020-01-01,2019-01-01,,")},
        [("accounts", 5, "closed_on", "ends_before_start")]),
    "a bad paper code": (
        {"accounts": more("accounts", "1009,C1,S1,,,2020-01-01,,,AB 1")}, [("accounts", 5, "paper_code", "bad_paper_code")]),
    "an unknown tariff": (
        {"agreements": more("agreements", "G9,1001,SP3,cheap,2026-05-01,,")},
        [("agreements", 6, "tariff", "unknown_tariff")]),
    "two agreements in one time": (
        {"agreements": more("agreements", "G9,1001,SP1,cn-beijing-residential,2026-01-01,,")},
        [("agreements", 6, "starts_on", "overlapping_agreements")]),
    "an agreement longer than its account": (
        {"agreements": more("agreements", "G9,1003,SP3,cn-beijing-residential,2026-05-01,,")},
        [("agreements", 6, "account", "agreement_outside_account")]),
    "carrying on what goes on": (
        {"agreements": more("agreements", "G9,1001,SP3,cn-beijing-residential,2026-05-01,,G1")},
        [("agreements", 6, "continues", "continues_not_ended")]),
    "carried on twice": (
        {"agreements": more("agreements", "G9,1001,SP3,cn-beijing-residential,2026-05-01,,G2")},
        [("agreements", 6, "continues", "continued_twice")]),
    "registers that exclude each other": (
        {"meters": more("meters", "M9,SP3,1,2020-01-01,2021-01-01,total peak,6")},
        [("meters", 6, "registers", "bad_registers")]),
    "two meters in one time": (
        {"meters": more("meters", "M9,SP1,1,2026-01-01,,total,6")}, [("meters", 6, "installed_on", "overlapping_meters")]),
    "a register the meter has not": (
        {"readings": more("readings", "M1,peak,2026-05-01,1,actual")}, [("readings", 11, "register", "unknown_register")]),
    "a reading before the meter": (
        {"readings": more("readings", "M1,total,2019-05-01,1,actual")},
        [("readings", 11, "read_on", "reading_before_installation")]),
    "a reading after the meter": (
        {"readings": more("readings", "M3,total,2026-05-01,13,actual")},
        [("readings", 11, "read_on", "reading_after_removal")]),
    "a reading to come": (
        {"readings": more("readings", "M1,total,2026-08-01,1400,actual")}, [("readings", 11, "read_on", "date_in_future")]),
    "a reading of words": (
        {"readings": more("readings", "M1,total,2026-04-01,many,actual")}, [("readings", 11, "value_kwh", "bad_energy")]),
    "a reading below zero": (
        {"readings": more("readings", "M1,total,2026-04-01,-3,actual")}, [("readings", 11, "value_kwh", "out_of_range")]),
    "a reading too fine": (
        {"readings": more("readings", "M1,total,2026-04-01,1.2345,actual")}, [("readings", 11, "value_kwh", "bad_energy")]),
    "more than the register can show": (
        {"readings": more("readings", "M4,total,2026-06-01,100000,actual")},
        [("readings", 11, "value_kwh", "reading_too_large")]),
    "a register that runs backwards": (
        {"readings": more("readings", "M4,total,2026-06-01,20,actual")},
        [("readings", 11, "value_kwh", "reading_backwards")]),
    "a reading twice": (
        {"readings": more("readings", "M1,total,2026-05-01,1000,actual")},
        [("readings", 11, "read_on", "duplicate_in_file")]),
    "a meter that is not there": (
        {"readings": more("readings", "M7,total,2026-05-01,1,actual")}, [("readings", 11, "meter", "unknown_reference")]),
    "a debt of nothing": (
        {"opening_balances": more("opening_balances", "OB9,1001,2026-05-20,0")},
        [("opening_balances", 4, "amount", "out_of_range")]),
    "a debt in thirds of a fen": (
        {"opening_balances": more("opening_balances", "OB9,1001,2026-05-20,1.333")},
        [("opening_balances", 4, "amount", "bad_amount")]),
    "a debt of a closed account": (
        {"opening_balances": more("opening_balances", "OB9,1003,2026-05-20,5")},
        [("opening_balances", 4, "account", "account_closed")]),
    "tier use of another year": (
        {"tier_use": more("tier_use", "G3,2025,2026-05-01,3")}, [("tier_use", 3, "until_on", "bad_tier_year")]),
    "a consent without its offset": (
        {"consents": more("consents", "15400000001,all,sms,no,web,2026-01-05T10:00:00")},
        [("consents", 3, "recorded_at", "bad_instant")]),
}  # fmt: skip


@pytest.mark.parametrize("mistake", ROWS)
def test_a_bad_row_is_named_and_nothing_is_changed(db: Database, tmp_path: Path, mistake: str) -> None:
    changes, expected = ROWS[mistake]
    before = rows_stored(db)
    found = faults_of(db, write_folder(tmp_path / "in", **changes))
    assert found == [(f"{file}.csv", line, field, code) for file, line, field, code in expected]
    assert rows_stored(db) == before


def test_every_bad_row_is_named_in_one_run(db: Database, tmp_path: Path) -> None:
    files: dict[str, list[str]] = {}
    expected: list[tuple[str, int, str, str]] = []
    for changes, faults in ROWS.values():
        for name, lines in changes.items():
            if any(code == "bad_csv" for *_, code in faults):
                continue
            rows = files.setdefault(name, list(SOUND[name]))
            for row in lines[len(SOUND[name]) :]:
                rows.append(_unlike(row, len(rows)) if name != "readings" else row)
                expected += [(f"{file}.csv", len(rows), field, code) for file, _, field, code in faults]
    found = faults_of(db, write_folder(tmp_path / "in", **files))
    told = {(file, line) for file, line, _, _ in found}
    assert told == {(file, line) for file, line, _, _ in expected}
    assert set(rows_stored(db).values()) == {0}


def _unlike(row: str, line: int) -> str:
    """Give a planted row a key of its own, unless its key is the mistake."""
    key, comma, rest = row.partition(",")
    known = {"C9": f"C9{line}", "P9": f"P9{line}", "G9": f"G9{line}", "M9": f"M9{line}", "1009": f"1009{line}"}
    known |= {"S3": f"S3{line}", "OB9": f"OB9{line}", "SP9": f"SP9{line}"}
    return known.get(key, key) + comma + rest


def test_every_code_has_a_sentence_that_its_parts_fill(db: Database, tmp_path: Path) -> None:
    codes = {code for _, faults in ROWS.values() for *_, code in faults}
    assert codes <= set(SENTENCES)
    take_in(db, write_folder(tmp_path / "sound"))

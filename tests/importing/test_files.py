"""What may be wrong with a folder and its files as such, and where a row's line is counted."""

from pathlib import Path

from kernel.db import Database
from tests.importing.folders import SOUND, faults_of, more, take_in, write_folder


def test_a_missing_required_file_is_named_and_nobody_else_is_blamed(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    (folder / "customers.csv").unlink()
    assert faults_of(db, folder) == [("customers.csv", 0, "", "missing_file")]


def test_optional_files_may_be_left_out(db: Database, tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "in", service_points=[line.replace(",T1,", ",,") for line in SOUND["service_points"]]
    )
    for name in ("substations", "feeders", "transformer_areas", "opening_balances", "deposits", "tier_use", "consents"):
        (folder / f"{name}.csv").unlink()
    assert faults_of(db, folder) == []


def test_a_file_that_nobody_knows_is_named_and_a_hidden_one_is_not(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    (folder / "custmers.csv").write_text("x\n")
    (folder / ".notes").write_text("x\n")
    assert faults_of(db, folder) == [("custmers.csv", 0, "", "unknown_file")]


def test_a_missing_folder_is_said(db: Database, tmp_path: Path) -> None:
    assert faults_of(db, tmp_path / "nowhere")[0] == ("nowhere", 0, "", "missing_folder")


def test_columns_unknown_missing_and_doubled_are_named(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", stations=["code,nmae,code", "S1,x,y", "S2,x,y"])
    assert faults_of(db, folder) == [
        ("stations.csv", 1, "nmae", "unknown_column"),
        ("stations.csv", 1, "code", "duplicate_column"),
        ("stations.csv", 1, "name", "missing_column"),
    ]


def test_an_empty_file_is_said(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    (folder / "deposits.csv").write_bytes(b"")
    assert faults_of(db, folder) == [("deposits.csv", 1, "", "empty_file")]


def test_columns_may_come_in_any_order_with_a_byte_order_mark_and_crlf(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    rows = "name,code\r\n城关供电所,S1\r\n\r\n河东供电所,S2\r\n"
    (folder / "stations.csv").write_bytes(b"\xef\xbb\xbf" + rows.encode())
    assert faults_of(db, folder) == []


def test_text_that_is_not_utf8_is_named_where_it_stands(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    with (folder / "customers.csv").open("ab") as file:
        file.write("C9,王伟,residential,zh-CN,,,\n".encode("gbk"))
    assert faults_of(db, folder) == [("customers.csv", 5, "name", "bad_encoding")]


def test_a_file_in_utf16_is_said_once(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in")
    (folder / "deposits.csv").write_bytes("\n".join(SOUND["deposits"]).encode("utf-16"))
    assert faults_of(db, folder) == [("deposits.csv", 1, "", "bad_encoding")]


def test_a_row_with_line_breaks_in_quotes_is_told_by_its_first_line(db: Database, tmp_path: Path) -> None:
    rows = ('P8,"a\nb\nc",S1', "P9,x,S9")
    assert faults_of(db, write_folder(tmp_path / "in", premises=more("premises", *rows))) == [
        ("premises.csv", 8, "station", "unknown_reference")
    ]


def test_a_quote_that_is_never_closed_blames_nobody_else(db: Database, tmp_path: Path) -> None:
    lines = [SOUND["meters"][0], 'M0,"SP3,1,2010-01-01,2011-01-01,total,6', *SOUND["meters"][1:]]
    assert faults_of(db, write_folder(tmp_path / "in", meters=lines)) == [("meters.csv", 2, "", "bad_csv")]


def test_two_mistakes_in_one_row_are_both_named(db: Database, tmp_path: Path) -> None:
    rows = more("accounts", "1009,C9,S1,,ten,2020-02-30,,,")
    assert faults_of(db, write_folder(tmp_path / "in", accounts=rows)) == [
        ("accounts.csv", 5, "customer", "unknown_reference"),
        ("accounts.csv", 5, "due_days", "bad_number"),
        ("accounts.csv", 5, "opened_on", "bad_date"),
    ]


def test_a_row_that_names_a_faulty_row_is_not_blamed(db: Database, tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "in",
        customers=more("customers", "C9,x,residential,en,123,,"),
        accounts=more("accounts", "1009,C9,S1,,,2020-01-01,,,"),
    )
    assert faults_of(db, folder) == [("customers.csv", 5, "phone", "bad_phone")]


def test_a_register_may_roll_over(db: Database, tmp_path: Path) -> None:
    report = take_in(db, write_folder(tmp_path / "in"))
    assert report.counted["readings"].imported == len(SOUND["readings"]) - 1

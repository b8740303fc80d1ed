"""A small sound import folder that tests spoil in one place at a time."""

# ruff: noqa: E501  (a table of rows reads best with a row a line)

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from kernel.actor import Actor
from kernel.db import Database
from services.journeys import import_utility
from services.journeys.import_utility import ImportReport
from services.journeys.importing.faults import Refused

NOW = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)
ACTOR = Actor(kind="operator", label="test")

SOUND: dict[str, list[str]] = {
    "stations": ["code,name,name_en", "S1,城关供电所,Chengguan", "S2,河东供电所,"],
    "substations": ["code,name", "B1,城东变电站"],
    "feeders": ["code,name,substation", "F1,10kV城东1线,B1"],
    "transformer_areas": ["code,name,feeder", "T1,和平路台区,F1"],
    "customers": [
        "customer_number,name,kind,language,phone,identity,email",
        "C1,陈静,residential,zh-CN,154 0000 0001,990101198001011234,chen@example.org",
        "C2,Emma Carter,residential,en,+44 20 7946 0018,,",
        "C3,恒源超市,commercial,,,,",
    ],
    "premises": ["premises_number,address,station", "P1,和平路1号,S1", 'P2,"26 Garden Road, Hedong",S2', "P3,和平路3号,S1"],
    "service_points": [
        "service_point_number,premises,transformer_area,life_support",
        "SP1,P1,T1,yes", "SP2,P2,,no", "SP3,P3,T1,",
    ],
    "accounts": [
        "account_number,customer,station,currency,due_days,opened_on,closed_on,dispute_on,paper_code",
        "1001,C1,S1,CNY,20,2020-01-01,,,ABCD2345",
        "1002,C2,S2,CNY,20,2021-01-01,,2026-06-01,",
        "1003,C3,S1,CNY,10,2022-01-01,2026-05-01,,",
    ],
    "agreements": [
        "agreement_number,account,service_point,tariff,starts_on,ends_on,continues",
        "G1,1001,SP1,cn-beijing-residential,2020-01-01,,",
        "G2,1002,SP2,cn-zhejiang-residential-tou,2021-01-01,2026-03-01,",
        "G3,1002,SP2,cn-zhejiang-residential,2026-03-01,,G2",
        "G4,1003,SP3,cn-zhejiang-residential,2022-01-01,2026-05-01,",
    ],
    "meters": [
        "meter_number,service_point,multiplier,installed_on,removed_on,registers,digits",
        "M1,SP1,1,2020-01-01,,total,6",
        "M2,SP2,1,2021-01-01,,peak valley,6",
        "M3,SP3,40,2022-01-01,2026-04-01,total,5",
        "M4,SP3,40,2026-04-01,,total,5",
    ],
    "readings": [
        "meter,register,read_on,value_kwh,quality",
        "M1,total,2026-05-01,1000,actual",
        "M1,total,2026-06-01,1176.98,actual",
        "M1,total,2026-07-01,1300.5,customer",
        "M2,peak,2026-05-01,500,actual",
        "M2,valley,2026-05-01,400,actual",
        "M3,total,2026-03-01,99990,actual",
        "M3,total,2026-04-01,12.5,actual",
        "M4,total,2026-04-01,0,actual",
        "M4,total,2026-05-01,30,estimated",
    ],
    "opening_balances": ["reference,account,due_on,amount", "OB1,1001,2026-05-20,86.42", "OB2,1002,2026-06-20,10"],
    "deposits": ["reference,account,amount", "D1,1002,200.00"],
    "tier_use": ["agreement,year,until_on,used_kwh", "G1,2026,2026-05-01,640.5"],
    "consents": [
        "phone,category,channel,granted,source,recorded_at",
        "15400000001,marketing,sms,yes,paper form,2026-01-05T10:00:00+08:00",
    ],
}  # fmt: skip


def write_folder(folder: Path, **changes: list[str]) -> Path:
    """Write the sound folder with some files replaced whole (`customers=[header, row, ...]`)."""
    folder.mkdir(exist_ok=True)
    for name, lines in {**SOUND, **changes}.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def more(name: str, *rows: str) -> list[str]:
    """Return a sound file with rows added at its end."""
    return [*SOUND[name], *rows]


def take_in(db: Database, folder: Path, **options: Any) -> ImportReport:
    return import_utility.run(db, ACTOR, folder=folder, now=NOW, zone="Asia/Shanghai", currency="CNY", **options)


def faults_of(db: Database, folder: Path) -> list[tuple[str, int, str, str]]:
    """Import and return (file, line, field, code) of every fault; empty when it was taken in."""
    try:
        take_in(db, folder)
    except Refused as refused:
        return [(error.file, error.line, error.field, error.code) for error in refused.errors]
    return []


def rows_stored(db: Database) -> dict[str, int]:
    """Return how many rows each table that an import writes has."""
    tables = (
        "station", "customer", "premises", "service_point", "account", "agreement", "meter", "register", "reading",
        "receivable", "posting", "opening_tier_use", "consent", "audit_entry", "ledger_account",
    )  # fmt: skip
    with db.read() as reader:
        return {table: int(reader.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) for table in tables}


def write_rows(path: Path, rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)

"""The CSV files of a folder, open side by side, so that a county of any size is written in one pass."""

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import Any

COLUMNS = {
    "stations": ("code", "name", "name_en"),
    "substations": ("code", "name"),
    "feeders": ("code", "name", "substation"),
    "transformer_areas": ("code", "name", "feeder"),
    "customers": ("customer_number", "name", "kind", "language", "phone", "identity", "email"),
    "premises": ("premises_number", "address", "station"),
    "service_points": ("service_point_number", "premises", "transformer_area", "life_support"),
    "accounts": (
        "account_number", "customer", "station", "currency", "due_days", "opened_on", "closed_on", "dispute_on",
        "paper_code",
    ),
    "agreements": ("agreement_number", "account", "service_point", "tariff", "starts_on", "ends_on", "continues"),
    "meters": ("meter_number", "service_point", "multiplier", "installed_on", "removed_on", "registers", "digits"),
    "readings": ("meter", "register", "read_on", "value_kwh", "quality"),
    "opening_balances": ("reference", "account", "due_on", "amount"),
    "deposits": ("reference", "account", "amount"),
    "tier_use": ("agreement", "year", "until_on", "used_kwh"),
    "consents": ("phone", "category", "channel", "granted", "source", "recorded_at"),
}  # fmt: skip


class Sheets:
    """Rows go in by column name; what is not given is blank."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> "Sheets":
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, columns in COLUMNS.items():
            path = self._folder / f"{name}.csv"
            file = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            self._writers[name] = csv.writer(file, lineterminator="\r\n")
            self._writers[name].writerow(columns)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, sheet: str, /, **row: object) -> None:
        self._writers[sheet].writerow([row.get(column, "") for column in COLUMNS[sheet]])

    def add_reading(self, meter: str, register: str, day: str, wh: int, quality: str) -> None:
        """The same for the most numerous rows, without a dictionary."""
        self._writers["readings"].writerow((meter, register, day, f"{wh // 1000}.{wh % 1000 // 10:02d}", quality))


def kwh(wh: int) -> str:
    return f"{wh // 1000}.{wh % 1000:03d}"


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"

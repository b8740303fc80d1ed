"""However large a folder is, and however many faults it has, memory does not grow with it."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from kernel.db import Database
from services.journeys.importing.faults import Refused
from services.journeys.importing.files import utility_files
from services.journeys.importing.reading import CsvFile
from services.journeys.importing.staging import _blocks, _lines
from services.tariffs.book import shipped
from tests.importing.folders import NOW, SOUND, take_in, write_folder

READINGS = next(
    spec
    for spec in utility_files(today=NOW.date(), now=NOW, currency="CNY", tariffs=shipped().codes)
    if spec.name == "readings"
)


def _many(rows: int, value: str) -> Iterator[str]:
    yield SOUND["readings"][0] + "\n"
    for number in range(rows):
        yield f"MX{number},total,2026-05-01,{value},actual\n"


def _peak_of_reading(path: Path) -> int:
    tracemalloc.start()
    try:
        with CsvFile(path, READINGS, lambda *_: None) as source:
            assert source.read_header()
            rows = sum(len(block) for block in _blocks(_lines(READINGS, source, lambda *_: None)))
        assert rows > 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_rows_take_no_more_memory_to_read(tmp_path: Path) -> None:
    peaks = []
    for rows in (8_000, 80_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(_many(rows, "12.5"))
        peaks.append(_peak_of_reading(path))
    assert peaks[1] < 1.2 * peaks[0]


def test_tens_of_thousands_of_faults_are_all_told_in_order_from_disk(db: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", readings=[line.rstrip("\n") for line in _many(30_000, "x")])
    try:
        take_in(db, folder)
        told = None
    except Refused as refused:
        told = refused.errors
    assert told is not None
    assert len(told) == 60_000
    lines = [error.line for error in told]
    assert lines == sorted(lines)
    assert lines[0] == 2
    assert lines[-1] == 30_001
    assert {error.code for error in told} == {"bad_energy", "unknown_reference"}

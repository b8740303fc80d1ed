"""docs/import.md is what people write folders from: its files, columns and codes are the programme's own."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

from services.journeys.importing.files import utility_files
from services.journeys.importing.sentences import SENTENCES
from services.tariffs.book import shipped

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")
FILES = utility_files(
    today=date(2026, 7, 2), now=datetime(2026, 7, 2, tzinfo=UTC), currency="CNY", tariffs=shipped().codes
)


def _table(section: str) -> list[list[str]]:
    lines = PAGE.split(section, 1)[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def test_every_file_is_described_and_whether_it_must_be_there() -> None:
    rows = re.findall(r"^\| `(\w+)\.csv` \| (yes|no) \|", PAGE, re.MULTILINE)
    assert sorted((name, must == "yes") for name, must in rows) == sorted((spec.name, spec.required) for spec in FILES)


def test_every_column_is_described_and_whether_it_is_required() -> None:
    for spec in FILES:
        rows = [(row[0].strip("`"), row[1] == "yes") for row in _table(f"### {spec.name}.csv\n")]
        assert rows == [(column.name, column.required) for column in spec.columns], spec.name


def test_every_error_code_is_described() -> None:
    described = re.findall(r"^\| `(\w+)` \|", PAGE.split("## Error codes")[1], re.MULTILINE)
    assert sorted(described) == sorted(SENTENCES)


def test_every_tariff_code_is_described() -> None:
    assert all(f"`{code}`" in PAGE for code in shipped().codes)

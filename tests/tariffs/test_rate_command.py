"""`lightline rate`, as a person and as a programme use it."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from tests.tariffs.tariffs import FLAT, changed

YEAR = ("--from", "2026-01-01", "--to", "2027-01-01")
JULY = ("--from", "2026-07-01", "--to", "2026-08-01")
TOU = ("--tariff", "cn-zhejiang-residential-tou")


@dataclass(frozen=True)
class Ran:
    exit_code: int
    stdout: str
    stderr: str


def run(*words: str) -> Ran:
    """Run `lightline rate` as the shell does, in English."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("LIGHTLINE_LANGUAGE", "en")
        with pytest.raises(SystemExit) as ended:
            main(["rate", *words])
    return Ran(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def answer(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stdout
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refusals(*words: str) -> list[tuple[str, int, str, str]]:
    result = run(*words, "--json")
    assert result.exit_code == 2, result.stdout
    errors = json.loads(result.stdout)["errors"]
    assert all(set(error) == {"file", "line", "field", "code", "message"} for error in errors)
    assert all(error["message"] and "%(" not in error["message"] for error in errors)
    return [(error["file"], error["line"], error["field"], error["code"]) for error in errors]


@pytest.mark.parametrize(("code", "total"), [("cn-beijing-residential", 259_750), ("cn-zhejiang-residential", 285_200)])
def test_a_year_of_five_thousand_kwh_costs_the_golden_amount(code: str, total: int) -> None:
    found = answer("--tariff", code, "--kwh", "total=5000", *YEAR)
    assert (found["total_minor"], found["currency"]) == (total, "CNY")
    assert sum(line["amount_minor"] for line in found["lines"]) == total
    assert sum(line["quantity_wh"] for line in found["lines"]) == 5_000_000


def test_lines_have_code_label_quantity_rate_and_amount() -> None:
    found = answer(*TOU, "--kwh", "peak=300,valley=200", *JULY, "--used-kwh", "2700")
    fields = ("code", "label", "quantity_wh", "rate", "amount_minor")
    assert [tuple(line[name] for name in fields) for line in found["lines"]] == [
        ("tier1-peak", "Tier 1, peak", 36_000, "0.568", 2_045),
        ("tier1-valley", "Tier 1, valley", 24_000, "0.288", 691),
        ("tier2-peak", "Tier 2, peak", 264_000, "0.618", 16_315),
        ("tier2-valley", "Tier 2, valley", 176_000, "0.338", 5_949),
    ]
    assert found["total_minor"] == 25_000
    assert found["tier_position"]["left_wh"] == 1_600_000


def test_the_order_of_the_quantities_does_not_matter() -> None:
    one, two = (answer(*TOU, "--kwh", kwh, *JULY) for kwh in ("peak=300,valley=200", " valley=200 , peak=300"))
    assert one == two


def test_use_beyond_all_tiers_has_the_last_price() -> None:
    found = answer("--tariff", "cn-beijing-residential", "--kwh", "total=100", *JULY, "--used-kwh", "999999")
    assert [(line["rate"], line["amount_minor"]) for line in found["lines"]] == [("0.7883", 7_883)]


def test_nothing_used_costs_nothing() -> None:
    found = answer("--tariff", "cn-beijing-residential", "--kwh", "total=0", *JULY)
    assert (found["total_minor"], [line["quantity_wh"] for line in found["lines"]]) == (0, [0])


def test_an_enormous_use_is_still_exact() -> None:
    found = answer(*TOU, "--kwh", "peak=999999999999.999,valley=999999999999.999", *JULY)
    assert sum(line["quantity_wh"] for line in found["lines"]) == 2 * 999_999_999_999_999
    assert sum(line["amount_minor"] for line in found["lines"]) == found["total_minor"]


def test_a_bill_over_new_year_begins_a_new_tier_year() -> None:
    found = answer(
        "--tariff", "cn-beijing-residential", "--kwh", "total=62", "--used-kwh", "4800",
        "--from", "2025-12-01", "--to", "2026-02-01",
    )  # fmt: skip
    assert [(line["code"], line["quantity_wh"], line["starts_on"]) for line in found["lines"]] == [
        ("tier3", 31_000, "2025-12-01"),
        ("tier1", 31_000, "2026-01-01"),
    ]


def test_a_curve_is_rated_by_the_tariffs_clock(tmp_path: Path) -> None:
    start = datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=8)))
    rows = [f"{(start + timedelta(minutes=15 * n)).isoformat()},250" for n in range(31 * 96)]
    path = tmp_path / "curve.csv"
    path.write_text("\n".join(["starts_at,wh", *rows]), "utf-8")
    by_curve = answer(*TOU, "--curve", str(path), *JULY)
    assert by_curve == answer(*TOU, "--kwh", "peak=434,valley=310", *JULY)


def test_a_tariff_file_is_tried_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(changed(FLAT, known_at="2099-01-01"), "utf-8")
    assert answer("--tariff", str(path), "--kwh", "total=100", *JULY)["total_minor"] == 5_000


def test_a_malformed_tariff_file_is_refused_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(changed(FLAT, zone="Nowhere", rates="{total: [0.5, x, 0.9]}"), "utf-8")
    assert refusals("--tariff", str(path), "--kwh", "total=100", *JULY) == [
        (str(path), 9, "zone", "bad_zone"),
        (str(path), 14, "rates.total", "bad_rate"),
    ]


def test_a_faulty_curve_is_refused_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("starts_at,wh\n2026-07-01T00:00:00,5\nx,y\n", "utf-8")
    assert refusals(*TOU, "--curve", str(path), *JULY) == [
        (str(path), 2, "starts_at", "no_offset"),
        (str(path), 3, "starts_at", "bad_time"),
        (str(path), 3, "wh", "bad_number"),
    ]


@pytest.mark.parametrize(
    ("words", "field", "code"),
    [
        ((*TOU, "--kwh", "total=500", *JULY), "kwh", "wrong_registers"),
        ((*TOU, "--kwh", "peak=500", *JULY), "kwh", "wrong_registers"),
        (("--tariff", "cn-beijing-residential", "--kwh", "peak=3,valley=2", *JULY), "kwh", "wrong_registers"),
        ((*TOU, "--kwh", "peak=1,peak=2", *JULY), "kwh", "duplicate"),
        ((*TOU, "--kwh", "peak=-1,valley=2", *JULY), "kwh", "bad_quantity"),
        ((*TOU, "--kwh", "peak=1.0001,valley=2", *JULY), "kwh", "bad_energy"),
        ((*TOU, "--kwh", "peak=,valley=2", *JULY), "kwh", "bad_energy"),
        ((*TOU, "--kwh", "peak=nan,valley=2", *JULY), "kwh", "bad_energy"),
        ((*TOU, "--kwh", "peak=1e3,valley=2", *JULY), "kwh", "bad_energy"),
        ((*TOU, "--kwh", "500", *JULY), "kwh", "bad_quantities"),
        ((*TOU, "--kwh", "", *JULY), "kwh", "bad_quantities"),
        ((*TOU, *JULY), "kwh", "missing"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--curve", "x.csv", *JULY), "kwh", "missing"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--used-kwh", "-1", *JULY), "used_kwh", "bad_quantity"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--used-kwh", "x", *JULY), "used_kwh", "bad_energy"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--from", "2026-07-01"), "to", "missing"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--from", "2026-07-01", "--to", "2026-07-01"), "to", "bad_period"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--from", "2026-07-01", "--to", "2026-06-01"), "to", "bad_period"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--from", "2026-02-30", "--to", "2026-06-01"), "from", "bad_date"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--from", "20260701", "--to", "2026-08-01"), "from", "bad_date"),
        ((*TOU, "--kwh", "peak=1,valley=1", "--from", "1999-01-01", "--to", "1999-02-01"), "tariff", "not_in_force"),
        (("--tariff", "cn-nowhere", "--kwh", "total=1", *JULY), "tariff", "no_tariff"),
        (("--kwh", "total=1", *JULY), "tariff", "missing"),
    ],
)
def test_a_wrong_option_is_refused_by_name(words: tuple[str, ...], field: str, code: str) -> None:
    assert refusals(*words) == [("", 0, field, code)]


def test_files_that_are_not_there_are_refused() -> None:
    assert refusals("--tariff", "nowhere/none.yaml", "--kwh", "total=1", *JULY) == [
        ("nowhere/none.yaml", 0, "", "no_file")
    ]
    assert refusals(*TOU, "--curve", "none.csv", *JULY) == [("none.csv", 0, "", "no_file")]


def test_people_read_a_table_and_what_is_left_of_the_tier() -> None:
    result = run("--tariff", "cn-beijing-residential", "--kwh", "total=240", *JULY)
    assert result.exit_code == 0
    for words in ("Beijing residential", "Tier 1", "0.4883", "¥117.19", "2,640 kWh left in tier 1", "half up"):
        assert words in result.stdout


def test_people_read_refusals_on_the_error_stream() -> None:
    result = run(*TOU, "--kwh", "total=240", *JULY)
    assert result.exit_code == 2
    assert "peak, valley" in result.stderr
    assert result.stdout == ""

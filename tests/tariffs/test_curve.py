"""Load curves: where each interval's energy goes, and what a faulty file is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kernel.periods import Period
from services.tariffs.book import shipped
from services.tariffs.curve import FaultyCurve, read_curve
from services.tariffs.parts import cut
from tests.tariffs.tariffs import changed, tariff

CHINA = timezone(timedelta(hours=8))
DAY = Period(date(2026, 7, 1), date(2026, 7, 2))
TOU = shipped().versions("cn-zhejiang-residential-tou")
HOURS = [f"2026-07-01T{hour:02}:00:00+08:00,{100 + hour}" for hour in range(24)]

Curve = Callable[[list[str]], Path]


@pytest.fixture
def curve(tmp_path: Path) -> Curve:
    def write(rows: list[str], header: str = "starts_at,wh") -> Path:
        path = tmp_path / "curve.csv"
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return path

    return write


def faults(path: Path, period: Period = DAY) -> list[tuple[int, str, str]]:
    with pytest.raises(FaultyCurve) as caught:
        read_curve(path, cut(TOU, period))
    assert all(error.message % error.params for error in caught.value.errors)
    return [(error.line, error.field, error.code) for error in caught.value.errors]


def test_each_hour_counts_for_the_period_its_clock_shows(curve: Curve) -> None:
    (sums,) = read_curve(curve(HOURS), cut(TOU, DAY))
    assert sums == {
        "peak": sum(100 + hour for hour in range(8, 22)),
        "valley": sum(100 + hour for hour in (*range(8), 22, 23)),
    }


def test_the_offset_of_the_file_does_not_matter_only_the_instant(curve: Curve) -> None:
    start = datetime(2026, 7, 1, tzinfo=CHINA)
    rows = [
        f"{(start + timedelta(hours=hour)).astimezone(timezone(timedelta(hours=-5))).isoformat()},{100 + hour}"
        for hour in range(24)
    ]
    assert read_curve(curve(rows), cut(TOU, DAY)) == read_curve(curve(HOURS), cut(TOU, DAY))


def test_rows_may_come_in_any_order(curve: Curve) -> None:
    straight = read_curve(curve(HOURS), cut(TOU, DAY))
    assert read_curve(curve(HOURS[::-1]), cut(TOU, DAY)) == straight


def test_a_curve_over_new_year_is_cut_by_its_own_days_not_by_shares(curve: Curve) -> None:
    start = datetime(2025, 12, 31, tzinfo=CHINA)
    rows = [f"{(start + timedelta(minutes=15 * n)).isoformat()},{1 if n < 96 else 10}" for n in range(192)]
    old, new = read_curve(curve(rows), cut(TOU, Period(date(2025, 12, 31), date(2026, 1, 2))))
    assert (old, new) == ({"peak": 56, "valley": 40}, {"peak": 560, "valley": 400})


def test_a_day_of_twenty_five_hours_is_whole(curve: Curve) -> None:
    berlin = (tariff(zone="Europe/Berlin", valid="{from: 2020-01-01}"),)
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    rows = [f"{(start + timedelta(hours=hour)).isoformat()},1" for hour in range(25)]
    (sums,) = read_curve(curve(rows), cut(berlin, Period(date(2026, 10, 25), date(2026, 10, 26))))
    assert sums == {"peak": 7, "flat": 7, "valley": 11}


def replace(line: int, row: str) -> list[str]:
    """Return the hours with the row of a file line (the header is line 1) replaced."""
    return [row if n == line else hour for n, hour in enumerate(HOURS, start=2)]


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("2026-07-01T03:00:00,5", "starts_at", "no_offset"),
        ("3 o'clock,5", "starts_at", "bad_time"),
        ("2026-07-01T03:00:30+08:00,5", "starts_at", "bad_time"),
        ("2026-07-01T03:00:00+08:00,-5", "wh", "negative"),
        ("2026-07-01T03:00:00+08:00,1.5", "wh", "bad_number"),
        ("2026-07-01T03:00:00+08:00,", "wh", "bad_number"),
        ("2026-07-01T03:00:00+08:00,NaN", "wh", "bad_number"),
        ("2026-07-01T03:00:00+08:00,٣", "wh", "bad_number"),
        ("2026-07-01T03:00:00+08:00,9999999999999", "wh", "too_much"),
        ("2026-07-01T03:00:00+08:00", "", "wrong_columns"),
        ("2026-07-02T00:00:00+08:00,5", "starts_at", "outside"),
        ("2026-06-30T23:00:00+08:00,5", "starts_at", "outside"),
        ("2026-07-01T02:00:00+08:00,5", "starts_at", "duplicate"),
        ("2026-07-01T02:30:00+08:00,5", "starts_at", "overlap"),
    ],
)
def test_a_bad_row_is_refused_in_its_line(curve: Curve, row: str, field: str, code: str) -> None:
    assert (5, field, code) in faults(curve(replace(5, row)))


def test_a_missing_interval_is_told_at_the_row_after_it(curve: Curve) -> None:
    assert faults(curve(HOURS[:3] + HOURS[4:])) == [(5, "starts_at", "gap")]


def test_a_curve_that_begins_late_or_ends_early_has_a_gap(curve: Curve) -> None:
    assert faults(curve(HOURS[1:])) == [(2, "starts_at", "gap")]
    assert faults(curve(HOURS[:-1])) == [(24, "starts_at", "gap")]


def test_an_interval_that_passes_into_another_price_is_refused(curve: Curve) -> None:
    rows = [f"2026-07-01T{hour:02}:00:00+08:00,1" for hour in range(0, 24, 3)]
    assert faults(curve(rows)) == [(4, "starts_at", "straddles"), (9, "starts_at", "straddles")]


def test_all_faults_of_a_curve_come_in_one_pass(curve: Curve) -> None:
    rows = replace(5, "2026-07-01T03:00:00+08:00,x")
    rows[10] = "nonsense,5"
    rows.append("2026-07-05T00:00:00+08:00,1")
    assert faults(curve(rows)) == [
        (5, "wh", "bad_number"),
        (12, "starts_at", "bad_time"),
        (13, "starts_at", "gap"),
        (26, "starts_at", "outside"),
    ]


def test_a_file_without_its_header_or_without_rows_is_refused(curve: Curve, tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text("\n".join(HOURS), "utf-8")
    assert faults(tmp_path / "bare.csv") == [(1, "", "bad_header")]
    assert faults(curve([])) == [(1, "", "empty")]
    assert faults(tmp_path / "none.csv") == [(0, "", "no_file")]
    (tmp_path / "torn.csv").write_text('starts_at,wh\n"2026-07-01', "utf-8")
    assert faults(tmp_path / "torn.csv") == [(2, "", "bad_csv")]


def test_a_period_that_starts_half_an_hour_before_midnight_lasts_over_it(curve: Curve) -> None:
    text = changed(valid="{from: 2020-01-01}").replace("18:00-22:00", "18:00-23:00").replace("[22:00-", "[23:00-")
    (sums,) = read_curve(curve(HOURS), cut((tariff(text),), DAY))
    assert sums["valley"] == sum(100 + hour for hour in (*range(8), 23))

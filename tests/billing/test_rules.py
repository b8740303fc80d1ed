"""Registers, tier stands and reasons."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.billing.collect import moved_wh
from services.billing.queries import LineView
from services.billing.rules import Month, explain_difference, tier_stands


def test_a_register_that_rolled_over_goes_on_from_zero() -> None:
    assert moved_wh(999_900_000, 100_000, 6) == 200_000


def test_a_register_that_fell_without_rolling_over_is_not_guessed() -> None:
    assert moved_wh(500_000_000, 499_000_000, 6) is None


@given(st.integers(0, 999_999_999), st.integers(0, 400_000_000))
def test_any_use_up_to_half_the_range_is_found_again(opening: int, used: int) -> None:
    assert moved_wh(opening, (opening + used) % 1_000_000_000, 6) == used


@given(st.integers(0, 9_000_000), st.integers(0, 9_000_000))
def test_tier_stands_add_up_to_the_year_and_to_the_bill(before: int, energy: int) -> None:
    stands = tier_stands([2_880_000, 4_800_000], before + energy, energy)
    assert sum(stand.used_wh for stand in stands) == before + energy
    assert sum(stand.this_bill_wh for stand in stands) == energy
    for stand in stands[:-1]:
        assert stand.used_wh + stand.left_wh == stand.until_wh - stand.from_wh  # type: ignore[operator]


def _month(cycle: date, days: int, total: int, wh: int) -> Month:
    return Month(cycle, cycle, date.fromordinal(cycle.toordinal() + days), total, wh, "1")


def _line(tier: int, wh: int) -> LineView:
    day = date(2026, 6, 1)
    return LineView("energy", "x", tier, None, day, day, wh, "0.5", 1)


def test_more_use_is_named_as_the_cause() -> None:
    june, july = _month(date(2026, 6, 1), 30, 10_000, 200_000), _month(date(2026, 7, 1), 31, 20_000, 400_000)
    found = explain_difference(july, june, [_line(1, 400_000)])
    assert (found.reason, found.delta_minor, found.delta_wh, found.percent) == ("more_use", 10_000, 200_000, 100)


def test_days_are_named_when_the_use_a_day_is_the_same() -> None:
    short, long = _month(date(2026, 2, 1), 28, 14_000, 280_000), _month(date(2026, 3, 1), 31, 15_500, 310_000)
    assert explain_difference(long, short, [_line(1, 310_000)]).reason == "more_days"
    assert explain_difference(short, long, [_line(1, 280_000)]).reason == "fewer_days"


def test_a_higher_tier_is_named_when_use_did_not_grow() -> None:
    june, july = _month(date(2026, 6, 1), 30, 10_000, 200_000), _month(date(2026, 7, 1), 30, 15_000, 200_000)
    assert explain_difference(july, june, [_line(1, 50_000), _line(3, 150_000)]).reason == "higher_tier"


def test_an_equal_amount_is_the_same() -> None:
    june, july = _month(date(2026, 6, 1), 30, 10_000, 200_000), _month(date(2026, 7, 1), 31, 10_000, 200_000)
    assert explain_difference(july, june, []).reason == "same"

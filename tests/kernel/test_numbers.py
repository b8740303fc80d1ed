"""Money, energy, periods and human numbers."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.energy import BadEnergy, parse_kwh
from kernel.ids import is_number, new_number
from kernel.money import BadAmount, divide_half_up, parse_minor
from kernel.periods import Period, add_months, months


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_division_rounds_half_up_as_decimal_does(numerator: int, denominator: int) -> None:
    exact = Decimal(abs(numerator)) / Decimal(denominator)
    twice = 2 * abs(numerator)
    expected = abs(numerator) // denominator + (1 if twice % (2 * denominator) >= denominator else 0)
    assert abs(divide_half_up(numerator, denominator)) == expected
    if exact < 10**10 and (exact * 10**6) % 1 == 0:
        assert expected == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def test_half_a_fen_rounds_away_from_zero() -> None:
    assert divide_half_up(5, 10) == 1
    assert divide_half_up(-5, 10) == -1
    assert divide_half_up(4, 10) == 0


@pytest.mark.parametrize(("text", "minor"), [("86.42", 8642), ("86", 8600), (" 0.01 ", 1), ("-3.5", -350)])
def test_an_amount_is_read_exactly(text: str, minor: int) -> None:
    assert parse_minor(text, "CNY") == minor


@pytest.mark.parametrize("text", ["", "1.001", "1e3", "NaN", "Infinity", "1_000", "1,50", "9" * 30, "abc"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadAmount):
        parse_minor(text, "CNY")


def test_yen_has_no_decimals() -> None:
    assert parse_minor("120", "JPY") == 120
    with pytest.raises(BadAmount):
        parse_minor("120.5", "JPY")


def test_kwh_have_at_most_three_decimals() -> None:
    assert parse_kwh("123.456") == 123456
    with pytest.raises(BadEnergy):
        parse_kwh("0.0001")


@given(st.integers(6, 16))
def test_a_new_number_carries_its_check_digit(digits: int) -> None:
    number = new_number(digits)
    assert len(number) == digits
    assert is_number(number)


@given(st.integers(6, 14), st.data())
def test_one_wrong_digit_or_a_swap_is_noticed(digits: int, data: st.DataObject) -> None:
    number = new_number(digits)
    place = data.draw(st.integers(0, digits - 2))
    wrong = str((int(number[place]) + data.draw(st.integers(1, 9))) % 10)
    assert not is_number(number[:place] + wrong + number[place + 1 :])
    if number[place] != number[place + 1]:
        assert not is_number(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@pytest.mark.parametrize("text", ["", "1", "12a4", "１２３４", "-123"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert not is_number(text)


def test_months_follow_the_calendar() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)
    assert list(months(date(2025, 12, 5), date(2026, 2, 2))) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


def test_periods_are_half_open() -> None:
    july = Period(date(2026, 7, 1), date(2026, 8, 1))
    assert date(2026, 7, 31) in july
    assert date(2026, 8, 1) not in july
    assert july.overlap(Period(date(2026, 8, 1), date(2026, 9, 1))) is None
    with pytest.raises(ValueError, match="empty"):
        Period(date(2026, 8, 1), date(2026, 8, 1))

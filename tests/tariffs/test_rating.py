"""Bills: the trade's golden figures, tier years, changes of tariff, many at once."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import Period
from services.tariffs.book import NoTariff, NotInForce, make_book, shipped
from services.tariffs.parts import PeriodsChange, cut, split_by_days
from services.tariffs.rating import ToRate, WrongRegisters, rate_bills, rate_one, rounding_in_words
from services.tariffs.rules import ENGINE_VERSION, BadQuantity
from services.tariffs.tariff import tier_position
from tests.tariffs.tariffs import FLAT, tariff

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
JULY = Period(date(2026, 7, 1), date(2026, 8, 1))
OVER_NEW_YEAR = Period(date(2025, 12, 12), date(2026, 1, 12))
BEIJING = shipped().versions("cn-beijing-residential")
ZHEJIANG = shipped().versions("cn-zhejiang-residential")
ZHEJIANG_TOU = shipped().versions("cn-zhejiang-residential-tou")


def test_the_three_tariffs_of_the_house_are_there() -> None:
    assert shipped().codes == ("cn-beijing-residential", "cn-zhejiang-residential", "cn-zhejiang-residential-tou")


def test_five_thousand_kwh_in_beijing_cost_2597_50() -> None:
    bill = rate_one(BEIJING, YEAR, {"total": 5_000_000})
    assert bill.total_minor == 259_750
    assert [(line.quantity_wh, line.rate, line.amount_minor) for line in bill.lines] == [
        (2_880_000, "0.4883", 140_630),
        (1_920_000, "0.5383", 103_354),
        (200_000, "0.7883", 15_766),
    ]


def test_five_thousand_kwh_in_zhejiang_cost_2852_00() -> None:
    assert rate_one(ZHEJIANG, YEAR, {"total": 5_000_000}).total_minor == 285_200


def test_peak_and_valley_fill_the_tiers_pro_rata() -> None:
    bill = rate_one(ZHEJIANG_TOU, JULY, {"peak": 300_000, "valley": 200_000}, used_before_wh=2_700_000)
    assert [(line.code, line.quantity_wh, line.rate, line.amount_minor) for line in bill.lines] == [
        ("tier1-peak", 36_000, "0.568", 2_045),
        ("tier1-valley", 24_000, "0.288", 691),
        ("tier2-peak", 264_000, "0.618", 16_315),
        ("tier2-valley", 176_000, "0.338", 5_949),
    ]
    assert bill.total_minor == 25_000
    assert (bill.position.tier, bill.position.used_wh, bill.position.left_wh) == (2, 3_200_000, 1_600_000)


def test_the_months_of_a_year_carry_their_tiers_and_add_up_to_the_year() -> None:
    used, quantities = 0, [0, 0, 0]
    for month in range(1, 13):
        period = Period(date(2026, month, 1), date(2026 + month // 12, month % 12 + 1, 1))
        bill = rate_one(BEIJING, period, {"total": 416_667}, used_before_wh=used)
        for line in bill.lines:
            assert line.tier is not None
            quantities[line.tier - 1] += line.quantity_wh
        used = bill.used_after_wh
    assert quantities == [2_880_000, 1_920_000, 12 * 416_667 - 4_800_000]


def test_a_period_over_new_year_is_cut_by_days_and_begins_a_new_tier_year() -> None:
    bill = rate_one(BEIJING, OVER_NEW_YEAR, {"total": 310_001}, used_before_wh=4_750_000)
    old, new = bill.parts
    assert (old.quantities_wh["total"], new.quantities_wh["total"]) == (200_000, 110_001)
    assert (old.used_before_wh, new.used_before_wh, bill.used_after_wh) == (4_750_000, 0, 110_001)
    assert [(line.tier, line.quantity_wh, line.starts_on) for line in bill.lines] == [
        (2, 50_000, date(2025, 12, 12)),
        (3, 150_000, date(2025, 12, 12)),
        (1, 110_001, date(2026, 1, 1)),
    ]
    assert bill.tier_year == 2026


def test_a_period_that_ends_with_the_year_stays_in_it() -> None:
    bill = rate_one(BEIJING, Period(date(2025, 12, 1), date(2026, 1, 1)), {"total": 1_000}, used_before_wh=9)
    assert (len(bill.parts), bill.tier_year, bill.used_after_wh) == (1, 2025, 1_009)


def test_a_change_of_tariff_cuts_the_period_and_the_tier_use_carries_over() -> None:
    old = tariff(FLAT, valid="{from: 2020-01-01}")
    new = tariff(FLAT, valid="{from: 2026-07-11}", known_at="2026-06-01", rates="{total: [0.7, 0.8, 1]}")
    bill = rate_one((old, new), JULY, {"total": 93_000}, used_before_wh=50_000)
    assert [(line.tier, line.quantity_wh, line.rate, line.starts_on.day) for line in bill.lines] == [
        (1, 30_000, "0.5", 1),
        (1, 20_000, "0.7", 11),
        (2, 43_000, "0.8", 11),
    ]
    assert bill.tariff is new


def test_a_version_not_yet_known_is_not_used() -> None:
    old = tariff(FLAT)
    new = tariff(FLAT, known_at="2026-07-20", rates="{total: [0.7, 0.8, 1]}")
    before = rate_one((old, new), JULY, {"total": 1_000}, known_by=datetime(2026, 7, 19, tzinfo=UTC))
    after = rate_one((old, new), JULY, {"total": 1_000}, known_by=datetime(2026, 7, 21, tzinfo=UTC))
    assert (before.total_minor, after.total_minor) == (50, 70)


def test_the_newest_version_that_holds_is_chosen_whatever_the_order() -> None:
    old = tariff(FLAT)
    newer = tariff(FLAT, valid="{from: 2026-01-01, until: 2026-07-01}", known_at="2025-12-01")
    book = make_book([newer, old])
    assert book.choose("test-flat", date(2025, 12, 31)) is old
    assert book.choose("test-flat", date(2026, 1, 1)) is newer
    assert book.choose("test-flat", date(2026, 6, 30)) is newer
    assert book.choose("test-flat", date(2026, 7, 1)) is old


def test_a_day_without_a_version_is_refused() -> None:
    ended = tariff(FLAT, valid="{from: 2020-01-01, until: 2026-07-10}")
    with pytest.raises(NotInForce, match="2026-07-10"):
        cut((ended,), JULY)
    with pytest.raises(NotInForce):
        make_book([ended]).choose("test-flat", date(2019, 12, 31))


def test_an_unknown_code_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NoTariff, match="cn-beijing-residential"):
        shipped().versions("cn-nowhere")


def test_versions_with_other_times_of_day_need_a_reading_between_them() -> None:
    flat, tou = tariff(FLAT), tariff(valid="{from: 2026-07-11}")
    with pytest.raises(PeriodsChange):
        cut((flat, tou), JULY)


@pytest.mark.parametrize("given_wh", [{"total": 1}, {"peak": 1}, {"peak": 1, "valley": 1, "sharp": 1}, {}])
def test_registers_that_are_not_the_tariffs_are_refused(given_wh: dict[str, int]) -> None:
    with pytest.raises(WrongRegisters, match="peak, valley"):
        rate_one(ZHEJIANG_TOU, JULY, given_wh)


def test_negative_energy_and_negative_use_are_refused() -> None:
    with pytest.raises(BadQuantity):
        rate_one(BEIJING, JULY, {"total": -1})
    with pytest.raises(BadQuantity):
        rate_one(BEIJING, JULY, {"total": 1}, used_before_wh=-1)


def test_a_bill_for_no_energy_still_shows_its_price() -> None:
    bill = rate_one(ZHEJIANG_TOU, JULY, {"peak": 0, "valley": 0}, used_before_wh=2_760_000)
    assert [(line.code, line.quantity_wh, line.rate, line.amount_minor) for line in bill.lines] == [
        ("tier2-peak", 0, "0.618", 0),
        ("tier2-valley", 0, "0.338", 0),
    ]
    assert bill.total_minor == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from([YEAR, JULY, OVER_NEW_YEAR]),
            st.sampled_from(["beijing", "tou"]),
            st.integers(0, 5_000_000),
            st.integers(0, 5_000_000),
            st.integers(0, 6_000_000),
        ),
        max_size=12,
    )
)
def test_many_bills_at_once_are_each_what_they_are_alone(
    asked: list[tuple[Period, str, int, int, int]],
) -> None:
    bills = [
        ToRate(BEIJING, period, {"total": peak}, used)
        if kind == "beijing"
        else ToRate(ZHEJIANG_TOU, period, {"valley": valley, "peak": peak}, used)
        for period, kind, peak, valley, used in asked
    ]
    together = rate_bills(bills)
    assert together == tuple(rate_bills([bill])[0] for bill in bills)
    for bill, rated in zip(bills, together, strict=True):
        assert rated.total_minor == sum(line.amount_minor for line in rated.lines)
        assert rated.energy_wh == sum(bill.quantities_wh.values()) == sum(line.quantity_wh for line in rated.lines)


@given(st.integers(0, 10**15), st.lists(st.integers(1, 366), min_size=1, max_size=5))
def test_shares_by_days_add_up_to_the_register_and_the_last_takes_the_remainder(quantity: int, days: list[int]) -> None:
    shares = split_by_days(quantity, days)
    assert sum(shares) == quantity
    assert list(shares[:-1]) == [quantity * count // sum(days) for count in days[:-1]]
    assert shares[-1] * sum(days) >= quantity * days[-1]


def test_where_an_account_stands_is_told_from_the_tier_that_prices_the_next_kwh() -> None:
    beijing = BEIJING[0]
    start, edge, top = (tier_position(beijing, used) for used in (0, 2_880_000, 9_000_000))
    assert (start.tier, start.tiers, start.from_wh, start.until_wh, start.left_wh) == (1, 3, 0, 2_880_000, 2_880_000)
    assert (edge.tier, edge.from_wh, edge.left_wh) == (2, 2_880_000, 1_920_000)
    assert (top.tier, top.until_wh, top.left_wh) == (3, None, None)


def test_a_bill_names_its_rounding_and_the_engine_that_made_it() -> None:
    bill = rate_one(BEIJING, JULY, {"total": 1})
    assert bill.engine_version == ENGINE_VERSION
    assert "half up" in rounding_in_words(bill.rounding, "en")


def test_a_line_is_called_by_its_tier_and_time_of_day() -> None:
    tou = rate_one(ZHEJIANG_TOU, JULY, {"peak": 1, "valley": 1})
    assert [line.label("en") for line in tou.lines] == ["Tier 1, peak", "Tier 1, valley"]
    one_tier = tariff(FLAT, tiers_kwh="[]", rates="{total: [0.5]}")
    assert [(line.code, line.label("en")) for line in rate_one((one_tier,), JULY, {"total": 9}).lines] == [
        ("energy", "Electricity")
    ]


def test_a_tier_year_may_start_on_another_day() -> None:
    july_year = tariff(FLAT, tier_year_starts="07-15")
    bill = rate_one((july_year,), JULY, {"total": 31_000}, used_before_wh=99_000)
    assert [(line.tier, line.quantity_wh) for line in bill.lines] == [(1, 1_000), (2, 13_000), (1, 17_000)]
    assert (july_year.tier_year(date(2026, 7, 14)), july_year.tier_year(date(2026, 7, 15))) == (2025, 2026)

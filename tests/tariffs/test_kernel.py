"""The kernel against the decimal oracle, and against itself."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tariffs.rules import BLOCK, MAX_WH, BadQuantity, Columns, make_schedule, rate_columns
from services.tariffs.tariff import Tariff
from services.tariffs.tariff_file import parse_tariff
from tests.tariffs.oracle import work_out
from tests.tariffs.tariffs import FLAT, changed, tariff

TOU = tariff()
IN_ORDER = tariff(fill="in_order")
SINGLE = tariff(FLAT)
ALL = (TOU, IN_ORDER, SINGLE)

wh = st.one_of(st.integers(0, 20), st.integers(0, 400_000), st.integers(0, 10**9), st.integers(0, MAX_WH))
rows = st.lists(st.tuples(wh, wh, wh, wh), min_size=1, max_size=8)


def _rate(chosen: Tariff, values: list[tuple[int, ...]]) -> Columns:
    table = np.array(values, np.int64).T
    return rate_columns(chosen.schedule, table[: len(chosen.periods)], table[-1])


def _oracle(chosen: Tariff, values: tuple[int, ...]) -> list[tuple[int, int]]:
    lines = work_out(
        ["100", "250.5"],
        {code: [row[index] for row in chosen.rates] for index, code in enumerate(chosen.period_codes)},
        {code: Decimal(values[index]).scaleb(-3) for index, code in enumerate(chosen.period_codes)},
        Decimal(values[-1]).scaleb(-3),
        in_order=chosen.fill == "in_order",
    )
    return [(int(line.kwh * 1000), int(line.yuan * 100)) for line in lines]


@pytest.mark.parametrize("chosen", ALL, ids=["pro rata", "in order", "all day"])
@given(values=rows)
@settings(max_examples=150)
def test_every_line_is_what_plain_decimals_give(chosen: Tariff, values: list[tuple[int, ...]]) -> None:
    rated = _rate(chosen, values)
    for row, one in enumerate(values):
        lines = list(
            zip(
                rated.quantity_wh[:, :, row].ravel().tolist(),
                rated.amount_minor[:, :, row].ravel().tolist(),
                strict=True,
            )
        )
        assert lines == _oracle(chosen, one)
        assert rated.total_minor[row] == sum(amount for _, amount in lines)


@pytest.mark.parametrize("chosen", ALL, ids=["pro rata", "in order", "all day"])
@given(values=rows)
def test_parts_add_up_by_period_and_by_tier_and_are_never_negative(
    chosen: Tariff, values: list[tuple[int, ...]]
) -> None:
    rated = _rate(chosen, values)
    assert rated.quantity_wh.min() >= 0
    for row, one in enumerate(values):
        quantities, used = one[: len(chosen.periods)], one[-1]
        assert tuple(rated.quantity_wh[:, :, row].sum(axis=0)) == quantities
        after = used + sum(quantities)
        assert rated.used_after_wh[row] == after
        ends = [0, 100_000, 250_500, max(after, 250_500)]
        held = [max(0, min(after, high) - max(used, low)) for low, high in pairwise(ends)]
        assert rated.quantity_wh[:, :, row].sum(axis=1).tolist() == held


@pytest.mark.parametrize("chosen", ALL, ids=["pro rata", "in order", "all day"])
@given(values=rows)
def test_one_bill_alone_is_the_same_as_among_many(chosen: Tariff, values: list[tuple[int, ...]]) -> None:
    together = _rate(chosen, values)
    for row, one in enumerate(values):
        alone = _rate(chosen, [one])
        assert np.array_equal(alone.quantity_wh[:, :, 0], together.quantity_wh[:, :, row])
        assert np.array_equal(alone.amount_minor[:, :, 0], together.amount_minor[:, :, row])


def test_rows_keep_their_place_over_the_edges_of_blocks() -> None:
    random = np.random.default_rng(7)
    count = 2 * BLOCK + 3
    use, used = random.integers(0, 400_000, (3, count)), random.integers(0, 400_000, count)
    use[:, BLOCK] = 4 * 10**12
    whole = rate_columns(TOU.schedule, use, used)
    for row in (0, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, count - 1):
        alone = rate_columns(TOU.schedule, use[:, row : row + 1], used[row : row + 1])
        assert np.array_equal(whole.amount_minor[:, :, row], alone.amount_minor[:, :, 0])
        assert whole.total_minor[row] == alone.total_minor[0]
    backwards = rate_columns(TOU.schedule, use[:, ::-1], used[::-1])
    assert np.array_equal(backwards.total_minor[::-1], whole.total_minor)


@given(first=wh, second=wh, used=st.integers(0, 400_000))
def test_a_period_rated_in_two_bills_uses_the_same_tiers_as_in_one(first: int, second: int, used: int) -> None:
    second = min(second, MAX_WH - first)
    whole = _rate(SINGLE, [(first + second, used)])
    one, two = _rate(SINGLE, [(first, used)]), _rate(SINGLE, [(second, used + first)])
    assert np.array_equal(one.quantity_wh + two.quantity_wh, whole.quantity_wh)
    # Each line is rounded once, so that two bills may differ from one by half a fen a line.
    assert abs(int(one.total_minor[0] + two.total_minor[0] - whole.total_minor[0])) <= 3


def test_a_tier_that_is_just_full_prices_its_last_kwh_and_not_the_next() -> None:
    rated = _rate(SINGLE, [(100_000, 0), (100_001, 0), (1, 100_000), (150_500, 100_000), (1, 250_500)])
    assert rated.quantity_wh[:, 0, :].T.tolist() == [
        [100_000, 0, 0],
        [100_000, 1, 0],
        [0, 1, 0],
        [0, 150_500, 0],
        [0, 0, 1],
    ]


@given(st.lists(st.integers(10**8, 6 * 10**9), min_size=3, max_size=3), st.integers(0, 10**9))
def test_products_past_64_bits_are_exact(use: list[int], used: int) -> None:
    rates = {"peak": ["0.9", "1.1", "1.3"], "flat": ["0.7", "0.8", "0.9"], "valley": ["0.3", "0.4", "0.5"]}
    text = changed(tiers_kwh="[3000000, 9000000]")
    rated = _rate(parse_tariff(text.split("rates:")[0] + f"rates: {rates}", "large.yaml"), [(*use, used)])
    lines = work_out(
        ["3000000", "9000000"],
        rates,
        {code: Decimal(wh).scaleb(-3) for code, wh in zip(rates, use, strict=True)},
        Decimal(used).scaleb(-3),
    )
    assert rated.quantity_wh[:, :, 0].ravel().tolist() == [int(line.kwh * 1000) for line in lines]
    assert rated.amount_minor[:, :, 0].ravel().tolist() == [int(line.yuan * 100) for line in lines]


def test_half_a_fen_goes_up() -> None:
    schedule = make_schedule((), ((50,),), per_kwh=1)
    rated = rate_columns(schedule, np.array([[9, 10, 30, 29]]), np.zeros(4, np.int64))
    assert rated.total_minor.tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize(
    "bad", [(-1, 0, 0, 0), (0, 0, 0, -1), (0, MAX_WH + 1, 0, 0), (0, 0, 0, -(2**63)), (0, 0, 0, 10**18)]
)
def test_what_no_meter_can_have_counted_is_refused(bad: tuple[int, ...]) -> None:
    with pytest.raises(BadQuantity):
        _rate(TOU, [(1, 1, 1, 0), bad])


def test_fractions_of_a_wh_are_refused() -> None:
    with pytest.raises(TypeError):
        rate_columns(SINGLE.schedule, np.array([[1.5]]), np.array([0]))


def test_columns_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="need"):
        rate_columns(TOU.schedule, np.array([[1], [2]]), np.array([0]))


def test_no_rows_are_no_bills() -> None:
    empty: Any = np.empty((3, 0), np.int64)
    assert rate_columns(TOU.schedule, empty, np.empty(0, np.int64)).total_minor.shape == (0,)

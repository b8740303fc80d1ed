"""The benchmark's hand-written limit rates as the product does, so that their times may be compared."""

import numpy as np
import pytest

from benchmarks.limits.rate import make_accounts, rate_by_hand
from benchmarks.rate import TARIFF, run
from services.tariffs.rules import rate_columns
from services.tariffs.tariff_file import parse_tariff


def test_the_limit_and_the_product_agree_on_every_line() -> None:
    use, used = make_accounts(20_000, seed=3)
    ours = rate_columns(parse_tariff(TARIFF, "benchmark").schedule, use, used)
    for product, limit in zip(
        (ours.quantity_wh, ours.amount_minor, ours.total_minor), rate_by_hand(use, used), strict=True
    ):
        assert np.array_equal(product, limit)


def test_the_benchmark_states_its_value_limit_and_their_ratio() -> None:
    result = run(1_000)
    assert (result.name, result.size, result.must, result.aim) == ("rate", 1_000, 0.30, 0.60)
    assert result.ratio == pytest.approx(result.value / result.limit)

"""`rate`: a million accounts under three tiers and three periods, against the same tariff hand-written in numpy."""

import numpy as np

from benchmarks.limits.rate import make_accounts, rate_by_hand
from benchmarks.measure import Result, alternate
from services.tariffs.rules import rate_columns
from services.tariffs.tariff_file import parse_tariff

TARIFF = """
code: benchmark
names: {en: Three tiers and three periods, zh: 三档三时段}
document_number: none
source: made up for the benchmark
confirmed: true
known_at: 2020-01-01
valid: {from: 2020-01-01}
currency: CNY
zone: Asia/Shanghai
rounding: half_up_per_line
tier_year_starts: 01-01
tiers_kwh: [2760, 4800]
periods:
  peak: [08:00-11:00, 18:00-22:00]
  flat: [11:00-18:00]
  valley: [22:00-08:00]
rates:
  peak: [0.568, 0.618, 0.868]
  flat: [0.538, 0.588, 0.838]
  valley: [0.288, 0.338, 0.588]
"""


def run(size: int | None = None) -> Result:
    """Rate `size` accounts both ways; the outputs are compared first, to the last Wh and fen."""
    rows = size or 1_000_000
    schedule = parse_tariff(TARIFF, "benchmark").schedule
    use, used = make_accounts(rows)
    ours, bare = rate_columns(schedule, use, used), rate_by_hand(use, used)
    for product, limit in zip((ours.quantity_wh, ours.amount_minor, ours.total_minor), bare, strict=True):
        assert np.array_equal(product, limit), "the limit rates otherwise than the product"
    del ours, bare, product, limit
    value, limit_rate, ratio = alternate(
        lambda: rate_columns(schedule, use, used), lambda: rate_by_hand(use, used), work=rows
    )
    return Result("rate", value, "accounts/s", limit_rate, ratio, must=0.30, aim=0.60, size=rows)

"""The limit of `rate`: one tariff of three tiers and three periods, hand-written in numpy on integer columns.

Bounds and prices stand in the code as numbers, loops are unrolled, blocks fit the cache: what a specialist would write
for this one tariff and no other. Nothing is checked.
"""

import numpy as np
from numpy.typing import NDArray

BLOCK = 16_384
Ints = NDArray[np.int64]


def make_accounts(rows: int, seed: int = 1) -> tuple[Ints, Ints]:
    """Return a month's Wh in three periods [3, rows] and the tier year's Wh before it [rows], as homes use them."""
    random = np.random.default_rng(seed)
    use = random.gamma(2.0, 60_000, (3, rows)).astype(np.int64)
    return use, (random.gamma(2.0, 1_300_000, rows)).astype(np.int64)


def rate_by_hand(use: Ints, used: Ints) -> tuple[Ints, Ints, Ints]:
    """Return quantities [tier, period, row], amounts in fen likewise, and totals [row].

    Tiers to 2,760 and 4,800 kWh; prices 0.568/0.538/0.288, 0.618/0.588/0.338 and 0.868/0.838/0.588 yuan a kWh.
    """
    rows = used.shape[0]
    quantity, amount = np.empty((3, 3, rows), np.int64), np.empty((3, 3, rows), np.int64)
    total = np.empty(rows, np.int64)
    for start in range(0, rows, BLOCK):
        block = slice(start, start + BLOCK)
        _block(use[:, block], used[block], quantity[:, :, block], amount[:, :, block], total[block])
    return quantity, amount, total


def _block(use: Ints, used: Ints, quantity: Ints, amount: Ints, total: Ints) -> None:
    peak, flat, valley = use
    both = peak + flat
    energy = both + valley
    first = np.minimum(np.maximum(2_760_000 - used, 0), energy)
    second = np.minimum(np.maximum(4_800_000 - used, 0), energy) - first
    below = np.maximum(energy, 1)
    peak_1 = np.floor_divide(peak * first, below, out=quantity[0, 0])
    both_1 = both * first // below
    flat_1 = np.subtract(both_1, peak_1, out=quantity[0, 1])
    valley_1 = np.subtract(first, both_1, out=quantity[0, 2])
    peak, both, below = peak - peak_1, both - both_1, np.maximum(energy - first, 1)
    flat, valley = flat - flat_1, valley - valley_1
    peak_2 = np.floor_divide(peak * second, below, out=quantity[1, 0])
    both_2 = both * second // below
    flat_2 = np.subtract(both_2, peak_2, out=quantity[1, 1])
    valley_2 = np.subtract(second, both_2, out=quantity[1, 2])
    peak_3 = np.subtract(peak, peak_2, out=quantity[2, 0])
    flat_3 = np.subtract(flat, flat_2, out=quantity[2, 1])
    valley_3 = np.subtract(valley, valley_2, out=quantity[2, 2])
    _price(peak_1, 568, amount[0, 0])
    _price(flat_1, 538, amount[0, 1])
    _price(valley_1, 288, amount[0, 2])
    _price(peak_2, 618, amount[1, 0])
    _price(flat_2, 588, amount[1, 1])
    _price(valley_2, 338, amount[1, 2])
    _price(peak_3, 868, amount[2, 0])
    _price(flat_3, 838, amount[2, 1])
    _price(valley_3, 588, amount[2, 2])
    amount.sum(axis=(0, 1), out=total)


def _price(quantity: Ints, price: int, out: Ints) -> None:
    """Write Wh x thousandths of a yuan a kWh in fen, half up; unsigned, which numpy divides faster."""
    fen = out.view(np.uint64)
    np.multiply(quantity.view(np.uint64), np.uint64(price), out=fen)
    np.add(fen, np.uint64(5_000), out=fen)
    np.floor_divide(fen, np.uint64(10_000), out=fen)

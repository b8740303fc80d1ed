"""The rating kernel: exact integers on numpy columns, in blocks that stay in the cache. One bill is the case n = 1.

Energy is whole Wh, rates are whole numbers in steps of the tariff's finest decimal, money is whole minor units; nothing
is ever a float. Columns are laid out period by period and tier by tier, each a contiguous run of rows, because that is
what the machine reads fastest: `quantities_wh[period, row]`, `quantity_wh[tier, period, row]`.
"""

from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kernel.faults import Fault
from kernel.i18n import N_

ENGINE_VERSION = "lightline-rating-1"
"""Changes whenever the same tariff and quantities could give another line; bills keep it."""

MAX_WH = 10**15
"""The most energy one period of one bill may hold: a billion MWh."""

MAX_USED_WH = 100 * MAX_WH
"""The most the tier year may hold before a bill."""

BLOCK = 16_384
"""Rows per pass: all columns of a block fit into a core's second-level cache."""

Fill = Literal["pro_rata", "in_order"]
Column = NDArray[np.int64]


class BadQuantity(Fault):
    code = "bad_quantity"
    message = N_("An amount of energy must be between 0 and %(most)s kWh.")

    def __init__(self, *, field: str | None = None) -> None:
        super().__init__(field=field, most=MAX_WH // 1000)


@dataclass(frozen=True)
class Schedule:
    """What the kernel needs of a tariff.

    `bounds_wh` are the upper ends of all tiers but the last, rising. `rates[tier][period]` are whole numbers;
    Wh x rate / `divisor` is the amount in minor units. `fill` says how a bill's periods fill the tiers.
    """

    bounds_wh: tuple[int, ...]
    rates: tuple[tuple[int, ...], ...]
    divisor: int
    fill: Fill = "pro_rata"

    @property
    def tiers(self) -> int:
        return len(self.rates)

    @property
    def periods(self) -> int:
        return len(self.rates[0])

    @cached_property
    def rate_cube(self) -> Column:
        """The rates as [tier, period, 1], to multiply a whole block at once."""
        return np.array(self.rates, np.int64)[:, :, np.newaxis]

    @cached_property
    def largest_wh(self) -> int:
        """The most Wh of one bill for which every 64-bit product below is exact."""
        highest = max(max(row) for row in self.rates)
        by_rate = (2**63 - 1 - self.divisor) // max(highest, 1)
        return min(by_rate, 3_037_000_499 if self.periods > 1 else 4 * MAX_WH)


def make_schedule(
    bounds_wh: tuple[int, ...], rates: tuple[tuple[int, ...], ...], *, per_kwh: int, fill: Fill = "pro_rata"
) -> Schedule:
    """Return the schedule for rates in 1/`per_kwh` minor units a kWh, with their common factor taken out."""
    divisor = 1000 * per_kwh
    common = gcd(divisor, *(rate for row in rates for rate in row))
    return Schedule(bounds_wh, tuple(tuple(rate // common for rate in row) for row in rates), divisor // common, fill)


@dataclass(frozen=True)
class Columns:
    """Rated rows: `quantity_wh` and `amount_minor` are [tier, period, row], `total_minor` and `used_after_wh` [row].

    Over tiers the quantities add up to what went in, for every period; over periods to what each tier holds; and
    `total_minor` is the sum of the rounded lines.
    """

    quantity_wh: Column
    amount_minor: Column
    total_minor: Column
    used_after_wh: Column


def rate_columns(schedule: Schedule, quantities_wh: Column, used_before_wh: Column) -> Columns:
    """Rate n rows at once: `quantities_wh` is [period, row], `used_before_wh` [row], both integers.

    Quantities are what was used, 0 to MAX_WH; anything else raises BadQuantity. A credit is not a negative quantity:
    a correction rates the right quantities and takes the difference line by line, so tiers stay exact both ways.
    """
    quantities = _integers(quantities_wh)
    used = _integers(used_before_wh)
    rows = used.shape[0]
    if quantities.shape != (schedule.periods, rows):
        raise ValueError(f"quantities are {quantities.shape}, the tariff and rows need {(schedule.periods, rows)}")
    shape = (schedule.tiers, schedule.periods, rows)
    out = Columns(
        np.empty(shape, np.int64), np.empty(shape, np.int64), np.empty(rows, np.int64), np.empty(rows, np.int64)
    )
    work = _Work(schedule, min(rows, BLOCK))
    for start in range(0, rows, BLOCK):
        _rate_block(schedule, quantities, used, out, slice(start, min(start + BLOCK, rows)), work)
    return out


def _integers(values: Any) -> Column:
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError("the rating kernel takes whole Wh")
    return np.ascontiguousarray(array, dtype=np.int64)


class _Work:
    """Scratch columns of one block, used again for every block. `dtype=object` makes them Python integers."""

    def __init__(self, schedule: Schedule, rows: int, dtype: Any = np.int64):
        self.running, self.given = (np.empty((schedule.periods - 1, rows), dtype) for _ in range(2))
        self.energy, self.reached, self.before, self.share, self.remaining = (np.empty(rows, dtype) for _ in range(5))


def _rate_block(schedule: Schedule, quantities: Column, used: Column, out: Columns, rows: slice, work: _Work) -> None:
    q, u = quantities[:, rows], used[rows]
    # Seen as unsigned, a negative number is larger than any allowed one: one look finds both kinds.
    if q.size and (q.view(np.uint64).max() > MAX_WH or u.view(np.uint64).max() > MAX_USED_WH):
        raise BadQuantity
    energy = np.add.reduce(q, axis=0, out=out.used_after_wh[rows])
    huge = np.flatnonzero(energy > schedule.largest_wh) if energy.max(initial=0) > schedule.largest_wh else None
    energy += u
    quantity, amount, total = out.quantity_wh[:, :, rows], out.amount_minor[:, :, rows], out.total_minor[rows]
    _fill_and_price(schedule, q, u, quantity, amount, total, work)
    if huge is not None:
        _again_in_python(schedule, q, u, quantity, amount, total, huge)


def _again_in_python(
    schedule: Schedule, q: Column, u: Column, quantity: Column, amount: Column, total: Column, rows: Column
) -> None:
    """Rate rows whose products pass 64 bits by the same code on Python's integers, which have no end."""
    shape = (schedule.tiers, schedule.periods, rows.size)
    parts = np.empty(shape, object), np.empty(shape, object), np.empty(rows.size, object)
    work = _Work(schedule, rows.size, object)
    _fill_and_price(schedule, q[:, rows].astype(object), u[rows].astype(object), *parts, work)
    quantity[:, :, rows], amount[:, :, rows], total[rows] = parts


def _fill_and_price(schedule: Schedule, q: Any, u: Any, quantity: Any, amount: Any, total: Any, work: _Work) -> None:
    """Write the block's quantities, amounts and totals; every array is int64, or every array holds Python integers."""
    if schedule.tiers == 1:
        quantity[0] = q
    elif schedule.fill == "in_order" or schedule.periods == 1:
        _fill_in_order(schedule, q, u, quantity, work)
    else:
        _fill_pro_rata(schedule, q, u, quantity, work)
    # Half up: adding half of the divisor before rounding down. Every line of the block in one sweep.
    np.multiply(quantity, schedule.rate_cube, out=amount)
    np.add(amount, schedule.divisor // 2, out=amount)
    if amount.dtype == np.int64:
        # Nothing here is negative, and numpy divides unsigned numbers by one divisor twice as fast.
        np.floor_divide(amount.view(np.uint64), np.uint64(schedule.divisor), out=amount.view(np.uint64))
    else:
        np.floor_divide(amount, schedule.divisor, out=amount)
    np.add.reduce(amount, axis=(0, 1), out=total)


def _fill_in_order(schedule: Schedule, q: Any, u: Any, quantity: Any, work: _Work) -> None:
    """The periods fill the tiers one after the other, in the order in which the tariff names them."""
    n = u.shape[0]
    start, room, before = work.share[:n], work.reached[:n], work.before[:n]
    start[...] = u
    for period in range(schedule.periods):
        before[...] = 0
        for tier, bound in enumerate(schedule.bounds_wh):
            _room(bound, start, q[period], room)
            np.subtract(room, before, out=quantity[tier, period])
            before, room = room, before
        np.subtract(q[period], before, out=quantity[-1, period])
        start += q[period]


def _room(bound: int, start: Any, energy: Any, out: Any) -> None:
    """Write how much of `energy`, which begins at `start` of the tier year, lies below `bound`."""
    np.subtract(bound, start, out=out)
    np.maximum(out, 0, out=out)
    np.minimum(out, energy, out=out)


def _fill_pro_rata(schedule: Schedule, q: Any, u: Any, quantity: Any, work: _Work) -> None:
    """Each tier takes the same share of every period.

    Whole Wh: within a tier, the running sum over the periods is rounded down, so that what is left of a Wh goes to the
    next period and the tier is filled exactly; the last tier takes what is left of each period. No line is negative.
    """
    n = u.shape[0]
    energy, reached, before, share = work.energy[:n], work.reached[:n], work.before[:n], work.share[:n]
    running, given, remaining = work.running[:, :n], work.given[:, :n], work.remaining[:n]
    running[0] = q[0]
    for period in range(1, schedule.periods - 1):
        np.add(running[period - 1], q[period], out=running[period])
    np.add(running[-1], q[-1], out=energy)
    remaining[...] = energy
    for tier, bound in enumerate(schedule.bounds_wh):
        _room(bound, u, energy, reached)
        if tier:
            np.subtract(reached, before, out=share)
        else:
            share[...] = reached
        np.multiply(running, share, out=given)
        np.floor_divide(given, np.maximum(remaining, 1, out=before), out=given)
        _take_apart(given, share, quantity[tier])
        running -= given
        remaining -= share
        before, reached = reached, before
    _take_apart(running, remaining, quantity[-1])


def _take_apart(running: Any, whole: Any, out: Any) -> None:
    """Write the single periods of running sums whose last, the whole, stands apart."""
    out[0] = running[0]
    np.subtract(running[1:], running[:-1], out=out[1:-1])
    np.subtract(whole, running[-1], out=out[-1])

"""How much electricity is used: a base load that follows the seasons, and registers that count it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from random import Random

from kernel.periods import add_months, month_start, months

# Share of a mean month, January first: cooling in July and August, heating in December to February.
_SEASONS = {
    "residential": (1.22, 1.12, 0.90, 0.78, 0.80, 1.08, 1.52, 1.58, 1.06, 0.78, 0.92, 1.24),
    "commercial": (1.05, 0.92, 0.92, 0.90, 0.95, 1.08, 1.22, 1.24, 1.04, 0.86, 0.90, 0.92),
    "industrial": (0.92, 0.70, 1.04, 1.04, 1.05, 1.05, 1.03, 1.02, 1.05, 0.98, 1.06, 1.06),
}
_STEP_WH = 10
"""A register shows hundredths of a kWh."""


@dataclass(frozen=True)
class Load:
    """`month_wh`: a mean month's use. `peak_share`: how much of it falls between 08 and 22."""

    kind: str
    month_wh: int
    peak_share: float


def make_load(kind: str, dice: Random) -> Load:
    if kind == "residential":
        month = min(900.0, max(45.0, dice.lognormvariate(5.28, 0.45)))
    elif kind == "commercial":
        month = min(6_000.0, max(200.0, dice.lognormvariate(6.9, 0.6)))
    else:
        month = min(90_000.0, max(4_000.0, dice.lognormvariate(9.8, 0.7)))
    return Load(kind, int(month * 1000), dice.uniform(0.5, 0.72))


def used_wh(load: Load, month: date, dice: Random) -> int:
    """Return the use of one whole month, in steps that a register can show."""
    season = _SEASONS[load.kind][month.month - 1]
    return int(load.month_wh * season * dice.uniform(0.86, 1.14)) // _STEP_WH * _STEP_WH


def used_before(load: Load, until: date) -> int:
    """Return the use of the tier year before `until`, as the old system would have counted it."""
    seasons = _SEASONS[load.kind][: until.month - 1]
    return int(load.month_wh * sum(seasons)) // _STEP_WH * _STEP_WH


@dataclass
class Counter:
    """A meter's registers, which move on day by day. Values are Wh as shown, before the multiplier."""

    registers: tuple[str, ...]
    digits: int
    multiplier: int
    shown: dict[str, int]

    def add(self, wh: int, peak_share: float) -> None:
        """Count an amount of use, split over the registers, and roll over where a register is full."""
        counted = wh // self.multiplier // _STEP_WH * _STEP_WH
        if self.registers == ("total",):
            parts = {"total": counted}
        else:
            peak = int(counted * peak_share) // _STEP_WH * _STEP_WH
            parts = {"peak": peak, "valley": counted - peak}
        for code, part in parts.items():
            self.shown[code] = (self.shown[code] + part) % (10**self.digits * 1000)


def new_counter(
    registers: tuple[str, ...], dice: Random, *, digits: int = 6, multiplier: int = 1, from_kwh: int | None = None
) -> Counter:
    shown = {code: (dice.randrange(300, 60_000) if from_kwh is None else from_kwh) * 1000 for code in registers}
    return Counter(registers, digits, multiplier, shown)


def walk(
    load: Load, days: Sequence[date], dice: Random, fixed: dict[date, int] | None = None
) -> Iterator[tuple[date, int]]:
    """Yield (day, Wh used since the day before it in the list); `fixed` gives the use of whole months."""
    whole: dict[date, int] = {}
    for start, end in pairwise(days):
        total = 0
        for month in months(start, end):
            if month not in whole:
                whole[month] = (fixed or {}).get(month) or used_wh(load, month, dice)
            after = add_months(month, 1)
            if start <= month and after <= end:
                total += whole[month]
            else:
                total += whole[month] * (min(end, after) - max(start, month)).days // (after - month).days
        yield end, total // _STEP_WH * _STEP_WH


def middle(month: date, day: int = 15) -> date:
    return month_start(month).replace(day=day)

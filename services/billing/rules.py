"""Pure decisions about bills: where the tier year stands, why a bill differs from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol


@dataclass(frozen=True)
class Month:
    """One bill in the history of an agreement."""

    cycle_on: date
    starts_on: date
    ends_on: date
    total_minor: int
    energy_wh: int
    bill_number: str

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days


@dataclass(frozen=True)
class TierStand:
    """Tier `tier` (1-based) from `from_wh` to `until_wh` (None: no end) of the tier year; `used_wh` lies in it so far,
    of which `this_bill_wh` came with this bill. `left_wh` is what still fits, None for the last tier."""

    tier: int
    from_wh: int
    until_wh: int | None
    used_wh: int
    this_bill_wh: int
    left_wh: int | None


def tier_stands(bounds_wh: Sequence[int], used_after_wh: int, energy_wh: int) -> tuple[TierStand, ...]:
    """Return each tier's stand; `bounds_wh` are the upper ends of all tiers but the last."""
    before = max(0, used_after_wh - energy_wh)
    stands = []
    low = 0
    for number, high in enumerate([*bounds_wh, None], start=1):
        top = used_after_wh if high is None else min(used_after_wh, high)
        used = max(0, top - low)
        stands.append(
            TierStand(
                tier=number,
                from_wh=low,
                until_wh=high,
                used_wh=used,
                this_bill_wh=max(0, top - max(low, before)),
                left_wh=None if high is None else max(0, high - max(used_after_wh, low)),
            )
        )
        low = high if high is not None else low
    return tuple(stands)


Reason = Literal["same", "more_use", "less_use", "higher_tier", "lower_tier", "more_days", "fewer_days", "price"]


@dataclass(frozen=True)
class Difference:
    """Why this bill is not the last one. `delta_minor` and `delta_wh` are this minus last; `reason` the main cause."""

    reason: Reason
    delta_minor: int
    delta_wh: int
    delta_days: int
    percent: int | None


class _Line(Protocol):
    @property
    def tier(self) -> int | None: ...
    @property
    def quantity_wh(self) -> int: ...


def explain_difference(this: Month, previous: Month, lines: Sequence[_Line]) -> Difference:
    """Return the one main cause of the change, judged by use per day first, then tier and days.

    The exact split to the fen into use, price, tier and days is a later capability; this names the largest cause only.
    """
    delta = this.total_minor - previous.total_minor
    delta_wh, delta_days = this.energy_wh - previous.energy_wh, this.days - previous.days
    percent = round(100 * delta / previous.total_minor) if previous.total_minor > 0 else None
    return Difference(_reason(this, previous, lines, delta), delta, delta_wh, delta_days, percent)


def _reason(this: Month, previous: Month, lines: Sequence[_Line], delta: int) -> Reason:
    if delta == 0:
        return "same"
    up = delta > 0
    # Money that the change of use explains at last bill's average price, in minor units times last bill's Wh.
    by_use = (this.energy_wh - previous.energy_wh) * previous.total_minor
    explained = previous.energy_wh > 0 and 2 * abs(by_use) >= abs(delta) * previous.energy_wh
    if explained and (by_use > 0) == up:
        per_day_moved = abs(this.energy_wh * previous.days - previous.energy_wh * this.days)
        days_only = 20 * per_day_moved <= previous.energy_wh * this.days
        if days_only and this.days != previous.days:
            return "more_days" if up else "fewer_days"
        return "more_use" if up else "less_use"
    if any((line.tier or 1) > 1 and line.quantity_wh > 0 for line in lines) and up:
        return "higher_tier"
    return "price" if up else "lower_tier"

"""One dated version of a tariff, as its file states it, and what follows from it without any reading or writing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from kernel.i18n import N_
from kernel.money import exponent
from kernel.periods import Period
from services.tariffs.rules import Fill, Schedule, make_schedule

DAY_MINUTES = 24 * 60
WHOLE_DAY = "total"
"""The one period of a tariff without time of use; its quantities come from a meter's `total` register."""

PERIOD_CODES = (WHOLE_DAY, "sharp", "peak", "flat", "valley", "deep_valley")

ROUNDING = {"half_up_per_line": N_("Each line is rounded once, half up; the total is the sum of the rounded lines.")}
FILLS: dict[Fill, str] = {
    "pro_rata": N_("Each tier takes the same share of every time of day."),
    "in_order": N_("The times of day fill the tiers one after the other, in the order in which the tariff names them."),
}


@dataclass(frozen=True)
class DayPeriod:
    """A period of the day (peak, valley, ...) and its clock spans in local minutes, [start, end), start < end."""

    code: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Tariff:
    """`rates[tier][period]` are exact decimals a kWh, as the file writes them; `bounds_wh` ends all tiers but the last.

    It holds on [valid_from, valid_until) (None: until another version does) and was not known before `known_at`.
    `confirmed` is False while somebody has yet to check the figures against the official text. `body` is the file.
    """

    code: str
    names: Mapping[str, str]
    document_number: str
    source: str
    confirmed: bool
    known_at: datetime
    valid_from: date
    valid_until: date | None
    currency: str
    zone: str
    rounding: Literal["half_up_per_line"]
    year_starts: tuple[int, int]
    fill: Fill
    bounds_wh: tuple[int, ...]
    periods: tuple[DayPeriod, ...]
    rates: tuple[tuple[str, ...], ...]
    sha256: str
    body: str = field(repr=False)

    @property
    def period_codes(self) -> tuple[str, ...]:
        return tuple(period.code for period in self.periods)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def name(self, language: str) -> str:
        return self.names.get(language.split("-")[0]) or self.names["en"]

    @cached_property
    def schedule(self) -> Schedule:
        """The kernel's integers: rates scaled by the finest decimal that the file uses."""
        exact = [[Decimal(rate) for rate in row] for row in self.rates]
        places = max(exponent(self.currency), *(-int(rate.as_tuple().exponent) for row in exact for rate in row))
        whole = tuple(tuple(int(rate.scaleb(places)) for rate in row) for row in exact)
        return make_schedule(self.bounds_wh, whole, per_kwh=10 ** (places - exponent(self.currency)), fill=self.fill)

    @cached_property
    def period_of_minute(self) -> tuple[int, ...]:
        """For every minute of the local day, the index of its period."""
        minutes = [0] * DAY_MINUTES
        for index, period in enumerate(self.periods):
            for start, end in period.spans:
                minutes[start:end] = [index] * (end - start)
        return tuple(minutes)

    def tier_year(self, day: date) -> int:
        """Return the tier year that a day belongs to, named by the calendar year in which it starts."""
        return day.year if (day.month, day.day) >= self.year_starts else day.year - 1

    def as_basis(self) -> dict[str, Any]:
        """Return, as plain JSON, what a bill keeps of its tariff so that pages need not read the file again."""
        return {
            "code": self.code,
            "names": dict(self.names),
            "document_number": self.document_number,
            "source": self.source,
            "confirmed": self.confirmed,
            "valid_from": self.valid_from.isoformat(),
            "sha256": self.sha256,
            "tier_bounds_wh": list(self.bounds_wh),
            "periods": list(self.period_codes),
            "rates": [list(row) for row in self.rates],
            "fill": self.fill,
        }


@dataclass(frozen=True)
class TierPosition:
    """Where an account stands in its tier year: in 1-based `tier` of `tiers`, [from_wh, until_wh) (None: no end).

    `used_wh` is the tier year's use so far and `left_wh` what still fits into the tier (None for the last).
    """

    tier: int
    tiers: int
    used_wh: int
    from_wh: int
    until_wh: int | None
    left_wh: int | None


def tier_position(tariff: Tariff, used_wh: int) -> TierPosition:
    """Return the position after `used_wh`; a tier that is just full is behind: the next kWh has the next price."""
    tier = sum(bound <= used_wh for bound in tariff.bounds_wh)
    until = tariff.bounds_wh[tier] if tier < len(tariff.bounds_wh) else None
    return TierPosition(
        tier=tier + 1,
        tiers=len(tariff.bounds_wh) + 1,
        used_wh=used_wh,
        from_wh=tariff.bounds_wh[tier - 1] if tier else 0,
        until_wh=until,
        left_wh=None if until is None else until - used_wh,
    )


def year_starts_within(tariff: Tariff, period: Period) -> tuple[date, ...]:
    """Return the days inside the period, its first excepted, on which a tier year starts."""
    days = (date(year, *tariff.year_starts) for year in range(period.starts_on.year, period.ends_on.year + 1))
    return tuple(day for day in days if period.starts_on < day < period.ends_on)

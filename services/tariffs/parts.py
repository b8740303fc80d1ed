"""Cutting a billing period where the price list or the tier year changes, and sharing quantities over the parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel.faults import Fault
from kernel.i18n import N_
from kernel.periods import Period
from services.tariffs.book import NotInForce, pick
from services.tariffs.tariff import Tariff, year_starts_within


class PeriodsChange(Fault):
    code = "periods_change"
    message = N_("The tariff %(tariff)s changes its times of day on %(day)s: the bill must be cut there by a reading.")


@dataclass(frozen=True)
class Part:
    """A stretch of a billing period with one tariff version and one tier year. `new_year`: its tier use begins at 0."""

    period: Period
    tariff: Tariff
    new_year: bool


def cut(versions: Sequence[Tariff], period: Period, known_by: datetime | None = None) -> tuple[Part, ...]:
    """Return the parts of a billing period in order.

    Raises NotInForce where no version holds, PeriodsChange when versions divide the day differently.
    """
    days = _days_of_change(versions, period)
    parts: list[Part] = []
    for starts_on, ends_on in zip(days, (*days[1:], period.ends_on), strict=True):
        tariff = pick(versions, starts_on, known_by)
        if tariff is None:
            code = versions[0].code if versions else ""
            raise NotInForce(tariff=code, day=starts_on.isoformat(), field="tariff")
        new_year = bool(parts) and (starts_on.month, starts_on.day) == tariff.year_starts
        if parts and parts[-1].tariff.period_codes != tariff.period_codes:
            raise PeriodsChange(tariff=tariff.code, day=starts_on.isoformat(), field="tariff")
        if parts and parts[-1].tariff is tariff and not new_year:
            parts[-1] = Part(Period(parts[-1].period.starts_on, ends_on), tariff, parts[-1].new_year)
        else:
            parts.append(Part(Period(starts_on, ends_on), tariff, new_year))
    return tuple(parts)


def _days_of_change(versions: Sequence[Tariff], period: Period) -> list[date]:
    days = {period.starts_on}
    for version in versions:
        edges = {version.valid_from, version.valid_until, *year_starts_within(version, period)}
        days.update(day for day in edges if day is not None and day in period)
    return sorted(days)


def split_by_days(quantity_wh: int, days: Sequence[int]) -> tuple[int, ...]:
    """Share a register's quantity over sub-periods by their days: each rounded down, the last takes the remainder.

    The shares always add up to the register.
    """
    whole = sum(days)
    shares = [quantity_wh * count // whole for count in days[:-1]]
    return (*shares, quantity_wh - sum(shares))


def share(quantities_wh: Mapping[str, int], parts: Sequence[Part]) -> tuple[dict[str, int], ...]:
    """Share each register's quantity over the parts of its period."""
    days = [part.period.days for part in parts]
    split = {code: split_by_days(quantity, days) for code, quantity in quantities_wh.items()}
    return tuple({code: shares[index] for code, shares in split.items()} for index in range(len(parts)))

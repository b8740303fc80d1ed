"""The two pictures of a bill, as figures for the typesetter and in words for those who do not see them."""

from datetime import timedelta
from typing import Any

from babel import dates

from kernel.i18n import N_, format_date, format_kwh, format_month, locale, translate
from kernel.periods import add_months
from services.billing.queries import BillView
from services.billing.rules import Month, TierStand

MONTHS_SHOWN = 13


def _shown(view: BillView) -> list[tuple[Any, Month | None]]:
    """Return the last 13 months, oldest first, None where no bill was: a gap is drawn as a gap."""
    bills = {month.cycle_on.replace(day=1): month for month in view.history}
    this = view.cycle_on.replace(day=1)
    months = [add_months(this, back) for back in range(1 - MONTHS_SHOWN, 1)]
    first = next((n for n, month in enumerate(months) if month in bills), 0)
    return [(month, bills.get(month)) for month in months[first:]]


def month_bars(view: BillView, language: str) -> list[dict[str, Any]]:
    """Return a bar a month: `share` of the highest month (the axis starts at zero), None where there is no bill."""
    shown = _shown(view)
    highest = max((month.energy_wh for _, month in shown if month), default=0) or 1
    year_ago = view.year_ago.bill_number if view.year_ago else None
    return [
        {
            "name": dates.format_date(first, "LLL", locale=locale(language)),
            "share": None if month is None else month.energy_wh / highest,
            "kwh": "" if month is None else format_kwh(round(month.energy_wh, -3), language),
            "now": month is not None and month.bill_number == view.bill_number,
            "year_ago": month is not None and month.bill_number == year_ago,
        }
        for first, month in shown
    ]


def months_in_words(view: BillView, language: str) -> str:
    """Return the bars as a list of months with their kWh."""
    said = [
        translate(
            language,
            N_("%(month)s: %(kwh)s kWh"),
            month=format_month(first, language),
            kwh=format_kwh(month.energy_wh, language),
        )
        for first, month in _shown(view)
        if month is not None
    ]
    return "; ".join(said)


def tier_bars(view: BillView, language: str) -> list[dict[str, Any]]:
    """Return a bar a tier: its `width` in kWh, and which part was used `before` and `now` (with this bill)."""
    bars = []
    for stand in view.tiers:
        room = _room(view, stand)
        bars.append(
            {
                "name": translate(language, N_("Tier %(tier)s"), tier=stand.tier),
                "range": _range(stand, language),
                "width": room,
                "before": (stand.used_wh - stand.this_bill_wh) / room,
                "now": stand.this_bill_wh / room,
            }
        )
    return bars


def _room(view: BillView, stand: TierStand) -> int:
    """Return how wide a tier is drawn, in Wh: the last one has no end and is drawn as wide as the first, or as used."""
    if stand.until_wh is not None:
        return max(1, stand.until_wh - stand.from_wh)
    first = view.tiers[0].until_wh or 1
    return max(first // 2, stand.used_wh, 1)


def _range(stand: TierStand, language: str) -> str:
    low = format_kwh(stand.from_wh, language)
    if stand.until_wh is None:
        return translate(language, N_("above %(kwh)s kWh"), kwh=low)
    if stand.from_wh == 0:
        return translate(language, N_("to %(kwh)s kWh"), kwh=format_kwh(stand.until_wh, language))
    high = format_kwh(stand.until_wh, language)
    return translate(language, N_("%(low)s to %(high)s kWh"), low=low, high=high)


def tiers_in_words(view: BillView, language: str) -> str:
    """Say how much of the tier year was used, and how much of it came with this bill."""
    return translate(
        language,
        N_("From 1 January to %(day)s you used %(used)s kWh, of which %(now)s kWh with this bill."),
        day=format_date(view.ends_on - timedelta(days=1), language),
        used=format_kwh(view.tier_used_after_wh, language),
        now=format_kwh(view.energy_wh, language),
    )

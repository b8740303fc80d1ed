"""Sentences about money and use that every door says alike: portal, console, paper and texts."""

from datetime import date

from kernel.i18n import N_, format_date, format_kwh, format_money, translate
from services.billing.queries import BillView
from services.ledger.queries import Owed


def money_in_words(owed: Owed, language: str, today: date) -> str:
    """Say what an account owes as a neighbour would: to pay, late, in credit, or nothing."""
    amount = format_money(owed.open_minor, owed.currency, language)
    if owed.open_minor and owed.earliest_due_on:
        day = format_date(owed.earliest_due_on, language)
        if owed.overdue_minor:
            late = format_money(owed.overdue_minor, owed.currency, language)
            if owed.overdue_minor == owed.open_minor:
                return translate(language, N_("To pay %(amount)s. It was due on %(day)s."), amount=amount, day=day)
            return translate(
                language,
                N_("To pay %(amount)s. Of this, %(late)s was due on %(day)s."),
                amount=amount,
                late=late,
                day=day,
            )
        if len({item.due_on for item in owed.items}) > 1:
            first = sum(item.open_minor for item in owed.items if item.due_on == owed.earliest_due_on)
            return translate(
                language,
                N_("To pay %(amount)s, of which %(first)s by %(day)s."),
                amount=amount,
                first=format_money(first, owed.currency, language),
                day=day,
            )
        return translate(language, N_("To pay %(amount)s by %(day)s."), amount=amount, day=day)
    if owed.credit_minor:
        credit = format_money(owed.credit_minor, owed.currency, language)
        return translate(language, N_("You are %(amount)s in credit."), amount=credit)
    return translate(language, N_("Nothing to pay."))


_REASONS = {
    "more_use": N_("%(delta)s more than last month, because you used %(kwh)s kWh more."),
    "less_use": N_("%(delta)s less than last month, because you used %(kwh)s kWh less."),
    "more_days": N_(
        "%(delta)s more than last month, because this bill covers more days (%(days)s instead of %(before)s)."
    ),
    "fewer_days": N_("%(delta)s less than last month, because this bill covers fewer days (%(days)s, not %(before)s)."),
    "higher_tier": N_(
        "%(delta)s more than last month, because part of your use this year is now in a higher price tier."
    ),
    "lower_tier": N_("%(delta)s less than last month, because your use is in a lower price tier."),
    "price": N_("%(delta)s more than last month, because the price of a kWh changed."),
}


def why_it_differs(view: BillView, language: str) -> str | None:
    """Say in one sentence why the bill differs from the one before; None for an agreement's first bill."""
    difference, previous = view.difference, view.previous
    if difference is None or previous is None:
        return None
    if difference.reason == "same":
        return translate(language, N_("The same amount as last month."))
    return translate(
        language,
        _REASONS[difference.reason],
        delta=format_money(abs(difference.delta_minor), view.currency, language),
        kwh=format_kwh(abs(difference.delta_wh), language),
        days=view.days,
        before=previous.days,
    )


def tier_left(view: BillView, language: str) -> str | None:
    """Say what is left in the tier the reader stands in ("60 kWh left in tier 1"), None where tiers have no end."""
    for stand in view.tiers:
        if stand.left_wh:
            return translate(
                language,
                N_("%(kwh)s kWh left in tier %(tier)s this year"),
                kwh=format_kwh(stand.left_wh, language),
                tier=stand.tier,
            )
    return None


def tariff_name(view: BillView, language: str) -> str:
    names = view.tariff_names
    return names.get(language.split("-")[0]) or names.get("en") or view.tariff_code

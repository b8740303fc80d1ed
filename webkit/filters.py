"""What templates may call: money, energy and time in the reader's language, always with their unit; and `_`."""

from datetime import date, datetime

import phonenumbers
from flask import Flask

from kernel import i18n
from kernel.i18n import _
from kernel.money import Money
from webkit import drawing
from webkit.door import webkit

# A dot that is no letter of any phone keypad, read out as "hidden" by the macros' aria-label.
_HIDDEN = "•"


def install(app: Flask) -> None:
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda msgid: i18n.catalogue(i18n.current_language()).ugettext(msgid),
        lambda one, many, num: i18n.catalogue(i18n.current_language()).ungettext(one, many, num),
        newstyle=True,
    )
    env.filters.update(
        money=money,
        kwh=kwh,
        kwh_number=i18n.format_kwh,
        number=i18n.format_number,
        date=show_date,
        day=show_day,
        month=i18n.format_month,
        time=show_time,
        datetime=show_datetime,
        phone=phone,
        phone_masked=phone_masked,
    )
    env.globals.update(
        draw_table=drawing.table,
        draw_summary_list=drawing.summary_list,
        draw_tier_bar=drawing.tier_bar,
        draw_month_bars=drawing.month_bars,
    )


def money(amount: int | Money, currency: str | None = None) -> str:
    """Return minor units (of the utility's currency unless another is named) or Money with its symbol: ¥86.42."""
    if isinstance(amount, Money):
        return i18n.format_money(amount.minor, amount.currency)
    return i18n.format_money(amount, currency or webkit().settings.currency)


def kwh(wh: int) -> str:
    """Return watt-hours as kWh with the unit; `kwh_number` leaves it to the column's heading."""
    return _("%(number)s kWh", number=i18n.format_kwh(wh))


def show_date(day: date) -> str:
    """Return the local date in words, with the year: 25 July 2026."""
    return i18n.format_date(day.date() if isinstance(day, datetime) else day)


def show_day(day: date) -> str:
    """Return the local date without its year, for a day in the near future or past: 25 July, 7月25日."""
    if i18n.current_language() == "zh-CN":
        return f"{day.month}月{day.day}日"
    return i18n.format_date(day).rsplit(" ", 1)[0]


def show_time(instant: datetime) -> str:
    return i18n.format_time(instant, webkit().settings.zone)


def show_datetime(instant: datetime) -> str:
    return i18n.format_instant(instant, webkit().settings.zone)


def phone(e164: str) -> str:
    """Return a phone number as people of its country write it."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    form = phonenumbers.PhoneNumberFormat
    home = parsed.country_code == 86
    return phonenumbers.format_number(parsed, form.NATIONAL if home else form.INTERNATIONAL)


def phone_masked(e164: str) -> str:
    """Return enough of a number for its owner to know it: 138 •••• 5678."""
    digits = e164.removeprefix("+86") if e164.startswith("+86") else e164
    if len(digits) < 8:
        return _HIDDEN * 4 + digits[-2:]
    return f"{digits[:3]} {_HIDDEN * 4} {digits[-4:]}"

"""Sentences that only a household reads, and the words of all doors, for the portal's templates."""

from datetime import date
from typing import Protocol

from flask import Flask
from markupsafe import Markup

from kernel.i18n import N_, _, current_language, format_money
from kernel.money import Money
from notifications.states import CATEGORIES, CHANNELS, QUALITIES, failure, message_reason, message_state, payment_state
from notifications.words import money_in_words
from portal.references import reference
from services.accounts.queries import Place
from services.accounts.rules import may
from services.ledger.queries import Owed
from services.tariffs.labels import PERIOD_NAMES, line_label
from webkit import filters

ROLES = {
    "holder": N_("Holder: everything, and lets others in"),
    "manage": N_("May view, pay and manage"),
    "pay": N_("May view and pay"),
    "view": N_("May view"),
}
_TABLES = {
    "role": ROLES, "category": CATEGORIES, "channel": CHANNELS, "quality": QUALITIES, "period": PERIOD_NAMES,
}  # fmt: skip
# A full stop alone on the next line of a narrow screen reads as dirt.
_STOPS = frozenset(".,。，")
LANGUAGES = (("zh-CN", "中文"), ("en", "English"))


def install(app: Flask) -> None:
    app.jinja_env.filters["plain_amount"] = lambda minor, currency: str(Money(minor, currency).decimal)
    app.jinja_env.globals.update(
        word=word,
        to_pay=to_pay,
        money_sentence=money_sentence,
        bill_status=bill_status,
        place_name=place_name,
        until_day=until_day,
        payment_state=payment_state,
        message_state=message_state,
        message_reason=message_reason,
        failure=failure,
        may_do=lambda place, act: may(place.role, act),
        line_label=lambda tier, period: line_label(current_language(), tier, period),
        spoken_languages=LANGUAGES,
        reference=reference,
        translated=_,
    )


def word(table: str, code: str) -> str:
    """Return the word for a code of one of the tables above; a code nobody knows yet is shown as it is."""
    found = _TABLES[table].get(code)
    return _(found) if found else code


def money_sentence(owed: Owed, today: date) -> str:
    return money_in_words(owed, current_language(), today)


def to_pay(owed: Owed, today: date) -> tuple[str, Markup]:
    """Return how the money block looks and its sentence, the sum large: "To pay **86.42** by 25 July"."""
    kind = "attention" if owed.overdue_minor else "due" if owed.open_minor else "good"
    sentence = money_sentence(owed, today)
    shown = format_money(owed.open_minor or owed.credit_minor, owed.currency)
    if not (owed.open_minor or owed.credit_minor):
        return kind, Markup("{}").format(sentence)
    before, _found, after = sentence.partition(shown)
    stop, after = (after[:1], after[1:]) if after[:1] in _STOPS else ("", after)
    figure = Markup('<span class="ll-num"><strong class="ll-figure">{}</strong>{}</span>').format(shown, stop)
    return kind, Markup("{}{}{}").format(before, figure, after)


class _Bill(Protocol):
    @property
    def open_minor(self) -> int: ...
    @property
    def total_minor(self) -> int: ...
    @property
    def due_on(self) -> date: ...


def bill_status(bill: _Bill, today: date) -> str:
    """Return the state of a bill as the design system's tags name it."""
    if not bill.open_minor:
        return "paid"
    if bill.due_on < today:
        return "overdue"
    return "part_paid" if bill.open_minor < bill.total_minor else "due"


def place_name(place: Place) -> str:
    """Return what this person calls the account: their own word, else its address, else its number."""
    return place.nickname or place.address or place.account_number


def until_day(ends_on: date) -> str:
    """Return the last day of a half-open period in words."""
    return filters.show_date(date.fromordinal(ends_on.toordinal() - 1))

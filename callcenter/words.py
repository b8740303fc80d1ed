"""The console's own words, one table each; those that every door says alike come from notifications.states."""

from datetime import date

from flask import Flask

from kernel.i18n import N_, _, current_language, format_money, format_time
from notifications.states import (
    CATEGORIES,
    CHANNELS,
    HOLDING_PROOFS,
    HOLDING_ROLES,
    QUALITIES,
    failure,
    message_reason,
    message_state,
    payment_state,
)
from notifications.words import money_in_words
from services.access.roles import may, role_word
from services.billing.queries import BillRow
from services.journeys.customer_view import Proof
from services.ledger.queries import Owed
from services.tariffs.labels import PERIOD_NAMES, line_label
from webkit.door import webkit
from webkit.signin import current_actor, signed_in

PROOFS = {
    "identity": N_("identity number"),
    "bill": N_("address and last bill"),
    "code": N_("code to the phone on file"),
}
KINDS = {"residential": N_("Household"), "commercial": N_("Shop or office"), "industrial": N_("Factory")}
LANGUAGES = {"zh-CN": "中文", "en": "English"}
HOWS = {
    "account": N_("account number"),
    "agreement": N_("account number"),
    "bill": N_("bill number"),
    "payment": N_("payment number"),
    "meter": N_("meter"),
    "phone": N_("phone"),
    "helper": N_("phone of somebody let in"),
    "name": N_("name"),
    "address": N_("address"),
}
_TABLES = {
    "category": CATEGORIES, "holding_role": HOLDING_ROLES, "holding_proof": HOLDING_PROOFS, "proof": PROOFS,
    "kind": KINDS, "quality": QUALITIES, "how": HOWS, "period": PERIOD_NAMES, "channel": CHANNELS,
}  # fmt: skip


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        agent=signed_in,
        word=word,
        payment_state=payment_state,
        message_state=message_state,
        failure=failure,
        money_sentence=money_sentence,
        bill_change=bill_change,
        proof_sentence=proof_sentence,
        spoken=lambda language: LANGUAGES.get(language, language),
        station_name=lambda strip: strip.station_name_en if current_language() == "en" else strip.station_name,
        may=lambda act: may(current_actor(), act),
        role_of=lambda who: _(role_word(sorted(who.roles))),
        message_reason=message_reason,
        line_label=lambda tier, period: line_label(current_language(), tier, period),
        stands=lambda person, today: person.stands(today),
    )


def word(table: str, code: str) -> str:
    """Return the word for a code of one of the tables above; a code nobody knows yet is shown as it is."""
    found = _TABLES[table].get(code)
    return _(found) if found else code


def money_sentence(owed: Owed, today: date) -> tuple[str, str]:
    """Return how the money block looks (good, attention, due) and its one sentence."""
    kind = "attention" if owed.overdue_minor else "due" if owed.open_minor else "good"
    return kind, money_in_words(owed, current_language(), today)


def bill_change(bills: tuple[BillRow, ...]) -> str | None:
    """Say the likely reason of a call: the last bill far from the one before of the same agreement."""
    if not bills:
        return None
    last = bills[0]
    before = next((b for b in bills[1:] if b.agreement_number == last.agreement_number), None)
    if before is None or before.total_minor <= 0:
        return None
    percent = round(100 * (last.total_minor - before.total_minor) / before.total_minor)
    if abs(percent) < 20:
        return None
    words = {
        "percent": abs(percent),
        "now": format_money(last.total_minor, last.currency),
        "before": format_money(before.total_minor, before.currency),
    }
    if percent > 0:
        return _("The last bill is %(percent)s %% more than the one before: %(now)s after %(before)s.", **words)
    return _("The last bill is %(percent)s %% less than the one before: %(now)s after %(before)s.", **words)


def proof_sentence(proof: Proof) -> str:
    """Say how and when the caller was proved; how long it still holds stands in the strip."""
    at = format_time(proof.at, webkit().settings.zone)
    return _("Identity proved at %(time)s by %(how)s.", time=at, how=word("proof", proof.how))

"""Events of a customer's timeline in words: what happened, how it ended, and a link where there is more to see."""

from datetime import datetime
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

from callcenter.words import word
from kernel.i18n import N_, _, format_money, format_month, ngettext
from notifications.states import failure, message_reason, message_state
from services.access.looks import Look
from services.billing.queries import BillRow
from services.journeys.customer_timeline import Event
from services.journeys.customer_view import MessageRow, Person
from services.payments.queries import PaymentRow
from webkit import filters

Said = tuple[str, str, str | None]


_LOOKS = {
    "view_customer": N_("%(name)s opened the account"),
    "view_account": N_("%(name)s opened the account"),
    "view_bill": N_("%(name)s opened a bill"),
    "view_bill_pdf": N_("%(name)s opened a bill as a PDF"),
    "view_payment": N_("%(name)s opened a payment"),
    "reveal_phone": N_("%(name)s looked at the phone number"),
    "reveal_identity": N_("%(name)s looked at the identity number"),
    "prove_identity": N_("%(name)s checked who was calling"),
}


def install(app: Flask) -> None:
    app.jinja_env.globals["event_item"] = event_item


def event_item(event: Event, since: datetime | None) -> dict[str, Any]:
    """Return an event as the timeline macro takes it; `since`: what came after it is marked as fresh."""
    kind, title, text = _SAY[event.kind](event.about)
    changed = getattr(event.about, "changed_at", event.at)
    return {
        "at": _when(event),
        "datetime": event.at.isoformat(),
        "title": title,
        "text": text,
        "kind": kind,
        "id": event.key,
        "fresh": since is not None and changed > since,
    }


def _when(event: Event) -> str:
    at, times = filters.show_datetime(event.at), getattr(event.about, "times", 1)
    return at if times == 1 else ngettext("%(at)s, %(num)s time", "%(at)s, %(num)s times", times, at=at)


def _link(endpoint: str, number: str, said: str) -> Markup:
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(url_for(endpoint, number=number), said)


def _bill(bill: BillRow) -> Said:
    amount = format_money(bill.total_minor, bill.currency)
    title = _("Bill of %(amount)s for %(month)s", amount=amount, month=format_month(bill.cycle_on))
    return (
        "sent",
        _link("bills.bill", bill.bill_number, title),
        _("Due on %(day)s.", day=filters.show_date(bill.due_on)),
    )


def _paid(payment: PaymentRow) -> Said:
    title = _link("payments.payment", payment.payment_number, _("Paid %(amount)s", amount=_amount(payment)))
    channel = word("channel", payment.channel)
    return "paid", title, _("Receipt %(number)s, %(channel)s.", number=payment.receipt_number or "", channel=channel)


def _begun(payment: PaymentRow) -> Said:
    title = _("Payment of %(amount)s begun", amount=_amount(payment))
    text = _("The bank has not decided yet.") if payment.state == "processing" else _("At the payment page now.")
    return "waiting", _link("payments.payment", payment.payment_number, title), text


def _failed(payment: PaymentRow) -> Said:
    title = _("Payment of %(amount)s failed", amount=_amount(payment))
    return "failed", _link("payments.payment", payment.payment_number, title), failure(payment.failure_code)


def _given_up(payment: PaymentRow) -> Said:
    title = _("Payment of %(amount)s given up", amount=_amount(payment))
    return "closed", _link("payments.payment", payment.payment_number, title), _("Nothing was charged.")


def _message(message: MessageRow) -> Said:
    status, fate = message_state(message)
    title = _(
        "%(channel)s: %(category)s",
        channel=word("channel", message.channel),
        category=word("category", message.category),
    )
    said = Markup('<span class="ll-fate">{}</span> {} {}').format(fate, message_reason(message.reason), message.body)
    return status, title, said


def _let_in(person: Person) -> Said:
    title = _("%(phone)s was let in: %(role)s", phone=person.phone, role=word("holding_role", person.role))
    text = word("holding_proof", person.proof)
    if person.ends_on:
        text = _("%(proof)s, until %(day)s", proof=text, day=filters.show_date(person.ends_on))
    return "info", title, text


def _let_out(person: Person) -> Said:
    return "closed", _("%(phone)s is no longer let in", phone=person.phone), None


def _look(look: Look) -> Said:
    said = _(_LOOKS[look.action], name=look.label) if look.action in _LOOKS else look.label
    return "closed", Markup('<span class="ll-look">{}</span>').format(said), None


def _amount(payment: PaymentRow) -> str:
    return format_money(payment.amount_minor, payment.currency)


_SAY: dict[str, Any] = {
    "bill_issued": _bill,
    "payment_begun": _begun,
    "payment_settled": _paid,
    "payment_failed": _failed,
    "payment_given_up": _given_up,
    "message": _message,
    "let_in": _let_in,
    "let_out": _let_out,
    "look": _look,
}

"""All that happened between a customer and us on one line: bills, payments, messages, people let in, looks. Pure.

A payment that went through is told once; one that is under way, failed or was given up is told as it stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.access.looks import Look
from services.billing.queries import BillRow
from services.journeys.customer_view import CustomerView, MessageRow, Person
from services.payments.queries import PaymentRow

Kind = Literal[
    "bill_issued", "payment_begun", "payment_settled", "payment_failed", "payment_given_up", "message", "let_in",
    "let_out", "look",
]  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One thing at one instant. `about` is the row it tells of; `key` names it across refreshes of the page."""

    at: datetime
    kind: Kind
    key: str
    about: BillRow | PaymentRow | MessageRow | Person | Look


def timeline(
    view: CustomerView, bills: Sequence[BillRow], payments: Sequence[PaymentRow], limit: int = 60
) -> tuple[Event, ...]:
    """Return the newest `limit` events, newest first."""
    events = [
        *(Event(bill.issued_at, "bill_issued", f"bill-{bill.bill_number}", bill) for bill in bills),
        *(event for payment in payments for event in _of_payment(payment)),
        *(Event(m.created_at, "message", f"message-{m.message_number}", m) for m in view.messages),
        *(event for number, person in enumerate(view.people) for event in _of_person(number, person)),
        *(Event(look.at, "look", f"look-{look.at.timestamp()}", look) for look in view.looks),
    ]
    return tuple(sorted(events, key=lambda event: event.at, reverse=True)[:limit])


_OUTCOMES: dict[str, Kind] = {
    "settled": "payment_settled", "failed": "payment_failed", "expired": "payment_given_up",
    "cancelled": "payment_given_up",
}  # fmt: skip


def _of_payment(payment: PaymentRow) -> Iterable[Event]:
    key = f"payment-{payment.payment_number}"
    outcome = _OUTCOMES.get(payment.state)
    if outcome is None:
        yield Event(payment.created_at, "payment_begun", key, payment)
    else:
        yield Event(payment.settled_at or payment.changed_at, outcome, key, payment)


def _of_person(number: int, person: Person) -> Iterable[Event]:
    yield Event(person.created_at, "let_in", f"in-{number}", person)
    if person.revoked_at is not None:
        yield Event(person.revoked_at, "let_out", f"out-{number}", person)

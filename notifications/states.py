"""States, fates and reasons in words that every door says alike: one table each.

A state's first word names the design system's tag (icon and colour), the second is what people read.
"""

from typing import Protocol

from kernel.i18n import N_, _

PAYMENT_STATES = {
    "open": ("waiting", N_("Begun")),
    "processing": ("waiting", N_("At the bank")),
    "settled": ("paid", N_("Paid")),
    "failed": ("failed", N_("Failed")),
    "expired": ("closed", N_("Given up")),
    "cancelled": ("closed", N_("Given up")),
}
MESSAGE_STATES = {
    "queued": ("waiting", N_("Waiting to go")),
    "sending": ("waiting", N_("On its way")),
    "uncertain": ("waiting", N_("Not confirmed yet")),
    "accepted": ("sent", N_("On its way")),
    "sent": ("sent", N_("Sent")),
    "delivered": ("delivered", N_("Delivered")),
    "undelivered": ("failed", N_("Not delivered")),
    "failed": ("failed", N_("Failed")),
    "withheld": ("closed", N_("Not sent")),
}
CATEGORIES = {
    "receipt": N_("Receipt"),
    "bill_ready": N_("Bill ready"),
    "due_soon": N_("Due soon"),
    "overdue": N_("Overdue"),
    "one_time_code": N_("One-time code"),
}
MESSAGE_REASONS = {
    "stopped": N_("The customer has stopped our messages."),
    "no_contact": N_("There is no phone on file."),
    "no_consent": N_("The customer does not want this kind of message."),
    "quiet_hours": N_("It waits until quiet hours end."),
    "bad_number": N_("The number does not exist."),
    "not_mobile": N_("The number takes no text messages."),
    "rate": N_("Too many messages at once."),
    "expired": N_("The code was too old to be sent."),
    "gave_up": N_("The message service did not take it, however often we tried."),
    "outcome_unknown": N_("The message service never said whether it went out."),
    "other": N_("The network did not say why."),
}
FAILURES = {
    "insufficient_funds": N_("There was not enough money on the card."),
    "card_declined": N_("The bank refused the card."),
    "generic_decline": N_("The bank refused the card."),
    "authentication_required": N_("The bank wanted a confirmation that did not come."),
    "authentication_failed": N_("The bank's confirmation failed."),
    "expired_card": N_("The card has expired."),
    "incorrect_cvc": N_("The card's security code was wrong."),
    "processing_error": N_("The bank could not process the payment."),
}
HOLDING_ROLES = {
    "holder": N_("Holder"),
    "manage": N_("May manage"),
    "pay": N_("May view and pay"),
    "view": N_("May view"),
}
HOLDING_PROOFS = {
    "phone": N_("proved by the phone on file"),
    "paper_code": N_("proved by the code on a paper bill"),
    "agent": N_("proved to an agent"),
    "holder": N_("let in by a holder"),
}
QUALITIES = {"actual": N_("read"), "estimated": N_("estimated"), "customer": N_("told by the customer")}
CHANNELS = {
    "card": N_("by card"),
    "alipay": N_("by Alipay"),
    "wechat_pay": N_("by WeChat Pay"),
    "sms": N_("Text message"),
}


class _WithState(Protocol):
    @property
    def state(self) -> str: ...


def payment_state(payment: _WithState) -> tuple[str, str]:
    """Return a payment's tag and word; a state nobody knows yet is shown as it is."""
    status, said = PAYMENT_STATES.get(payment.state, ("info", payment.state))
    return status, _(said)


def message_state(message: _WithState) -> tuple[str, str]:
    """Return a message's tag and word."""
    status, said = MESSAGE_STATES.get(message.state, ("info", message.state))
    return status, _(said)


def failure(code: str | None) -> str:
    """Say why a payment failed; a reason we have no words for keeps the bank's own."""
    if code is None:
        return _("The bank did not say why.")
    return _(FAILURES[code]) if code in FAILURES else _("The bank's reason: %(code)s", code=code)


def message_reason(reason: str | None) -> str:
    """Say why a message did not arrive; empty for one that did, or may still."""
    return "" if reason is None else _(MESSAGE_REASONS.get(reason, MESSAGE_REASONS["other"]))

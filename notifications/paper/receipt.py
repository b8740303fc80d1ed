"""A receipt on paper: what was received, when, and what it paid."""

from kernel.clock import local_date
from kernel.i18n import N_, format_date, format_instant, format_money, translate
from notifications.compose import utility_name
from notifications.paper.press import print_pdf
from services.payments.queries import PaidPart, ReceiptView
from wiring.ports import Utility

_PARTS = {
    "bill": N_("Electricity bill %(number)s"),
    "opening": N_("Brought forward from before, %(number)s"),
    "credit": N_("Kept as credit for your next bill"),
}
_CHANNELS = {"card": N_("Card or wallet")}


def render_receipt(view: ReceiptView, utility: Utility, language: str) -> bytes:
    """Return the receipt as PDF in the reader's language."""
    payment = view.payment
    day = format_date(local_date(view.issued_at, utility.zone), language)
    kind = translate(language, N_("Payment receipt"))
    channel = _CHANNELS.get(payment.channel)
    about = [
        (translate(language, N_("Account number")), view.account_number),
        (translate(language, N_("Payment number")), payment.payment_number),
    ]
    if channel:
        about.append((translate(language, N_("Paid by")), translate(language, channel)))
    data = {
        "title": f"{kind} {view.receipt_number}",
        "utility": utility_name(utility, language),
        "page_words": translate(language, N_("Page {page}")),
        "kind": kind,
        "facts": [translate(language, N_("Receipt %(number)s, %(day)s"), number=view.receipt_number, day=day)],
        "name": view.customer_name,
        "about": about,
        "received": translate(language, N_("We received")),
        "amount": format_money(payment.amount_minor, payment.currency, language),
        "paid_at": format_instant(payment.settled_at or view.issued_at, utility.zone, language),
        "parts_title": translate(language, N_("What this payment paid")),
        "part_heads": [translate(language, N_("For")), translate(language, N_("Amount"))],
        "parts": [
            {
                "words": _part(part, language),
                "amount": format_money(part.amount_minor, payment.currency, language),
            }
            for part in view.parts
        ],
        "total": translate(language, N_("Total")),
        "foot": translate(
            language,
            N_("%(utility)s. Questions about this receipt: call %(phone)s."),
            utility=utility_name(utility, language),
            phone=utility.service_phone,
        ),
    }
    return print_pdf("receipt.typ", data, language=language, made_at=view.issued_at)


def _part(part: PaidPart, language: str) -> str:
    return translate(language, _PARTS[part.kind], number=part.reference)

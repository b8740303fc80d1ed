"""How a payment went: the page people come back to from the vendor, its receipt, and the list of payments."""

from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Blueprint, Response, render_template, request, url_for

from kernel.db import Reader
from kernel.faults import NotFound
from kernel.i18n import current_language
from notifications.paper.receipt import render_receipt
from services.accounts.queries import Place, number_of
from services.accounts.rules import masked_name
from services.journeys.find_place import place_of, place_of_payment, record_delegate_look
from services.journeys.pay_bill import look_up, seen_by
from services.payments.ports import CardsRefused, CardsUnavailable
from services.payments.queries import PaymentRow, list_payments, read_payment, read_receipt
from services.payments.rules import FINAL, WAITING
from webkit.door import ports
from webkit.limits import limiter
from webkit.moment import Moment, moment
from webkit.signin import customers_only, public, signed_in

blueprint = Blueprint("payments", __name__, template_folder="templates")
# The webhook nearly always comes first; a page that has asked in vain for this long has us ask the vendor.
_ASK_VENDOR_AFTER, _PAUSE = 3, timedelta(seconds=5)
_MOST_TRIES = 60


@dataclass(frozen=True)
class Seen:
    """A payment and by which right it is seen: `place` of a signed-in person, or the payer's own token."""

    payment: PaymentRow
    place: Place | None


@blueprint.get("/payments/<number>")
@public
@limiter.limit("120 per minute")
def payment(number: str) -> str:
    """Show how the payment stands. A page that waits loads itself again every two seconds."""
    this = moment()
    tries = min(request.args.get("n", 0, type=int), _MOST_TRIES)
    with this.db.read() as reader:
        seen = _seen(reader, this, number)
    left = "back" in request.args
    row = seen.payment
    if left or tries >= _ASK_VENDOR_AFTER:
        row, left = _ask_vendor(this, row, left)
    waits = row.state == "processing" or (row.state == "open" and not left)
    with this.db.read() as reader:
        receipt = read_receipt(reader, number) if row.state == "settled" else None
        again_at = _again_at(reader, seen) if row.state in FINAL and row.state != "settled" else ""
    if seen.place:
        _record(this, seen.place, number)
    return render_template(
        "portal/payment.html",
        payment=row,
        receipt=receipt,
        place=seen.place,
        token=request.args.get("t", ""),
        left=left,
        waits=waits and tries < _MOST_TRIES,
        tries=tries + 1,
        slow=tries >= _ASK_VENDOR_AFTER,
        again_at=again_at,
    )


@blueprint.get("/payments/<number>/receipt.pdf")
@public
@limiter.limit("30 per minute")
def receipt_pdf(number: str) -> Response:
    """Return the receipt on paper; a payer who is no holder learns no more of the name than they knew."""
    this = moment()
    with this.db.read() as reader:
        seen = _seen(reader, this, number)
        receipt = read_receipt(reader, number)
    if receipt is None:
        raise NotFound()
    if seen.place is None:
        receipt = replace(receipt, customer_name=masked_name(receipt.customer_name))
    else:
        _record(this, seen.place, number)
    answer = Response(render_receipt(receipt, ports().utility, current_language()), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{receipt.receipt_number}.pdf"'
    return answer


@blueprint.get("/accounts/<number>/payments")
@customers_only
def listed(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
        rows = list_payments(reader, place.account_id)
    record_delegate_look(this.db, this.actor, place, "view_account", subject=("account", number), now=this.now)
    return render_template("portal/payments.html", place=place, payments=rows)


def _seen(reader: Reader, this: Moment, number: str) -> Seen:
    """Return the payment to somebody of its account, or to its payer by token. Raises NotFound to all others."""
    token = request.args.get("t", "")
    if signed_in() is not None:
        try:
            place = place_of_payment(reader, this.actor, number, this.today)
        except NotFound:
            place = None
        row = read_payment(reader, number) if place else None
        if row is not None:
            return Seen(row, place)
    return Seen(seen_by(reader, payment_number=number, return_token=token), None)


def _ask_vendor(this: Moment, row: PaymentRow, left: bool) -> tuple[PaymentRow, bool]:
    """Return the payment as the vendor sees it, asked at most every few seconds, and whether its payer has left it.

    Somebody who went back is told "nothing was charged" only if the vendor says so; when it does not answer, we wait.
    """
    if row.state not in WAITING or this.now - row.changed_at < _PAUSE:
        return row, left
    try:
        return look_up(
            this.db, ports().cards, payment_number=row.payment_number, zone=this.zone, now=this.now
        ) or row, left
    except (CardsUnavailable, CardsRefused):
        return row, False


def _again_at(reader: Reader, seen: Seen) -> str:
    """Return where a payer begins again after a payment that did not work."""
    if seen.place:
        return url_for("paying.own", number=seen.place.account_number)
    return url_for("paying.payer", number=number_of(reader, seen.payment.account_id))


def _record(this: Moment, place: Place, number: str) -> None:
    record_delegate_look(this.db, this.actor, place, "view_payment", subject=("payment", number), now=this.now)

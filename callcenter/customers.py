"""The customer on one page, and the small question the open page asks every second: has anything moved?"""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, render_template, request

from kernel.db import Reader
from services.billing.queries import BillRow, list_bills
from services.journeys.customer_timeline import Event, timeline
from services.journeys.customer_view import CustomerView, Strip
from services.journeys.look_up_customer import read_customer, record_look, what_moved
from services.ledger.queries import Owed, what_is_owed
from services.payments.queries import PaymentRow, list_payments
from webkit.moment import Moment, moment
from webkit.signin import agents_only

blueprint = Blueprint("customers", __name__, template_folder="templates")


@dataclass(frozen=True)
class CustomerPage:
    """All that the page shows, as plain values. `since`: events after it are new to the reader, None: none is."""

    view: CustomerView
    owed: Owed
    bills: tuple[BillRow, ...]
    payments: tuple[PaymentRow, ...]
    events: tuple[Event, ...]
    today: date
    now: datetime
    since: datetime | None


@blueprint.get("/accounts/<number>")
@agents_only()
def customer(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        page = _page(reader, this, number)
    strip = page.view.strip
    look_at_account(this, strip)
    return render_template("callcenter/customer.html", page=page, strip=strip)


@blueprint.get("/accounts/<number>/moved")
@agents_only()
def moved(number: str) -> str | Response:
    """Answer 204 while nothing moved; else the parts of the page that show money, fates and the timeline."""
    this = moment()
    with this.db.read() as reader:
        mark = what_moved(reader, this.actor, number, today=this.today, now=this.now)
        if mark is None:
            return Response(status=204, headers={"HX-Refresh": "true"})
        if mark == request.args.get("mark"):
            return Response(status=204)
        page = _page(reader, this, number, since=_instant(request.args.get("at")))
    strip = page.view.strip
    proof_changed = (strip.proof is not None) != (request.args.get("proved") == "1")
    return render_template("callcenter/moved.html", page=page, strip=strip, proof_changed=proof_changed)


def look_at_account(this: Moment, strip: Strip) -> None:
    """Put on record that this agent sees whose account it is; every page with the strip does so."""
    record_look(
        this.db,
        this.actor,
        "view_customer",
        account_id=strip.account_id,
        subject=("account", strip.account_number),
        now=this.now,
    )


def _page(reader: Reader, this: Moment, number: str, since: datetime | None = None) -> CustomerPage:
    view = read_customer(reader, this.actor, number, today=this.today, now=this.now)
    account_id = view.strip.account_id
    bills, payments = list_bills(reader, account_id), list_payments(reader, account_id)
    return CustomerPage(
        view=view,
        owed=what_is_owed(reader, account_id, this.today),
        bills=bills,
        payments=payments,
        events=timeline(view, bills, payments),
        today=this.today,
        now=this.now,
        since=since,
    )


def _instant(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else None

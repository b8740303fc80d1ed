"""A bill as the customer sees it: the same query, the same figures; and its PDF."""

from datetime import timedelta

from flask import Blueprint, Response, render_template, request

from kernel.faults import NotFound
from kernel.i18n import current_language, normalise
from notifications.paper.bill import render_bill
from notifications.words import tariff_name, why_it_differs
from services.billing.queries import BillView, read_bill
from services.journeys.customer_view import Strip
from services.journeys.look_up_customer import read_strip, record_look
from services.tariffs.rating import rounding_in_words
from webkit.door import ports
from webkit.moment import Moment, moment
from webkit.signin import agents_only

blueprint = Blueprint("bills", __name__, template_folder="templates")


@blueprint.get("/bills/<number>")
@agents_only()
def bill(number: str) -> str:
    this = moment()
    strip, view = look_at(this, number, "view_bill")
    language = current_language()
    return render_template(
        "callcenter/bill.html",
        strip=strip,
        bill=view,
        now=this.now,
        today=this.today,
        last_day=view.ends_on - timedelta(days=1),
        difference=why_it_differs(view, language),
        tariff=tariff_name(view, language),
        rounding=rounding_in_words(view.rounding, language),
    )


@blueprint.get("/bills/<number>/pdf")
@agents_only()
def pdf(number: str) -> Response:
    """Return the bill on paper, in the language asked for: the agent may read one and send another."""
    this = moment()
    _strip, view = look_at(this, number, "view_bill_pdf")
    language = normalise(request.args.get("language")) or current_language()
    answer = Response(render_bill(view, ports().utility, language), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{view.bill_number}.pdf"'
    return answer


def look_at(this: Moment, number: str, action: str) -> tuple[Strip, BillView]:
    """Return the bill and its account's strip, the look recorded. Raises NotFound, also for other stations' bills."""
    with this.db.read() as reader:
        strip = read_strip(reader, this.actor, "bill", number, today=this.today, now=this.now)
        view = read_bill(reader, number)
    if view is None:
        raise NotFound()
    record_look(this.db, this.actor, action, account_id=strip.account_id, subject=("bill", number), now=this.now)
    return strip, view

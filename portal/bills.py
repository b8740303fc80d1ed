"""Bills of one account, one bill in plain words, and its PDF; the year's use as a picture and a table."""

from datetime import date, timedelta

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from kernel.i18n import current_language
from kernel.remember import Remembered
from notifications.paper.bill import render_bill
from notifications.words import tariff_name, tier_left, why_it_differs
from portal.year import months_of_use
from services.accounts.queries import Place
from services.accounts.rules import may
from services.billing.queries import BillView, list_bills
from services.journeys.find_place import bill_of, place_of, record_delegate_look
from services.tariffs.rating import rounding_in_words
from webkit.door import ports
from webkit.kept_pages import kept_page
from webkit.moment import Moment, moment
from webkit.signin import customers_only

blueprint = Blueprint("bills", __name__, template_folder="templates")


@blueprint.get("/accounts/<number>/bills")
@customers_only
def listed(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
        rows = list_bills(reader, place.account_id)
    record_delegate_look(this.db, this.actor, place, "view_account", subject=("account", number), now=this.now)
    return render_template("portal/bills.html", place=place, bills=rows, today=this.today)


@blueprint.get("/accounts/<number>/use")
@customers_only
def use(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
        rows = list_bills(reader, place.account_id, limit=60)
    record_delegate_look(this.db, this.actor, place, "view_account", subject=("account", number), now=this.now)
    return render_template("portal/use.html", place=place, months=months_of_use(rows))


@blueprint.get("/bills/<number>")
@customers_only
def bill(number: str) -> str:
    this = moment()
    place, view = _look_at(this, number, "view_bill")
    return kept_page((view, place, this.today), lambda: _write(view, place, this.today))


def _write(view: BillView, place: Place, today: date) -> str:
    return render_template(
        "portal/bill.html",
        place=place,
        bill=view,
        today=today,
        body=_body(view, current_language()),
        may_pay=may(place.role, "pay"),
    )


_written: Remembered[Markup] = Remembered(1_000)


def _body(view: BillView, language: str) -> Markup:
    """Return the part of the page that never changes while the months around the bill stay the same."""
    return _written.get((view.bill_number, language, view.history), lambda: _write_body(view, language))


def _write_body(view: BillView, language: str) -> Markup:
    return Markup(  # noqa: S704
        render_template(
            "portal/_bill_body.html",
            bill=view,
            last_day=view.ends_on - timedelta(days=1),
            difference=why_it_differs(view, language),
            left=tier_left(view, language),
            tariff=tariff_name(view, language),
            rounding=rounding_in_words(view.rounding, language),
        )
    )


@blueprint.get("/bills/<number>.pdf")
@customers_only
def pdf(number: str) -> Response:
    """Return the bill on paper, in the reader's language."""
    this = moment()
    _place, view = _look_at(this, number, "view_bill_pdf")
    answer = Response(render_bill(view, ports().utility, current_language()), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{view.bill_number}.pdf"'
    return answer


def _look_at(this: Moment, number: str, action: str) -> tuple[Place, BillView]:
    """Return a bill and its account if the bill is this person's. Raises NotFound, also for a stranger's number."""
    with this.db.read() as reader:
        place, view = bill_of(reader, this.actor, number, this.today)
    record_delegate_look(this.db, this.actor, place, action, subject=("bill", number), now=this.now)
    return place, view

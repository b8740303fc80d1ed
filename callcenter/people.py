"""Who may act for an account: an agent makes a caller a holder, once identity is proved."""

from flask import Blueprint, Response, redirect, render_template, request, url_for

from callcenter.customers import look_at_account
from kernel.faults import Fault
from services.journeys.customer_view import Strip
from services.journeys.look_up_customer import read_strip
from services.journeys.make_holder import make_holder
from webkit.moment import Moment, moment
from webkit.signin import agents_only

blueprint = Blueprint("people", __name__, template_folder="templates")


@blueprint.get("/accounts/<number>/holder")
@agents_only()
def form(number: str) -> str:
    this = moment()
    return _form(this, _strip(this, number), "", None)


@blueprint.post("/accounts/<number>/holder")
@agents_only()
def add(number: str) -> Response | tuple[str, int]:
    this = moment()
    strip = _strip(this, number)
    phone = request.form.get("phone", "")[:30]
    try:
        make_holder(this.db, actor=this.actor, strip=strip, phone=phone, now=this.now)
    except Fault as fault:
        return _form(this, strip, phone, fault), fault.status
    answer = redirect(url_for("customers.customer", number=number), 303)
    return Response(answer.get_data(), 303, answer.headers)


def _strip(this: Moment, number: str) -> Strip:
    with this.db.read() as reader:
        return read_strip(reader, this.actor, "account", number, today=this.today, now=this.now)


def _form(this: Moment, strip: Strip, phone: str, error: Fault | None) -> str:
    look_at_account(this, strip)
    return render_template("callcenter/holder.html", strip=strip, phone=phone, error=error, now=this.now)

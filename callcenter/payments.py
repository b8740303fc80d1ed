"""A payment as the customer sees it: how it stands, and its receipt."""

from flask import Blueprint, render_template

from kernel.faults import NotFound
from services.journeys.look_up_customer import read_strip, record_look
from services.payments.queries import read_payment, read_receipt
from webkit.moment import moment
from webkit.signin import agents_only

blueprint = Blueprint("payments", __name__, template_folder="templates")


@blueprint.get("/payments/<number>")
@agents_only()
def payment(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        strip = read_strip(reader, this.actor, "payment", number, today=this.today, now=this.now)
        row, receipt = read_payment(reader, number), read_receipt(reader, number)
    if row is None:
        raise NotFound()
    record_look(
        this.db, this.actor, "view_payment", account_id=strip.account_id, subject=("payment", number), now=this.now
    )
    return render_template("callcenter/payment.html", strip=strip, payment=row, receipt=receipt, now=this.now)

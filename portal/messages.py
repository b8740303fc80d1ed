"""The messages we sent about an account, and how they fared."""

from flask import Blueprint, render_template

from services.journeys.find_place import place_of, record_delegate_look
from services.messages.queries import list_messages
from webkit.moment import moment
from webkit.signin import customers_only

blueprint = Blueprint("messages", __name__, template_folder="templates")


@blueprint.get("/accounts/<number>/messages")
@customers_only
def listed(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
        rows = list_messages(reader, place.account_id)
    record_delegate_look(this.db, this.actor, place, "view_account", subject=("account", number), now=this.now)
    return render_template("portal/messages.html", place=place, messages=rows)

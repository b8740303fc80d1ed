"""My accounts: switch, take over one whose phone on file is mine, add one by the code on its paper bill, name it."""

from flask import Blueprint, Response, render_template, request, url_for

from kernel.faults import Fault
from portal.context import errors_of, go
from services.accounts.queries import offered_accounts
from services.journeys.find_place import place_of, places_of
from services.journeys.hold_account import accept_offer, hold_by_paper_code, rename
from webkit.limits import limiter
from webkit.moment import moment
from webkit.signin import customers_only

blueprint = Blueprint("places", __name__, template_folder="templates")


@blueprint.get("/accounts")
@customers_only
def accounts() -> str:
    return _accounts({}, "")


@blueprint.post("/accounts/offered")
@customers_only
def take() -> Response:
    """Hold an account that was offered because its phone on file is this person's."""
    this = moment()
    number = request.form.get("account", "")[:30]
    accept_offer(this.db, actor=this.actor, account_number=number, now=this.now)
    return go(url_for("front.account", number=number))


@blueprint.post("/accounts/by-code")
@customers_only
@limiter.limit("10 per minute;30 per hour")
def add() -> Response | tuple[str, int]:
    this = moment()
    number = "".join(request.form.get("account", "").split())[:30]
    code = request.form.get("code", "")[:40]
    try:
        hold_by_paper_code(this.db, actor=this.actor, account_number=number, code=code, now=this.now)
    except Fault as fault:
        return _accounts(errors_of(fault), number), fault.status
    return go(url_for("places.accounts"))


@blueprint.get("/accounts/<number>/name")
@customers_only
def name_form(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
    return render_template("portal/name.html", place=place)


@blueprint.post("/accounts/<number>/name")
@customers_only
def name(number: str) -> Response:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
    rename(this.db, actor=this.actor, place=place, nickname=request.form.get("nickname", "")[:60], now=this.now)
    return go(url_for("front.account", number=number))


def _accounts(errors: dict[str, str], number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        places = places_of(reader, this.actor, this.today)
        offers = offered_accounts(reader, this.actor.id or 0)
    return render_template("portal/accounts.html", places=places, offers=offers, errors=errors, number=number)

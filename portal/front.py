"""The first screen: what is to pay, what was used, the last bill; or, to somebody not signed in, the ways in."""

from flask import Blueprint, render_template, session

from kernel.faults import NotFound
from services.accounts.queries import offered_accounts
from services.accounts.rules import may
from services.journeys.find_place import record_delegate_look
from services.journeys.home_page import Home, read_home
from webkit.moment import moment
from webkit.signin import customers_only, public, signed_in

blueprint = Blueprint("front", __name__, template_folder="templates")
_LAST = "account"


@blueprint.get("/")
@public
def first() -> str:
    """Show the account this browser looked at last, else the first one."""
    if signed_in() is None:
        return render_template("portal/welcome.html")
    return _screen(session.get(_LAST), exact=False)


@blueprint.get("/accounts/<number>")
@customers_only
def account(number: str) -> str:
    return _screen(number, exact=True)


def _screen(number: str | None, *, exact: bool) -> str:
    this = moment()
    with this.db.read() as reader:
        try:
            home = read_home(reader, this.actor, number, this.today)
        except NotFound:
            if exact:
                raise
            home = read_home(reader, this.actor, None, this.today)
        if home is None:
            offers = offered_accounts(reader, this.actor.id or 0)
            return render_template("portal/no_account.html", offers=offers, errors={}, number="")
    if session.get(_LAST) != home.place.account_number:
        session[_LAST] = home.place.account_number
    record_delegate_look(
        this.db, this.actor, home.place, "view_account", subject=("account", home.place.account_number), now=this.now
    )
    return render_template("portal/home.html", home=home, stand=_stand(home), today=this.today, may=may)


def _stand(home: Home) -> tuple[int, int] | None:
    """Return the tier the year stands in and what is left in it, None where tiers have no end."""
    return next(((tier.tier, tier.left_wh) for tier in home.tiers if tier.left_wh), None)

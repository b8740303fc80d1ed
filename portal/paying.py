"""Paying: by the account number alone, or for an account of one's own; at the vendor's own page, and back.

`/pay/<number>` is the only page that tells whether an account exists, so it is limited, and it shows a masked name.
"""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from kernel.faults import Fault, NotFound
from kernel.i18n import N_, _, current_language
from portal.choosing import read_choice
from portal.context import as_payer, errors_of, go
from services.accounts.queries import find_masked
from services.journeys.find_place import place_of, record_delegate_look
from services.journeys.pay_bill import begin
from services.ledger.queries import Owed, what_is_owed
from webkit.door import ports
from webkit.limits import limiter
from webkit.moment import Moment, moment
from webkit.signin import customers_only, public

blueprint = Blueprint("paying", __name__, template_folder="templates")
# From one address, and by everybody together: whoever tries numbers from many addresses is slowed too.
LOOKS, ALL_LOOKS = "10 per minute;60 per hour", "600 per minute;12000 per hour"
_in_total = limiter.shared_limit(ALL_LOOKS, scope="account numbers", key_func=lambda: "everybody")
_UNKNOWN = N_("We know no such account number. It stands at the top of your paper bill and has ten digits or more.")


@blueprint.get("/pay")
@public
def find() -> str:
    return _find(request.args.get("account", "")[:30], {})


@blueprint.post("/pay")
@public
def look() -> Response | tuple[str, int]:
    number = "".join(request.form.get("account", "").split())[:30]
    if not number:
        return _find("", {"account": _("Type the account number.")}), 400
    return go(url_for("paying.payer", number=number))


@blueprint.get("/pay/<number>")
@public
@_in_total
@limiter.limit(LOOKS)
def payer(number: str) -> str | tuple[str, int]:
    this = moment()
    try:
        masked, owed = _payer(this, number)
    except NotFound:
        return _find(number[:30], {"account": _(_UNKNOWN)}), 404
    as_payer(this.actor)
    return _choose(this, owed, {}, masked=masked, place=None)


@blueprint.post("/pay/<number>")
@public
@_in_total
@limiter.limit(LOOKS)
def pay(number: str) -> Response | tuple[str, int]:
    this = moment()
    masked, owed = _payer(this, number)
    try:
        return _begin(this, masked.account_id, masked.account_number, owed)
    except Fault as fault:
        return _choose(this, owed, errors_of(fault), masked=masked, place=None), fault.status


@blueprint.get("/accounts/<number>/pay")
@customers_only
def own(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today, act="pay")
        owed = what_is_owed(reader, place.account_id, this.today)
    record_delegate_look(this.db, this.actor, place, "view_account", subject=("account", number), now=this.now)
    return _choose(this, owed, {}, masked=None, place=place)


@blueprint.post("/accounts/<number>/pay")
@customers_only
@limiter.limit("20 per minute")
def pay_own(number: str) -> Response | tuple[str, int]:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today, act="pay")
        owed = what_is_owed(reader, place.account_id, this.today)
    try:
        return _begin(this, place.account_id, place.account_number, owed)
    except Fault as fault:
        return _choose(this, owed, errors_of(fault), masked=None, place=place), fault.status


def _payer(this: Moment, number: str) -> Any:
    with this.db.read() as reader:
        masked = find_masked(reader, number)
        if masked is None:
            raise NotFound()
        return masked, what_is_owed(reader, masked.account_id, this.today)


def _begin(this: Moment, account_id: int, account_number: str, owed: Owed) -> Response:
    """Open the vendor's checkout for what was chosen and send the browser there."""
    base = ports().utility.public_url.rstrip("/")
    begun = begin(
        this.db,
        ports().cards,
        actor=as_payer(this.actor),
        account_id=account_id,
        choices=read_choice(request.form, owed),
        language=current_language(),
        description=_("Electricity, account %(number)s", number=account_number),
        return_url=lambda number, token: base + url_for("payments.payment", number=number, t=token),
        cancel_url=lambda number, token: base + url_for("payments.payment", number=number, t=token, back=1),
        zone=this.zone,
        now=this.now,
    )
    return go(begun.checkout_url)


def _find(number: str, errors: dict[str, str]) -> str:
    return render_template("portal/pay_find.html", number=number, errors=errors)


def _choose(this: Moment, owed: Owed, errors: dict[str, str], **whose: Any) -> str:
    chosen = request.form.get("what") == "chosen"
    ticked = request.form.getlist("items") if chosen else [str(item.receivable_id) for item in owed.items]
    typed = {item.receivable_id: request.form.get(f"amount-{item.receivable_id}", "")[:20] for item in owed.items}
    if owed.items and "amount" in errors:
        # A refusal of the sum stands at the first field that makes it up.
        first = next((item for item in owed.items if str(item.receivable_id) in ticked), owed.items[0])
        errors = {f"amount-{first.receivable_id}": errors["amount"]}
    return render_template(
        "portal/pay.html",
        owed=owed,
        errors=errors,
        today=this.today,
        ticked=ticked,
        typed=typed,
        opened=chosen,
        **whose,
    )

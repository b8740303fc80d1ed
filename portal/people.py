"""Who else may see, pay or manage an account; and who looked at it."""

from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request, url_for

from kernel.db import Reader
from kernel.faults import Fault
from kernel.i18n import current_language
from portal.context import errors_of, go
from portal.references import referred
from services.access.looks import who_looked
from services.accounts.queries import Person, Place, list_people
from services.accounts.rules import may
from services.journeys.find_place import place_of, record_delegate_look
from services.journeys.hold_account import BadGrant, grant, revoke
from webkit.limits import limiter
from webkit.moment import Moment, moment
from webkit.signin import customers_only

blueprint = Blueprint("people", __name__, template_folder="templates")


@blueprint.get("/accounts/<number>/people")
@customers_only
def people(number: str) -> str:
    this = moment()
    return _people(this, number, {})


@blueprint.post("/accounts/<number>/people")
@customers_only
@limiter.limit("10 per minute;40 per hour")
def let_in(number: str) -> Response | tuple[str, int]:
    """Let whoever signs in with a phone number view, pay or manage."""
    this = moment()
    place = _place(this, number, "grant")
    try:
        grant(
            this.db,
            actor=this.actor,
            place=place,
            phone=request.form.get("phone", "")[:30],
            role=request.form.get("role", "")[:10],
            ends_on=_end(request.form.get("ends_on", "").strip()[:10]),
            today=this.today,
            language=current_language(),
            now=this.now,
        )
    except Fault as fault:
        return _people(this, number, errors_of(fault)), fault.status
    return go(url_for("people.people", number=number))


@blueprint.get("/accounts/<number>/people/<tie>/end")
@customers_only
def ask_end(number: str, tie: str) -> str:
    this = moment()
    place, person = _tied(this, number, tie)
    return render_template("portal/person_end.html", place=place, person=person)


@blueprint.post("/accounts/<number>/people/<tie>/end")
@customers_only
def end(number: str, tie: str) -> Response:
    this = moment()
    place, person = _tied(this, number, tie)
    revoke(this.db, actor=this.actor, place=place, holding_id=person.holding_id, now=this.now)
    if person.holding_id == place.holding_id:
        return go(url_for("places.accounts"))
    return go(url_for("people.people", number=number))


@blueprint.get("/accounts/<number>/looks")
@customers_only
def looks(number: str) -> str:
    this = moment()
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today, act="manage")
        seen = who_looked(reader, place.account_id)
    _record(this, place)
    return render_template("portal/looks.html", place=place, looks=seen)


def _end(typed: str) -> date | None:
    """Return the first day without the right for the last day with it; None for no end. Raises BadGrant."""
    if not typed:
        return None
    try:
        return date.fromisoformat(typed) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise BadGrant(field="ends_on") from error


def _place(this: Moment, number: str, act: str) -> Place:
    with this.db.read() as reader:
        return place_of(reader, this.actor, number, this.today, act=act)


def _tied(this: Moment, number: str, tie: str) -> tuple[Place, Person]:
    """Return the account and one of its people. Raises NotFound for people whom this person may not see."""
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
        return place, referred("tie", tie, _seen_people(reader, this, place), key=lambda person: person.holding_id)


def _seen_people(reader: Reader, this: Moment, place: Place) -> tuple[Person, ...]:
    """Return everybody tied to the account to its holder, and to others only themselves."""
    people = list_people(reader, place.account_id, this.today)
    return people if may(place.role, "grant") else tuple(p for p in people if p.holding_id == place.holding_id)


def _people(this: Moment, number: str, errors: dict[str, str]) -> str:
    with this.db.read() as reader:
        place = place_of(reader, this.actor, number, this.today)
        rows = _seen_people(reader, this, place)
    _record(this, place)
    typed = {field: request.form.get(field, "")[:30] for field in ("phone", "role", "ends_on")}
    return render_template(
        "portal/people.html", place=place, people=rows, errors=errors, typed=typed, may_grant=may(place.role, "grant")
    )


def _record(this: Moment, place: Place) -> None:
    subject = ("account", place.account_number)
    record_delegate_look(this.db, this.actor, place, "view_account", subject=subject, now=this.now)

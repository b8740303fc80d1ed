"""My details: phone, language, type, password, and where I am signed in."""

from flask import Blueprint, Response, render_template, request, url_for

from kernel.faults import Fault
from kernel.i18n import normalise
from kernel.phones import masked_phone
from portal.context import errors_of, go
from portal.references import referred
from services.access.sessions import list_devices
from services.journeys.sign_in_household import (
    read_me,
    set_language,
    set_large_type,
    set_password,
    sign_out_device,
    sign_out_everywhere,
)
from webkit.language import remember_language, remember_large_type
from webkit.limits import limiter
from webkit.moment import moment
from webkit.session_table import device_name, signed_in_as
from webkit.signin import customers_only, sign_in, sign_out, signed_in

blueprint = Blueprint("me", __name__, template_folder="templates")


@blueprint.get("/me")
@customers_only
def details() -> str:
    this = moment()
    me = read_me(this.db, this.actor)
    with this.db.read() as reader:
        devices = list_devices(reader, "customer", this.actor.id or 0, now=this.now)
    who = signed_in()
    here = who.session_id if who else 0
    return render_template("portal/me.html", me=me, phone=masked_phone(me.phone), devices=devices, here=here)


@blueprint.post("/me/reading")
@customers_only
def reading() -> Response:
    """Keep how this person reads: language and size of type, for pages and texts."""
    this = moment()
    answer = go(url_for("me.details"))
    language = normalise(request.form.get("language"))
    if language:
        set_language(this.db, this.actor, language)
        remember_language(answer, language)
    large = request.form.get("type") == "large"
    set_large_type(this.db, this.actor, large)
    remember_large_type(answer, large)
    return answer


@blueprint.get("/me/password")
@customers_only
def password_form() -> str:
    return _password({})


@blueprint.post("/me/password")
@customers_only
@limiter.limit("5 per minute;20 per hour")
def password() -> Response | tuple[str, int]:
    """Set a new password: every other device is signed out, this one goes on under a new session."""
    this = moment()
    try:
        entered = set_password(
            this.db, actor=this.actor, new=request.form.get("password", "")[:256], device=device_name(), now=this.now
        )
    except Fault as fault:
        return _password(errors_of(fault)), fault.status
    sign_in(entered.token, signed_in_as(entered.session))
    return go(url_for("me.details"))


@blueprint.post("/me/devices/<device>/sign-out")
@customers_only
def end_device(device: str) -> Response:
    this = moment()
    with this.db.read() as reader:
        devices = list_devices(reader, "customer", this.actor.id or 0, now=this.now)
    gone = referred("device", device, devices, key=lambda one: one.session_id)
    sign_out_device(this.db, actor=this.actor, session_id=gone.session_id, now=this.now)
    return go(url_for("me.details"))


@blueprint.post("/me/sign-out-everywhere")
@customers_only
def end_all() -> Response:
    this = moment()
    sign_out_everywhere(this.db, actor=this.actor, now=this.now)
    sign_out()
    return go(url_for("front.first"))


def _password(errors: dict[str, str]) -> str:
    this = moment()
    return render_template(
        "portal/password.html", errors=errors, phone=masked_phone(read_me(this.db, this.actor).phone)
    )

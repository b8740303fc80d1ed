"""Households enter and leave: a phone and a code (which is also how one registers), or a phone and a password.

The phone travels from the first form to the second in the browser's own session, never in an address. No answer tells
whether a number is known.
"""

from flask import Blueprint, Response, render_template, request, session, url_for

from kernel.faults import Fault
from kernel.i18n import current_language
from kernel.phones import masked_phone, normal_phone
from notifications.compose import one_time_code_text
from portal.context import errors_of, go
from portal.form_stamp import FormSentTwice, check_stamp, new_stamp
from services.access.codes import LIVES
from services.journeys.sign_in_household import Entered, ask_code, enter_with_code, enter_with_password
from webkit.door import ports
from webkit.language import remember_language, remember_large_type, safe_next
from webkit.limits import limiter
from webkit.moment import moment
from webkit.request_log import request_id
from webkit.session_table import device_name, signed_in_as
from webkit.signin import customers_only, public, sign_in, sign_out, signed_in

blueprint = Blueprint("signin", __name__, template_folder="templates")
_PHONE, _NEXT = "asked_phone", "asked_next"
# Every password costs a hash of 19 MiB: all of them together are limited too, before the hash.
ALL_PASSWORDS = "600 per minute"


def _by_phone() -> str:
    """Count by the number meant, however it is spaced: else every space would buy five more tries."""
    typed = request.form.get("phone", "")[:30]
    return f"password:{normal_phone(typed) or typed.strip().lower()}"


@blueprint.get("/sign-in")
@public
def form() -> str | Response:
    if signed_in():
        return _go_on(request.args.get("next"))
    if request.args.get("next"):
        session[_NEXT] = safe_next(request.args.get("next"))
    return _ask("", {})


@blueprint.post("/sign-in")
@public
@limiter.limit("20 per minute;200 per hour")
def send_code() -> Response | tuple[str, int]:
    """Text a code to the phone; the next page asks for it."""
    this = moment()
    phone = request.form.get("phone", "")[:30]
    try:
        check_stamp("code", this.now)
        session[_PHONE] = ask_code(
            this.db,
            phone=phone,
            address=request.remote_addr or "",
            language=current_language(),
            compose=lambda: one_time_code_text(ports().utility, current_language(), minutes=LIVES.seconds // 60),
            now=this.now,
        )
    except FormSentTwice:
        # A doubled click: the first one has sent the text (or said why not), the browser shows this answer only.
        session[_PHONE] = normal_phone(phone) or session.get(_PHONE)
    except Fault as fault:
        return _ask(phone, errors_of(fault)), fault.status
    return go(url_for("signin.code_form"))


@blueprint.get("/sign-in/code")
@public
def code_form() -> str | Response:
    if signed_in():
        return _go_on(None)
    phone = session.get(_PHONE)
    return _ask_digits(phone, {}) if phone else _start()


@blueprint.post("/sign-in/code")
@public
@limiter.limit("30 per minute;120 per hour")
def enter_code() -> Response | tuple[str, int]:
    this = moment()
    phone = session.get(_PHONE)
    if not phone:
        return _start()
    try:
        entered = enter_with_code(
            this.db,
            phone=phone,
            code="".join(request.form.get("code", "").split())[:10],
            device=device_name(),
            language=current_language(),
            request_id=request_id(),
            now=this.now,
        )
    except Fault as fault:
        return _ask_digits(phone, errors_of(fault)), fault.status
    return _enter(entered)


@blueprint.get("/sign-in/password")
@public
def password_form() -> str | Response:
    if signed_in():
        return _go_on(None)
    return _ask_password("", {})


@blueprint.post("/sign-in/password")
@public
@limiter.shared_limit(ALL_PASSWORDS, scope="passwords", key_func=lambda: "everybody")
@limiter.limit("5 per minute;20 per hour", key_func=_by_phone)
@limiter.limit("20 per minute;100 per hour")
def enter_password() -> Response | tuple[str, int]:
    this = moment()
    phone = request.form.get("phone", "")[:30]
    try:
        entered = enter_with_password(
            this.db,
            phone=phone,
            password=request.form.get("password", "")[:256],
            device=device_name(),
            request_id=request_id(),
            now=this.now,
        )
    except Fault as fault:
        return _ask_password(phone, errors_of(fault)), fault.status
    return _enter(entered)


@blueprint.post("/sign-out")
@customers_only
def leave() -> Response:
    sign_out()
    return go(url_for("front.first"))


def _enter(entered: Entered) -> Response:
    target = session.get(_NEXT)
    sign_in(entered.token, signed_in_as(entered.session))
    answer = _go_on(target)
    remember_language(answer, entered.session.language)
    if entered.large_type:
        remember_large_type(answer, True)
    return answer


def _go_on(target: str | None) -> Response:
    return go(safe_next(target, url_for("front.first")))


def _start() -> Response:
    return go(url_for("signin.form"))


def _ask(phone: str, errors: dict[str, str]) -> str:
    return render_template("portal/sign_in.html", phone=phone, errors=errors, stamp=new_stamp("code", moment().now))


def _ask_digits(phone: str, errors: dict[str, str]) -> str:
    return render_template("portal/sign_in_code.html", phone=masked_phone(phone), errors=errors)


def _ask_password(phone: str, errors: dict[str, str]) -> str:
    return render_template("portal/sign_in_password.html", phone=phone, errors=errors)

"""Agents enter and leave: user name, password and code on one form, so that no answer tells which of them was wrong."""

from flask import Blueprint, Response, redirect, render_template, request, url_for

from kernel.faults import Fault
from services.journeys.sign_in_agent import sign_in_agent
from webkit.language import safe_next
from webkit.limits import by_form_field, limiter
from webkit.moment import moment
from webkit.request_log import request_id
from webkit.session_table import device_name, signed_in_as
from webkit.signin import agents_only, public, sign_in, sign_out, signed_in

blueprint = Blueprint("signin", __name__, template_folder="templates")


@blueprint.get("/sign-in")
@public
def form() -> str | Response:
    if signed_in():
        return _go_on()
    return render_template("callcenter/sign_in.html", error=None, username="")


@blueprint.post("/sign-in")
@public
@limiter.limit("30 per minute")
@limiter.limit("5 per minute;30 per hour", key_func=by_form_field("username"))
def enter() -> tuple[str, int] | Response:
    this = moment()
    username = request.form.get("username", "").strip().lower()[:64]
    try:
        entered = sign_in_agent(
            this.db,
            username=username,
            password=request.form.get("password", "")[:256],
            code="".join(request.form.get("code", "").split())[:10],
            device=device_name(),
            request_id=request_id(),
            now=this.now,
        )
    except Fault as fault:
        return render_template("callcenter/sign_in.html", error=fault.message, username=username), fault.status
    sign_in(entered.token, signed_in_as(entered.session))
    return _go_on()


@blueprint.post("/sign-out")
@agents_only()
def leave() -> Response:
    sign_out()
    return _away(url_for("signin.form"))


def _go_on() -> Response:
    home = url_for("desk.home")
    target = safe_next(request.values.get("next"), home)
    return _away(target if target.startswith(home) else home)


def _away(target: str) -> Response:
    answer = redirect(target, 303)
    return Response(answer.get_data(), 303, answer.headers)

"""Who is calling: recorded once, shown in the strip, forgotten after the call; numbers shown only when asked for."""

from typing import Literal

from flask import Blueprint, Response, redirect, render_template, request, url_for

from callcenter.customers import look_at_account
from kernel.faults import Fault
from notifications.compose import call_code_text
from services.access.codes import LIVES
from services.journeys.customer_view import Strip
from services.journeys.look_up_customer import read_strip
from services.journeys.prove_identity import How, end_call, prove_identity, reveal, send_code
from webkit.door import ports
from webkit.moment import Moment, moment
from webkit.signin import agents_only

blueprint = Blueprint("identity", __name__, template_folder="templates")

_HOWS: dict[str, How] = {"identity": "identity", "bill": "bill", "code": "code"}


@blueprint.get("/accounts/<number>/prove")
@agents_only()
def ask(number: str) -> str:
    this = moment()
    return _page(this, _strip(this, number), None)


@blueprint.post("/accounts/<number>/prove")
@agents_only()
def prove(number: str) -> Response | tuple[str, int]:
    this = moment()
    strip = _strip(this, number)
    how: How = _HOWS.get(request.form.get("how", ""), "identity")
    try:
        prove_identity(
            this.db, actor=this.actor, strip=strip, how=how, answer=request.form.get("answer", "")[:40], now=this.now
        )
    except Fault as fault:
        return _page(this, strip, fault, how), fault.status
    return _back(number)


@blueprint.post("/accounts/<number>/prove/code")
@agents_only()
def text_code(number: str) -> Response | tuple[str, int]:
    """Text a code to the phone on file; it stands on the timeline with its fate."""
    this = moment()
    strip = _strip(this, number)
    minutes = int(LIVES.total_seconds() // 60)
    try:
        send_code(
            this.db,
            actor=this.actor,
            strip=strip,
            compose=lambda: call_code_text(ports().utility, strip.language, minutes=minutes),
            now=this.now,
        )
    except Fault as fault:
        return render_template(
            "callcenter/prove.html", strip=strip, error=fault, how="code", now=this.now
        ), fault.status
    return _back(number)


@blueprint.post("/accounts/<number>/end-call")
@agents_only()
def end(number: str) -> Response:
    this = moment()
    end_call(this.db, actor=this.actor, strip=_strip(this, number), now=this.now)
    return _back(number)


@blueprint.post("/accounts/<number>/reveal/<what>")
@agents_only()
def show(number: str, what: str) -> str | Response:
    """Show the phone or identity number in full, in place with a script, on a page of its own without."""
    this = moment()
    strip = _strip(this, number)
    kind: Literal["phone", "identity"] = "identity" if what == "identity" else "phone"
    value = reveal(this.db, actor=this.actor, strip=strip, what=kind, now=this.now)
    page = "callcenter/_revealed.html" if request.headers.get("HX-Request") else "callcenter/revealed.html"
    return render_template(page, strip=strip, what=kind, value=value, now=this.now)


def _page(this: Moment, strip: Strip, error: Fault | None, how: How = "identity") -> str:
    look_at_account(this, strip)
    return render_template("callcenter/prove.html", strip=strip, error=error, how=how, now=this.now)


def _strip(this: Moment, number: str) -> Strip:
    with this.db.read() as reader:
        return read_strip(reader, this.actor, "account", number, today=this.today, now=this.now)


def _back(number: str) -> Response:
    answer = redirect(url_for("customers.customer", number=number), 303)
    return Response(answer.get_data(), 303, answer.headers)

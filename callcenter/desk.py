"""The first screen and the search box."""

from flask import Blueprint, Response, redirect, render_template, request, url_for

from kernel.clock import local_midnight
from services.journeys.search_customers import search_customers
from services.journeys.service_facts import recent_customers, service_facts
from webkit.limits import limiter
from webkit.moment import moment
from webkit.signin import agents_only

blueprint = Blueprint("desk", __name__, template_folder="templates")


@blueprint.get("/")
@agents_only()
def home() -> str:
    this = moment()
    with this.db.read() as reader:
        recent = recent_customers(reader, this.actor, now=this.now)
        facts = service_facts(reader, this.actor, since=local_midnight(this.today, this.zone))
    return render_template("callcenter/desk.html", recent=recent, facts=facts, words="")


@blueprint.get("/search")
@agents_only()
@limiter.limit("120 per minute")
def search() -> str | Response:
    this = moment()
    words = request.args.get("q", "").strip()
    if not words:
        return _to(url_for("desk.home"))
    answer = search_customers(this.db, actor=this.actor, words=words, today=this.today, now=this.now)
    if answer.exact and len(answer.found) == 1:
        return _to(url_for("customers.customer", number=answer.found[0].account_number))
    return render_template("callcenter/found.html", answer=answer, words=words)


def _to(target: str) -> Response:
    answer = redirect(target, 303)
    return Response(answer.get_data(), 303, answer.headers)

"""The pay page: what Stripe's hosted Checkout is to a payer, with every outcome to choose from. No JavaScript."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backends.cards.simulator.book import Book, Row
from backends.cards.simulator.paying import Outcome, Paying
from backends.simulators.config import SimulatorsConfig
from backends.simulators.store import Store
from kernel.i18n import N_, normalise, set_language

METHOD_NAMES = {"card": N_("Bank card"), "alipay": N_("Alipay"), "wechat_pay": N_("WeChat Pay")}

# What the buttons ask for: the outcome, and how late money ends ("": by hand, on the page of checkouts).
CHOICES: dict[str, tuple[Outcome, str | None]] = {
    "succeed": ("succeed", None),
    "decline": ("decline", None),
    "authenticate": ("authenticate", None),
    "later_succeed": ("later", "succeed"),
    "later_fail": ("later", "fail"),
    "later": ("later", None),
}
PROOFS: dict[str, Outcome] = {"pass": "succeed", "fail": "fail_authentication"}


class PayPage:
    def __init__(self, store: Store, config: SimulatorsConfig, paying: Paying):
        self._store = store
        self._config = config
        self._paying = paying

    def blueprint(self) -> Blueprint:
        pages = Blueprint("pay_page", __name__)
        pages.add_url_rule("/cards/pay/<id_>", view_func=self.show, methods=["GET"])
        pages.add_url_rule("/cards/pay/<id_>", view_func=self.pay, methods=["POST"])
        pages.add_url_rule("/cards/pay/<id_>/proof", view_func=self.ask_proof, methods=["GET"])
        pages.add_url_rule("/cards/pay/<id_>/proof", view_func=self.prove, methods=["POST"])
        return pages

    def _session(self, id_: str) -> Row:
        self._paying.advance(self._config.clock())
        with self._store.read() as db:
            book = Book(db, self._config, self._config.clock())
            session = book.session(id_)
            if session is None:
                abort(404)
            session["line_items"] = book.lines(id_)
            session["intent"] = book.intent(session["payment_intent"]) if session["payment_intent"] else None
        speak(session["locale"])
        return session

    def show(self, id_: str) -> str | Response:
        session = self._session(id_)
        if session["status"] == "complete":
            return redirect(success_url(session), 303)
        error = (session["intent"] or {}).get("last_payment_error")
        return render_template(
            "simulators/pay.html",
            session=session,
            declined=error["code"] if error else None,
            method_names=METHOD_NAMES,
        )

    def pay(self, id_: str) -> Response:
        self._session(id_)
        chosen = request.form.get("outcome", "")
        if chosen not in CHOICES:
            abort(400)
        outcome, settles = CHOICES[chosen]
        session = self._paying.pay(id_, outcome, request.form.get("method", "card"), settles=settles)
        if session is not None and session["status"] == "open" and outcome == "authenticate":
            return redirect(url_for("pay_page.ask_proof", id_=id_), 303)
        return self._onward(session, id_)

    def ask_proof(self, id_: str) -> str | Response:
        session = self._session(id_)
        if session["status"] != "open":
            return redirect(url_for("pay_page.show", id_=id_), 303)
        return render_template("simulators/proof.html", session=session)

    def prove(self, id_: str) -> Response:
        self._session(id_)
        outcome = PROOFS.get(request.form.get("proof", ""))
        if outcome is None:
            abort(400)
        return self._onward(self._paying.pay(id_, outcome, "card"), id_)

    def _onward(self, session: Row | None, id_: str) -> Response:
        """Go back to the merchant when the checkout is finished, else show the page again."""
        if session is not None and session["status"] == "complete":
            return redirect(success_url(session), 303)
        return redirect(url_for("pay_page.show", id_=id_), 303)


def success_url(session: Row) -> str:
    """Return where Checkout sends the payer; the template variable is filled in as Stripe fills it."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def speak(locale: str | None) -> None:
    """Speak the session's language; with `auto` or none, the browser's."""
    asked = None if locale in {None, "auto"} else locale
    set_language(normalise(asked) or normalise(request.accept_languages.best) or "en")

"""The simulators as one Flask app: vendors' HTTP under /stripe and /twilio, pages beside them; and their loop."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, Response, request

from backends.cards.simulator import book as cards_book
from backends.cards.simulator import idempotency
from backends.cards.simulator import signing as cards_signing
from backends.cards.simulator.api import StripeApi
from backends.cards.simulator.pay_page import PayPage
from backends.cards.simulator.paying import Paying
from backends.messages.simulator import book as messages_book
from backends.messages.simulator import signing as messages_signing
from backends.messages.simulator.api import TwilioApi
from backends.simulators import deliveries, switches
from backends.simulators.config import SimulatorsConfig
from backends.simulators.deliveries import Deliverer
from backends.simulators.loop import DeliveryLoop
from backends.simulators.pages import Pages
from backends.simulators.store import Store
from kernel.i18n import _, current_language, format_money, normalise, set_language

SCHEMAS = (switches.SCHEMA, deliveries.SCHEMA, cards_book.SCHEMA, idempotency.SCHEMA, messages_book.SCHEMA)


@dataclass(frozen=True)
class Simulators:
    """The parts of one set of simulators. `loop` runs in one process only and is not started yet."""

    app: Flask
    store: Store
    paying: Paying
    loop: DeliveryLoop


def make_simulators_app(config: SimulatorsConfig) -> Flask:
    """Return the app alone, for a process that only serves pages."""
    return make_simulators(config).app


def make_simulators(config: SimulatorsConfig) -> Simulators:
    """Return app, store and loop over the config's file; the file is made when it is missing."""
    store = Store(config.file, SCHEMAS)
    paying = Paying(store, config)
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.jinja_env.globals["_"] = _
    app.jinja_env.globals["money"] = lambda minor, currency: format_money(minor, currency.upper())
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"language": current_language()})
    app.before_request(_speak_browsers_language)
    app.after_request(lambda response: _protect(response, config))
    app.register_blueprint(StripeApi(store, config, paying).blueprint(), url_prefix="/stripe")
    app.register_blueprint(TwilioApi(store, config).blueprint(), url_prefix="/twilio")
    app.register_blueprint(PayPage(store, config, paying).blueprint())
    app.register_blueprint(Pages(store, config, paying).blueprint())
    return Simulators(app, store, paying, _loop(store, config, paying))


def _loop(store: Store, config: SimulatorsConfig, paying: Paying) -> DeliveryLoop:
    signers = {
        "cards": cards_signing.signer(config.stripe_webhook_secret),
        "cards-forged": cards_signing.signer("whsec_forged"),
        "messages": messages_signing.signer(config.twilio_auth_token),
        "messages-forged": messages_signing.signer("forged"),
    }

    def advance_messages(now: datetime) -> None:
        with store.read() as db:
            due = db.execute("SELECT 1 FROM message_step WHERE due_at <= ? LIMIT 1", (now.timestamp(),)).fetchone()
        if due:
            with store.write() as db:
                messages_book.advance(db, config, now)

    return DeliveryLoop(
        config.clock, [paying.advance, advance_messages], Deliverer(store, signers, via=config.deliver_via)
    )


def _speak_browsers_language() -> None:
    set_language(normalise(request.accept_languages.best) or "en")


def _protect(response: Response, config: SimulatorsConfig) -> Response:
    """Nothing inline and nothing from elsewhere; forms may lead back to the merchant's site."""
    site = "{0.scheme}://{0.netloc}".format(urlsplit(config.public_url))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' {site}; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response

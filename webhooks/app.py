"""The app of vendors' callbacks, mounted at /hooks. Each hook verifies, stores in the inbox and answers."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from kernel.clock import utc_now
from webhooks.stripe import stripe_hooks
from webhooks.twilio import twilio_hooks
from webkit.app import make_app
from wiring.ports import Ports


def create_app(ports: Ports, *, clock: Callable[[], datetime] = utc_now) -> Flask:
    """Return the hooks' app: /stripe, /twilio/status, /twilio/inbound."""
    app = make_app("webhooks", import_name=__name__, ports=ports, clock=clock)
    app.register_blueprint(stripe_hooks)
    app.register_blueprint(twilio_hooks)
    return app

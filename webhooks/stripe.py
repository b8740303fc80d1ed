"""POST /hooks/stripe: verify the signature, store the event once, answer. Settling is the worker's."""

from flask import Blueprint, Response, current_app, request

from kernel.logs import logger
from services.journeys import pay_bill
from services.payments.ports import BadSignature
from webkit.door import webkit
from webkit.signin import vendor_signed
from wiring.ports import Ports

stripe_hooks = Blueprint("stripe_hooks", __name__)
log = logger(__name__)


@stripe_hooks.post("/stripe")
@vendor_signed
def receive_stripe_event() -> Response:
    """Answer 200 when the event is stored (now or before), 400 when it is not Stripe's."""
    ports: Ports = current_app.extensions["ports"]
    try:
        fresh = pay_bill.receive_event(
            ports.db,
            ports.cards,
            body=request.get_data(cache=False),
            signature=request.headers.get("Stripe-Signature", ""),
            now=webkit().clock(),
        )
    except BadSignature:
        log.warning("webhook.bad_signature", source="stripe")
        return Response("bad signature", status=400, mimetype="text/plain")
    return Response("stored" if fresh else "known", status=200, mimetype="text/plain")

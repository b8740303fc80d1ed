"""POST /hooks/twilio/status and /hooks/twilio/inbound: verify the signature, store the event once, answer.

Twilio signs the address it was given, query included; that is our public one, whatever proxy stands before us.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Blueprint, Response, current_app, request

from kernel.logs import logger
from services.journeys import hear_of_message
from services.messages.ports import BadSignature
from webkit.door import webkit
from webkit.signin import vendor_signed
from wiring.ports import Ports

twilio_hooks = Blueprint("twilio_hooks", __name__)
log = logger(__name__)

T = TypeVar("T")
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@twilio_hooks.post("/twilio/status")
@vendor_signed
def receive_status() -> Response:
    """Answer 204 when the status is stored (now or before), 403 when it is not Twilio's."""
    ports = _ports()
    receipt = _verified(ports.messages.verify_callback)
    if receipt is None:
        return _refused()
    hear_of_message.receive_status(ports.db, receipt, now=webkit().clock())
    return Response(status=204)


@twilio_hooks.post("/twilio/inbound")
@vendor_signed
def receive_inbound() -> Response:
    """Answer an empty TwiML document (no reply by us) when the message is stored, 403 when it is not Twilio's."""
    ports = _ports()
    message = _verified(ports.messages.verify_inbound)
    if message is None:
        return _refused()
    hear_of_message.receive_inbound(ports.db, message, now=webkit().clock())
    return Response(NO_REPLY, mimetype="text/xml")


def _ports() -> Ports:
    ports: Ports = current_app.extensions["ports"]
    return ports


def _verified(verify: Callable[[str, Mapping[str, str], str], T]) -> T | None:
    form = request.form.to_dict()
    try:
        return verify(public_address(_ports().utility.public_url), form, request.headers.get("X-Twilio-Signature", ""))
    except BadSignature:
        return None


def public_address(public_url: str) -> str:
    """Return the address the vendor called: this app is mounted at /hooks."""
    query = request.query_string.decode("latin-1")
    return f"{public_url.rstrip('/')}/hooks{request.path}" + (f"?{query}" if query else "")


def _refused() -> Response:
    log.warning("webhook.bad_signature", source="twilio", path=request.path)
    return Response("bad signature", status=403, mimetype="text/plain")

"""Stripe's webhook events: is it theirs, how old is it, and what does it say in our words.

The scheme is docs.stripe.com/webhooks, "Verify webhook signatures manually": the header is `t=SECONDS,v1=HEX[,v1=HEX]`
(several while a secret is being rolled), each v1 the HMAC-SHA256 of `SECONDS.BODY`. Stripe's library reads the clock
itself; ours takes `now`, and refuses a stamp from the future as well.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from backends.cards.stripe_objects import attempt_of, failure_of
from services.payments.ports import BadSignature, CardEvent

TOLERANCE_SECONDS = 300

Kind = Literal["completed", "processing", "succeeded", "failed", "expired", "declined", "other"]

# Stripe sends events in any order and more than once. Money may be told by the session or by its intent, whichever
# comes first: both settle, and a settled payment moves no more. checkout.session.completed is read by its
# payment_status below. These are the events to choose for the endpoint at Stripe; any other is stored and left alone.
EVENT_KINDS: Mapping[str, Kind] = {
    "checkout.session.completed": "completed",
    "checkout.session.async_payment_succeeded": "succeeded",
    "checkout.session.async_payment_failed": "failed",
    "checkout.session.expired": "expired",
    "payment_intent.succeeded": "succeeded",
    "payment_intent.payment_failed": "declined",
}
_COMPLETED: Mapping[str, Kind] = {"paid": "completed", "unpaid": "processing"}


def verify_event(body: bytes, signature: str, secret: str, now: datetime) -> CardEvent:
    """Return the event if its signature fits and it is at most five minutes old. Raises BadSignature."""
    check_signature(body, signature, secret, now)
    try:
        return read_event(body)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadSignature() from None


def check_signature(body: bytes, signature: str, secret: str, now: datetime) -> None:
    """Raises BadSignature unless one of the header's signatures fits this body and its stamp is fresh."""
    stamp, claims = _read_header(signature)
    expected = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    # Every claim is compared, so that the time taken tells nothing.
    fits = [hmac.compare_digest(expected.encode(), claim.encode()) for claim in claims]
    if not secret or not any(fits) or abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature()


def _read_header(signature: str) -> tuple[str, list[str]]:
    stamp, claims = "", []
    for part in signature.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            stamp = value
        elif name == "v1":
            claims.append(value)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and claims):
        raise BadSignature()
    return stamp, claims


def read_event(body: bytes) -> CardEvent:
    """Return a verified event in our words. Raises ValueError or KeyError when it is no event."""
    event: dict[str, Any] = json.loads(body)
    vendor_type = str(event["type"])
    thing: dict[str, Any] = event["data"]["object"]
    is_session = thing.get("object") == "checkout.session"
    intent = thing.get("payment_intent") if is_session else _intent_id(thing)
    return CardEvent(
        event_id=str(event["id"]),
        vendor_type=vendor_type,
        kind=_kind(vendor_type, thing),
        created_at=datetime.fromtimestamp(int(event["created"]), UTC),
        checkout_id=str(thing["id"]) if is_session else None,
        payment_intent=intent["id"] if isinstance(intent, dict) else intent,
        attempt=attempt_of(thing),
        amount_minor=_amount(thing),
        currency=str(thing["currency"]).upper() if thing.get("currency") else None,
        failure_code=None if is_session else failure_of(thing),
    )


def _kind(vendor_type: str, thing: dict[str, Any]) -> Kind:
    if vendor_type == "checkout.session.completed":
        return _COMPLETED.get(str(thing.get("payment_status")), "other")
    return EVENT_KINDS.get(vendor_type, "other")


def _intent_id(thing: dict[str, Any]) -> str | None:
    return str(thing["id"]) if thing.get("object") == "payment_intent" else thing.get("payment_intent")


def _amount(thing: dict[str, Any]) -> int | None:
    """Return the session's total, or what an intent received (what it asks for, while nothing was received)."""
    if thing.get("object") == "payment_intent":
        return thing.get("amount_received") or thing.get("amount")
    return thing.get("amount_total")

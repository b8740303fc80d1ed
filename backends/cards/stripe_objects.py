"""Stripe's objects in our words. Reads plain JSON, so that answers and events pass through the same lines."""

from typing import Any

from services.payments.ports import Checkout, VendorPaymentStatus


def checkout_of(session: dict[str, Any]) -> Checkout:
    """Return a Checkout Session as ours; its intent may be an id, or the object when it was asked for."""
    intent = session.get("payment_intent")
    expanded = intent if isinstance(intent, dict) else None
    return Checkout(
        checkout_id=str(session["id"]),
        url=session.get("url"),
        status=session.get("status") or "open",
        payment_status=_payment_status(session, expanded),
        payment_intent=expanded["id"] if expanded else intent,
        amount_minor=int(session.get("amount_total") or 0),
        currency=str(session.get("currency") or "").upper(),
        attempt=attempt_of(session),
        failure_code=failure_of(expanded) if expanded else None,
    )


def _payment_status(session: dict[str, Any], intent: dict[str, Any] | None) -> VendorPaymentStatus:
    """A finished checkout that is not paid waits for its money, unless the intent says that it failed."""
    if session.get("payment_status") in {"paid", "no_payment_required"}:
        return "paid"
    if session.get("status") != "complete":
        return "unpaid"
    if intent is not None and intent.get("status") in {"requires_payment_method", "canceled"}:
        return "failed"
    return "processing"


def attempt_of(thing: dict[str, Any]) -> str | None:
    """Return our attempt's id from a session or an intent, or None when it is not ours."""
    return thing.get("client_reference_id") or (thing.get("metadata") or {}).get("attempt")


def failure_of(intent: dict[str, Any]) -> str | None:
    """Return why the last try failed: the bank's reason where there is one, else Stripe's."""
    error = intent.get("last_payment_error") or {}
    return error.get("decline_code") or error.get("code")

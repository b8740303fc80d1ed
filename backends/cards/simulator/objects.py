"""Stripe's objects, shaped as API version 2026-10-28 has them; what we never use is there and null."""

import secrets
import string
from typing import Any

_LETTERS = string.ascii_letters + string.digits

_SESSION_NULLS = (
    "adaptive_pricing", "after_expiration", "allow_promotion_codes", "billing_address_collection",
    "branding_settings", "client_secret", "collected_information", "consent", "consent_collection",
    "currency_conversion", "customer", "customer_account", "customer_details", "discounts",
    "excluded_payment_method_types", "integration_identifier", "invoice", "managed_payments", "name_collection",
    "optional_items", "origin_context", "payment_link", "payment_method_configuration_details", "permissions",
    "presentment_details", "recovered_from", "redirect_on_completion", "return_url",
    "saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost", "submit_type",
    "subscription", "tax_id_collection", "wallet_options",
)  # fmt: skip
_INTENT_NULLS = (
    "amount_details", "application", "application_fee_amount", "automatic_payment_methods", "canceled_at",
    "cancellation_reason", "customer", "customer_account", "excluded_payment_method_types", "last_payment_error",
    "latest_charge", "next_action", "on_behalf_of", "payment_method", "payment_method_configuration_details",
    "processing", "receipt_email", "review", "setup_future_usage", "shipping", "source", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_session(facts: dict[str, Any], now: int, pay_url: str) -> dict[str, Any]:
    """Return an open Checkout Session. `pay_url` ends where the session's id is to follow."""
    id_ = new_id("cs_test_", 58)
    total = sum(line["unit_amount"] * line["quantity"] for line in facts["lines"])
    return {
        "id": id_,
        "object": "checkout.session",
        **dict.fromkeys(_SESSION_NULLS),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": facts["cancel_url"],
        "client_reference_id": facts["client_reference_id"],
        "created": now,
        "currency": facts["lines"][0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"), None
        ),
        "customer_creation": "if_required",
        "customer_email": facts["customer_email"],
        "expires_at": facts["expires_at"],
        "invoice_creation": {"enabled": False, "invoice_data": {}},
        "livemode": False,
        "locale": facts["locale"],
        "metadata": facts["metadata"],
        "mode": "payment",
        "payment_intent": None,
        "payment_method_collection": "if_required",
        "payment_method_options": facts["options"],
        "payment_method_types": facts["methods"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": facts["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": pay_url + id_,
    }


def new_intent(session: dict[str, Any], intent_data: dict[str, Any], now: int) -> dict[str, Any]:
    """Return the PaymentIntent that Checkout makes when the payer first confirms."""
    id_ = new_id("pi_")
    return {
        "id": id_,
        "object": "payment_intent",
        **dict.fromkeys(_INTENT_NULLS),
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{id_}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": session["currency"],
        "description": intent_data["description"],
        "livemode": False,
        "metadata": intent_data["metadata"],
        "payment_method_options": session["payment_method_options"],
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
    }


def new_event(type_: str, thing: dict[str, Any], now: int, api_version: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return an event about a thing as it is now; `request` names what caused it (docs.stripe.com/api/events)."""
    return {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": api_version,
        "created": now,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": request,
        "type": type_,
    }


def payment_error(code: str, decline_code: str | None, message: str, method: str) -> dict[str, Any]:
    """Return `last_payment_error` of an intent (docs.stripe.com/declines/codes)."""
    return {
        "code": code,
        **({"decline_code": decline_code} if decline_code else {}),
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": {"id": new_id("pm_"), "object": "payment_method", "type": method},
        "type": "card_error" if method == "card" else "invalid_request_error",
    }

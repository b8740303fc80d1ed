"""What this room asks of a card vendor. Implemented in `backends/cards/`; the words are ours, not the vendor's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from kernel.faults import Fault
from kernel.i18n import N_

CheckoutStatus = Literal["open", "complete", "expired"]
VendorPaymentStatus = Literal["unpaid", "processing", "paid", "failed"]


class CardsUnavailable(Fault):
    """The vendor timed out or answered 5xx: the outcome is unknown, the same idempotency key may be sent again."""

    code = "cards_unavailable"
    status = 503
    message = N_(
        "The payment service does not answer just now. Nothing was charged. Please try again in a few minutes."
    )


class CardsRefused(Fault):
    """The vendor refused the request itself (bad amount, expired session): sending it again cannot help."""

    code = "cards_refused"
    status = 502
    message = N_("The payment service refused this payment. Nothing was charged.")


class BadSignature(Fault):
    """A webhook whose signature is missing, wrong or stale."""

    code = "bad_signature"
    status = 400
    message = N_("The signature is not valid.")


@dataclass(frozen=True)
class CheckoutRequest:
    """`attempt` is our payment's id: the vendor's idempotency key and client_reference_id.

    `amount_minor` in minor units of `currency` (ISO 4217); `language` is ours ("zh-CN", "en").
    """

    attempt: str
    amount_minor: int
    currency: str
    description: str
    success_url: str
    cancel_url: str
    language: str
    methods: tuple[str, ...] = ("card", "alipay", "wechat_pay")
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Checkout:
    """The vendor's checkout as it stands: `url` is where the browser goes while `status` is open."""

    checkout_id: str
    url: str | None
    status: CheckoutStatus
    payment_status: VendorPaymentStatus
    payment_intent: str | None
    amount_minor: int
    currency: str
    attempt: str | None
    failure_code: str | None = None


@dataclass(frozen=True)
class CardEvent:
    """A verified webhook event. `kind` in our words; facts the vendor left out are None.

    completed: checkout finished and paid; processing: finished, money still to come; succeeded/failed: the late
    outcome; expired: the checkout closed unpaid; declined: one try failed, the checkout is still open; other: stored,
    not acted upon.
    """

    event_id: str
    vendor_type: str
    kind: Literal["completed", "processing", "succeeded", "failed", "expired", "declined", "other"]
    created_at: datetime
    checkout_id: str | None
    payment_intent: str | None
    attempt: str | None
    amount_minor: int | None
    currency: str | None
    failure_code: str | None = None


class CardsPort(Protocol):
    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one already open under this attempt. Raises CardsUnavailable, CardsRefused."""

    def find_checkout(self, checkout_id: str) -> Checkout:
        """Look the checkout up: the truth when webhooks are late. Raises CardsUnavailable, CardsRefused."""

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """Close an open checkout so that it can no longer be paid; one that is complete is returned as it stands."""

    def verify_event(self, body: bytes, signature: str, now: datetime) -> CardEvent:
        """Check the webhook's signature and age and read it. Raises BadSignature."""

    def read_event(self, body: bytes) -> CardEvent:
        """Read an event that was verified before it was stored."""

"""Card payments at Stripe: Checkout Sessions, and the events that Stripe signs and sends.

Follows docs.stripe.com: api/checkout/sessions, api/idempotent_requests, api/errors, checkout/fulfillment, webhooks.
Our attempt is the idempotency key, and travels as client_reference_id and as metadata of session and intent.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import stripe
from stripe import StripeClient

from backends.cards.stripe_events import read_event, verify_event
from backends.cards.stripe_objects import checkout_of
from services.payments.ports import CardEvent, CardsRefused, CardsUnavailable, Checkout, CheckoutRequest

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 3.05
READ_SECONDS = 8.0
NETWORK_RETRIES = 1
LOOK_BACK_PAGES = 5

_LOCALES = {"zh-CN": "zh", "en": "en"}

# The first class that fits decides. Unavailable: the outcome is unknown, the same key may be sent again.
_FAULTS: tuple[tuple[type[stripe.StripeError], type[CardsUnavailable] | type[CardsRefused]], ...] = (
    (stripe.IdempotencyError, CardsRefused),  # the key was used with other parameters
    (stripe.RateLimitError, CardsUnavailable),  # 429
    (stripe.APIConnectionError, CardsUnavailable),  # no answer, or none in time
    (stripe.InvalidRequestError, CardsRefused),  # 400, 404
    (stripe.CardError, CardsRefused),  # 402
    (stripe.AuthenticationError, CardsRefused),  # 401: our key is wrong, nothing was done
    (stripe.PermissionError, CardsRefused),  # 403
    (stripe.APIError, CardsUnavailable),  # 5xx, and 409: the same key is being worked on
)


class StripeCards:
    """The cards port over Stripe's HTTP. `api_base` None means Stripe itself; else whatever speaks its HTTP."""

    def __init__(
        self,
        api_key: str,
        webhook_secret: str,
        *,
        api_base: str | None = None,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        retries: int = NETWORK_RETRIES,
    ):
        self._secret = webhook_secret
        self._client = StripeClient(
            api_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else None,
            stripe_version=API_VERSION,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one already open under this attempt. Raises CardsUnavailable, CardsRefused."""
        sessions = self._client.v1.checkout.sessions
        try:
            created = sessions.create(
                _parameters(request),  # type: ignore[arg-type]
                {"idempotency_key": f"checkout-{request.attempt}"},
            )
        except stripe.IdempotencyError as error:
            # Asked again with another language or expiry: the first one stands.
            found = self._ask(lambda: self._find_by_attempt(request.attempt))
            if found is None:
                raise CardsRefused() from error
            return checkout_of(found)
        except stripe.StripeError as error:
            raise _fault(error) from error
        if created.last_response is not None and created.last_response.headers.get("Idempotent-Replayed") == "true":
            # What Stripe kept is how the checkout was then; it may be paid or closed by now.
            return self.find_checkout(created.id)
        return checkout_of(created.to_dict())

    def find_checkout(self, checkout_id: str) -> Checkout:
        """Look the checkout up: the truth when webhooks are late. Raises CardsUnavailable, CardsRefused."""
        sessions = self._client.v1.checkout.sessions
        return checkout_of(self._ask(lambda: sessions.retrieve(checkout_id, {"expand": ["payment_intent"]}).to_dict()))

    def expire_checkout(self, checkout_id: str) -> Checkout:
        """Close an open checkout; one that is complete or expired already is returned as it stands."""
        try:
            return checkout_of(self._client.v1.checkout.sessions.expire(checkout_id).to_dict())
        except stripe.InvalidRequestError:
            return self.find_checkout(checkout_id)
        except stripe.StripeError as error:
            raise _fault(error) from error

    def verify_event(self, body: bytes, signature: str, now: datetime) -> CardEvent:
        """Check the webhook's signature and age and read it. Raises BadSignature."""
        return verify_event(body, signature, self._secret, now)

    def read_event(self, body: bytes) -> CardEvent:
        """Read an event that was verified before it was stored."""
        return read_event(body)

    def _find_by_attempt(self, attempt: str) -> dict[str, Any] | None:
        """Look among the newest sessions: Stripe has no filter by client_reference_id."""
        after: dict[str, Any] = {}
        for _page in range(LOOK_BACK_PAGES):
            page = self._client.v1.checkout.sessions.list({"limit": 100, **after})  # type: ignore[arg-type]
            for session in page.data:
                if session.client_reference_id == attempt:
                    return session.to_dict()
            if not page.has_more:
                break
            after = {"starting_after": page.data[-1].id}
        return None

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except stripe.StripeError as error:
            raise _fault(error) from error


def _fault(error: stripe.StripeError) -> CardsUnavailable | CardsRefused:
    for kind, fault in _FAULTS:
        if isinstance(error, kind):
            return fault()
    return CardsUnavailable()


def _parameters(request: CheckoutRequest) -> dict[str, Any]:
    """Return the parameters of POST /v1/checkout/sessions; the same request always gives the same ones."""
    ours = {"attempt": request.attempt}
    parameters: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.currency.lower(),
                    "unit_amount": request.amount_minor,
                    "product_data": {"name": request.description},
                },
            }
        ],
        "payment_method_types": list(request.methods),
        "client_reference_id": request.attempt,
        "metadata": ours,
        "payment_intent_data": {"metadata": ours, "description": request.description},
        "locale": _LOCALES.get(request.language, "auto"),
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
    }
    if "wechat_pay" in request.methods:
        # WeChat Pay asks where the code is shown; Checkout takes only the browser.
        parameters["payment_method_options"] = {"wechat_pay": {"client": "web"}}
    if request.expires_at is not None:
        parameters["expires_at"] = int(request.expires_at.timestamp())
    return parameters

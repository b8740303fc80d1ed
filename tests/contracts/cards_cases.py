"""What a card vendor's double must show: asked through our adapter, over real HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from backends.cards.stripe import StripeCards
from backends.cards.stripe_events import check_signature
from kernel.ids import PAYMENT_DIGITS, new_number
from services.payments.ports import BadSignature, CardEvent, CardsRefused, CardsUnavailable, CheckoutRequest
from tests.contracts.cases import Cases
from tests.contracts.hooks import Call, Hooks

CARDS = Cases()


class CardsDouble(Protocol):
    """What a case asks of a double besides its HTTP."""

    name: str
    can: frozenset[str]
    hooks: Hooks
    secret: str

    def cards(self, **options: Any) -> StripeCards: ...

    def pay(self, checkout_id: str, outcome: str) -> None:
        """Do what a payer does on the pay page: succeed, decline, prove, fail_authentication, later."""

    def settle(self, checkout_id: str, *, arrives: bool) -> None:
        """Let late money arrive, or fail."""

    def move_intent(self, attempt: str, outcome: str) -> None:
        """Let an intent of this attempt (50.00 yuan) succeed, decline, prove, fail_authentication."""

    def trouble(self, kind: str) -> None:
        """Let the next request go wrong: 429, 500, lost."""


def request(**changes: Any) -> CheckoutRequest:
    return replace(
        CheckoutRequest(
            attempt=new_number(PAYMENT_DIGITS),
            amount_minor=5000,
            currency="CNY",
            description="Electricity bill 2026-06 电费",
            success_url="http://127.0.0.1:9/paid",
            cancel_url="http://127.0.0.1:9/back",
            language="zh-CN",
            expires_at=datetime.now(UTC) + timedelta(minutes=45),
        ),
        **changes,
    )


def told(double: CardsDouble, *types: str, attempt: str | None = None) -> CardEvent:
    """Wait for a signed event of one of these types, about this attempt, and read it through the adapter."""
    cards = double.cards()

    def fits(call: Call) -> bool:
        if "stripe-signature" not in call.headers or not any(f'"{name}"'.encode() in call.body for name in types):
            return False
        return attempt is None or cards.read_event(call.body).attempt == attempt

    call = double.hooks.wait_for(fits)
    return cards.verify_event(call.body, call.headers["stripe-signature"], datetime.now(UTC))


@CARDS.needing("checkout")
def a_checkout_opens_with_an_address_to_pay_at(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    assert opened.status == "open"
    assert opened.payment_status == "unpaid"
    assert opened.checkout_id
    assert opened.url is not None
    assert opened.url.startswith("http")


@CARDS.needing("checkout", "facts")
def a_checkout_carries_amount_currency_and_our_attempt(double: CardsDouble) -> None:
    asked = request(amount_minor=8642)
    opened = double.cards().create_checkout(asked)
    assert (opened.amount_minor, opened.currency, opened.attempt) == (8642, "CNY", asked.attempt)
    assert double.cards().find_checkout(opened.checkout_id) == opened


@CARDS.needing("checkout")
def our_attempt_comes_back_with_the_checkout(double: CardsDouble) -> None:
    asked = request()
    opened = double.cards().create_checkout(asked)
    assert opened.attempt == asked.attempt
    assert double.cards().find_checkout(opened.checkout_id).attempt == asked.attempt


@CARDS.needing("checkout")
def a_checkout_is_found_by_its_id(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    assert double.cards().find_checkout(opened.checkout_id).checkout_id == opened.checkout_id


@CARDS.needing("checkout")
def an_unknown_checkout_is_refused(double: CardsDouble) -> None:
    with pytest.raises(CardsRefused):
        double.cards().find_checkout("cs_test_unknown")


@CARDS.needing("checkout", "idempotency")
def the_same_attempt_asked_twice_opens_one_checkout(double: CardsDouble) -> None:
    asked = request()
    assert double.cards().create_checkout(asked) == double.cards().create_checkout(asked)


@CARDS.needing("checkout", "idempotency")
def an_attempt_asked_again_in_another_language_gets_its_first_checkout(double: CardsDouble) -> None:
    asked = request()
    first = double.cards().create_checkout(asked)
    assert double.cards().create_checkout(replace(asked, language="en")).checkout_id == first.checkout_id


@CARDS.needing("checkout")
def a_closed_checkout_is_expired_and_can_be_closed_again(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    assert double.cards().expire_checkout(opened.checkout_id).status == "expired"
    again = double.cards().expire_checkout(opened.checkout_id)
    assert (again.status, again.payment_status, again.url) == ("expired", "unpaid", None)


@CARDS.needing("checkout")
def a_paid_checkout_is_complete_and_closing_it_changes_nothing(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    double.pay(opened.checkout_id, "succeed")
    paid = double.cards().find_checkout(opened.checkout_id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert double.cards().expire_checkout(opened.checkout_id) == paid


@CARDS.needing("checkout")
def a_closed_checkout_cannot_be_paid(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    double.cards().expire_checkout(opened.checkout_id)
    double.pay(opened.checkout_id, "succeed")
    assert double.cards().find_checkout(opened.checkout_id).payment_status == "unpaid"


@CARDS.needing("declines_on_page")
def a_declined_card_leaves_the_checkout_open(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    double.pay(opened.checkout_id, "decline")
    found = double.cards().find_checkout(opened.checkout_id)
    assert (found.status, found.payment_status, found.failure_code) == ("open", "unpaid", "insufficient_funds")
    double.pay(opened.checkout_id, "succeed")
    assert double.cards().find_checkout(opened.checkout_id).payment_status == "paid"


@CARDS.needing("declines_on_page")
def a_failed_authentication_leaves_the_checkout_open(double: CardsDouble) -> None:
    opened = double.cards().create_checkout(request())
    double.pay(opened.checkout_id, "fail_authentication")
    found = double.cards().find_checkout(opened.checkout_id)
    assert (found.status, found.failure_code) == ("open", "payment_intent_authentication_failure")


@CARDS.needing("later")
def late_money_is_processing_until_it_arrives(double: CardsDouble) -> None:
    asked = request()
    opened = double.cards().create_checkout(asked)
    double.pay(opened.checkout_id, "later")
    assert double.cards().find_checkout(opened.checkout_id).payment_status == "processing"
    assert told(double, "checkout.session.completed", attempt=asked.attempt).kind == "processing"
    double.settle(opened.checkout_id, arrives=True)
    assert double.cards().find_checkout(opened.checkout_id).payment_status == "paid"
    arrived = told(double, "checkout.session.async_payment_succeeded", attempt=asked.attempt)
    assert (arrived.kind, arrived.checkout_id, arrived.amount_minor) == ("succeeded", opened.checkout_id, 5000)


@CARDS.needing("later")
def late_money_that_fails_is_told_and_found(double: CardsDouble) -> None:
    asked = request()
    opened = double.cards().create_checkout(asked)
    double.pay(opened.checkout_id, "later")
    double.settle(opened.checkout_id, arrives=False)
    assert double.cards().find_checkout(opened.checkout_id).payment_status == "failed"
    failed = told(double, "checkout.session.async_payment_failed", attempt=asked.attempt)
    assert (failed.kind, failed.checkout_id) == ("failed", opened.checkout_id)


@CARDS.needing("keys")
def a_wrong_key_is_refused(double: CardsDouble) -> None:
    with pytest.raises(CardsRefused):
        double.cards(key="wrong").find_checkout("cs_test_unknown")


@CARDS.needing("hooks")
def a_signed_webhook_passes_and_a_tampered_or_foreign_one_does_not(double: CardsDouble) -> None:
    double.move_intent(new_number(PAYMENT_DIGITS), "succeed")
    call = double.hooks.wait_for(lambda call: "stripe-signature" in call.headers)
    header, now = call.headers["stripe-signature"], datetime.now(UTC)
    check_signature(call.body, header, double.secret, now)
    for body, secret, at in (
        (call.body.replace(b"5000", b"5001") + b" ", double.secret, now),
        (call.body, "whsec_other", now),
        (call.body, double.secret, now + timedelta(minutes=6)),
    ):
        with pytest.raises(BadSignature):
            check_signature(body, header, secret, at)


@CARDS.needing("events", "checkout")
def a_paid_checkout_is_told_with_its_amount_and_our_attempt(double: CardsDouble) -> None:
    asked = request()
    opened = double.cards().create_checkout(asked)
    double.pay(opened.checkout_id, "succeed")
    event = told(double, "checkout.session.completed", attempt=asked.attempt)
    assert (event.kind, event.checkout_id, event.attempt) == ("completed", opened.checkout_id, asked.attempt)
    assert (event.amount_minor, event.currency) == (5000, "CNY")


@CARDS.needing("events", "checkout")
def a_closed_checkout_is_told(double: CardsDouble) -> None:
    asked = request()
    opened = double.cards().create_checkout(asked)
    double.cards().expire_checkout(opened.checkout_id)
    event = told(double, "checkout.session.expired", attempt=asked.attempt)
    assert (event.kind, event.checkout_id) == ("expired", opened.checkout_id)


@CARDS.needing("events", "intents")
def money_is_told_by_its_intent_with_our_attempt(double: CardsDouble) -> None:
    attempt = new_number(PAYMENT_DIGITS)
    double.move_intent(attempt, "succeed")
    event = told(double, "payment_intent.succeeded", attempt=attempt)
    assert (event.kind, event.amount_minor, event.currency) == ("succeeded", 5000, "CNY")
    assert event.payment_intent is not None
    assert event.checkout_id is None


@CARDS.needing("events", "intents")
def a_decline_is_told_with_its_reason(double: CardsDouble) -> None:
    attempt = new_number(PAYMENT_DIGITS)
    double.move_intent(attempt, "decline")
    event = told(double, "payment_intent.payment_failed", attempt=attempt)
    assert event.kind == "declined"
    assert event.failure_code in {"card_declined", "insufficient_funds", "generic_decline"}


@CARDS.needing("events", "intents")
def money_is_told_once_the_payer_has_proved_who_pays(double: CardsDouble) -> None:
    attempt = new_number(PAYMENT_DIGITS)
    double.move_intent(attempt, "prove")
    event = told(double, "payment_intent.succeeded", attempt=attempt)
    assert (event.kind, event.amount_minor, event.failure_code) == ("succeeded", 5000, None)


@CARDS.needing("events", "intents", "failed_proof")
def a_failed_authentication_is_told_with_its_reason(double: CardsDouble) -> None:
    attempt = new_number(PAYMENT_DIGITS)
    double.move_intent(attempt, "fail_authentication")
    event = told(double, "payment_intent.payment_failed", attempt=attempt)
    assert (event.kind, event.failure_code) == ("declined", "payment_intent_authentication_failure")


@CARDS.needing("troubles")
def a_vendor_in_trouble_is_unavailable(double: CardsDouble) -> None:
    for kind in ("429", "500"):
        double.trouble(kind)
        with pytest.raises(CardsUnavailable):
            double.cards(retries=0).create_checkout(request())


@CARDS.needing("troubles")
def a_lost_answer_is_asked_for_again_without_a_second_checkout(double: CardsDouble) -> None:
    asked = request()
    double.trouble("lost")
    with pytest.raises(CardsUnavailable):
        double.cards(retries=0, timeout=(1.0, 0.5)).create_checkout(asked)
    opened = double.cards().create_checkout(asked)
    assert opened == double.cards().create_checkout(asked)


@CARDS.needing("silence")
def a_vendor_that_is_not_there_is_unavailable(double: CardsDouble) -> None:
    with pytest.raises(CardsUnavailable):
        double.cards(api_base="http://127.0.0.1:9", retries=0).create_checkout(request())

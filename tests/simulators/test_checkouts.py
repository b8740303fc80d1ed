"""What the stand-in for Stripe does beyond the contract: the pay page's every way, time, limits, and two payers."""

from datetime import timedelta
from threading import Thread
from time import sleep

import pytest
import requests

from backends.cards.stripe import StripeCards
from services.payments.ports import CardsRefused, CardsUnavailable
from tests.simulators.paying import choose, prove
from tests.simulators.world import KEY, SECRET, World, request_for


def test_the_payer_is_sent_back_with_the_checkouts_id(world: World) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    answer = choose(made, "succeed")
    assert answer.headers["Location"] == f"https://light.example/payments/P-1?checkout={made.checkout_id}"


def test_a_paid_checkout_cannot_be_paid_again(world: World) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    choose(made, "succeed")
    before = world.cards.find_checkout(made.checkout_id)
    choose(made, "decline")
    choose(made, "succeed")
    world.pass_(1)
    assert world.cards.find_checkout(made.checkout_id) == before
    assert len([p for p in world.hook.posted if b'"checkout.session.completed"' in p.body]) == 1


def test_two_presses_at_once_pay_once(world: World) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    presses = [Thread(target=choose, args=(made, "succeed")) for _ in range(8)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    world.pass_(1)
    assert len(world.hook.posted) == 2
    intents = requests.get(f"{world.base}/stripe/v1/payment_intents", auth=(KEY, ""), timeout=5).json()["data"]
    assert [intent["amount_received"] for intent in intents] == [8642]


@pytest.mark.parametrize(
    ("answer", "status", "payment_status", "failure"),
    [("pass", "complete", "paid", None), ("fail", "open", "unpaid", "payment_intent_authentication_failure")],
)
def test_a_bank_may_ask_for_a_confirmation_first(
    world: World, answer: str, status: str, payment_status: str, failure: str | None
) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    asked = choose(made, "authenticate")
    assert asked.headers["Location"].endswith("/proof")
    assert world.cards.find_checkout(made.checkout_id).status == "open"
    prove(made, answer)
    found = world.cards.find_checkout(made.checkout_id)
    assert (found.status, found.payment_status, found.failure_code) == (status, payment_status, failure)


@pytest.mark.parametrize(("outcome", "ends"), [("later_succeed", "paid"), ("later_fail", "failed")])
def test_late_money_ends_by_itself(world: World, outcome: str, ends: str) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    choose(made, outcome, method="alipay")
    world.pass_(15, step=5)
    assert world.cards.find_checkout(made.checkout_id).payment_status == "processing"
    world.pass_(10, step=5)
    assert world.cards.find_checkout(made.checkout_id).payment_status == ends


def test_late_money_ends_once(world: World) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    choose(made, "later", method="alipay")
    for outcome in ("arrives", "fails", "arrives"):
        requests.post(f"{world.base}/cards/{made.checkout_id}/settle", data={"outcome": outcome}, timeout=5)
    world.pass_(1)
    assert world.cards.find_checkout(made.checkout_id).payment_status == "paid"
    assert len(world.hook.posted) == 3


def test_a_checkout_expires_by_itself(world: World) -> None:
    made = world.cards.create_checkout(request_for("P-100", expires_at=world.clock() + timedelta(minutes=31)))
    world.pass_(30 * 60, step=600)
    assert world.cards.find_checkout(made.checkout_id).status == "open"
    world.clock.move(2 * 60)
    choose(made, "succeed")
    found = world.cards.find_checkout(made.checkout_id)
    assert (found.status, found.payment_status) == ("expired", "unpaid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_minor": 0}, {"amount_minor": 399}, {"amount_minor": 100_000_000}, {"currency": "ZZ"},
        {"success_url": "nowhere"}, {"methods": ("barter",)}, {"description": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(CardsRefused):
        world.cards.create_checkout(request_for("P-100", **wrong))


@pytest.mark.parametrize(("amount", "currency"), [(400, "CNY"), (99_999_999, "CNY"), (50, "USD")])
def test_the_least_and_the_largest_amounts_are_taken(world: World, amount: int, currency: str) -> None:
    made = world.cards.create_checkout(request_for("P-100", amount_minor=amount, currency=currency))
    assert (made.amount_minor, made.currency) == (amount, currency)


@pytest.mark.parametrize("minutes", [5, 25 * 60])
def test_a_checkout_lives_between_half_an_hour_and_a_day(world: World, minutes: int) -> None:
    with pytest.raises(CardsRefused):
        world.cards.create_checkout(request_for("P-100", expires_at=world.clock() + timedelta(minutes=minutes)))


def test_one_passing_trouble_is_not_felt(world: World) -> None:
    world.turn("cards.next_500", 1)
    assert world.cards.create_checkout(request_for("P-100")).status == "open"


def test_a_lost_answer_leaves_one_checkout(world: World) -> None:
    world.turn("cards.next_lost", 1)
    with pytest.raises(CardsUnavailable):
        world.impatient_cards().create_checkout(request_for("P-100"))
    found = world.cards.create_checkout(request_for("P-100"))
    listed = requests.get(f"{world.base}/stripe/v1/checkout/sessions", auth=(KEY, ""), timeout=5).json()["data"]
    assert [session["id"] for session in listed] == [found.checkout_id]


@pytest.mark.parametrize("outcome", ["succeed", "close"])
def test_an_attempt_asked_for_again_shows_the_checkout_as_it_stands_now(world: World, outcome: str) -> None:
    made = world.cards.create_checkout(request_for("P-100"))
    if outcome == "close":
        world.cards.expire_checkout(made.checkout_id)
    else:
        choose(made, outcome)
    assert world.cards.create_checkout(request_for("P-100")) == world.cards.find_checkout(made.checkout_id)
    assert world.cards.create_checkout(request_for("P-100")).url is None


def test_an_attempt_that_is_being_worked_on_is_unavailable_for_now(world: World) -> None:
    world.turn("cards.slow", 1)
    first = Thread(target=world.cards.create_checkout, args=(request_for("P-100"),))
    first.start()
    sleep(0.4)
    with pytest.raises(CardsUnavailable):
        StripeCards(KEY, SECRET, api_base=f"{world.base}/stripe", retries=0).create_checkout(request_for("P-100"))
    first.join()
    world.turn("cards.slow", 0)
    assert world.cards.create_checkout(request_for("P-100")).attempt == "P-100"


def test_lists_are_read_page_by_page_newest_first(world: World) -> None:
    made = [world.cards.create_checkout(request_for(f"P-{n}")).checkout_id for n in range(5)]
    url, seen = f"{world.base}/stripe/v1/checkout/sessions", list[str]()
    after: dict[str, str] = {}
    while True:
        page = requests.get(url, params={"limit": "2"} | after, auth=(KEY, ""), timeout=5).json()
        seen += [session["id"] for session in page["data"]]
        if not page["has_more"]:
            break
        after = {"starting_after": seen[-1]}
    assert seen == made[::-1]

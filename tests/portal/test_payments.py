"""The page people come back to says how the payment went, to its payer and to the account's people only."""

import re
from datetime import timedelta

import pytest

from kernel.db import Database
from services.payments.operations import Attempt, Word, note_words
from tests.portal.conftest import Portal
from tests.portal.world import World, begin, open_items, settle


@pytest.fixture
def attempt(db: Database, portal: Portal, world: World) -> Attempt:
    return begin(db, world.home, open_items(db, world.home), portal.now)


def _path(attempt: Attempt, **more: object) -> str:
    return f"/payments/{attempt.payment_number}?t={attempt.return_token}" + "".join(
        f"&{key}={value}" for key, value in more.items()
    )


def test_a_waiting_payment_looks_again_by_itself_with_and_without_scripts(portal: Portal, attempt: Attempt) -> None:
    page = portal.browser().get(_path(attempt)).text
    assert "One moment" in page
    assert re.search(r'<noscript><meta http-equiv="refresh" content="2;url=[^"]*n=1"', page)
    assert re.search(r'hx-get="[^"]*n=1" hx-trigger="load delay:2s"', page)


def test_a_settled_payment_shows_its_receipt_and_what_it_paid(db: Database, portal: Portal, attempt: Attempt) -> None:
    settle(db, attempt, portal.now)
    page = portal.browser().get(_path(attempt)).text
    assert "We have received your payment." in page
    assert page.count("Bill ") >= 2
    assert "http-equiv" not in page
    paper = portal.browser().get(_path(attempt).replace("?", "/receipt.pdf?"))
    assert paper.data.startswith(b"%PDF")


def test_a_failed_payment_says_that_nothing_was_charged_and_leads_back(
    db: Database, portal: Portal, world: World, attempt: Attempt
) -> None:
    with db.transaction() as session:
        failed = Word(attempt.payment_id, "failed", "f", failure_code="insufficient_funds")
        note_words(session, [failed], value_on=portal.now.date(), now=portal.now)
    page = portal.browser().get(_path(attempt)).text
    assert "Nothing was charged." in page
    assert "There was not enough money on the card." in page
    assert f'href="/pay/{world.home.account_number}"' in page


def test_leaving_the_vendors_page_waits_for_nothing(portal: Portal, attempt: Attempt) -> None:
    page = portal.browser().get(_path(attempt, back=1)).text
    assert "Not paid yet" in page
    assert "http-equiv" not in page


def test_a_lost_webhook_is_looked_up_after_a_few_tries(db: Database, portal: Portal, world: World) -> None:
    browser = portal.browser()
    browser.post(f"/pay/{world.home.account_number}", {"shown": list(open_items(db, world.home))})
    path = portal.cards.asked[0].success_url.removeprefix("http://localhost")
    portal.cards.paid = True
    portal.now += timedelta(seconds=10)
    assert "One moment" in browser.get(path).text
    assert "We have received your payment." in browser.get(f"{path}&n=3").text


def test_a_wrong_token_and_a_wrong_number_find_nothing(portal: Portal, attempt: Attempt) -> None:
    browser = portal.browser()
    wrong = [f"/payments/{attempt.payment_number}?t=x", f"/payments/{attempt.payment_number}", "/payments/1?t=x"]
    assert [browser.get(path).status_code for path in wrong] == [404, 404, 404]


def test_a_holder_sees_payments_that_others_made(db: Database, portal: Portal, world: World, attempt: Attempt) -> None:
    settle(db, attempt, portal.now)
    browser = portal.holder(world)
    assert attempt.payment_number in browser.get(f"/accounts/{world.home.account_number}/payments").text
    page = browser.get(f"/payments/{attempt.payment_number}").text
    assert 'href="/bills/' in page

"""Late and doubled clicks, and vendors that do not answer: nobody pays twice, and nothing untrue is said."""

from datetime import timedelta

import pytest

from kernel.db import Database
from services.payments.ports import CardsUnavailable
from tests.portal.conftest import Browser, Portal
from tests.portal.world import World, begin, noon, open_items, settle


def _click(browser: Browser, db: Database, world: World) -> str:
    shown = {"shown": list(open_items(db, world.home))}
    return browser.post(f"/pay/{world.home.account_number}", shown).headers["Location"]


def test_two_clicks_of_a_payer_without_a_sign_in_lead_to_one_checkout(
    db: Database, portal: Portal, world: World
) -> None:
    browser = portal.browser()
    assert _click(browser, db, world) == _click(browser, db, world)
    assert len(portal.cards.asked) == 1


def test_another_choice_in_a_second_tab_closes_the_first_checkout(db: Database, portal: Portal, world: World) -> None:
    browser, first = portal.browser(), next(iter(open_items(db, world.home)))
    _click(browser, db, world)
    browser.post(f"/pay/{world.home.account_number}", {"what": "chosen", "items": [first], f"amount-{first}": "10"})
    assert portal.count("SELECT count(*) FROM payment WHERE payer_kind = 'payer' AND state = 'open'") == 1
    assert portal.count("SELECT count(*) FROM payment WHERE payer_kind = 'payer' AND state = 'expired'") == 1


def test_two_payers_of_one_account_do_not_see_each_others_checkout(db: Database, portal: Portal, world: World) -> None:
    assert _click(portal.browser(), db, world) != _click(portal.browser(), db, world)


def test_a_click_on_a_page_from_before_the_bill_was_paid_charges_nothing(
    db: Database, portal: Portal, world: World
) -> None:
    browser, items = portal.browser(), open_items(db, world.home)
    browser.get(f"/pay/{world.home.account_number}")
    settle(db, begin(db, world.home, items, noon(portal.now.date())), portal.now)
    answer = browser.post(f"/pay/{world.home.account_number}", {"shown": list(items)}, on="/pay")
    assert answer.status_code == 409
    assert "It may just have been paid." in answer.text
    assert portal.cards.asked == []


def test_a_vendor_that_is_away_is_told_with_what_is_still_true(
    db: Database, portal: Portal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise CardsUnavailable()

    monkeypatch.setattr(portal.cards, "create_checkout", away)
    answer = portal.browser().post(f"/pay/{world.home.account_number}", {"shown": list(open_items(db, world.home))})
    assert answer.status_code == 503
    assert "Nothing was charged" in answer.text


def test_a_page_that_waits_goes_on_waiting_when_the_vendor_is_away(
    db: Database, portal: Portal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise CardsUnavailable()

    browser = portal.browser()
    _click(browser, db, world)
    monkeypatch.setattr(portal.cards, "find_checkout", away)
    portal.now += timedelta(seconds=30)
    path = portal.cards.asked[0].success_url.removeprefix("http://localhost")
    page = browser.get(f"{path}&n=5")
    assert page.status_code == 200
    assert "you need not pay again" in page.text


def test_somebody_who_paid_and_went_back_is_not_told_that_nothing_was_charged(
    db: Database, portal: Portal, world: World
) -> None:
    browser = portal.browser()
    _click(browser, db, world)
    portal.cards.paid = True
    portal.now += timedelta(seconds=30)
    page = browser.get(portal.cards.asked[0].cancel_url.removeprefix("http://localhost"))
    assert "We have received your payment." in page.text


def test_a_page_that_has_waited_long_claims_nothing_it_does_not_know(
    db: Database, portal: Portal, world: World
) -> None:
    browser = portal.browser()
    _click(browser, db, world)
    page = browser.get(portal.cards.asked[0].success_url.removeprefix("http://localhost") + "&n=60").text
    assert "Nothing was charged" not in page
    assert "Look again" in page
    assert "http-equiv" not in page


def test_many_addresses_together_do_not_try_account_numbers_for_long(portal: Portal) -> None:
    browser = portal.browser()
    answers = [
        browser.client.get(
            f"/pay/{8_000_000_000 + n}", environ_overrides={"REMOTE_ADDR": f"10.0.{n // 250}.{n % 250}"}
        ).status_code
        for n in range(601)
    ]
    assert set(answers[:-1]) == {404}
    assert answers[-1] == 429

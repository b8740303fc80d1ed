"""Anyone pays with an account number; a holder pays for an account of their own; in full, in part, several at once."""

import re

import pytest

from kernel.db import Database
from tests.factories import make_debt
from tests.portal.conftest import Portal
from tests.portal.world import World, begin, noon, open_items, settle


def test_an_account_number_alone_shows_the_sum_and_a_masked_name(portal: Portal, world: World) -> None:
    page = portal.browser().get(f"/pay/{world.foreign.account_number}").text
    assert "欧**" in page
    assert "欧阳文" not in page
    assert re.search(r"和平路\*+号", page)


def test_an_unknown_account_number_is_said_to_be_unknown(portal: Portal) -> None:
    answer = portal.browser().get("/pay/7999999999")
    assert answer.status_code == 404
    assert "We know no such account number" in answer.text


def test_nobody_tries_account_numbers_for_long(portal: Portal) -> None:
    browser = portal.browser()
    answers = [browser.get(f"/pay/{8_000_000_000 + n}").status_code for n in range(11)]
    assert answers == [404] * 10 + [429]


def test_the_form_leads_to_the_account_however_the_number_is_spaced(portal: Portal, world: World) -> None:
    number = world.home.account_number
    answer = portal.browser().post("/pay", {"account": f" {number[:4]} {number[4:]} "})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/pay/{number}")


def test_everything_that_was_shown_is_paid_at_once(db: Database, portal: Portal, world: World) -> None:
    number, items = world.home.account_number, open_items(db, world.home)
    answer = portal.browser().post(f"/pay/{number}", {"shown": list(items)})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("https://checkout.example/")
    asked = portal.cards.asked[0]
    assert asked.amount_minor == sum(items.values())
    assert f"/payments/{asked.attempt}?t=" in asked.success_url


def test_what_became_due_after_the_page_was_shown_is_not_paid_unseen(
    db: Database, portal: Portal, world: World
) -> None:
    items = open_items(db, world.home)
    with db.transaction() as session:
        make_debt(session, world.home.account_id, 5_000)
    portal.browser().post(f"/pay/{world.home.account_number}", {"shown": list(items)})
    assert portal.cards.asked[0].amount_minor == sum(items.values())


def test_one_bill_is_paid_in_part(db: Database, portal: Portal, world: World) -> None:
    first = next(iter(open_items(db, world.home)))
    chosen = {"what": "chosen", "items": [first], f"amount-{first}": "¥12.50"}
    answer = portal.browser().post(f"/pay/{world.home.account_number}", chosen)
    assert answer.status_code == 303
    assert portal.cards.asked[0].amount_minor == 1_250


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("9999999", "This is more than is open"),
        ("zwölf", "is not an amount"),
        ("-5", "is not an amount"),
        ("1", "The least"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_explained(
    db: Database, portal: Portal, world: World, typed: str, said: str
) -> None:
    first = next(iter(open_items(db, world.home)))
    chosen = {"what": "chosen", "items": [first], f"amount-{first}": typed}
    answer = portal.browser().post(f"/pay/{world.home.account_number}", chosen)
    assert answer.status_code == 400
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    assert f'href="#amount-{first}"' in answer.text
    assert portal.cards.asked == []


def test_choosing_nothing_is_said(portal: Portal, world: World) -> None:
    answer = portal.browser().post(f"/pay/{world.home.account_number}", {"what": "chosen"})
    assert answer.status_code == 400
    assert "Choose what to pay from the list." in answer.text


def test_a_holder_pays_for_their_own_account(db: Database, portal: Portal, world: World) -> None:
    browser = portal.holder(world)
    answer = browser.post(f"/accounts/{world.home.account_number}/pay", {"shown": list(open_items(db, world.home))})
    assert answer.status_code == 303
    assert portal.count("SELECT count(*) FROM payment WHERE payer_kind = 'customer'") == 1


def test_two_clicks_lead_to_one_checkout(db: Database, portal: Portal, world: World) -> None:
    browser, shown = portal.holder(world), {"shown": list(open_items(db, world.home))}
    places = [browser.post(f"/accounts/{world.home.account_number}/pay", shown).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    assert portal.count("SELECT count(*) FROM payment WHERE payer_kind = 'customer'") == 1


def test_nothing_to_pay_is_said_and_offers_no_button(db: Database, portal: Portal, world: World) -> None:
    settle(db, begin(db, world.home, open_items(db, world.home), noon(portal.now.date())), portal.now)
    page = portal.browser().get(f"/pay/{world.home.account_number}").text
    assert "Nothing to pay." in page
    assert 'name="shown"' not in page

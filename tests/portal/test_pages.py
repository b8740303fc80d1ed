"""What a household reads: the first screen, its bills, its use."""

import re

from kernel.db import Database
from portal.year import months_of_use
from services.billing.queries import list_bills
from tests.portal.conftest import Portal
from tests.portal.world import World, make_world, numbers


def test_the_first_screen_says_what_is_to_pay_before_anything_else(portal: Portal, world: World) -> None:
    page = portal.holder(world).get("/").text
    order = ["和平路", "To pay", ">Pay</a>", "My use", "left in tier 1", "My last bill", "Messages", "Call a person"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)


def test_large_type_shows_three_actions_and_no_menu(portal: Portal, world: World) -> None:
    browser = portal.holder(world)
    browser.get("/large-type?on=1")
    main = re.search(r"<main.*</main>", browser.get("/").text, re.S)
    assert main is not None
    assert re.findall(r'role="button"[^>]*>([^<]+)</a>', main.group(0)) == ["Pay", "My bill", "Call a person"]
    assert "ll-menu" not in browser.get("/").text


def test_a_name_given_to_an_account_is_shown_everywhere(portal: Portal, world: World) -> None:
    browser, account = portal.holder(world), world.home.account_number
    assert browser.post(f"/accounts/{account}/name", {"nickname": " Parents' home "}).status_code == 303
    assert "Parents&#39; home" in browser.get(f"/accounts/{account}").text


def test_the_account_looked_at_last_is_the_first_screen_next_time(portal: Portal, world: World) -> None:
    browser = portal.holder(world)
    browser.post("/accounts/offered", {"account": world.shop.account_number}, on="/accounts")
    browser.get(f"/accounts/{world.shop.account_number}")
    assert world.shop.account_number in browser.get("/").text


def test_a_bill_explains_itself(db: Database, portal: Portal) -> None:
    world = make_world(db, months=14)
    browser = portal.holder(world)
    page = browser.get(f"/bills/{numbers(db, world.home, 'bill')[0]}").text
    for words in (
        "more than last month, because you used 130 kWh more.",
        "A year ago, in June 2025: 210 kWh",
        "What you pay for",
        "Where I stand in the year 2026",
        "3,230 on 1 June 2026",
        "How this was computed",
        "Bill as a PDF",
    ):
        assert words in page, words


def test_a_bill_is_printed_in_the_readers_language(db: Database, portal: Portal, world: World) -> None:
    browser = portal.holder(world)
    path = f"/bills/{numbers(db, world.home, 'bill')[0]}.pdf"
    english = browser.get(path)
    browser.get("/language?lang=zh-CN")
    chinese = browser.get(path)
    assert english.data[:5] == chinese.data[:5] == b"%PDF-"
    assert english.data != chinese.data


def test_the_years_use_has_thirteen_months_and_keeps_a_gap(db: Database, portal: Portal) -> None:
    world = make_world(db, months=14)
    with db.read() as reader:
        bills = list_bills(reader, world.home.account_id)
    months = months_of_use(bills)
    assert [wh for _, _, wh, _ in months][:2] == [210_000, 260_000]
    assert len(months) == 13
    assert months[-1][2:] == (320_000, 210_000)
    holed = months_of_use([bill for bill in bills if bill.cycle_on.month != 3])
    assert holed[9][2] is None

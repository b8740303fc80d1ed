"""Without JavaScript, with an empty cache, at 360 pixels, by keyboard; and who may not enter."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser.town import Town

pytestmark = pytest.mark.browser


def test_without_javascript_a_household_signs_in_reads_and_pays(here: Town, open_page: Callable[..., Any]) -> None:
    page = open_page("phone", java_script_enabled=False)
    household = here.household("zh-CN")
    account = household.accounts[1].account_number
    here.sign_in(page, household.phone)
    here.take_over(page)
    page.goto(f"{here.url}/accounts/{account}")
    page.locator("a[href^='/bills/']").first.click()
    assert page.locator("#lines").count() == 1
    page.goto(f"{here.url}/accounts/{account}/pay")
    page.locator("main form button").first.click()
    page.wait_for_url("**/_sim/cards/pay/*")
    page.click("button[value=succeed]")
    page.wait_for_url("**/payments/*")
    # The page asks again by itself (meta refresh) until the receipt stands there.
    page.wait_for_selector("#parts", timeout=20_000)


def test_without_javascript_an_agent_searches_and_reads(here: Town, open_page: Callable[..., Any]) -> None:
    page = open_page("desk", java_script_enabled=False)
    here.enter_console(page)
    account = here.household("en").accounts[0].account_number
    page.fill("input[data-search]", account)
    page.press("input[data-search]", "Enter")
    page.wait_for_url(f"**/console/accounts/{account}")
    assert "Emma Carter" in page.locator("body").inner_text()


@pytest.mark.parametrize("path", ["/", "/sign-in", "/pay", "/pay/{account}", "/console/sign-in"])
def test_a_first_visit_is_under_a_hundred_kilobytes_and_stays_here(
    here: Town, open_page: Callable[..., Any], path: str
) -> None:
    page = open_page("phone")
    weight: dict[str, float] = {}
    hosts: set[str] = set()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda told: weight.update({told["requestId"]: told["encodedDataLength"]}))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(here.url + path.format(account=here.open_account()), wait_until="networkidle")
    assert 0 < sum(weight.values()) < 100_000
    assert hosts == {urlsplit(here.url).netloc}


def test_a_bills_first_visit_is_under_a_hundred_kilobytes(here: Town, open_page: Callable[..., Any]) -> None:
    page = open_page("phone")
    here.sign_in(page, "+8615400009004")
    here.hold_by_paper(page, here.household("en"))
    bill = page.locator("a[href^='/bills/']").first.get_attribute("href")
    session = page.context.new_cdp_session(page)
    weight: list[float] = []
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    session.on("Network.loadingFinished", lambda told: weight.append(told["encodedDataLength"]))
    page.goto(here.url + str(bill), wait_until="networkidle")
    assert 0 < sum(weight) < 100_000


def test_the_first_key_leads_past_the_menu_and_a_slash_to_the_search(here: Town, open_page: Callable[..., Any]) -> None:
    page = open_page("desk")
    page.goto(here.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    here.enter_console(page)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.hasAttribute('data-search')")


def test_signing_out_everywhere_ends_the_other_browsers_session(here: Town, open_page: Callable[..., Any]) -> None:
    phone = "+8615400009002"
    one, other = open_page("desk"), open_page("phone")
    here.sign_in(one, phone)
    # A number's second code is given a minute after its first: the second browser takes the first one's session key.
    other.context.add_cookies(one.context.cookies())
    other.goto(f"{here.url}/me")
    assert "/sign-in" not in other.url
    one.goto(f"{here.url}/me")
    one.locator("form[action$='everywhere'] button").first.click()
    other.goto(f"{here.url}/me")
    assert "/sign-in" in other.url


def test_a_stranger_finds_neither_a_bill_nor_the_console(here: Town, open_page: Callable[..., Any]) -> None:
    page = open_page("desk")
    here.sign_in(page, "+8615400009003")
    bill = here.value("SELECT bill_number FROM bill_index ORDER BY id LIMIT 1")
    assert page.goto(f"{here.url}/bills/{bill}").status == 404
    page.goto(f"{here.url}/console/")
    assert "/console/sign-in" in page.url

"""The whole story: a household registers, reads, pays and is texted, while an agent watches."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.town import Town

pytestmark = pytest.mark.browser


def _total(town: Town, account_number: str) -> int:
    return int(
        town.value(
            "SELECT sum(open_minor) FROM receivable r JOIN account a ON a.id = r.account_id WHERE account_number = :n",
            n=account_number,
        )
    )


@pytest.mark.parametrize(("kind", "language"), [("phone", "zh-CN"), ("desk", "en")])
def test_a_household_registers_reads_pays_and_is_texted_while_an_agent_watches(
    here: Town, open_page: Callable[..., Any], kind: str, language: str
) -> None:
    household = here.household(language)
    account = household.accounts[0].account_number
    desk = open_page("desk")
    here.enter_console(desk)
    desk.goto(f"{here.url}/console/accounts/{account}")
    before = desk.locator("main").inner_text()

    page = open_page(kind)
    here.sign_in(page, household.phone)
    here.take_over(page)
    page.goto(f"{here.url}/accounts/{account}")
    assert page.locator("html").get_attribute("lang") == language
    due = _total(here, account)
    assert f"{due // 100:,}.{due % 100:02d}" in page.locator("main").inner_text()

    page.locator("a[href^='/bills/']").first.click()
    page.wait_for_url("**/bills/*")
    assert page.locator("#lines").count() == 1
    number = page.url.rsplit("/", 1)[1]
    pdf = page.request.get(f"{here.url}/bills/{number}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body()[:5] == b"%PDF-"

    known = len(here.messages(household.phone))
    page.locator(f"a[href='/accounts/{account}/pay']").first.click()
    page.locator("main form button").first.click()
    page.wait_for_url("**/_sim/cards/pay/*")
    page.click("button[value=succeed]")
    page.wait_for_url("**/payments/*")
    page.wait_for_selector("#parts", timeout=15_000)
    settled = here.value("SELECT max(settled_at) FROM payment")
    receipt = str(here.value("SELECT receipt_number FROM receipt ORDER BY issued_at DESC LIMIT 1"))
    assert receipt in page.locator("main").inner_text()

    desk.wait_for_function("before => document.querySelector('main').innerText !== before", arg=before, timeout=2_000)
    assert settled is not None
    texts = here.messages(household.phone)
    for _ in range(80):
        if len(texts) > known:
            break
        time.sleep(0.1)
        texts = here.messages(household.phone)
    assert [receipt in message["body"] for message in texts].count(True) == 1


def test_a_paper_code_makes_a_holder(here: Town, open_page: Callable[..., Any]) -> None:
    page = open_page()
    here.sign_in(page, "+8615400009001")
    account = here.hold_by_paper(page, here.household("zh-CN"), nth=1)
    assert account in page.locator("main").inner_text()


@pytest.mark.parametrize(
    ("outcome", "state", "open_after"),
    [("decline", "open", True), ("later_fail", "processing", True), ("later", "processing", True)],
)
def test_what_did_not_pay_charges_nothing(
    here: Town, open_page: Callable[..., Any], outcome: str, state: str, open_after: bool
) -> None:
    account = here.open_account()
    before = _total(here, account)
    page = open_page()
    page.goto(f"{here.url}/pay/{account}")
    page.locator("main form button").first.click()
    page.wait_for_url("**/_sim/cards/pay/*")
    page.click(f"button[value={outcome}]")
    page.wait_for_timeout(1_500)
    newest = (
        "SELECT state FROM payment p JOIN account a ON a.id = p.account_id WHERE account_number = :n ORDER BY p.id DESC"
    )
    assert here.value(newest, n=account) == state
    assert (_total(here, account) == before) is open_after


def test_authentication_that_fails_can_be_tried_again_and_then_pays(here: Town, open_page: Callable[..., Any]) -> None:
    account = here.open_account()
    page = open_page()
    page.goto(f"{here.url}/pay/{account}")
    page.locator("main form button").first.click()
    page.wait_for_url("**/_sim/cards/pay/*")
    page.click("button[value=authenticate]")
    page.click("button[value=fail]")
    page.click("button[value=authenticate]")
    page.click("button[value=pass]")
    page.wait_for_url("**/payments/*")
    page.wait_for_selector("#parts", timeout=15_000)
    assert _total(here, account) == 0


def test_somebody_who_goes_back_without_paying_is_told_that_nothing_was_charged(
    here: Town, open_page: Callable[..., Any]
) -> None:
    account = here.open_account(skip=1)
    page = open_page()
    page.goto(f"{here.url}/pay/{account}")
    page.locator("main form button").first.click()
    page.wait_for_url("**/_sim/cards/pay/*")
    page.locator("main a[href*='back=1']").click()
    page.wait_for_url("**/payments/*")
    assert page.locator("#payment a[href*='/_sim/cards/pay/']").count() == 1
    assert _total(here, account) > 0

"""`python -m tests.browser.pictures FOLDER`: a picture of every page, as docs/pictures/ keeps them."""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from kernel import crypto
from tests.browser.town import DESK, PHONE, Town, town
from tests.chromium import ARGUMENTS, chromium_path


def take(here: Town, browser: Any, folder: Path) -> None:
    """Walk through the town as a household on a phone and on a desktop, and as an agent."""
    for kind, tag, language in ((PHONE, "phone-zh", "zh-CN"), (DESK, "desk-en", "en")):
        page = browser.new_context(**kind).new_page()
        household = here.household(language)
        account = household.accounts[0].account_number

        def shoot(name: str, page: Any = page, tag: str = tag) -> None:
            page.wait_for_timeout(250)
            page.screenshot(path=str(folder / f"{tag}-{name}.png"), full_page=True)

        for path, name in (
            ("/", "welcome"),
            ("/sign-in", "sign-in"),
            ("/pay", "pay-find"),
            (f"/pay/{here.open_account()}", "pay-by-number"),
        ):
            page.goto(here.url + path)
            shoot(name)
        here.sign_in(page, household.phone)
        page.goto(f"{here.url}/accounts")
        shoot("offered")
        here.take_over(page)
        page.goto(f"{here.url}/accounts/{account}")
        shoot("home")
        page.locator("a[href^='/bills/']").first.click()
        shoot("bill")
        for path, name in (
            (f"/accounts/{account}/bills", "bills"),
            (f"/accounts/{account}/use", "use"),
            (f"/accounts/{account}/pay", "pay"),
            (f"/accounts/{account}/people", "people"),
            ("/accounts", "accounts"),
            ("/me", "me"),
        ):
            page.goto(here.url + path)
            shoot(name)
        page.goto(f"{here.url}/accounts/{account}/pay")
        page.locator("main form button").first.click()
        page.wait_for_url("**/_sim/cards/pay/*")
        shoot("checkout")
        page.click("button[value=succeed]")
        page.wait_for_url("**/payments/*")
        page.wait_for_selector("#parts", timeout=20_000)
        shoot("receipt")
        page.wait_for_timeout(2_500)
        for path, name in (
            (f"/accounts/{account}/payments", "payments"),
            (f"/accounts/{account}/messages", "messages"),
            (f"/accounts/{account}/looks", "looks"),
        ):
            page.goto(here.url + path)
            shoot(name)
        page.goto(f"{here.url}/_sim/messages?to=%2B{household.phone[1:]}")
        shoot("sim-messages")
        page.goto(f"{here.url}/_sim/")
        shoot("sim")
    _console(here, browser, folder)
    _large(here, browser, folder)


def _console(here: Town, browser: Any, folder: Path) -> None:
    for language, tag in (("en-GB", "desk-en"), ("zh-CN", "desk-zh")):
        page = browser.new_context(viewport=DESK["viewport"], locale=language).new_page()
        # Grace (en) sees the first station alone, where 陈静 lives; 李娜 (zh-CN) sees every station.
        account = here.household("zh-CN" if tag == "desk-en" else "en").accounts[0].account_number
        page.goto(f"{here.url}/console/sign-in")
        page.screenshot(path=str(folder / f"{tag}-console-sign-in.png"))
        here.enter_console(page, here.county.agents[1 if tag == "desk-en" else 0])
        bill = here.value(
            "SELECT bill_number FROM bill_index i JOIN account a ON a.id = i.account_id WHERE account_number = :n"
            " ORDER BY cycle_on DESC LIMIT 1",
            n=account,
        )
        for path, name in (
            ("/", "first"),
            ("/search?q=陈", "search"),
            (f"/accounts/{account}", "customer"),
            (f"/accounts/{account}/prove", "prove"),
            (f"/bills/{bill}", "bill"),
        ):
            page.goto(f"{here.url}/console{path}")
            page.wait_for_timeout(250)
            page.screenshot(path=str(folder / f"{tag}-console-{name}.png"), full_page=True)


def _large(here: Town, browser: Any, folder: Path) -> None:
    page = browser.new_context(**PHONE).new_page()
    here.sign_in(page, "+8615400009009")
    here.hold_by_paper(page, here.household("zh-CN"), nth=1)
    page.goto(f"{here.url}/me")
    page.check("input[name=type][value=large]")
    page.locator("form:has(input[name=type]) button").first.click()
    page.goto(f"{here.url}/accounts/{here.household('zh-CN').accounts[1].account_number}")
    page.wait_for_timeout(250)
    page.screenshot(path=str(folder / "phone-zh-large.png"), full_page=True)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with town() as here, sync_playwright() as playwright:
        settings = here.stack.settings
        crypto.use_keys(crypto.Keys({1: settings.encryption_key}, settings.hash_key))
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        take(here, browser, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

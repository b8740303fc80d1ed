"""The open page in a real browser: it moves by itself within two seconds, and leaves the agent's typing alone."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from kernel.db import Database
from services.access.totp import STEP_SECONDS, code_at
from tests.console.desk import PASSWORD, Console
from tests.console.world import World, begin_payment, make_world, settle_payment

pytestmark = pytest.mark.browser
SOON_MS = 2_000


@pytest.fixture
def world(db: Database, console: Console) -> World:
    made = make_world(db)
    console.hire("mei", [made.here])
    return made


@pytest.fixture
def address(console: Console) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, DispatcherMiddleware(NotFound(), {"/console": console.app}), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/console"
    server.shutdown()
    thread.join()


def _sign_in(page: Any, address: str, console: Console) -> None:
    console.now += timedelta(seconds=STEP_SECONDS)
    page.goto(f"{address}/sign-in")
    page.fill("#username", "mei")
    page.fill("#password", PASSWORD)
    page.fill("#code", code_at(console.secrets["mei"], console.now))
    page.click("main button")
    page.wait_for_url(f"{address}/")


def test_a_payment_arrives_on_the_open_page_within_two_seconds(
    db: Database, console: Console, world: World, address: str, chromium: Any
) -> None:
    page = chromium.new_page(locale="en")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    _sign_in(page, address, console)
    page.keyboard.press("Escape")
    page.goto(f"{address}/accounts/{world.home.account_number}")
    page.fill("#answer", "half-typed")
    attempt = begin_payment(db, world.home, console.now)
    page.wait_for_selector("#line >> text=begun", timeout=SOON_MS)
    settle_payment(db, attempt, console.now)
    page.wait_for_selector("#money >> text=Nothing to pay.", timeout=SOON_MS)
    assert page.input_value("#answer") == "half-typed"
    assert page.evaluate("document.activeElement.id") == "answer"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)
    assert 1 <= len(asked) <= 3
    assert faults == []


def test_the_slash_key_goes_to_the_search_box_and_enter_finds_the_customer(
    console: Console, world: World, address: str, chromium: Any
) -> None:
    page = chromium.new_page(locale="en")
    _sign_in(page, address, console)
    assert page.evaluate("document.activeElement.id") == "q"
    page.goto(f"{address}/accounts/{world.home.account_number}")
    page.keyboard.press("/")
    page.keyboard.type(world.home.account_number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{address}/accounts/{world.home.account_number}"
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(f"{address}/")


def test_without_scripts_every_task_still_works(
    db: Database, console: Console, world: World, address: str, chromium: Any
) -> None:
    page = chromium.new_context(java_script_enabled=False, locale="en").new_page()
    _sign_in(page, address, console)
    page.fill("#q", world.home.account_number)
    page.click("form[role=search] button")
    assert page.url == f"{address}/accounts/{world.home.account_number}"
    page.click("text=Show number")
    assert world.home.phone.removeprefix("+86") in page.inner_text("main").replace(" ", "")
    page.click("main >> text=Back")
    settle_payment(db, begin_payment(db, world.home, console.now), console.now)
    page.click("text=Look again")
    assert "Nothing to pay." in page.inner_text("#money")
    page.click("text=Sign out")
    assert page.url == f"{address}/sign-in"

"""axe-core finds nothing on any page: every GET route of portal, console and simulators, so that none is forgotten."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callcenter.app import create_app as create_console
from portal.app import create_app as create_portal
from tests.browser.town import Town

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".lightline-peers" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Files, redirects and fragments: no pages.
NO_PAGES = (
    ".pdf",
    "/pdf",
    "/moved",
    "/assets",
    "/healthz",
    "/readyz",
    "/metrics",
    "favicon",
    "manifest",
    "/large-type",
    "/language",
)


def _paths(here: Town, app: Any, prefix: str, account: str) -> Iterator[str]:
    """Yield an address for each GET route of a door, its parameters taken from one household."""
    bill = here.value(
        "SELECT bill_number FROM bill_index i JOIN account a ON a.id = i.account_id WHERE account_number = :n"
        " ORDER BY cycle_on DESC LIMIT 1",
        n=account,
    )
    payment = here.value(
        "SELECT payment_number FROM payment p JOIN account a ON a.id = p.account_id WHERE account_number = :n LIMIT 1",
        n=account,
    )
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or any(mark in rule.rule for mark in NO_PAGES):
            continue
        path = rule.rule
        if "tie" in rule.arguments:
            continue
        named = bill if path.startswith("/bills") else payment if path.startswith("/payments") else account
        for argument in rule.arguments:
            path = re.sub(rf"<(\w+:)?{argument}>", str(named), path)
        yield prefix + path


def _look(page: Any, url: str) -> list[str]:
    answer = page.goto(url)
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    assert answer.status < 400, (url, answer.status)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    wide = page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
    faults = [f"{url}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found["violations"]]
    return faults + ([f"{url}: scrolls sideways by {wide}"] if wide > 0 else [])


@pytest.mark.parametrize(("kind", "scheme"), [("phone", "light"), ("desk", "dark")])
def test_axe_finds_nothing_on_any_page_and_none_scrolls_sideways(
    here: Town, open_page: Callable[..., Any], kind: str, scheme: str
) -> None:
    assert AXE.exists(), "run tests/browser/install first (make test-browser does)"
    page = open_page(kind, color_scheme=scheme, bypass_csp=True)
    ports = here.stack.ports
    faults: list[str] = []
    for path in (
        "/",
        "/sign-in",
        "/sign-in/password",
        "/pay",
        "/console/sign-in",
        f"/pay/{here.open_account()}",
        "/nowhere",
    ):
        if path == "/nowhere":
            continue
        faults += _look(page, here.url + path)
    here.sign_in(page, "+8615400009005" if kind == "phone" else "+8615400009006")
    account = here.hold_by_paper(page, here.household("en"))
    for path in _paths(here, create_portal(ports), "", account):
        faults += _look(page, here.url + path)
    page.goto(f"{here.url}/accounts/{account}/people")
    faults += _look(page, here.url + str(page.locator("a[href$='/end']").first.get_attribute("href")))
    if kind == "phone":
        page.context.add_cookies([{"name": "lightline_large", "value": "1", "url": here.url}])
        faults += _look(page, here.url)
    here.enter_console(page)
    for path in _paths(here, create_console(ports), "/console", account):
        faults += _look(page, here.url + path)
    faults += _look(page, f"{here.url}/console/search?q=Carter")
    for path in ("/", "/messages", "/cards"):
        faults += _look(page, f"{here.url}/_sim{path}")
    assert faults == []

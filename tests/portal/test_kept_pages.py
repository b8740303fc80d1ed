"""A bill's page is written once while nothing changes, and anew as soon as anything it shows does."""

import re

import pytest
from flask import render_template_string
from sqlalchemy import text

from kernel.db import Database
from tests.portal.conftest import Browser, Portal
from tests.portal.world import World, begin, numbers, open_items, settle
from webkit.kept_pages import PageOfOneRequest, kept_page

FRIEND = "+8613912345678"
NONCE = re.compile(r'nonce="([\w-]+)"')


@pytest.fixture
def holder(portal: Portal, world: World) -> Browser:
    return portal.holder(world)


@pytest.fixture
def path(db: Database, world: World) -> str:
    return f"/bills/{numbers(db, world.home, 'bill')[0]}"


def _without_nonce(html: str) -> str:
    return NONCE.sub("", html)


def test_the_same_page_carries_another_nonce_each_time_and_its_policy_names_it(holder: Browser, path: str) -> None:
    first, second = holder.get(path), holder.get(path)
    assert _without_nonce(first.text) == _without_nonce(second.text)
    nonces = [set(NONCE.findall(page.text)) for page in (first, second)]
    assert nonces[0] != nonces[1]
    for page, own in zip((first, second), nonces, strict=True):
        assert len(own) == 1
        assert f"'nonce-{own.pop()}'" in page.headers["Content-Security-Policy"]


def test_a_kept_page_is_shown_to_nobody_who_may_not_see_it(portal: Portal, holder: Browser, path: str) -> None:
    assert holder.get(path).status_code == 200
    assert portal.signed_in(FRIEND).get(path).status_code == 404
    assert portal.browser().get(path).status_code == 303
    holder.post("/sign-out", on="/me")
    assert holder.get(path).status_code == 303


def test_a_payment_changes_the_page(db: Database, portal: Portal, world: World, holder: Browser, path: str) -> None:
    before = holder.get(path).text
    assert "To pay" in before
    settle(db, begin(db, world.home, open_items(db, world.home), portal.now), portal.now)
    assert "To pay" not in holder.get(path).text


def test_the_day_after_it_was_due_the_page_says_so(portal: Portal, holder: Browser, path: str) -> None:
    assert "It was due on" not in holder.get(path).text
    portal.now = portal.now.replace(month=7, day=31)
    assert "It was due on" in holder.get(path).text


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE holding SET nickname = 'By the lake'",
        "UPDATE holding SET role = 'view'",
        "UPDATE premises SET address = 'By the lake'",
    ],
)
def test_what_the_page_shows_of_the_account_is_today_s(db: Database, holder: Browser, path: str, change: str) -> None:
    before = _without_nonce(holder.get(path).text)
    with db.transaction() as session:
        session.execute(text(change))
    assert _without_nonce(holder.get(path).text) != before


def test_language_and_type_are_each_readers_own(holder: Browser, path: str) -> None:
    english = holder.get(path).text
    holder.client.set_cookie("lang", "zh-CN")
    chinese = holder.get(path).text
    holder.client.set_cookie("type", "large")
    large = holder.get(path).text
    assert ('lang="en"' in english, 'lang="zh-CN"' in chinese, "govuk-template large" in large) == (True, True, True)
    assert "govuk-template large" not in chinese


def test_the_switches_lead_back_to_the_address_that_was_asked(holder: Browser, path: str) -> None:
    assert f"next={path}%3Fa%3D1" in holder.get(f"{path}?a=1").text
    assert f"next={path}%3Fa%3D2" in holder.get(f"{path}?a=2").text


def test_a_page_with_a_form_cannot_be_kept(portal: Portal) -> None:
    with portal.app.test_request_context("/"), pytest.raises(PageOfOneRequest):
        kept_page(("a form",), lambda: render_template_string("{{ csrf_token() }}"))

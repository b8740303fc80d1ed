"""Nobody reaches another's account by any number, and who looked is on record."""

import re

import pytest

from kernel.db import Database
from tests.portal.conftest import Browser, Portal
from tests.portal.world import PAPER_CODE, World, begin, numbers, open_items, settle
from webkit.signin import route_table

FRIEND = "+8613912345678"


def _pages(db: Database, portal: Portal, world: World) -> list[str]:
    """Return every page that is about the account of `home`."""
    settle(db, begin(db, world.home, open_items(db, world.home), portal.now), portal.now)
    account, bill = world.home.account_number, numbers(db, world.home, "bill")[0]
    payment = numbers(db, world.home, "payment")[0]
    rooms = ["", "/bills", "/use", "/pay", "/payments", "/messages", "/people", "/looks", "/name", "/people/1/end"]
    return [
        *(f"/accounts/{account}{room}" for room in rooms),
        f"/bills/{bill}",
        f"/bills/{bill}.pdf",
        f"/payments/{payment}",
        f"/payments/{payment}/receipt.pdf",
    ]


def _let_in(browser: Browser, world: World, role: str, ends_on: str = "") -> int:
    fields = {"phone": FRIEND, "role": role, "ends_on": ends_on}
    return browser.post(f"/accounts/{world.home.account_number}/people", fields).status_code


def test_every_route_declares_who_may_enter(portal: Portal) -> None:
    table = route_table(portal.app)
    assert len(table) > 30
    assert "" not in table.values()


def test_a_strangers_account_is_as_unknown_as_one_that_does_not_exist(
    db: Database, portal: Portal, world: World
) -> None:
    pages = _pages(db, portal, world)
    stranger = portal.signed_in(FRIEND)
    answers = {path: stranger.get(path) for path in pages}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(pages, 404)
    nowhere = stranger.get("/accounts/7999999999")
    real = answers[f"/accounts/{world.home.account_number}"]
    hide = re.compile(r'nonce="[^"]+"|ll-reference">[^<]+|7\d{9}|next=[^"]*')
    assert hide.sub("", real.text) == hide.sub("", nowhere.text)


def test_somebody_not_signed_in_is_asked_to_sign_in(db: Database, portal: Portal, world: World) -> None:
    for path in _pages(db, portal, world):
        answer = portal.browser().get(path)
        assert answer.status_code == (404 if path.startswith("/payments") else 303), path


def test_a_stranger_takes_over_no_account(portal: Portal, world: World) -> None:
    stranger = portal.signed_in(FRIEND)
    taken = stranger.post("/accounts/offered", {"account": world.home.account_number}, on="/accounts")
    wrong = stranger.post(
        "/accounts/by-code", {"account": world.foreign.account_number, "code": "AAAAAA"}, on="/accounts"
    )
    assert (taken.status_code, wrong.status_code) == (404, 403)
    assert portal.count("SELECT count(*) FROM holding") == 0


def test_the_code_on_a_paper_bill_makes_a_holder(portal: Portal, world: World) -> None:
    browser = portal.signed_in(FRIEND)
    fields = {"account": world.foreign.account_number, "code": PAPER_CODE.lower()}
    assert browser.post("/accounts/by-code", fields, on="/accounts").status_code == 303
    assert "欧阳文" in browser.get("/accounts").text


@pytest.mark.parametrize(("role", "pay", "looks"), [("view", 403, 403), ("pay", 200, 403), ("manage", 200, 200)])
def test_a_person_who_was_let_in_does_what_they_may_and_no_more(
    portal: Portal, world: World, role: str, pay: int, looks: int
) -> None:
    assert _let_in(portal.holder(world), world, role) == 303
    friend, account = portal.signed_in(FRIEND), world.home.account_number
    assert friend.get(f"/accounts/{account}").status_code == 200
    assert friend.get(f"/accounts/{account}/pay").status_code == pay
    assert friend.get(f"/accounts/{account}/looks").status_code == looks
    refused = friend.post(f"/accounts/{account}/people", {"phone": "13811112222", "role": "view"}, on="/me")
    assert refused.status_code == 403


def test_a_right_ends_after_its_last_day(portal: Portal, world: World) -> None:
    assert _let_in(portal.holder(world), world, "view", "2026-07-04") == 303
    friend, page = portal.signed_in(FRIEND), f"/accounts/{world.home.account_number}"
    portal.now = portal.now.replace(day=4)
    assert friend.get(page).status_code == 200
    portal.now = portal.now.replace(day=5)
    assert friend.get(page).status_code == 404


def test_a_holder_ends_a_right_at_once(portal: Portal, world: World) -> None:
    holder = portal.holder(world)
    _let_in(holder, world, "manage")
    friend, account = portal.signed_in(FRIEND), world.home.account_number
    ends = re.findall(rf"/accounts/{account}/people/\d+/end", holder.get(f"/accounts/{account}/people").text)
    assert len(ends) == 2
    assert holder.post(ends[1]).status_code == 303
    assert friend.get(f"/accounts/{account}").status_code == 404


def test_looks_of_people_let_in_are_told_to_the_holder_and_their_own_are_not(
    db: Database, portal: Portal, world: World
) -> None:
    holder = portal.holder(world)
    _let_in(holder, world, "view")
    looks = f"/accounts/{world.home.account_number}/looks"
    bill = numbers(db, world.home, "bill")[0]
    holder.get(f"/bills/{bill}")
    assert "Nobody yet" in holder.get(looks).text
    portal.signed_in(FRIEND).get(f"/bills/{bill}")
    page = holder.get(looks).text
    assert "Opened a bill" in page
    assert "Somebody you let in" in page


def test_a_nul_in_an_address_a_question_or_a_form_is_refused_and_never_a_crash(portal: Portal) -> None:
    browser = portal.browser()
    assert browser.get("/pay/%00").status_code == 404
    assert browser.get("/pay?account=1%00").status_code == 400
    answer = browser.post("/pay", {"account": "10000\x00"}, on="/pay")
    assert answer.status_code == 400
    assert "type it again" in answer.text

"""Somebody who was let in sees what they may, leaves a trace by every look, and learns nothing of the others."""

import re

import pytest

from kernel.db import Database
from kernel.phones import masked_phone
from portal.references import reference
from tests.portal.conftest import Browser, Portal
from tests.portal.world import World, begin, numbers, open_items, settle

FRIEND = "+8613912345678"


@pytest.fixture
def holder(portal: Portal, world: World) -> Browser:
    return portal.holder(world)


def _let_in(holder: Browser, world: World, role: str) -> None:
    fields = {"phone": FRIEND, "role": role, "ends_on": ""}
    assert holder.post(f"/accounts/{world.home.account_number}/people", fields).status_code == 303


def test_every_page_that_a_guest_opens_is_on_record(
    db: Database, portal: Portal, world: World, holder: Browser
) -> None:
    settle(db, begin(db, world.home, open_items(db, world.home), portal.now), portal.now)
    _let_in(holder, world, "manage")
    guest = portal.signed_in(FRIEND)
    account, bill = world.home.account_number, numbers(db, world.home, "bill")[0]
    payment = numbers(db, world.home, "payment")[0]
    rooms = ("", "/bills", "/use", "/pay", "/payments", "/messages", "/people", "/looks")
    pages = ["/", *(f"/accounts/{account}{room}" for room in rooms), f"/bills/{bill}", f"/bills/{bill}.pdf"]
    pages += [f"/payments/{payment}", f"/payments/{payment}?n=9", f"/payments/{payment}/receipt.pdf"]
    looks = "SELECT count(*) FROM audit_entry WHERE action LIKE 'view_%' AND actor_kind = 'customer'"
    for path in pages:
        before = portal.count(looks)
        assert guest.get(path).status_code == 200, path
        assert portal.count(looks) == before + 1, path
        assert holder.get(path).status_code == 200, path
        assert portal.count(looks) == before + 1, path


@pytest.mark.parametrize("role", ["view", "pay", "manage"])
def test_a_guest_sees_no_other_persons_phone_and_ends_only_themselves(
    portal: Portal, world: World, holder: Browser, role: str
) -> None:
    _let_in(holder, world, role)
    guest, account = portal.signed_in(FRIEND), world.home.account_number
    page = guest.get(f"/accounts/{account}/people").text
    assert masked_phone(world.home.phone) not in page
    others = reference("tie", 1)
    assert others not in page
    assert guest.get(f"/accounts/{account}/people/{others}/end").status_code == 404
    assert guest.post(f"/accounts/{account}/people/{others}/end", on="/me").status_code == 404
    mine = re.search(rf"/accounts/{account}/people/\d+/end", page)
    assert mine is not None
    assert guest.post(mine.group(0)).status_code == 303
    assert guest.get(f"/accounts/{account}").status_code == 404
    assert holder.get(f"/accounts/{account}").status_code == 200


def test_a_device_of_somebody_else_cannot_be_signed_out(portal: Portal, world: World, holder: Browser) -> None:
    stranger = portal.signed_in(FRIEND)
    found = re.search(r"Chrome|A device", holder.get("/me").text)
    assert found is not None
    for session_id in range(1, 9):
        path = f"/me/devices/{reference('device', session_id)}/sign-out"
        mine = path in stranger.get("/me").text
        assert not mine
        assert stranger.post(path, on="/me").status_code in ({303, 404})
    assert holder.get("/me").status_code == 200


def test_no_address_carries_a_key_of_the_database(portal: Portal) -> None:
    assert [rule.rule for rule in portal.app.url_map.iter_rules() if "<int:" in rule.rule] == []

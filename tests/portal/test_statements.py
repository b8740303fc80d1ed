"""A page costs at most six statements, however many customers there are."""

from datetime import timedelta

import pytest

from kernel.db import Database
from tests.portal.conftest import Portal
from tests.portal.world import make_world, numbers

MOST = 6


@pytest.mark.parametrize("more_homes", [0, 40])
def test_no_page_asks_the_database_more_than_six_times(db: Database, portal: Portal, more_homes: int) -> None:
    world = make_world(db, months=14, more_homes=more_homes)
    browser = portal.holder(world)
    account, bill = world.home.account_number, numbers(db, world.home, "bill")[0]
    payment = numbers(db, world.home, "payment")[0]
    pages = {
        "/": 4,
        f"/accounts/{account}": 4,
        "/accounts": 3,
        f"/accounts/{account}/bills": 4,
        f"/accounts/{account}/use": 4,
        f"/bills/{bill}": 5,
        f"/bills/{bill}.pdf": 5,
        f"/accounts/{account}/pay": 4,
        f"/pay/{account}": 3,
        f"/accounts/{account}/payments": 4,
        f"/payments/{payment}": 5,
        f"/payments/{payment}/receipt.pdf": 5,
        f"/accounts/{account}/messages": 4,
        f"/accounts/{account}/people": 4,
        f"/accounts/{account}/looks": 4,
        f"/accounts/{account}/name": 3,
        "/me": 3,
        "/me/password": 2,
    }
    for path, expected in pages.items():
        portal.now += timedelta(seconds=5)
        with portal.counting() as statements:
            assert browser.get(path).status_code == 200, path
        assert len(statements) <= min(expected, MOST), (path, statements)
    with portal.counting() as statements:
        for path in ("/sign-in", "/sign-in/password", "/pay", "/"):
            assert portal.browser().get(path).status_code == 200
    assert statements == []

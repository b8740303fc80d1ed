"""A page costs at most six statements, however many customers there are and however long their history is."""

from datetime import timedelta

import pytest

from kernel.db import Database
from services.messages.operations import queue_message
from tests.console.desk import Console
from tests.console.world import World, begin_payment, give_identity, make_world, number_of, settle_payment

MOST = 6


def _lengthen(db: Database, world: World, console: Console, many: int) -> None:
    for number in range(many):
        with db.transaction() as session:
            queue_message(
                session,
                once_key=f"m{number}",
                category="receipt",
                language="en",
                phone=world.home.phone,
                account_id=world.home.account_id,
                body="Received",
                now=console.now,
            )
        console.get(f"/accounts/{world.home.account_number}")


@pytest.mark.parametrize(("homes", "history"), [(1, 0), (40, 12)])
def test_no_page_asks_the_database_more_than_six_times(
    db: Database, console: Console, homes: int, history: int
) -> None:
    world = make_world(db, homes)
    give_identity(db, world.home, "110101199003071234")
    console.hire("mei", [world.here])
    console.sign_in("mei")
    settle_payment(db, begin_payment(db, world.home, console.now), console.now)
    _lengthen(db, world, console, history)
    account = world.home.account_number
    pages = {
        "/": 3,
        "/search?q=陈": 3,
        f"/search?q={account}": 3,
        f"/accounts/{account}": MOST,
        f"/accounts/{account}/moved?mark=old": MOST,
        f"/accounts/{account}/prove": 3,
        f"/accounts/{account}/holder": 3,
        f"/bills/{number_of(db, world.home, 'bill')}": 5,
        f"/bills/{number_of(db, world.home, 'bill')}/pdf": 4,  # the bill's body is remembered from the page before
        f"/payments/{number_of(db, world.home, 'payment')}": 5,
    }
    for path, expected in pages.items():
        # Past the minute after which the session's last sight is written down: that costs no statement of its own.
        console.now += timedelta(minutes=2)
        with console.counting() as statements:
            assert console.get(path).status_code < 400, path
        assert len(statements) == expected, (path, statements)

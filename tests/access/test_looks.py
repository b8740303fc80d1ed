"""Who looked: one call is one look, staff are named with their role, and nobody else's account is in the list."""

from datetime import timedelta

from kernel.actor import Actor
from kernel.audit import record
from kernel.db import Database
from services.access.looks import who_looked
from tests.factories import NOW

MEI = Actor(kind="agent", id=1, label="Mei")
MOTHER = Actor(kind="customer", id=9, label="138 •••• 5678")


def _look(db: Database, actor: Actor, action: str, minutes: int, account_id: int = 5, subject: str = "7001") -> None:
    with db.transaction() as session:
        record(
            session,
            actor,
            action,
            subject=("account", subject),
            account_id=account_id,
            now=NOW + timedelta(minutes=minutes),
        )


def test_looks_of_one_call_are_told_as_one_and_a_later_call_as_another(db: Database) -> None:
    for minutes in (0, 5, 20, 90):
        _look(db, MEI, "view_customer", minutes)
    with db.read() as reader:
        looks = who_looked(reader, 5)
    assert [(look.at - NOW, look.times) for look in looks] == [(timedelta(minutes=90), 1), (timedelta(minutes=20), 3)]


def test_two_people_and_two_bills_are_never_told_as_one(db: Database) -> None:
    _look(db, MEI, "view_bill", 0, subject="1")
    _look(db, MEI, "view_bill", 1, subject="2")
    _look(db, MOTHER, "view_bill", 2, subject="2")
    with db.read() as reader:
        looks = who_looked(reader, 5)
    assert [(look.label, look.role, look.subject) for look in looks] == [
        ("138 •••• 5678", "Somebody you let in", "2"),
        ("Mei", "Staff", "2"),
        ("Mei", "Staff", "1"),
    ]


def test_acts_and_other_accounts_are_no_looks_at_this_one(db: Database) -> None:
    _look(db, MEI, "end_call", 0)
    _look(db, MEI, "view_customer", 0, account_id=6)
    with db.read() as reader:
        assert who_looked(reader, 5) == ()


def test_the_newest_looks_come_first_and_the_list_is_bounded(db: Database) -> None:
    for number in range(5):
        _look(db, MEI, "view_bill", number, subject=str(number))
    with db.read() as reader:
        assert [look.subject for look in who_looked(reader, 5, limit=3)] == ["4", "3", "2"]

"""Payments made elsewhere take the same path as every other one."""

from datetime import date

import pytest
from sqlalchemy import text

from kernel.db import Database
from services.journeys.check_books import check_everything
from services.ledger.queries import what_is_owed
from services.payments import operations, recorded
from services.payments.recorded import RecordedPayment, record_settled_payments
from tests.factories import NOW, make_debt, make_home

DAY = date(2026, 7, 2)


def test_recorded_payments_settle_with_receipt_and_postings(db: Database) -> None:
    with db.transaction() as session:
        homes = [make_home(session) for _ in range(3)]
        debts = [make_debt(session, home.account_id, 10_000) for home in homes]
        payments = [
            RecordedPayment(home.account_id, home.station_id, {debt: amount}, "en")
            for home, debt, amount in zip(homes, debts, (10_000, 4_000, 12_500), strict=True)
        ]
        assert (
            record_settled_payments(
                session, payments, currency="CNY", channel="card", source="list", value_on=DAY, now=NOW
            )
            == 3
        )
    with db.read() as reader:
        owed = [what_is_owed(reader, home.account_id, DAY) for home in homes]
        assert [(o.open_minor, o.credit_minor) for o in owed] == [(0, 0), (6_000, 0), (0, 2_500)]
        assert reader.execute(text("SELECT count(*) FROM receipt WHERE settled_by = 'list'")).scalar_one() == 3
        assert reader.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0
        assert check_everything(reader) == ()


def test_nothing_recorded_writes_nothing(db: Database) -> None:
    with db.transaction() as session:
        assert record_settled_payments(
            session, [], currency="CNY", channel="card", source="list", value_on=DAY, now=NOW
        ) == 0  # fmt: skip


def test_a_number_that_is_taken_is_drawn_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(["111", "222", "111", "333", "222", "444"])
    for room in (recorded, operations):
        monkeypatch.setattr(room, "new_number", lambda digits: next(numbers))
    with db.transaction() as session:
        home = make_home(session)
        for _ in range(2):
            debt = make_debt(session, home.account_id, 1_000)
            payment = RecordedPayment(home.account_id, home.station_id, {debt: 1_000}, "en")
            record_settled_payments(
                session, [payment], currency="CNY", channel="card", source="list", value_on=DAY, now=NOW
            )
        told = session.execute(
            text("SELECT payment_number, receipt_number FROM payment JOIN receipt ON payment_id = id ORDER BY id")
        ).all()
    assert [tuple(row) for row in told] == [("111", "222"), ("333", "444")]

"""A settled payment is texted once, in the reader's words, at a time that suits them, and never lost in silence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from kernel.actor import Actor
from kernel.db import Database
from kernel.outbox import emit
from notifications.compose import one_time_code_text, receipt_text
from services.journeys.text_receipt import ReceiptFacts
from services.ledger.queries import OpenItem, Owed
from services.messages.queries import list_messages
from services.messages.rules import count_parts
from services.payments.operations import Word, note_words, open_attempt
from tests.factories import Home, make_debt, make_home
from tests.messages.fakes import DAY, Clock, FakeVendor
from tests.messages.ports import UTILITY, ports_of
from wiring.ports import Ports
from workers.jobs import messages


def settle(
    db: Database, home: Home, *, amount: int = 8642, owed: int = 8642, payer: str = "customer", language: str = "en",
    begun: timedelta = timedelta(0), now_of: Clock,
) -> int:  # fmt: skip
    """Settle a payment and tell the outbox; returns the outbox row's id."""
    now = now_of()
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, owed)
        attempt = open_attempt(
            session, actor=Actor(kind=payer, id=7 if payer == "customer" else None), account_id=home.account_id,  # type: ignore[arg-type]
            station_id=home.station_id, items={debt: amount}, currency="CNY", channel="card", language=language,
            now=now - begun,
        )  # fmt: skip
        word = Word(attempt.payment_id, "completed", f"bank:{attempt.payment_id}", amount, "CNY")
        note_words(session, [word], value_on=now.date(), now=now)
        key = f"PaymentSettled:{attempt.payment_id}"
        emit(session, topic="PaymentSettled", key=key, payload={"payment_id": attempt.payment_id}, now=now)
        return int(session.scalar(text("SELECT id FROM outbox WHERE key = :key"), {"key": key}))


@pytest.fixture
def ports(db: Database, vendor: FakeVendor) -> Ports:
    return ports_of(db, vendor)


@pytest.fixture
def home(db: Database) -> Home:
    with db.transaction() as session:
        return make_home(session)


def test_a_payer_is_texted_one_receipt_however_often_the_job_runs(
    db: Database, ports: Ports, vendor: FakeVendor, home: Home, clock: Clock, relay: Callable[[], int]
) -> None:
    row = settle(db, home, now_of=clock)
    for _ in range(3):
        messages.compose_receipt(ports, row, clock())
    with db.transaction() as session:
        session.execute(text("UPDATE outbox SET done_at = NULL"))
    messages.compose_receipt(ports, row, clock())
    for _ in range(3):
        relay()
        clock.pass_(seconds=61)
    (sent,) = vendor.taken
    assert sent.to == home.phone
    ending = home.account_number[-4:]
    assert sent.body.startswith(f"Lantern Electric: we received ¥86.42 for account ending {ending} on 2 July 2026.")
    assert sent.body.endswith("Nothing is left to pay.")
    with db.read() as reader:
        number = reader.scalar(text("SELECT receipt_number FROM receipt"))
        assert f"Receipt {number}." in sent.body
        (shown,) = list_messages(reader, home.account_id)
    assert (shown.state, shown.category, shown.body) == ("accepted", "receipt", sent.body)
    assert shown.to_masked == f"+86 ••• {home.phone[-4:]}"


def test_a_part_payment_says_what_is_still_to_pay_and_when(
    db: Database, ports: Ports, home: Home, clock: Clock, vendor: FakeVendor, relay: Callable[[], int]
) -> None:
    messages.compose_receipt(ports, settle(db, home, amount=5000, now_of=clock), clock())
    relay()
    assert vendor.taken[0].body.endswith("Still to pay: ¥36.42 by 20 July 2026.")


@pytest.mark.parametrize(("payer", "language"), [("customer", "en"), ("payer", "zh-CN")])
def test_somebody_elses_payment_is_told_in_the_customers_language(
    db: Database, ports: Ports, home: Home, clock: Clock, payer: str, language: str
) -> None:
    messages.compose_receipt(ports, settle(db, home, payer=payer, language="en", now_of=clock), clock())
    with db.read() as reader:
        assert list_messages(reader, home.account_id)[0].language == language


def test_without_a_phone_the_receipt_is_kept_as_withheld(
    db: Database, ports: Ports, home: Home, clock: Clock, vendor: FakeVendor
) -> None:
    with db.transaction() as session:
        session.execute(text("UPDATE customer SET phone = NULL, phone_hash = NULL"))
    messages.compose_receipt(ports, settle(db, home, now_of=clock), clock())
    with db.read() as reader:
        (shown,) = list_messages(reader, home.account_id)
        assert reader.scalar(text("SELECT count(*) FROM outbox WHERE done_at IS NULL")) == 0
    assert (shown.state, shown.reason, shown.to_masked) == ("withheld", "no_contact", None)


def test_who_pays_at_night_gets_the_receipt_at_once(
    db: Database, ports: Ports, home: Home, clock: Clock, vendor: FakeVendor, relay: Callable[[], int]
) -> None:
    clock.at(23, 30)
    messages.compose_receipt(ports, settle(db, home, begun=timedelta(minutes=4), now_of=clock), clock())
    relay()
    assert len(vendor.taken) == 1


def test_a_payment_that_settles_at_night_by_itself_is_told_at_eight(
    db: Database, ports: Ports, home: Home, clock: Clock, vendor: FakeVendor, relay: Callable[[], int]
) -> None:
    clock.at(23, 30)
    messages.compose_receipt(ports, settle(db, home, begun=timedelta(days=2), now_of=clock), clock())
    for _ in range(8):
        relay()
        clock.pass_(hours=1)
    assert vendor.taken == []
    clock.pass_(minutes=30)
    relay()
    assert len(vendor.taken) == 1


def _facts(**given: object) -> ReceiptFacts:
    item = OpenItem(1, "bill", "2607", 99_999_999, 99_999_999, date(2026, 9, 30))
    owed = Owed(99_999_999, 0, 0, 0, "CNY", date(2026, 9, 30), (item,))
    facts = ReceiptFacts(1, 1, 99_999_999, "CNY", "7000000001", "260700000001", DAY, DAY, "en", "+8613800000001", owed)
    return replace(facts, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(
    "owed",
    [
        Owed(0, 0, 0, 0, "CNY", None, ()),
        Owed(0, 0, 99_999_999, 0, "CNY", None, ()),
        _facts().owed,
        replace(_facts().owed, open_minor=100_000_000),
        replace(_facts().owed, earliest_due_on=date(2026, 6, 30), overdue_minor=99_999_999),
        replace(_facts().owed, earliest_due_on=date(2026, 6, 30), overdue_minor=11_111_111),
    ],
)
def test_every_receipt_costs_at_most_two_parts(language: str, owed: Owed) -> None:
    body = receipt_text(_facts(language=language, owed=owed), UTILITY)
    assert "%" not in body
    assert count_parts(body) <= 2
    assert len(body.encode("ascii", "replace")) == len(body)


def test_a_code_costs_one_part_in_english() -> None:
    assert count_parts(one_time_code_text(UTILITY, "en", minutes=10)) == 1
    assert count_parts(one_time_code_text(UTILITY, "zh-CN", minutes=10)) <= 2


@pytest.mark.parametrize(
    ("body", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2), ("¥£$", 1),
     ("电" * 70, 1), ("电" * 71, 2), ("电" * 134, 2), ("电" * 135, 3), ("💡" * 35, 1), ("💡" * 36, 2), ("", 1)],
)  # fmt: skip
def test_parts_are_counted_as_carriers_bill_them(body: str, parts: int) -> None:
    assert count_parts(body) == parts

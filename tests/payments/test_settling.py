"""Settling on the real PostgreSQL: nothing lost, nothing twice, in whatever order the words come."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from kernel.actor import Actor
from kernel.db import Database
from services.journeys.check_books import check_everything
from services.ledger.operations import apply_credit
from services.ledger.queries import what_is_owed
from services.payments.operations import Attempt, Word, WrongCurrency, note_words, open_attempt
from services.payments.queries import list_payments, read_payment, read_receipt
from tests.factories import NOW, Home, make_debt, make_home

TODAY = date(2026, 7, 2)


def _attempt(db: Database, home: Home, items: dict[int, int]) -> Attempt:
    with db.transaction() as session:
        return open_attempt(
            session,
            actor=Actor(kind="customer", id=7),
            account_id=home.account_id,
            station_id=home.station_id,
            items=items,
            currency="CNY",
            channel="card",
            language="en",
            now=NOW,
        )


def _say(db: Database, *words: Word) -> set[int]:
    with db.transaction() as session:
        return set(note_words(session, words, value_on=TODAY, now=NOW))


def _owed(db: Database, home: Home) -> tuple[int, int]:
    with db.read() as reader:
        owed = what_is_owed(reader, home.account_id, TODAY)
    return owed.open_minor, owed.credit_minor


@pytest.fixture
def home(db: Database) -> Home:
    with db.transaction() as session:
        return make_home(session)


def test_a_payment_pays_what_it_meant_and_leaves_sound_books(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 8642)
    attempt = _attempt(db, home, {debt: 8642})
    assert _say(db, Word(attempt.payment_id, "completed", "bank:1", 8642, "CNY")) == {attempt.payment_id}
    assert _owed(db, home) == (0, 0)
    with db.read() as reader:
        receipt = read_receipt(reader, attempt.payment_number)
        assert receipt is not None
        assert [(part.kind, part.amount_minor, part.open_minor) for part in receipt.parts] == [("opening", 8642, 0)]
        assert check_everything(reader) == ()


@pytest.mark.parametrize(
    "order", list(permutations(["opened", "processing", "completed", "succeeded", "expired"]))[::7]
)
def test_words_in_any_order_and_doubled_settle_once(db: Database, home: Home, order: tuple[str, ...]) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 10_000)
    attempt = _attempt(db, home, {debt: 10_000})
    words = [Word(attempt.payment_id, word, f"bank:{n}", 10_000, "CNY") for n, word in enumerate(order * 2)]
    random.Random(1).shuffle(words)
    for word in words:
        _say(db, word)
    assert _owed(db, home) == (0, 0)
    with db.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM posting WHERE source LIKE 'payment:%'")) == 1
        assert reader.scalar(text("SELECT count(*) FROM receipt")) == 1
        assert check_everything(reader) == ()


def test_part_payments_lower_the_item_step_by_step(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 10_000)
    for part, left in ((4_000, 6_000), (5_999, 1)):
        attempt = _attempt(db, home, {debt: part})
        _say(db, Word(attempt.payment_id, "completed", "e", part, "CNY"))
        assert _owed(db, home) == (left, 0)


def test_several_bills_are_paid_at_once(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debts = {make_debt(session, home.account_id, amount): amount for amount in (1_000, 2_000, 3_000)}
    attempt = _attempt(db, home, debts)
    _say(db, Word(attempt.payment_id, "completed", "e", 6_000, "CNY"))
    assert _owed(db, home) == (0, 0)


def test_two_people_paying_the_same_bill_lose_nothing(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 5_000)
    first, second = _attempt(db, home, {debt: 5_000}), _attempt(db, home, {debt: 5_000})
    _say(
        db,
        Word(first.payment_id, "completed", "a", 5_000, "CNY"),
        Word(second.payment_id, "completed", "b", 5_000, "CNY"),
    )
    assert _owed(db, home) == (0, 5_000)
    with db.read() as reader:
        assert check_everything(reader) == ()


def test_credit_pays_the_next_item_once(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 5_000)
    attempt = _attempt(db, home, {debt: 5_000})
    _say(db, Word(attempt.payment_id, "completed", "a", 9_000, "CNY"))
    assert _owed(db, home) == (0, 4_000)
    for _ in range(2):
        with db.transaction() as session:
            make_debt(session, home.account_id, 3_000)
            apply_credit(session, account_ids=[home.account_id], currency="CNY", value_on=TODAY, now=NOW)
    assert _owed(db, home) == (2_000, 0)
    with db.transaction() as session:
        assert apply_credit(session, account_ids=[home.account_id], currency="CNY", value_on=TODAY, now=NOW) == 0


def test_another_currency_is_never_settled_by_guess(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 5_000)
    attempt = _attempt(db, home, {debt: 5_000})
    with pytest.raises(WrongCurrency):
        _say(db, Word(attempt.payment_id, "completed", "a", 5_000, "USD"))
    assert _owed(db, home) == (5_000, 0)


def test_a_failed_payment_tells_its_reason_and_takes_nothing(db: Database, home: Home) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 5_000)
    attempt = _attempt(db, home, {debt: 5_000})
    _say(db, Word(attempt.payment_id, "declined", "a", failure_code="insufficient_funds"))
    _say(db, Word(attempt.payment_id, "failed", "b", failure_code="insufficient_funds"))
    with db.read() as reader:
        payment = read_payment(reader, attempt.payment_number)
        assert payment is not None
        assert (payment.state, payment.failure_code) == ("failed", "insufficient_funds")
        assert list_payments(reader, home.account_id) == (payment,)
        assert read_receipt(reader, attempt.payment_number) is None
    assert _owed(db, home) == (5_000, 0)


def test_many_workers_settling_the_same_events_settle_each_once(db: Database) -> None:
    with db.transaction() as session:
        homes = [make_home(session) for _ in range(6)]
        debts = {home.account_id: make_debt(session, home.account_id, 1_000 + n) for n, home in enumerate(homes)}
    words = []
    for number, home in enumerate(homes):
        attempt = _attempt(db, home, {debts[home.account_id]: 1_000 + number})
        words.append(Word(attempt.payment_id, "completed", f"e{number}", 1_000 + number, "CNY"))

    def work(seed: int) -> int:
        shuffled = words * 2
        random.Random(seed).shuffle(shuffled)
        return sum(len(_say(db, *shuffled[start : start + 4])) for start in range(0, len(shuffled), 4))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == len(homes)
    with db.read() as reader:
        assert check_everything(reader) == ()
        assert reader.scalar(text("SELECT sum(open_minor) FROM receivable")) == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE receivable SET open_minor = open_minor - 1",
        "DELETE FROM receipt",
        "UPDATE posting SET amount_minor = amount_minor + 1 WHERE source LIKE 'payment:%'",
        "DELETE FROM posting WHERE source LIKE 'payment:%'",
        "UPDATE payment SET state = 'open'",
        "DELETE FROM posting WHERE source LIKE 'opening:%'",
    ],
)
def test_damaged_books_are_named(db: Database, home: Home, damage: str) -> None:
    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 8642)
    attempt = _attempt(db, home, {debt: 5_000})
    _say(db, Word(attempt.payment_id, "completed", "bank:1", 5_000, "CNY"))
    with db.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(damage))
    with db.read() as reader:
        assert check_everything(reader)


def test_stale_payments_are_found_after_their_time(db: Database, home: Home) -> None:
    from services.payments.operations import note_checkout
    from services.payments.queries import stale_payments

    with db.transaction() as session:
        debt = make_debt(session, home.account_id, 5_000)
    attempt = _attempt(db, home, {debt: 5_000})
    with db.transaction() as session:
        note_checkout(session, attempt.payment_id, checkout_id="cs_1", url="http://pay", now=NOW)
    with db.read() as reader:
        assert stale_payments(reader, before=NOW) == ()
        (found,) = stale_payments(reader, before=NOW + timedelta(minutes=2))
    assert found.checkout_id == "cs_1"

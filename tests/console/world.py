"""A small county for the console's tests: two stations, homes with thirteen months of readings, bills and payments."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from kernel.actor import SYSTEM, Actor
from kernel.crypto import keyed_hash, seal
from kernel.db import Database
from kernel.periods import add_months
from services.journeys.run_billing_cycle import run
from services.payments.operations import Attempt, Word, note_words, open_attempt
from tests.factories import ZONE, Home, make_home, make_station, read_register

CYCLES = (date(2026, 5, 1), date(2026, 6, 1))


@dataclass(frozen=True)
class World:
    """`home` is at station `here`, `foreign` at station `there`; each has bills of May and June and one payment."""

    here: int
    there: int
    home: Home
    foreign: Home


def make_world(db: Database, homes: int = 1) -> World:
    with db.transaction() as session:
        here, there = make_station(session), make_station(session)
        mine = [make_home(session, station_id=here, name="陈静") for _ in range(homes)]
        foreign = make_home(session, station_id=there, name="陈大文")
        for home in [*mine, foreign]:
            values = {add_months(date(2026, 5, 1), n): 1_000_000 + n * 200_000 for n in range(3)}
            read_register(session, home.registers["total"], values)
    for cycle_on in CYCLES:
        run(db, SYSTEM, cycle_on=cycle_on, now=noon(add_months(cycle_on, 1)), zone=ZONE)
    for home in [mine[0], foreign]:
        attempt = begin_payment(db, home, noon(date(2026, 6, 10)), first_only=True)
        settle_payment(db, attempt, noon(date(2026, 6, 10)))
    return World(here, there, mine[0], foreign)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def open_items(db: Database, home: Home) -> dict[int, int]:
    with db.read() as reader:
        rows = reader.execute(
            text("SELECT id, open_minor FROM receivable WHERE account_id = :a AND open_minor > 0 ORDER BY due_on, id"),
            {"a": home.account_id},
        )
        return {row.id: row.open_minor for row in rows}


def begin_payment(db: Database, home: Home, now: datetime, *, first_only: bool = False) -> Attempt:
    """Begin to pay the oldest open bill, or all of them."""
    items = open_items(db, home)
    chosen = dict(list(items.items())[:1]) if first_only else items
    with db.transaction() as session:
        attempt = open_attempt(
            session,
            actor=Actor(kind="customer", id=7),
            account_id=home.account_id,
            station_id=home.station_id,
            items=chosen,
            currency="CNY",
            channel="card",
            language="en",
            now=now,
        )
        note_words(session, [Word(attempt.payment_id, "opened", "open")], value_on=now.date(), now=now)
    return attempt


def settle_payment(db: Database, attempt: Attempt, now: datetime) -> None:
    with db.transaction() as session:
        amount = session.scalar(text("SELECT amount_minor FROM payment WHERE id = :id"), {"id": attempt.payment_id})
        word = Word(attempt.payment_id, "completed", f"e{attempt.payment_id}", int(amount or 0), "CNY")
        note_words(session, [word], value_on=now.date(), now=now + timedelta(seconds=1))


def give_identity(db: Database, home: Home, identity: str) -> None:
    with db.transaction() as session:
        session.execute(
            text("UPDATE customer SET identity = :sealed, identity_hash = :hash WHERE id = :id"),
            {"sealed": seal(identity), "hash": keyed_hash("identity", identity), "id": home.customer_id},
        )


def number_of(db: Database, home: Home, thing: str) -> str:
    """Return the newest bill or payment number of a home."""
    table, column = {"bill": ("bill_index", "bill_number"), "payment": ("payment", "payment_number")}[thing]
    with db.read() as reader:
        return str(
            reader.scalar(
                text(f"SELECT {column} FROM {table} WHERE account_id = :a ORDER BY id DESC LIMIT 1"),
                {"a": home.account_id},
            )
        )

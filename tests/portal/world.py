"""Homes for the portal's tests: months of readings, bills by the real cycle, one payment; and a stranger's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import text

from kernel.actor import SYSTEM, Actor
from kernel.db import Database
from kernel.periods import add_months
from services.accounts.operations import paper_code_hash
from services.journeys.run_billing_cycle import run
from services.payments.operations import Attempt, Word, note_words, open_attempt
from tests.factories import ZONE, Home, make_home, make_station, read_register

FIRST = date(2025, 5, 1)
KWH = (180, 210, 260, 390, 410, 300, 220, 210, 250, 240, 200, 170, 190, 320)
PAPER_CODE = "K7QM2P"


@dataclass(frozen=True)
class World:
    """`home` has fourteen bills, the last two open; `shop` is of the same customer; `foreign` is somebody else's."""

    home: Home
    shop: Home
    foreign: Home


def make_world(db: Database, *, months: int = len(KWH), more_homes: int = 0) -> World:
    with db.transaction() as session:
        station = make_station(session)
        home = make_home(session, station_id=station, name="陈静", since=FIRST)
        shop = make_home(session, station_id=station, name="陈静", customer_id=home.customer_id, since=FIRST)
        foreign = make_home(session, station_id=station, name="欧阳文", since=FIRST)
        others = [make_home(session, station_id=station, since=FIRST) for _ in range(more_homes)]
        for number, one in enumerate([home, shop, foreign, *others]):
            shown, values = 0, {FIRST: 0}
            for month, kwh in enumerate(KWH[-months:], start=1):
                shown += (kwh + 10 * number) * 1000
                values[add_months(FIRST, len(KWH) - months + month)] = shown
            if months < len(KWH):
                values[add_months(FIRST, len(KWH) - months)] = 0
                values.pop(FIRST)
            read_register(session, one.registers["total"], values)
        session.execute(
            text("UPDATE account SET paper_code_hash = :hash WHERE id = :id"),
            {"hash": paper_code_hash(foreign.account_number, PAPER_CODE), "id": foreign.account_id},
        )
    for number in range(len(KWH) - months, len(KWH)):
        cycle_on = add_months(FIRST, number)
        run(db, SYSTEM, cycle_on=cycle_on, now=noon(add_months(cycle_on, 1)), zone=ZONE)
    for one in (home, foreign):
        older = list(open_items(db, one).items())[:-2]
        if older:
            settle(db, begin(db, one, dict(older), noon(date(2026, 5, 20))), noon(date(2026, 5, 20)))
    return World(home, shop, foreign)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def open_items(db: Database, home: Home) -> dict[int, int]:
    """Return {receivable id: minor units} of what is open, oldest due first."""
    with db.read() as reader:
        rows = reader.execute(
            text("SELECT id, open_minor FROM receivable WHERE account_id = :a AND open_minor > 0 ORDER BY due_on, id"),
            {"a": home.account_id},
        )
        return {row.id: row.open_minor for row in rows}


def begin(db: Database, home: Home, items: dict[int, int], now: datetime, actor: Actor | None = None) -> Attempt:
    with db.transaction() as session:
        attempt = open_attempt(
            session,
            actor=actor or Actor(kind="payer"),
            account_id=home.account_id,
            station_id=home.station_id,
            items=items,
            currency="CNY",
            channel="card",
            language="en",
            now=now,
        )
        note_words(session, [Word(attempt.payment_id, "opened", "open")], value_on=now.date(), now=now)
    return attempt


def settle(db: Database, attempt: Attempt, now: datetime) -> None:
    with db.transaction() as session:
        amount = session.scalar(text("SELECT amount_minor FROM payment WHERE id = :id"), {"id": attempt.payment_id})
        word = Word(attempt.payment_id, "completed", f"e{attempt.payment_id}", int(amount or 0), "CNY")
        note_words(session, [word], value_on=now.date(), now=now)


def numbers(db: Database, home: Home, thing: str) -> list[str]:
    """Return the bill or payment numbers of a home, newest first."""
    table, column = {"bill": ("bill_index", "bill_number"), "payment": ("payment", "payment_number")}[thing]
    with db.read() as reader:
        query = text(f"SELECT {column} FROM {table} WHERE account_id = :a ORDER BY id DESC")
        return [str(number) for number in reader.scalars(query, {"a": home.account_id})]

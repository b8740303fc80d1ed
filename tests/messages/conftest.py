"""The messages room's furniture: a vendor, a clock, a sender, and a way to queue and to let the relay's time pass."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.outbox import claim
from services.journeys.send_message import Sender, send
from services.messages.operations import queue_message
from tests.messages.fakes import Clock, FakeVendor, sender_of


@pytest.fixture
def vendor() -> FakeVendor:
    return FakeVendor()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender(db: Database, vendor: FakeVendor, clock: Clock) -> Sender:
    return sender_of(db, vendor, clock)


@pytest.fixture
def queue(db: Database, clock: Clock) -> Callable[..., int]:
    def queue_one(**given: object) -> int:
        values = {
            "once_key": "receipt:1",
            "category": "receipt",
            "language": "en",
            "phone": "+8613800000001",
            "account_id": None,
            "body": "We received 86.42.",
            "now": clock(),
        } | given
        with db.transaction() as session:
            message_id = queue_message(session, **values)  # type: ignore[arg-type]
        assert message_id is not None
        return message_id

    return queue_one


@pytest.fixture
def relay(db: Database, sender: Sender, clock: Clock) -> Callable[[], int]:
    """Hand every due row to the sender, as relay and worker do; returns how many there were."""

    def relay_once() -> int:
        with db.transaction() as session:
            due = claim(session, "outbox", now=clock())
        for row in due:
            send(sender, row.id)
        return len(due)

    return relay_once


@pytest.fixture
def state(db: Database) -> Callable[[int], tuple[str, str | None]]:
    def state_of(message_id: int) -> tuple[str, str | None]:
        with db.read() as reader:
            row = reader.execute(text("SELECT state, reason FROM message WHERE id = :id"), {"id": message_id}).one()
        return row.state, row.reason

    return state_of

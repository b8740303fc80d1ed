"""Outbox, inbox, audit chain on the real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kernel import audit
from kernel.actor import Actor
from kernel.db import Database
from kernel.outbox import LEASE, claim, emit, finish, postpone, receive, take

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
AGENT = Actor(kind="agent", id=1, label="wang")


def test_the_same_fact_is_told_once(db: Database) -> None:
    with db.transaction() as session:
        emit(session, topic="T", key="k", payload={"n": 1}, now=NOW)
        emit(session, topic="T", key="k", payload={"n": 2}, now=NOW)
    with db.transaction() as session:
        assert len(claim(session, "outbox", now=NOW)) == 1


def test_a_claimed_row_is_leased_and_comes_back_when_the_lease_ends(db: Database) -> None:
    with db.transaction() as session:
        emit(session, topic="T", key="k", payload={}, now=NOW)
    with db.transaction() as session:
        assert claim(session, "outbox", now=NOW)
        assert not claim(session, "outbox", now=NOW + timedelta(seconds=1))
        assert claim(session, "outbox", now=NOW + LEASE)


def test_two_relays_never_claim_the_same_row(db: Database) -> None:
    with db.transaction() as session:
        for number in range(10):
            emit(session, topic="T", key=str(number), payload={}, now=NOW)
    with db.transaction() as one, db.transaction() as other:
        first = {row.id for row in claim(one, "outbox", now=NOW, limit=6)}
        second = {row.id for row in claim(other, "outbox", now=NOW, limit=6)}
    assert len(first) == 6
    assert len(second) == 4
    assert not first & second


def test_urgent_facts_go_first(db: Database) -> None:
    with db.transaction() as session:
        emit(session, topic="ordinary", key="a", payload={}, now=NOW - timedelta(hours=1))
        emit(session, topic="urgent", key="b", payload={}, now=NOW, priority=0)
    with db.transaction() as session:
        assert [row.topic for row in claim(session, "outbox", now=NOW, limit=1)] == ["urgent"]


def test_a_vendors_event_is_stored_once(db: Database) -> None:
    with db.transaction() as session:
        assert receive(session, source="stripe", event_id="evt_1", topic="stripe.event", payload={}, now=NOW)
        assert not receive(session, source="stripe", event_id="evt_1", topic="stripe.event", payload={}, now=NOW)
        assert receive(session, source="twilio", event_id="evt_1", topic="twilio.status", payload={}, now=NOW)


def test_a_finished_row_is_not_taken_again(db: Database) -> None:
    with db.transaction() as session:
        emit(session, topic="T", key="k", payload={"n": 1}, now=NOW)
        (row,) = claim(session, "outbox", now=NOW)
        assert take(session, "outbox", row.id) == {"n": 1}
        finish(session, "outbox", row.id, now=NOW)
    with db.transaction() as session:
        assert take(session, "outbox", row.id) is None
        assert not claim(session, "outbox", now=NOW + timedelta(days=1))


def test_a_postponed_row_waits_and_keeps_its_error(db: Database) -> None:
    with db.transaction() as session:
        emit(session, topic="T", key="k", payload={}, now=NOW)
        (row,) = claim(session, "outbox", now=NOW)
        postpone(session, "outbox", row.id, now=NOW, error="vendor away", seconds=90)
    with db.transaction() as session:
        assert not claim(session, "outbox", now=NOW + timedelta(seconds=89))
        assert claim(session, "outbox", now=NOW + timedelta(seconds=90))
        assert session.scalar(text("SELECT last_error FROM outbox")) == "vendor away"


def _record_three(db: Database) -> None:
    with db.transaction() as session:
        for number in range(3):
            audit.record(session, AGENT, "view_customer", subject=("customer", number), now=NOW, account_id=number)
        assert audit.seal(session, now=NOW) == 3


def test_an_untouched_chain_verifies(db: Database) -> None:
    _record_three(db)
    with db.transaction() as session:
        audit.record(session, AGENT, "view_bill", subject=("bill", "1"), now=NOW)
        assert audit.seal(session, now=NOW + timedelta(days=1)) == 1
        assert list(audit.verify(session)) == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET actor_label = 'li' WHERE subject_id = '1'",
        "DELETE FROM audit_entry WHERE subject_id = '1'",
        "DELETE FROM audit_link WHERE position = 2",
        "UPDATE audit_link SET hash = '\\x00' WHERE position = 2",
    ],
)
def test_tampering_breaks_the_chain(db: Database, tampering: str) -> None:
    _record_three(db)
    with db.transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(tampering))
    with db.transaction() as session:
        assert list(audit.verify(session))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_database_refuses_to_change_the_record(db: Database, statement: str) -> None:
    _record_three(db)
    with pytest.raises(DatabaseError, match="append-only"), db.transaction() as session:
        session.execute(text(statement))

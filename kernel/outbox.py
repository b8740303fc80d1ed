"""Facts leave a room only through the outbox, vendors' words enter only through the inbox.

A row is written in the transaction that makes it true and stays until its effect is recorded. The relay alone claims
rows (SKIP LOCKED, in chunks, under a lease) and enqueues their ids; a lost or repeated job loses and repeats nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, Id, Instant

Box = Literal["outbox", "inbox"]
LEASE = timedelta(seconds=30)


class OutboxRow(Base):
    """`key` is unique: the same fact is told once. `priority` 0 goes first (danger to life), 5 is ordinary."""

    __tablename__ = "outbox"
    id: Mapped[Id]
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text, unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="5")
    created_at: Mapped[Instant]
    due_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(server_default="0")
    done_at: Mapped[Instant | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (Index("ix_outbox_waiting", "priority", "due_at", postgresql_where=text("done_at IS NULL")),)


class InboxRow(Base):
    """A verified word of a vendor, stored once per (source, event_id). `topic` names the handler."""

    __tablename__ = "inbox"
    id: Mapped[Id]
    source: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[Instant]
    due_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(server_default="0")
    done_at: Mapped[Instant | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_inbox_waiting", "due_at", postgresql_where=text("done_at IS NULL")),
    )


@dataclass(frozen=True)
class Claimed:
    id: int
    topic: str


def emit(
    session: Session,
    *,
    topic: str,
    key: str,
    payload: dict[str, Any],
    now: datetime,
    due_at: datetime | None = None,
    priority: int = 5,
) -> None:
    """Write a fact into the outbox in the caller's transaction; a key that is there already changes nothing."""
    statement = insert(OutboxRow).values(
        topic=topic, key=key, payload=payload, priority=priority, created_at=now, due_at=due_at or now
    )
    session.execute(statement.on_conflict_do_nothing(index_elements=["key"]))


def emit_many(
    session: Session, *, topic: str, facts: Mapping[str, dict[str, Any]], now: datetime, priority: int = 5
) -> None:
    """Write facts of one topic (key -> payload) with one statement; keys that are there already change nothing."""
    if facts:
        session.execute(
            text("""
                INSERT INTO outbox (topic, key, payload, priority, created_at, due_at)
                SELECT :topic, k, CAST(p AS jsonb), :priority, :now, :now
                FROM unnest(CAST(:keys AS text[]), CAST(:payloads AS text[])) AS f(k, p) ON CONFLICT (key) DO NOTHING
            """),
            {
                "topic": topic,
                "keys": list(facts),
                "payloads": [json.dumps(payload) for payload in facts.values()],
                "priority": priority,
                "now": now,
            },
        )


def receive(
    session: Session, *, source: str, event_id: str, topic: str, payload: dict[str, Any], now: datetime
) -> bool:
    """Store a vendor's verified event; False when this very event is stored already."""
    statement = insert(InboxRow).values(
        source=source, event_id=event_id, topic=topic, payload=payload, created_at=now, due_at=now
    )
    result = session.execute(
        statement.on_conflict_do_nothing(index_elements=["source", "event_id"]).returning(InboxRow.id)
    )
    return result.first() is not None


def claim(session: Session, box: Box, *, now: datetime, limit: int = 500) -> Sequence[Claimed]:
    """Lease due rows to the caller until now + LEASE; whoever holds a lease enqueues them. Oldest and urgent first."""
    order = "priority, due_at" if box == "outbox" else "due_at"
    rows = session.execute(
        text(
            f"UPDATE {box} SET due_at = :until, attempts = attempts + 1 WHERE id IN ("
            f" SELECT id FROM {box} WHERE done_at IS NULL AND due_at <= :now ORDER BY {order} LIMIT :limit"
            " FOR UPDATE SKIP LOCKED) RETURNING id, topic"
        ),
        {"now": now, "until": now + LEASE, "limit": limit},
    )
    return [Claimed(row.id, row.topic) for row in rows]


def take(session: Session, box: Box, row_id: int) -> dict[str, Any] | None:
    """Lock one waiting row for its handler and return its payload; None when it is done or another worker has it."""
    row = session.execute(
        text(f"SELECT payload FROM {box} WHERE id = :id AND done_at IS NULL FOR UPDATE SKIP LOCKED"), {"id": row_id}
    ).first()
    return None if row is None else dict(row.payload)


def take_many(session: Session, box: Box, row_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Lock the waiting rows among `row_ids`, in order of id, and return their payloads; others are left out."""
    rows = session.execute(
        text(
            f"SELECT id, payload FROM {box} WHERE id = ANY(:ids) AND done_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED"
        ),
        {"ids": list(row_ids)},
    )
    return {row.id: dict(row.payload) for row in rows}


def finish_many(session: Session, box: Box, row_ids: Sequence[int], *, now: datetime) -> None:
    """Mark rows done, in the transaction that records their effect."""
    session.execute(
        text(f"UPDATE {box} SET done_at = :now, last_error = NULL WHERE id = ANY(:ids)"),
        {"now": now, "ids": list(row_ids)},
    )


def finish(session: Session, box: Box, row_id: int, *, now: datetime) -> None:
    """Mark the row done, in the transaction that records its effect."""
    session.execute(
        text(f"UPDATE {box} SET done_at = :now, last_error = NULL WHERE id = :id"), {"now": now, "id": row_id}
    )


def postpone(
    session: Session, box: Box, row_id: int, *, now: datetime, error: str | None = None, seconds: float | None = None
) -> None:
    """Let the row wait: `seconds`, or a back-off that doubles with its attempts up to ten minutes."""
    session.execute(
        text(
            f"UPDATE {box} SET last_error = :error,"
            " due_at = CAST(:now AS timestamptz) + make_interval(secs => COALESCE(CAST(:seconds AS double precision),"
            " LEAST(600, power(2, LEAST(attempts, 10)))))"
            " WHERE id = :id AND done_at IS NULL"
        ),
        {"now": now, "error": error, "seconds": seconds, "id": row_id},
    )


def purge(session: Session, box: Box, *, before: datetime, limit: int = 10_000) -> int:
    """Delete rows done before an instant; what must stay unique for ever is unique where the effect was recorded."""
    result = session.execute(
        text(f"DELETE FROM {box} WHERE id IN (SELECT id FROM {box} WHERE done_at < :before LIMIT :limit)"),
        {"before": before, "limit": limit},
    )
    return int(getattr(result, "rowcount", 0))

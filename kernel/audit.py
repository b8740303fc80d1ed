"""The record of what was done and who looked: append-only rows, sealed into a hash chain by day.

Writers only insert. The sealer (clock, every minute) links new rows: each link's hash covers the row and the link
before it, so that a changed, removed or slipped-in row breaks every later link (`lightline audit verify`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, Text, insert, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.actor import Actor
from kernel.db import Base, Day, Id, Instant, try_lock

_GENESIS = bytes(32)
_WINDOW = 100_000


class AuditEntry(Base):
    """One act or one look. `action` is verb_noun; `account_id` lets the customer read who looked."""

    __tablename__ = "audit_entry"
    id: Mapped[Id]
    at: Mapped[Instant]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_label: Mapped[str] = mapped_column(Text)
    on_behalf_of: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_account_id_at", "account_id", "at", postgresql_where=text("account_id IS NOT NULL")),
        Index("ix_audit_entry_agent", "actor_id", "at", postgresql_where=text("actor_kind = 'agent'")),
    )


class AuditLink(Base):
    __tablename__ = "audit_link"
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    day: Mapped[Day]
    hash: Mapped[bytes] = mapped_column(LargeBinary)


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    subject: tuple[str, object],
    now: datetime,
    account_id: int | None = None,
    **detail: Any,
) -> None:
    """Append one row in the caller's transaction. `detail` holds plain JSON values, never a secret."""
    entry = _entry(actor, action, subject, now, account_id, detail)
    session.execute(insert(AuditEntry).values(entry))


def record_many(
    session: Session, actor: Actor, action: str, *, subjects: Iterable[tuple[tuple[str, object], int]], now: datetime
) -> None:
    """Append one row for each (subject, account id) with one statement."""
    entries = [_entry(actor, action, subject, now, account_id, {}) for subject, account_id in subjects]
    if entries:
        session.execute(insert(AuditEntry), entries)


def _entry(
    actor: Actor,
    action: str,
    subject: tuple[str, object],
    now: datetime,
    account_id: int | None,
    detail: dict[str, Any],
) -> dict[str, Any]:
    return {
        "at": now,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label,
        "on_behalf_of": actor.on_behalf_of,
        "action": action,
        "subject_kind": subject[0],
        "subject_id": str(subject[1]),
        "account_id": account_id,
        "detail": detail,
        "request_id": actor.request_id,
    }


def _digest(previous: bytes, day: str, row: Any) -> bytes:
    canonical = json.dumps(
        [
            row.id, row.at.isoformat(), row.actor_kind, row.actor_id, row.actor_label, row.on_behalf_of, row.action,
            row.subject_kind, row.subject_id, row.account_id, row.detail, row.request_id,
        ],
        sort_keys=True, ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip
    return hashlib.sha256(previous + day.encode() + canonical.encode()).digest()


def seal(session: Session, *, now: datetime, limit: int = 20_000, whole: bool = False) -> int:
    """Link rows that are not linked yet; returns how many. One sealer at a time; the others return 0.

    A row may commit after rows with higher ids: the sealer looks back _WINDOW ids, and over everything when `whole`
    (once a day).
    """
    if not try_lock(session, "audit-seal"):
        return 0
    last = session.execute(text("SELECT position, hash FROM audit_link ORDER BY position DESC LIMIT 1")).first()
    position, previous = (last.position, bytes(last.hash)) if last else (0, _GENESIS)
    rows = session.execute(
        text(
            "SELECT e.* FROM audit_entry e LEFT JOIN audit_link l ON l.entry_id = e.id WHERE l.entry_id IS NULL"
            " AND e.id > :since ORDER BY e.id LIMIT :limit"
        ),
        {"since": 0 if whole else _window_start(session), "limit": limit},
    ).all()
    day = now.date()
    links = []
    for row in rows:
        position += 1
        previous = _digest(previous, day.isoformat(), row)
        links.append({"position": position, "entry_id": row.id, "day": day, "hash": previous})
    if links:
        session.execute(insert(AuditLink), links)
    return len(links)


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold: position (0 when a row was never sealed), entry and what is wrong."""

    position: int
    entry_id: int
    reason: str


def _window_start(session: Session) -> int:
    return int(session.scalar(text("SELECT COALESCE(max(entry_id), 0) FROM audit_link")) or 0) - _WINDOW


def verify(session: Session) -> Iterator[Break]:
    """Recompute the whole chain in bounded memory and yield every break."""
    previous, expected = _GENESIS, 0
    rows = session.execute(
        text(
            "SELECT l.position, l.entry_id, l.day, l.hash, e.* FROM audit_link l LEFT JOIN audit_entry e"
            " ON e.id = l.entry_id ORDER BY l.position"
        ),
        execution_options={"yield_per": 5000},
    )
    for row in rows:
        expected += 1
        if row.position != expected:
            yield Break(expected, row.entry_id, "a link is missing")
            expected = row.position
        if row.id is None:
            yield Break(row.position, row.entry_id, "the entry is missing")
        elif _digest(previous, row.day.isoformat(), row) != bytes(row.hash):
            yield Break(row.position, row.entry_id, "the entry or an earlier link was changed")
        previous = bytes(row.hash)
    unsealed = session.execute(
        text(
            "SELECT e.id FROM audit_entry e LEFT JOIN audit_link l ON l.entry_id = e.id"
            " WHERE l.entry_id IS NULL AND e.id <= :since ORDER BY e.id LIMIT 100"
        ),
        {"since": _window_start(session)},
    )
    for row in unsealed:
        yield Break(0, row.id, "the entry was never sealed")

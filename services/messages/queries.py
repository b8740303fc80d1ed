"""Reads of messages: what a page or a timeline shows, what consent stands, what waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from kernel.crypto import unseal
from kernel.db import Reader
from services.messages.rules import CODE_PLACEHOLDER, HIDDEN_CODE


@dataclass(frozen=True)
class MessageRow:
    """A message as people see it: the digits of codes and all but the end of the phone are hidden."""

    message_number: str
    category: str
    channel: str
    language: str
    body: str
    state: str
    reason: str | None
    parts: int | None
    to_masked: str | None
    created_at: datetime
    changed_at: datetime


_LIST = text("""
    SELECT message_number, category, channel, language, body, state, reason, parts, contact, created_at, changed_at
    FROM message WHERE account_id = :account ORDER BY created_at DESC, id DESC LIMIT :n
""")


def list_messages(reader: Reader, account_id: int, limit: int = 24) -> tuple[MessageRow, ...]:
    """Return the account's messages, newest first; one statement."""
    return tuple(_row(row) for row in reader.execute(_LIST, {"account": account_id, "n": limit}))


def _row(row: Any) -> MessageRow:
    return MessageRow(
        message_number=row.message_number,
        category=row.category,
        channel=row.channel,
        language=row.language,
        body=row.body.replace(CODE_PLACEHOLDER, HIDDEN_CODE),
        state=row.state,
        reason=row.reason,
        parts=row.parts,
        to_masked=None if row.contact is None else mask_phone(unseal(bytes(row.contact))),
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def mask_phone(phone: str) -> str:
    """Return a phone whose owner knows it again and nobody else learns it: +86 ••• 5678."""
    return f"{phone[:3]} ••• {phone[-4:]}"


def standing_consents(reader: Reader, contact_hash: bytes, channel: str) -> dict[str, bool]:
    """Return the newest word of a contact on each category ("all": every category) for one channel."""
    rows = reader.execute(
        text(
            "SELECT DISTINCT ON (category) category, granted FROM consent"
            " WHERE contact_hash = :contact AND channel IN (:channel, 'all')"
            " ORDER BY category, at DESC, id DESC"
        ),
        {"contact": contact_hash, "channel": channel},
    )
    return {row.category: row.granted for row in rows}


@dataclass(frozen=True)
class MessageCounts:
    """How the messages since an instant stand, and since when the oldest unsent one waits."""

    by_state: dict[str, int]
    oldest_waiting_at: datetime | None


def count_messages(reader: Reader, *, since: datetime) -> MessageCounts:
    """Return counts by state for health and metrics; the block-range index on created_at bounds the read."""
    rows = reader.execute(
        text(
            "SELECT state, count(*) AS n, min(created_at) AS first FROM message WHERE created_at >= :since GROUP BY 1"
        ),
        {"since": since},
    ).all()
    waiting = [row.first for row in rows if row.state in ("queued", "sending", "uncertain")]
    return MessageCounts({row.state: row.n for row in rows}, min(waiting, default=None))

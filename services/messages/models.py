"""Messages, their fate, and the consent ledger."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.crypto import Sealed
from kernel.db import Base, Id, Instant


class Message(Base):
    """One message from outbox to delivery receipt. `once_key` is unique: the same thing is said once.

    state: queued, sending, uncertain, accepted, sent, delivered, undelivered, failed, withheld. A one-time code's body
    is kept with a placeholder for its digits, which are derived from `secret_ref` when it is sent. `category`: receipt,
    one_time_code. No contact: nobody could be told, and the row (withheld) says so. `attempted_at`: the newest attempt.
    """

    __tablename__ = "message"
    id: Mapped[Id]
    message_number: Mapped[str] = mapped_column(Text, unique=True)
    once_key: Mapped[str] = mapped_column(Text, unique=True)
    category: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(Sealed)
    contact_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    secret_ref: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    vendor_id: Mapped[str | None] = mapped_column(Text, unique=True)
    parts: Mapped[int | None] = mapped_column(SmallInteger)
    attempts: Mapped[int] = mapped_column(server_default="0")
    attempted_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    __table_args__ = (
        Index("ix_message_account_id_created_at", "account_id", "created_at"),
        Index("ix_message_created_at", "created_at", postgresql_using="brin"),
    )


class MessageReceipt(Base):
    """A vendor's word about a message, kept once per event."""

    __tablename__ = "message_receipt"
    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("message.id"), index=True)
    event_id: Mapped[str] = mapped_column(Text, unique=True)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[Instant]


class Consent(Base):
    """A ledger: the newest row of (contact, category, channel) holds. Append-only, with its source as evidence."""

    __tablename__ = "consent"
    id: Mapped[Id]
    contact_hash: Mapped[bytes] = mapped_column(LargeBinary)
    category: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    granted: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str] = mapped_column(Text)
    at: Mapped[Instant]
    __table_args__ = (Index("ix_consent_lookup", "contact_hash", "category", "channel", "id"),)

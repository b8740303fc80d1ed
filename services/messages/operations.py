"""Writes of messages: queue once, move by the table, keep the vendor's words, keep consent. Flush, never commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.crypto import derived_code, keyed_hash
from kernel.ids import new_number
from kernel.outbox import emit
from services.messages.models import Consent, Message, MessageReceipt
from services.messages.ports import DeliveryReceipt, OutgoingMessage, SentMessage
from services.messages.rules import CODE_PLACEHOLDER, State, move, move_by_other_copy

MESSAGE_DIGITS = 14
_PRIORITY = {"one_time_code": 1}


def queue_message(
    session: Session,
    *,
    once_key: str,
    category: str,
    channel: str = "sms",
    language: str,
    phone: str | None,
    account_id: int | None,
    body: str,
    secret_ref: str | None = None,
    due_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Queue a message and tell the outbox (`MessageQueued`); returns its id, or None when it was said already.

    Without a phone (E.164) the message is kept as withheld, so that nothing is lost in silence. A one-time code's body
    holds CODE_PLACEHOLDER; the digits are derived from `secret_ref` when it is sent. `due_at`: not before then.
    """
    values = {
        "message_number": new_number(MESSAGE_DIGITS),
        "once_key": once_key,
        "category": category,
        "channel": channel,
        "language": language,
        "contact": phone,
        "contact_hash": keyed_hash("phone", phone) if phone else None,
        "account_id": account_id,
        "body": body,
        "secret_ref": secret_ref,
        "state": "queued" if phone else "withheld",
        "reason": None if phone else "no_contact",
        "created_at": now,
        "changed_at": now,
    }
    statement = insert(Message).values(values).on_conflict_do_nothing(index_elements=["once_key"])
    message_id = session.scalar(statement.returning(Message.id))
    if message_id is not None and phone:
        emit(
            session,
            topic="MessageQueued",
            key=f"MessageQueued:{message_id}",
            payload={"message_id": message_id},
            priority=_PRIORITY.get(category, 5),
            due_at=due_at,
            now=now,
        )
    return message_id


@dataclass(frozen=True)
class Letter:
    """A message as its sender sees it, locked by the transaction that read it."""

    id: int
    message_number: str
    category: str
    channel: str
    contact: str
    contact_hash: bytes
    body: str
    secret_ref: str | None
    state: State
    attempts: int
    attempted_at: datetime | None
    created_at: datetime

    def outgoing(self) -> OutgoingMessage:
        """Return what goes over the wire; the same bytes at each attempt, so that a look-up finds them."""
        body = self.body
        if self.secret_ref is not None:
            body = body.replace(CODE_PLACEHOLDER, derived_code("one_time_code", self.secret_ref))
        return OutgoingMessage(self.message_number, self.contact, body)


def lock_message(session: Session, message_id: int) -> Letter:
    """Return the message, locked until the transaction ends."""
    columns = [getattr(Message, name) for name in Letter.__dataclass_fields__]
    row = session.execute(select(*columns).where(Message.id == message_id).with_for_update()).one()
    return Letter(**row._asdict())


def begin_attempt(session: Session, letter: Letter, *, word: str, now: datetime) -> bool:
    """Claim the message for one attempt (word claim or resend) by conditional update; False when it has moved."""
    result: Any = session.execute(
        update(Message)
        .where(Message.id == letter.id, Message.state == letter.state, Message.attempts == letter.attempts)
        .values(state=move(letter.state, word), attempts=letter.attempts + 1, attempted_at=now, changed_at=now)
    )
    return bool(result.rowcount)


def note_step(
    session: Session,
    message_id: int,
    word: str,
    *,
    reason: str | None = None,
    now: datetime,
    attempt: int | None = None,
) -> State:
    """Move a message by one of our own words; returns its state. `attempt`: only if that is still the newest one."""
    letter = lock_message(session, message_id)
    if attempt is not None and letter.attempts != attempt:
        return letter.state
    state = move(letter.state, word)
    values: dict[str, Any] = {"state": state}
    if state != letter.state:
        values |= {"changed_at": now, "reason": reason}
    if word == "slow_down" and state == "queued" and letter.state != "queued":
        values["attempts"] = letter.attempts - 1  # the vendor took nothing: it was no attempt
    session.execute(update(Message).where(Message.id == message_id).values(values))
    return state


def note_sent(session: Session, message_id: int, sent: SentMessage, *, now: datetime) -> State:
    """Record that the vendor has the message: its id, parts and state. A later word that came first is kept."""
    row = session.execute(
        select(Message.state, Message.vendor_id, Message.parts).where(Message.id == message_id).with_for_update()
    ).one()
    state = _vendor_move(row.state, row.vendor_id, sent.vendor_id, sent.status)
    values = {"state": state, "vendor_id": row.vendor_id or sent.vendor_id, "parts": row.parts or sent.parts}
    if state != row.state:
        values |= {"changed_at": now, "reason": None}
    session.execute(update(Message).where(Message.id == message_id).values(values))
    return state


def _vendor_move(state: str, known_id: str | None, vendor_id: str, word: str) -> State:
    if known_id is None:
        # Failed without a vendor's id is what we gave up on: the vendor knows better.
        return move("uncertain" if state == "failed" else state, word)
    return (move if known_id == vendor_id else move_by_other_copy)(state, word)


def belongs_to_another(session: Session, message_id: int, vendor_id: str) -> bool:
    """Say whether the vendor's message is already another message of ours (equal bodies to one phone)."""
    found = session.scalar(select(Message.id).where(Message.vendor_id == vendor_id))
    return found not in (None, message_id)


def note_receipt(session: Session, receipt: DeliveryReceipt, *, now: datetime) -> State | None:
    """Keep a vendor's word once and move the message; None when no message of ours is meant."""
    named = Message.vendor_id == receipt.vendor_id
    if receipt.message_number:
        named = Message.message_number == receipt.message_number
    row = session.execute(
        select(Message.id, Message.state, Message.vendor_id, Message.contact_hash).where(named).with_for_update()
    ).first()
    if row is None:
        return None
    kept = insert(MessageReceipt).values(
        message_id=row.id, event_id=receipt.event_id, status=receipt.status, reason=receipt.reason, at=now
    )
    if session.execute(kept.on_conflict_do_nothing().returning(MessageReceipt.id)).first() is None:
        return cast(State, row.state)
    state = _vendor_move(row.state, row.vendor_id, receipt.vendor_id, receipt.status)
    if state != row.state or row.vendor_id is None:
        values: dict[str, Any] = {"state": state, "vendor_id": row.vendor_id or receipt.vendor_id}
        if state != row.state:
            values |= {"changed_at": now, "reason": receipt.reason}
        session.execute(update(Message).where(Message.id == row.id).values(values))
    if receipt.reason == "stopped" and row.contact_hash is not None:
        note_consent(session, row.contact_hash, granted=False, source="vendor", at=now)
    return state


def note_consent(
    session: Session,
    contact_hash: bytes,
    *,
    granted: bool,
    source: str,
    category: str = "all",
    channel: str = "sms",
    at: datetime,
) -> bool:
    """Write a consent row unless the newest one says the same; returns whether one was written."""
    newest = session.scalar(
        text(
            "SELECT granted FROM consent WHERE contact_hash = :contact AND category = :category AND channel = :channel"
            " ORDER BY at DESC, id DESC LIMIT 1"
        ),
        {"contact": contact_hash, "category": category, "channel": channel},
    )
    if newest is granted:
        return False
    session.execute(
        insert(Consent).values(
            contact_hash=contact_hash, category=category, channel=channel, granted=granted, source=source, at=at
        )
    )
    return True

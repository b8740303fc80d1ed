"""What the message vendor tells us comes through the inbox: fates of our messages, and what people wrote back.

Stored once per event as soon as the signature is verified; applied by a worker, in whatever order it comes.
"""

import base64
from datetime import datetime, timedelta
from typing import Any

from kernel import outbox
from kernel.crypto import keyed_hash, seal, unseal
from kernel.db import Database
from kernel.logs import logger
from services.messages import operations
from services.messages.ports import DeliveryReceipt, InboundMessage
from services.messages.rules import consent_in

log = logger(__name__)
UNKNOWN_MESSAGE_WAITS = timedelta(minutes=10)


def receive_status(db: Database, receipt: DeliveryReceipt, *, now: datetime) -> bool:
    """Store a verified status callback in the inbox; False when this very event is stored already."""
    payload: dict[str, Any] = {
        "message_number": receipt.message_number,
        "vendor_id": receipt.vendor_id,
        "status": receipt.status,
        "reason": receipt.reason,
        "vendor_code": receipt.vendor_code,
        "received_at": now.isoformat(),
    }
    with db.transaction() as session:
        return outbox.receive(
            session,
            source="twilio",
            event_id=receipt.event_id,
            topic="twilio.status",
            payload=payload | {"event_id": receipt.event_id},
            now=now,
        )


def apply_status(db: Database, row_id: int, *, now: datetime) -> None:
    """Move the message that a stored status callback speaks of, and finish the inbox row."""
    with db.transaction() as session:
        payload = outbox.take(session, "inbox", row_id)
        if payload is None:
            return
        received_at = datetime.fromisoformat(payload.pop("received_at"))
        state = operations.note_receipt(session, DeliveryReceipt(**payload), now=now)
        if state is None and now - received_at < UNKNOWN_MESSAGE_WAITS:
            outbox.postpone(session, "inbox", row_id, now=now, error="no such message")
            return
        if state is None:
            log.warning("message.unknown_status", vendor_id=payload["vendor_id"])
        outbox.finish(session, "inbox", row_id, now=now)


def receive_inbound(db: Database, message: InboundMessage, *, now: datetime) -> bool:
    """Store what a person wrote to us in the inbox, phone and words sealed; False when it is stored already."""
    payload = {
        "vendor_id": message.vendor_id,
        "to": message.to,
        "sender": base64.b64encode(seal(message.sender)).decode(),
        "body": base64.b64encode(seal(message.body)).decode(),
        "received_at": now.isoformat(),
    }
    with db.transaction() as session:
        return outbox.receive(
            session, source="twilio", event_id=message.event_id, topic="twilio.inbound", payload=payload, now=now
        )


def apply_inbound(db: Database, row_id: int, *, now: datetime) -> None:
    """Write the consent that a reply gives or takes back; the stored words themselves stay in the inbox."""
    with db.transaction() as session:
        payload = outbox.take(session, "inbox", row_id)
        if payload is None:
            return
        granted = consent_in(unseal(base64.b64decode(payload["body"])))
        if granted is not None:
            operations.note_consent(
                session,
                keyed_hash("phone", unseal(base64.b64decode(payload["sender"]))),
                granted=granted,
                source="sms",
                at=datetime.fromisoformat(payload["received_at"]),
            )
        outbox.finish(session, "inbox", row_id, now=now)

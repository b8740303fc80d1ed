"""Jobs of PaymentSettled, MessageQueued, twilio.status and twilio.inbound."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic

from kernel.outbox import postpone
from notifications.compose import receipt_text
from notifications.decide import decide, hold_until
from services.journeys import hear_of_message, send_message, text_receipt
from services.journeys.text_receipt import ReceiptFacts
from wiring.ports import Ports

VENDOR_PAUSE_SECONDS = 5


def compose_receipt(ports: Ports, row_id: int, now: datetime) -> None:
    """Queue the text of one settled payment."""
    zone = ports.utility.zone

    def hold(facts: ReceiptFacts) -> datetime | None:
        return hold_until("receipt", caused_at=facts.caused_at, now=now, zone=zone)

    def compose(facts: ReceiptFacts) -> str:
        return receipt_text(facts, ports.utility)

    text_receipt.queue_receipt(ports.db, row_id, compose=compose, hold_until=hold, zone=zone, now=now)


def send_messages(ports: Ports, row_ids: Sequence[int], now: datetime) -> None:
    """Send a chunk, one after the other; when the vendor does not answer, the rest waits instead of hammering it."""
    sender = send_message.Sender(ports.db, ports.messages, decide, ports.utility.zone, ticking(now))
    for number, row_id in enumerate(row_ids, start=1):
        if not send_message.send(sender, row_id):
            with ports.db.transaction() as session:
                for waiting in row_ids[number:]:
                    postpone(session, "outbox", waiting, now=sender.clock(), seconds=VENDOR_PAUSE_SECONDS)
            return


def ticking(now: datetime) -> Callable[[], datetime]:
    """Return a clock that stands at `now` and goes on from there: a chunk may take longer than a lease."""
    started = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - started)


def apply_status(ports: Ports, row_id: int, now: datetime) -> None:
    """Move the message that one stored status callback speaks of."""
    hear_of_message.apply_status(ports.db, row_id, now=now)


def apply_inbound(ports: Ports, row_id: int, now: datetime) -> None:
    """Write the consent that one stored reply gives or takes back."""
    hear_of_message.apply_inbound(ports.db, row_id, now=now)

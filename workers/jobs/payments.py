"""Jobs of the inbox topic stripe.event."""

from collections.abc import Sequence
from datetime import datetime

from services.journeys import pay_bill
from wiring.ports import Ports


def settle_events(ports: Ports, row_ids: Sequence[int], now: datetime) -> None:
    """Settle a chunk of stored card events in one transaction."""
    pay_bill.settle_events(ports.db, ports.cards, row_ids=row_ids, zone=ports.utility.zone, now=now)

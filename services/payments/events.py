"""Facts of this room that others act upon; they travel through the outbox, ids only."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.outbox import emit_many


@dataclass(frozen=True)
class PaymentSettled:
    payment_id: int


def tell_settled(session: Session, events: Iterable[PaymentSettled], *, now: datetime) -> None:
    """Tell once of each payment that it is settled, in the transaction that settles it."""
    facts = {f"PaymentSettled:{event.payment_id}": asdict(event) for event in events}
    emit_many(session, topic="PaymentSettled", facts=facts, now=now)

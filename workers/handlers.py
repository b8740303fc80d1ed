"""Which fact wakes which handler: the whole list on one page.

A handler gets the ids of rows of one topic. It takes each row, does the work and finishes the row in the transaction
that records the effect. What it leaves unfinished comes back when its lease ends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.outbox import Box
from wiring.ports import Ports
from workers.jobs import messages, payments

Handler = Callable[[Ports, Sequence[int], datetime], None]


@dataclass(frozen=True)
class Route:
    """`queue` is the RQ queue (urgent before default); `chunk` is how many rows one job carries."""

    handler: Handler
    queue: str
    chunk: int


def each(handle: Callable[[Ports, int, datetime], None]) -> Handler:
    """Make a handler of many rows from a handler of one."""

    def handle_each(ports: Ports, row_ids: Sequence[int], now: datetime) -> None:
        for row_id in row_ids:
            handle(ports, row_id, now)

    return handle_each


OUTBOX: dict[str, Route] = {
    "PaymentSettled": Route(each(messages.compose_receipt), "default", 100),
    "MessageQueued": Route(messages.send_messages, "urgent", 25),
}

INBOX: dict[str, Route] = {
    "stripe.event": Route(payments.settle_events, "urgent", 100),
    "twilio.status": Route(each(messages.apply_status), "default", 100),
    "twilio.inbound": Route(each(messages.apply_inbound), "default", 25),
}

ROUTES: dict[Box, dict[str, Route]] = {"outbox": OUTBOX, "inbox": INBOX}
QUEUES = ("urgent", "default")

"""A message vendor in memory that fails at the exact point a test names; the HTTP simulator is tested elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kernel.db import Database
from notifications.decide import decide
from services.journeys.send_message import Sender
from services.messages.ports import DeliveryReceipt, InboundMessage, OutgoingMessage, SentMessage
from tests.factories import NOW, ZONE

DAY = NOW  # 10:00 in Shanghai


class Killed(BaseException):
    """The process ends here: no handler of ours may catch it."""


@dataclass
class FakeVendor:
    """`before` and `after` are called around the moment the vendor takes a message; what they raise is raised."""

    taken: list[OutgoingMessage] = field(default_factory=list)
    before: Callable[[OutgoingMessage], None] = lambda message: None
    after: Callable[[OutgoingMessage], None] = lambda message: None
    look_up: Callable[[OutgoingMessage], None] = lambda message: None
    looked_up: int = 0

    def send(self, message: OutgoingMessage) -> SentMessage:
        self.before(message)
        self.taken.append(message)
        self.after(message)
        return SentMessage(f"SM{len(self.taken)}", "accepted", 1)

    def find_sent(
        self, message: OutgoingMessage, since: datetime, *, known: Callable[[str], bool] = lambda _vendor_id: False
    ) -> SentMessage | None:
        self.looked_up += 1
        self.look_up(message)
        for number, taken in enumerate(self.taken, start=1):
            if (taken.to, taken.body) == (message.to, message.body) and not known(f"SM{number}"):
                return SentMessage(f"SM{number}", "sent", 1)
        return None

    def verify_callback(self, url: str, form: Mapping[str, str], signature: str) -> DeliveryReceipt:
        raise NotImplementedError

    def verify_inbound(self, url: str, form: Mapping[str, str], signature: str) -> InboundMessage:
        raise NotImplementedError


def raising(*errors: BaseException | None) -> Callable[[OutgoingMessage], None]:
    """Return a hook that raises these one after the other (None: nothing), then nothing more."""
    left = list(errors)

    def hook(_message: OutgoingMessage) -> None:
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    return hook


@dataclass
class Clock:
    now: datetime = DAY

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)

    def at(self, hour: int, minute: int = 0) -> None:
        """Set the local time of day in the utility's zone (UTC+8)."""
        self.now = datetime(2026, 7, 2, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def sender_of(db: Database, vendor: FakeVendor, clock: Clock) -> Sender:
    return Sender(db, vendor, decide, ZONE, clock)

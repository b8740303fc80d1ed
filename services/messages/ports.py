"""What this room asks of a message vendor. Implemented in `backends/messages/`; the words are ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from kernel.faults import Fault
from kernel.i18n import N_

VendorMessageStatus = Literal["accepted", "sent", "delivered", "undelivered", "failed"]


class MessagesUnavailable(Fault):
    """Time-out or 5xx: whether the vendor took the message is unknown. Never answer this by sending again at once."""

    code = "messages_unavailable"
    status = 503
    message = N_("The message service does not answer just now.")


class MessageRefused(Fault):
    """The vendor refused this message for good; `reason` is ours: stopped, bad_number, not_mobile, rate, other."""

    code = "message_refused"
    status = 502
    message = N_("The message service refused this message.")

    def __init__(self, reason: str, vendor_code: str = ""):
        super().__init__()
        self.reason = reason
        self.vendor_code = vendor_code


class RateLimited(Fault):
    """The vendor says too many requests (429); nothing was sent, wait `retry_after` seconds."""

    code = "messages_rate_limited"
    status = 503
    message = N_("The message service asks us to slow down.")

    def __init__(self, retry_after: float = 1.0):
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True)
class OutgoingMessage:
    """`message_number` is our id, from outbox to delivery receipt; it travels in the status callback's address."""

    message_number: str
    to: str
    body: str


@dataclass(frozen=True)
class SentMessage:
    vendor_id: str
    status: VendorMessageStatus
    parts: int | None = None


@dataclass(frozen=True)
class DeliveryReceipt:
    """A verified status callback. `reason` as in MessageRefused; `event_id` makes a doubled callback harmless."""

    event_id: str
    message_number: str | None
    vendor_id: str
    status: VendorMessageStatus
    reason: str | None = None
    vendor_code: str | None = None


@dataclass(frozen=True)
class InboundMessage:
    event_id: str
    vendor_id: str
    sender: str
    to: str
    body: str


class MessagesPort(Protocol):
    def send(self, message: OutgoingMessage) -> SentMessage:
        """Hand the message over. Raises MessagesUnavailable (outcome unknown), MessageRefused, RateLimited."""

    def find_sent(
        self, message: OutgoingMessage, since: datetime, *, known: Callable[[str], bool] = lambda _vendor_id: False
    ) -> SentMessage | None:
        """Look for this very message (number, body) among those the vendor took since; None if it is absent there.

        `known` says of a vendor's id that it is another message of ours with the same words: that one is passed over.
        """

    def verify_callback(self, url: str, form: Mapping[str, str], signature: str) -> DeliveryReceipt:
        """Check and read a status callback; `url` is the public one, query included. Raises BadSignature."""

    def verify_inbound(self, url: str, form: Mapping[str, str], signature: str) -> InboundMessage:
        """Check and read a message that a person sent us. Raises BadSignature."""


class BadSignature(Fault):
    """A callback whose signature is missing or wrong."""

    code = "bad_signature"
    status = 400
    message = N_("The signature is not valid.")

"""Twilio's statuses and error codes in our words, one table each.

From www.twilio.com/docs/messaging/api/message-resource ("Message Status values") and www.twilio.com/docs/api/errors.
"""

from collections.abc import Mapping

from services.messages.ports import VendorMessageStatus

STATUSES: Mapping[str, VendorMessageStatus] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}

REASONS: Mapping[str, str] = {
    "21610": "stopped",  # the recipient answered STOP
    "21211": "bad_number",  # not a valid number
    "21217": "bad_number",  # does not look valid
    "21612": "bad_number",  # no route to this number
    "30005": "bad_number",  # unknown destination
    "21614": "not_mobile",  # cannot receive texts
    "21635": "not_mobile",  # a landline
    "30006": "not_mobile",  # landline or unreachable carrier
    "20429": "rate",  # too many requests
    "21611": "rate",  # this sender's queue is full
    "30001": "rate",  # queue overflow
    "30022": "rate",  # messages a second exceeded
}


def reason_of(code: str | None) -> str:
    """Return stopped, bad_number, not_mobile, rate or other."""
    return REASONS.get(code or "", "other")

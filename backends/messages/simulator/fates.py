"""Magic numbers: whom to write to so that something goes wrong.

The +1500555000x are Twilio's own (www.twilio.com/docs/iam/test-credentials); +1500555100x are this stand-in's.
"""

from collections.abc import Mapping
from typing import Literal

# To: refused at once. (HTTP status, code, sentence)
REFUSED: Mapping[str, tuple[int, int, str]] = {
    "+15005550001": (400, 21211, "Invalid 'To' Phone Number: {to}"),
    "+15005550002": (400, 21612, "Message cannot be sent with the current combination of 'To' and 'From' parameters"),
    "+15005550003": (400, 21408, "Permission to send an SMS has not been enabled for the region indicated by 'To'"),
    "+15005550004": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (400, 21614, "'To' number is not a valid mobile number"),
}

# From: refused at once.
REFUSED_SENDERS: Mapping[str, tuple[int, int, str]] = {
    "+15005550001": (400, 21212, "The 'From' number {from} is not a valid phone number"),
    "+15005550007": (400, 21606, "The 'From' phone number {from} is not a valid, SMS-capable Twilio phone number"),
    "+15005550008": (429, 21611, "The source 'From' number has exceeded the maximum number of queued messages"),
}

# To: taken, and then it ends like this. (status, error code)
ENDS: Mapping[str, tuple[str, int | None]] = {
    "+15005551003": ("undelivered", 30003),
    "+15005551005": ("undelivered", 30005),
    "+15005551006": ("undelivered", 30006),
    "+15005551007": ("undelivered", 30007),
    "+15005551001": ("failed", 30001),
    "+15005551010": ("sent", None),
}

Trouble = Literal["error_before", "error_after", "silent_after", "too_many"]

# To: the request itself goes wrong.
TROUBLES: Mapping[str, Trouble] = {
    "+15005551096": "error_after",  # taken, yet answered with 500
    "+15005551097": "too_many",  # 429
    "+15005551098": "error_before",  # not taken, 500
    "+15005551099": "silent_after",  # taken, and no answer in time
}

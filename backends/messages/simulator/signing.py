"""The X-Twilio-Signature header (www.twilio.com/docs/usage/security).

Base64 of HMAC-SHA1 over the address and the form, names in order, each followed by its value; the key is the account's
token.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl


def signer(token: str) -> Callable[[str, bytes, datetime], Mapping[str, str]]:
    """Return what makes the headers of a callback."""

    def sign(url: str, body: bytes, _now: datetime) -> Mapping[str, str]:
        pairs = sorted(parse_qsl(body.decode(), keep_blank_values=True))
        text = url + "".join(name + value for name, value in pairs)
        proof = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        return {
            "X-Twilio-Signature": base64.b64encode(proof).decode(),
            "User-Agent": "TwilioProxy/1.1 (simulator)",
        }

    return sign

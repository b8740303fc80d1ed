"""The Stripe-Signature header, made anew at each delivery (docs.stripe.com/webhooks)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime


def signer(secret: str) -> Callable[[str, bytes, datetime], Mapping[str, str]]:
    """Return what makes the headers: t=SECONDS,v1=HMAC-SHA256 of "SECONDS.BODY", and a v0 as test mode has."""

    def sign(_url: str, body: bytes, now: datetime) -> Mapping[str, str]:
        stamp = str(int(now.timestamp()))
        proof = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={stamp},v1={proof},v0={'0' * 64}", "User-Agent": "Stripe/1.0 (simulator)"}

    return sign

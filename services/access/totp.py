"""The second factor: time-based codes (RFC 6238, six digits, 30 s), one step of clock drift either way."""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30


def new_secret() -> str:
    """Return a random base32 secret of 160 bits (RFC 4226, 4: the recommended length)."""
    return pyotp.random_base32(length=32)


def code_at(secret: str, now: datetime) -> str:
    return pyotp.TOTP(s=secret).at(for_time=now)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, or None. The caller refuses a step that was used already (5.2)."""
    totp = pyotp.TOTP(s=secret)
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (current - 1, current, current + 1):
        if hmac.compare_digest(totp.at(for_time=step * STEP_SECONDS).encode(), code.encode()):
            found = step
    return found


def enrolment_uri(secret: str, *, username: str, issuer: str) -> str:
    """Return the otpauth:// address that an authenticator scans; it holds the secret: show it once."""
    return pyotp.TOTP(s=secret).provisioning_uri(name=username, issuer_name=issuer)

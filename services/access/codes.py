"""One-time codes: how many may be asked for, and whether a code is right.

No code is stored: it is derived from the row's id (`kernel.crypto.derived_code`). Limits are counted in the database,
per number, per address and in what a day of codes may cost, so that no restart and no second web host forgets them.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.crypto import derived_code, keyed_hash
from kernel.faults import Fault
from kernel.i18n import N_

Purpose = Literal["sign_in", "prove_identity"]
LIVES = timedelta(minutes=5)
TRIES = 5


@dataclass(frozen=True)
class Limits:
    """What may be asked for. A pause doubles with each code a number was sent today; money is in minor units."""

    first_pause: timedelta = timedelta(seconds=60)
    number_per_day: int = 8
    address_per_hour: int = 20
    address_per_day: int = 60
    cost_of_one_minor: int = 5
    day_cost_minor: int = 50_000


LIMITS = Limits()


class TooManyCodes(Fault):
    code = "too_many_codes"
    status = 429
    message = N_("Too many codes were asked for. Please wait %(minutes)s minutes, or sign in with your password.")


def issue_code(
    session: Session, *, purpose: Purpose, phone: str, address: str, now: datetime, limits: Limits = LIMITS
) -> int:
    """Count and keep a new code for a phone (E.164) asked from a network address; returns its id.

    Older codes of the number end with it. Raises TooManyCodes; whether the number is known plays no part.
    """
    phone_hash, address_hash = keyed_hash("phone", phone), keyed_hash("address", _network(address))
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('codes', 0))"))
    counted = session.execute(
        text("""
            SELECT count(*) FILTER (WHERE phone_hash = :phone) AS number_day,
                max(created_at) FILTER (WHERE phone_hash = :phone) AS number_last,
                count(*) FILTER (WHERE address_hash = :address) AS address_day,
                count(*) FILTER (WHERE address_hash = :address AND created_at > :hour) AS address_hour,
                count(*) AS everyone
            FROM one_time_code WHERE created_at > :day
        """),
        {
            "phone": phone_hash,
            "address": address_hash,
            "hour": now - timedelta(hours=1),
            "day": now - timedelta(days=1),
        },
    ).one()
    wait = _wait(counted.number_day, counted.number_last, now, limits)
    if counted.number_day >= limits.number_per_day or counted.address_day >= limits.address_per_day:
        wait = max(wait, timedelta(hours=6))
    if counted.address_hour >= limits.address_per_hour:
        wait = max(wait, timedelta(hours=1))
    if (counted.everyone + 1) * limits.cost_of_one_minor > limits.day_cost_minor:
        wait = max(wait, timedelta(hours=1))
    if wait > timedelta(0):
        raise TooManyCodes(field="phone", minutes=-(-int(wait.total_seconds()) // 60))
    session.execute(
        text("UPDATE one_time_code SET expires_at = :now WHERE phone_hash = :phone AND expires_at > :now"),
        {"now": now, "phone": phone_hash},
    )
    return int(
        session.execute(
            text("""
                INSERT INTO one_time_code (purpose, phone_hash, address_hash, created_at, expires_at)
                VALUES (:purpose, :phone, :address, :now, :until) RETURNING id
            """),
            {"purpose": purpose, "phone": phone_hash, "address": address_hash, "now": now, "until": now + LIVES},
        ).scalar_one()
    )


def _network(address: str) -> str:
    """Return what counts as one address: in IPv6 the /64 that every household is given whole."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Network((int(parsed) >> 64 << 64, 64)))


def _wait(sent_today: int, last: datetime | None, now: datetime, limits: Limits) -> timedelta:
    """Return how long a number must still wait: 1, 2, 4, ... minutes after its last code."""
    if last is None:
        return timedelta(0)
    return last + limits.first_pause * (1 << min(sent_today - 1, 8)) - now


def secret_ref(code_id: int) -> str:
    """Return the name under which the digits of a code are derived when its text is sent."""
    return f"otp:{code_id}"


def check_code(session: Session, *, purpose: Purpose, phone: str, code: str, now: datetime) -> bool:
    """Say whether this is the living code of the phone, and use it up; a wrong one costs a try.

    The caller commits in both cases, else tries would not count.
    """
    row = session.execute(
        text("""
            SELECT id, tries FROM one_time_code
            WHERE phone_hash = :phone AND purpose = :purpose AND expires_at > :now AND used_at IS NULL AND tries < :most
            ORDER BY id DESC LIMIT 1 FOR UPDATE
        """),
        {"phone": keyed_hash("phone", phone), "purpose": purpose, "now": now, "most": TRIES},
    ).first()
    expected = derived_code("one_time_code", secret_ref(row.id if row else 0))
    fits = hmac.compare_digest(expected.encode(), code.strip().encode())
    if row is None:
        return False
    session.execute(
        text("""
            UPDATE one_time_code SET tries = tries + 1, used_at = CASE WHEN :fits THEN CAST(:now AS timestamptz) END
            WHERE id = :id
        """),
        {"fits": fits, "now": now, "id": row.id},
    )
    return fits

"""Household users: made by their first verified phone, found by it, with a password if they want one."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.crypto import keyed_hash, seal
from kernel.db import Reader
from kernel.faults import Fault
from kernel.i18n import N_

SHORTEST, LONGEST = 8, 128


class WeakPassword(Fault):
    code = "weak_password"
    message = N_("Choose a password of at least %(shortest)s characters that is not in everyday use.")


@dataclass(frozen=True)
class SignInRow:
    sign_in_id: int
    password_hash: str | None
    epoch: int
    language: str
    large_type: bool


_COLUMNS = "id AS sign_in_id, password_hash, epoch, language, large_type"


def find_sign_in(reader: Reader, phone: str) -> SignInRow | None:
    """Return the sign-in of a phone (E.164), None when there is none or it was closed."""
    row = reader.execute(
        text(f"SELECT {_COLUMNS} FROM sign_in WHERE phone_hash = :phone AND closed_at IS NULL"),
        {"phone": keyed_hash("phone", phone)},
    ).first()
    return None if row is None else SignInRow(**row._asdict())


def ensure_sign_in(session: Session, phone: str, *, language: str, now: datetime) -> SignInRow:
    """Return the sign-in of a phone, made if it is new. Two at once make one."""
    row = session.execute(
        text(f"""
            INSERT INTO sign_in (phone, phone_hash, language, created_at) VALUES (:sealed, :phone, :language, :now)
            ON CONFLICT (phone_hash) DO UPDATE SET closed_at = NULL RETURNING {_COLUMNS}
        """),
        {"sealed": seal(phone), "phone": keyed_hash("phone", phone), "language": language, "now": now},
    ).one()
    return SignInRow(**row._asdict())


@cache
def _everyday() -> frozenset[str]:
    """The 30,000 passwords most in use (zxcvbn's list), read when the first password is set."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def check_password_strength(password: str, *, phone: str) -> None:
    """Raise WeakPassword for one that is too short, in everyday use, or made of the phone number (NIST SP 800-63B)."""
    plain = password.strip().lower()
    digits = "".join(ch for ch in phone if ch.isdigit())
    if (
        not SHORTEST <= len(password) <= LONGEST
        or plain in _everyday()
        or len(set(plain)) < 3
        or plain in digits
        or digits[-8:] in plain
    ):
        raise WeakPassword(field="password", shortest=SHORTEST)


def store_password(session: Session, sign_in_id: int, password_hash: str) -> int:
    """Store a new password hash and end every session by raising the epoch; returns the new epoch."""
    return int(
        session.execute(
            text("UPDATE sign_in SET password_hash = :hash, epoch = epoch + 1 WHERE id = :id RETURNING epoch"),
            {"hash": password_hash, "id": sign_in_id},
        ).scalar_one()
    )


def store_language(session: Session, sign_in_id: int, language: str) -> None:
    session.execute(text("UPDATE sign_in SET language = :l WHERE id = :id"), {"l": language, "id": sign_in_id})


def store_large_type(session: Session, sign_in_id: int, on: bool) -> None:
    session.execute(text("UPDATE sign_in SET large_type = :on WHERE id = :id"), {"on": on, "id": sign_in_id})

"""Writes of ties between people and accounts. Flush, never commit."""

import hmac
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.crypto import keyed_hash


def paper_code_hash(account_number: str, code: str) -> bytes:
    """Return what is stored of the code that is printed on an account's paper bill (letters and digits, any case)."""
    plain = "".join(ch for ch in code.upper() if ch.isalnum())
    return keyed_hash("paper_code", f"{account_number}:{plain}")


def paper_code_fits(session: Session, account_id: int, account_number: str, code: str) -> bool:
    """Say whether this is the code printed on the account's paper bill."""
    stored = session.scalar(text("SELECT paper_code_hash FROM account WHERE id = :id"), {"id": account_id})
    typed = paper_code_hash(account_number, code)
    return stored is not None and hmac.compare_digest(bytes(stored), typed)


def tie(
    session: Session,
    *,
    sign_in_id: int,
    account_id: int,
    role: str,
    proof: str,
    granted_by: int | None,
    ends_on: date | None,
    now: datetime,
) -> int | None:
    """Tie a sign-in to an account; returns the tie's id, or None when the very same one stands.

    Another standing tie of the two ends and its row stays to tell of it; a holder is never made less by somebody else.
    """
    standing = session.execute(
        text("""
            SELECT id, role, ends_on FROM holding
            WHERE sign_in_id = :sign_in AND account_id = :account AND revoked_at IS NULL FOR UPDATE
        """),
        {"sign_in": sign_in_id, "account": account_id},
    ).first()
    if standing is not None:
        lives = standing.ends_on is None or standing.ends_on > now.date()
        if lives and (standing.role == "holder" or (standing.role, standing.ends_on) == (role, ends_on)):
            return None
        session.execute(text("UPDATE holding SET revoked_at = :now WHERE id = :id"), {"now": now, "id": standing.id})
    holding_id: int | None = session.scalar(
        text("""
            INSERT INTO holding (sign_in_id, account_id, role, proof, granted_by, created_at, ends_on)
            VALUES (:sign_in, :account, :role, :proof, :granted_by, :now, :ends_on)
            ON CONFLICT (sign_in_id, account_id) WHERE revoked_at IS NULL DO NOTHING RETURNING id
        """),
        {
            "sign_in": sign_in_id,
            "account": account_id,
            "role": role,
            "proof": proof,
            "granted_by": granted_by,
            "now": now,
            "ends_on": ends_on,
        },
    )
    return holding_id


def untie(session: Session, *, holding_id: int, account_id: int, now: datetime) -> bool:
    """End a tie of the account; False when there is none to end."""
    row = session.execute(
        text("""
            UPDATE holding SET revoked_at = :now WHERE id = :id AND account_id = :account AND revoked_at IS NULL
            RETURNING id
        """),
        {"now": now, "id": holding_id, "account": account_id},
    ).first()
    return row is not None


def rename(session: Session, *, holding_id: int, nickname: str | None) -> None:
    """Give an account the name by which its holder knows it."""
    session.execute(text("UPDATE holding SET nickname = :n WHERE id = :id"), {"n": nickname, "id": holding_id})

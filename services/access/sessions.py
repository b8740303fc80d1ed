"""Signed-in devices of both kinds of people: opened, found on every page, listed, revoked.

The browser holds a random token, the table its SHA-256: a stolen table opens nothing. A session dies when it idles too
long, at its absolute end, when it is revoked, or when its owner's epoch was raised (new password, disabled agent).
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import Reader

Kind = Literal["customer", "agent"]


@dataclass(frozen=True)
class Span:
    """How long a session may idle, how long it lives at most, and how often its last sight is written down."""

    idle: timedelta
    most: timedelta
    touch_after: timedelta


# A household's own phone stays signed in for months; a desk in an office does not outlive a shift.
SPANS: dict[Kind, Span] = {
    "customer": Span(idle=timedelta(days=30), most=timedelta(days=90), touch_after=timedelta(hours=1)),
    "agent": Span(idle=timedelta(minutes=30), most=timedelta(hours=12), touch_after=timedelta(minutes=1)),
}


@dataclass(frozen=True)
class LivingSession:
    """A session that lives and whose it is. `stations` are the ids an agent may see; a customer has none."""

    kind: Kind
    session_id: int
    principal_id: int
    epoch: int
    label: str
    language: str
    roles: frozenset[str] = field(default_factory=frozenset)
    stations: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Device:
    """One row of "where I am signed in"."""

    session_id: int
    device: str
    created_at: datetime
    seen_at: datetime


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_session(
    session: Session, kind: Kind, *, principal_id: int, epoch: int, device: str, now: datetime
) -> tuple[str, int]:
    """Open a session and return its token (for the cookie, told once) and its id."""
    token = secrets.token_urlsafe(32)
    session_id = session.scalar(
        text(
            "INSERT INTO web_session (token_hash, kind, principal_id, epoch, device, created_at, seen_at, ends_at)"
            " VALUES (:hash, :kind, :principal, :epoch, :device, :now, :now, :ends_at) RETURNING id"
        ),
        {
            "hash": hash_of(token), "kind": kind[0], "principal": principal_id, "epoch": epoch,
            "device": device[:120], "now": now, "ends_at": now + SPANS[kind].most,
        },
    )  # fmt: skip
    assert session_id is not None
    return token, int(session_id)


_LIVES = "w.token_hash = :hash AND w.revoked_at IS NULL AND w.ends_at > :now AND w.seen_at > :idle_since"

_CUSTOMER = text(f"""
    SELECT w.id, s.id AS principal_id, s.epoch, s.language, w.seen_at
    FROM web_session w JOIN sign_in s ON s.id = w.principal_id AND s.epoch = w.epoch
    WHERE w.kind = 'c' AND s.closed_at IS NULL AND {_LIVES}
""")

# Written down in the statement that finds it, so that a page of the console always costs the same.
_AGENT = text(f"""
    WITH touched AS (
        UPDATE web_session w SET seen_at = :now
        WHERE :touch AND w.kind = 'a' AND w.seen_at < :stale AND {_LIVES}
    )
    SELECT w.id, a.id AS principal_id, a.epoch, a.name, a.language, a.roles,
        ARRAY(SELECT station_id FROM agent_station WHERE agent_id = a.id) AS stations
    FROM web_session w JOIN agent a ON a.id = w.principal_id AND a.epoch = w.epoch
    WHERE w.kind = 'a' AND a.disabled_at IS NULL AND {_LIVES}
""")


def find_session(reader: Reader, kind: Kind, token: str, *, now: datetime, touch: bool = True) -> LivingSession | None:
    """Return the living session of a token, or None. `touch=False` (a page that asks by itself) lets it idle on."""
    span = SPANS[kind]
    values = {"hash": hash_of(token), "now": now, "idle_since": now - span.idle}
    if kind == "agent":
        row = reader.execute(_AGENT, values | {"touch": touch, "stale": now - span.touch_after}).first()
        if row is None:
            return None
        return LivingSession(
            kind, row.id, row.principal_id, row.epoch, row.name, row.language, frozenset(row.roles),
            frozenset(row.stations),
        )  # fmt: skip
    row = reader.execute(_CUSTOMER, values).first()
    if row is None:
        return None
    if touch and row.seen_at < now - span.touch_after:
        reader.execute(text("UPDATE web_session SET seen_at = :now WHERE id = :id"), {"now": now, "id": row.id})
    return LivingSession(kind, row.id, row.principal_id, row.epoch, "", row.language)


def end_session(session: Session, kind: Kind, token: str, *, now: datetime) -> None:
    """End the session of this token; an unknown or ended one changes nothing."""
    session.execute(
        text(
            "UPDATE web_session SET revoked_at = :now WHERE token_hash = :hash AND kind = :kind AND revoked_at IS NULL"
        ),
        {"now": now, "hash": hash_of(token), "kind": kind[0]},
    )


def list_devices(reader: Reader, kind: Kind, principal_id: int, *, now: datetime) -> tuple[Device, ...]:
    """Return where this person is signed in, last seen first."""
    rows = reader.execute(
        text(
            "SELECT id, device, created_at, seen_at FROM web_session WHERE kind = :kind AND principal_id = :principal"
            " AND revoked_at IS NULL AND ends_at > :now AND seen_at > :idle_since ORDER BY seen_at DESC, id DESC"
        ),
        {"kind": kind[0], "principal": principal_id, "now": now, "idle_since": now - SPANS[kind].idle},
    )
    return tuple(Device(row.id, row.device, row.created_at, row.seen_at) for row in rows)


def revoke_session(session: Session, kind: Kind, principal_id: int, *, session_id: int, now: datetime) -> bool:
    """Sign one device out; False when it is not this person's or has ended already."""
    row = session.execute(
        text(
            "UPDATE web_session SET revoked_at = :now WHERE id = :id AND kind = :kind AND principal_id = :principal"
            " AND revoked_at IS NULL RETURNING id"
        ),
        {"now": now, "id": session_id, "kind": kind[0], "principal": principal_id},
    ).first()
    return row is not None


def revoke_all(
    session: Session, kind: Kind, principal_id: int, *, now: datetime, keep_session_id: int | None = None
) -> int:
    """Sign every device out (but `keep_session_id`); returns how many."""
    rows = session.execute(
        text(
            "UPDATE web_session SET revoked_at = :now WHERE kind = :kind AND principal_id = :principal"
            " AND revoked_at IS NULL AND id IS DISTINCT FROM CAST(:keep AS bigint) RETURNING id"
        ),
        {"now": now, "kind": kind[0], "principal": principal_id, "keep": keep_session_id},
    )
    return len(rows.all())

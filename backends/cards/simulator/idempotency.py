"""Idempotency keys to the letter of docs.stripe.com/api/idempotent_requests (API v1).

- The first answer that came out of executing a request, 500s included, is kept and given again for the same key,
  marked `Idempotent-Replayed: true`.
- The same key with other parameters, or for another address, is an idempotency_error (400).
- While the first is still being executed the same key answers 409 and nothing is kept; nor is anything kept when the
  parameters are refused before execution begins.
- Keys have up to 255 characters and are forgotten after 24 hours at the earliest.
"""

import hashlib
import json
import sqlite3
from typing import Any

from backends.cards.simulator.errors import ApiError
from backends.simulators.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, begun_at REAL NOT NULL, status INTEGER, body TEXT, request_id TEXT
);
CREATE INDEX IF NOT EXISTS idempotency_begun ON idempotency (begun_at);
"""
KEPT_SECONDS = 24 * 60 * 60
# An execution that long ago without an answer belongs to a process that was killed: it did nothing.
ABANDONED_SECONDS = 30.0


def digest(method: str, path: str, form: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([method, path, form], sort_keys=True).encode()).hexdigest()


def begin(store: Store, key: str, request: str, now: float) -> tuple[int, str, str] | None:
    """Claim a key. Returns None to go on, or the kept (status, body, request id). Raises ApiError 400 or 409."""
    if len(key) > 255:
        raise ApiError(400, "Idempotency-Key is too long.", type_="invalid_request_error")
    with store.write() as db:
        db.execute("DELETE FROM idempotency WHERE begun_at < ?", (now - KEPT_SECONDS,))
        db.execute(
            "DELETE FROM idempotency WHERE key = ? AND status IS NULL AND begun_at < ?", (key, now - ABANDONED_SECONDS)
        )
        row = db.execute("SELECT request, status, body, request_id FROM idempotency WHERE key = ?", (key,)).fetchone()
        if row is None:
            db.execute("INSERT INTO idempotency (key, request, begun_at) VALUES (?, ?, ?)", (key, request, now))
            return None
    if row["request"] != request:
        raise ApiError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" Try using a key other than '{key}' if you meant to execute a different request.",
            type_="idempotency_error",
        )
    if row["status"] is None:
        raise ApiError(
            409,
            f"There is currently another in-progress request using this Idempotent Key: {key}.",
            type_="idempotency_error",
            code="idempotency_key_in_use",
        )
    return int(row["status"]), str(row["body"]), str(row["request_id"])


def keep(db: sqlite3.Connection, key: str, status: int, body: str, request_id: str) -> None:
    """Keep the answer, in the transaction that did what was asked."""
    db.execute(
        "UPDATE idempotency SET status = ?, body = ?, request_id = ? WHERE key = ?", (status, body, request_id, key)
    )


def forget(store: Store, key: str) -> None:
    """Let a key be used again: its request was refused before it began."""
    with store.write() as db:
        db.execute("DELETE FROM idempotency WHERE key = ? AND status IS NULL", (key,))
